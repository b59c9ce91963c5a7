"""Stopping in the middle: what is under way finishes, nothing more is sent, and the next run does the rest."""

from __future__ import annotations

import asyncio
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from commands import Terminal, environment, on_terminal, piped, run_reconciler, wait_until
from places import Place
from servers.bulk import shut_bulk
from servers.faults import On, slow_down
from servers.faulty import Forward, Reply, Request

PEOPLE = 300
CONCURRENCY = 4
TARGET = f"""
    targets:
      there:
        platform: generic
        url: ${{URL_THERE}}
        auth: {{bearer: "${{TOKEN_THERE}}"}}
        pace: {{concurrency: {CONCURRENCY}}}
"""


@pytest.fixture
def place(place: Place) -> Place:
    write_people(place, PEOPLE)
    place.house.write("targets.yaml", TARGET)
    shut_bulk(place.faults)
    return place


class Held:
    """A fault: the server does not answer before `release` was called."""

    def __init__(self) -> None:
        self._released = threading.Event()

    async def __call__(self, request: Request, forward: Forward) -> Reply:
        while not self._released.is_set():  # noqa: ASYNC110  it is released from another thread
            await asyncio.sleep(0.01)
        return await forward(request)

    def release(self) -> None:
        self._released.set()


@pytest.fixture
def held(place: Place) -> Iterator[Held]:
    fault = Held()
    yield fault
    fault.release()


def write_people(place: Place, count: int) -> None:
    users = "".join(f"  user{number:03}: {{title: Engineer}}\n" for number in range(count))
    place.house.write("people.yaml", f"users:\n{users}")


def sent(place: Place) -> int:
    return len(place.faults.requests_of("POST", "/Users"))


def created(place: Place) -> int:
    return len([reply for request, reply in place.faults.log if request.method == "POST" and reply is not None])


def root(place: Place) -> Path:
    return place.house.root


def assert_tidy(shown: str) -> None:
    assert "Traceback" not in shown
    assert "Task " not in shown
    assert "fault of reconciler" not in shown


def assert_the_rest_follows(place: Place, count: int = PEOPLE) -> None:
    """A second apply does what is left, and only that."""
    place.faults.heal()
    shut_bulk(place.faults)
    before = len([reply for _, reply in place.faults.log if reply is not None and reply.status == 201])
    place.house.apply()
    place.house.settled()
    assert len(place.user_names()) == count
    made = [reply for _, reply in place.faults.log if reply is not None and reply.status == 201]
    assert before <= len(made) == count, "nothing was made twice"


def answer_yes(terminal: Terminal, count: int = PEOPLE) -> None:
    terminal.wait_for(f"Apply {count} operations to there? [y/N]:")
    terminal.type("y\n")


def test_an_apply_on_a_terminal_asks_shows_a_bar_and_reports(place: Place) -> None:
    write_people(place, 40)
    place.faults.inject(On("POST", "/Users"), slow_down(0.05))
    with on_terminal("apply", cwd=root(place)) as terminal:
        terminal.wait_for("Plan: 40 to create")
        assert place.faults.writes == []
        answer_yes(terminal, 40)
        terminal.wait_for("applying to there")
        assert terminal.end() == 0
    assert re.search(r"applying to there .*━.* \d+/40 ", terminal.text)
    assert "Applied to there: 40 done" in terminal.text
    assert "\x1b[?25h" in terminal.raw, "the cursor is shown again"
    assert len(place.user_names()) == 40


@pytest.mark.parametrize(("typed", "code", "said"), [("n\n", 1, "declined; nothing was sent"), ("\n", 1, "declined")])
def test_whoever_does_not_say_yes_declines(place: Place, typed: str, code: int, said: str) -> None:
    with on_terminal("apply", cwd=root(place)) as terminal:
        terminal.wait_for("[y/N]:")
        terminal.type(typed)
        assert terminal.end() == code
    assert f"Error: {said}" in terminal.text
    assert place.faults.writes == []
    assert place.remembered is None


@pytest.mark.parametrize("key", ["\x03", "\x04"], ids=["ctrl-c", "ctrl-d"])
def test_breaking_off_at_the_question_sends_nothing(place: Place, key: str) -> None:
    with on_terminal("apply", cwd=root(place)) as terminal:
        terminal.wait_for("[y/N]:")
        terminal.type(key)
        assert terminal.end() == 130
    assert "Error: interrupted" in terminal.text
    assert_tidy(terminal.text)
    assert place.faults.writes == []


@pytest.mark.slow
def test_ctrl_c_finishes_what_is_under_way_and_sends_nothing_more(place: Place) -> None:
    place.faults.inject(On("POST", "/Users"), slow_down(0.1))
    with on_terminal("apply", cwd=root(place)) as terminal:
        answer_yes(terminal)
        wait_until(lambda: sent(place) >= 30)
        at_that_time = sent(place)
        terminal.press_ctrl_c()
        terminal.wait_for("stopping: what is under way is finished, nothing more is sent (Ctrl-C again breaks off)")
        assert terminal.end() == 130
    sent_in_all = sent(place)
    assert sent_in_all <= at_that_time + 2 * CONCURRENCY
    assert created(place) == sent_in_all, "each request was waited for"
    assert_tidy(terminal.text)
    done = re.search(r"there: (\d+) done, (\d+) not sent", terminal.text)
    assert done is not None, terminal.text
    assert [int(each) for each in done.groups()] == [sent_in_all, PEOPLE - sent_in_all]
    assert len(place.user_names()) == sent_in_all
    assert_the_rest_follows(place)


def test_a_second_ctrl_c_breaks_off_at_once(place: Place, held: Held) -> None:
    write_people(place, 12)
    place.faults.inject(On("POST", "/Users", skip=6), held)
    with on_terminal("apply", "--yes", cwd=root(place)) as terminal:
        wait_until(lambda: sent(place) >= 7)
        terminal.press_ctrl_c()
        terminal.wait_for("stopping")
        terminal.press_ctrl_c()
        assert terminal.end() == 130
    assert "Error: broken off while applying to there: what was sent and not answered may have been" in terminal.text
    assert_tidy(terminal.text)
    assert sent(place) < 12
    assert created(place) < sent(place), "nobody waited for the answers"
    held.release()
    wait_until(lambda: created(place) == sent(place))
    assert_the_rest_follows(place, 12)


def test_sigterm_ends_an_apply_as_ctrl_c_does(place: Place) -> None:
    place.faults.inject(On("POST", "/Users"), slow_down(0.1))
    with piped("apply", "--yes", cwd=root(place)) as process:
        wait_until(lambda: sent(place) >= 20)
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "stopping: what is under way is finished" in err
    assert_tidy(err)
    assert f"there: {sent(place)} done" in out
    assert_the_rest_follows(place)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
@pytest.mark.parametrize("command", ["plan", "drift", "check", "apply"])
def test_a_signal_while_reading_ends_with_130_and_one_sentence(
    place: Place, held: Held, number: signal.Signals, command: str
) -> None:
    place.faults.inject(On("GET", "/Users"), held)
    with piped(command, cwd=root(place)) as process:
        wait_until(lambda: process.poll() is not None or bool(place.faults.requests_of("GET", "/Users")))
        process.send_signal(number)
        out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert (out, err.strip()) == ("", "Error: interrupted")
    assert place.faults.writes == []
    assert place.remembered is None


def test_ctrl_c_while_reading_gives_the_terminal_back(place: Place, held: Held) -> None:
    place.faults.inject(On("GET", "/Users"), held)
    with on_terminal("plan", cwd=root(place)) as terminal:
        terminal.wait_for("reading there")
        terminal.press_ctrl_c()
        assert terminal.end() == 130
    assert terminal.text.endswith("Error: interrupted\n")
    assert terminal.raw.rfind("\x1b[?25h") > terminal.raw.rfind("\x1b[?25l"), "the cursor is shown again"
    assert_tidy(terminal.text)


def test_without_a_terminal_there_is_no_bar(place: Place) -> None:
    write_people(place, 20)
    done = run_reconciler("apply", "--yes", cwd=root(place))
    assert done.returncode == 0
    assert done.stderr == ""
    assert "\x1b" not in done.stdout


@pytest.mark.slow
def test_without_a_terminal_a_long_run_says_a_line_now_and_then(place: Place) -> None:
    write_people(place, 24)
    place.faults.inject(On("POST", "/Users"), slow_down(1))
    done = run_reconciler("apply", "--yes", cwd=root(place))
    assert done.returncode == 0
    assert re.fullmatch(r"(applying to there: \d+ of 24\n)+", done.stderr), done.stderr


@pytest.mark.parametrize("command", [("plan",), ("apply", "--yes"), ("drift",)], ids=lambda each: each[0])
def test_a_reader_who_goes_away_is_no_complaint(place: Place, command: tuple[str, ...]) -> None:
    """And where it was an apply, everything or nothing was done; the next one does what is left."""
    line = f"{sys.executable} -m reconciler {' '.join(command)} | head -1"
    done = subprocess.run(
        ["bash", "-c", line],
        capture_output=True,
        text=True,
        check=False,
        cwd=root(place),
        env=environment(),
        timeout=60,
    )
    assert len(done.stdout.splitlines()) == 1
    assert re.fullmatch(rf"(applying to there: \d+ of {PEOPLE}\n)*", done.stderr), done.stderr
    assert sent(place) in (0, PEOPLE)
    if command[0] == "apply":
        assert_the_rest_follows(place)
    else:
        assert sent(place) == 0
