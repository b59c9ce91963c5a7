"""Two applies at once, on one store of each kind: one works, the other says who does; and what a killed one leaves."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from commands import on_terminal, piped, run_reconciler, wait_until
from house import target
from places import Place
from servers.faults import On
from servers.faulty import Forward, Reply, Request

from reconciler.core.locks import EXPIRY, Lock, Owner
from reconciler.storage.state.opening import open_state

PEOPLE = "users: {ann: {}, bob: {}, cy: {}}\n"
HOLDER = re.compile(r"\S+@\S+, process \d+, since \S+ \S+ UTC, last sign of life \d+ seconds? ago")


class Gate:
    """A fault: the server answers no write before it is opened."""

    def __init__(self) -> None:
        self._opened = threading.Event()

    async def __call__(self, request: Request, forward: Forward) -> Reply:
        while not self._opened.is_set():  # noqa: ASYNC110  it is opened from another thread
            await asyncio.sleep(0.01)
        return await forward(request)

    def open(self) -> None:
        self._opened.set()


@pytest.fixture
def place(place: Place, state_url: str) -> Place:
    place.house.state = state_url
    place.house.write("people.yaml", PEOPLE)
    place.house.write("targets.yaml", target(place.server, "pace: {concurrency: 1}"))
    return place


@pytest.fixture
def gate(place: Place) -> Iterator[Gate]:
    fault = Gate()
    place.faults.inject(On("POST", "/Users"), fault)
    yield fault
    fault.open()


def arguments(place: Place, *command: str) -> tuple[str, ...]:
    return ("--state", place.house.state or "", *command)


def root(place: Place) -> Path:
    return place.house.root


def at_work(place: Place) -> bool:
    return bool(place.faults.requests_of("POST", "/Users"))


def holder(place: Place) -> Lock | None:
    with closing(open_state(place.house.state or "", create=False)) as store:
        return store.lock_of("there")


def put_lock(place: Place, token: str, since: datetime) -> None:
    with closing(open_state(place.house.state or "", create=True)) as store:
        assert store.take_lock(Lock.of("there", Owner(token, "ann@build-7, process 4711"), since)) is None


def test_the_second_of_two_applies_is_refused_at_once(place: Place, gate: Gate) -> None:
    with piped(*arguments(place, "apply", "--yes"), cwd=root(place)) as first:
        wait_until(lambda: at_work(place))
        refused = run_reconciler(*arguments(place, "apply", "--yes"), cwd=root(place))
        assert refused.returncode == 1
        assert refused.stdout == ""
        said = refused.stderr.strip()
        assert said.startswith("Error: lock held: target there is in the hands of ")
        assert HOLDER.search(said)
        assert f"@{socket.gethostname()}, process {first.pid}, since " in said
        assert "--lock-wait SECONDS waits for it, `reconciler unlock there` removes it" in said
        assert "a-password-for-tests" not in said
        gate.open()
        first.communicate(timeout=60)
        assert first.returncode == 0
    assert len(place.faults.requests_of("POST", "/Users")) == 3, "each was created once"
    assert holder(place) is None
    place.house.settled()


def test_the_second_waits_and_then_finds_nothing_left_to_do(place: Place, gate: Gate) -> None:
    with piped(*arguments(place, "apply", "--yes"), cwd=root(place)) as first:
        wait_until(lambda: at_work(place))
        with piped(*arguments(place, "apply", "--yes", "--lock-wait", "60"), cwd=root(place)) as second:
            assert second.stderr is not None
            assert second.stderr.readline().startswith("target there: waiting for ")
            gate.open()
            out, err = second.communicate(timeout=12)
            assert (second.returncode, err) == (0, "")
        first.communicate(timeout=60)
        assert first.returncode == 0
    assert "nothing to do" in out
    assert len(place.faults.requests_of("POST", "/Users")) == 3
    assert holder(place) is None


def test_a_saved_plan_is_not_even_checked_while_another_run_is_at_work(place: Place, gate: Gate) -> None:
    saved = root(place) / "plan.json"
    assert place.house.run("plan", "--out", str(saved)).code == 0
    with piped(*arguments(place, "apply", "--yes"), cwd=root(place)):
        wait_until(lambda: at_work(place))
        asked = len(place.faults.requests_of("GET"))
        ran = place.house.run("apply", "--yes", str(saved))
        assert (ran.code, "lock held: target there" in ran.err) == (1, True)
        assert len(place.faults.requests_of("GET")) == asked
        gate.open()


def test_after_a_kill_the_next_run_works_at_once(place: Place, gate: Gate) -> None:
    with piped(*arguments(place, "apply", "--yes"), cwd=root(place)) as first:
        wait_until(lambda: at_work(place))
        first.send_signal(signal.SIGKILL)
        first.wait(30)
    assert holder(place) is not None, "nobody could give it back"
    gate.open()
    ran = place.house.run("apply", "--yes")
    assert ran.code == 0, ran.err
    assert holder(place) is None
    place.house.settled()


def test_a_run_on_another_machine_is_waited_for_until_it_is_silent_for_too_long(place: Place) -> None:
    now = datetime.now(UTC)
    put_lock(place, "another machine/1/abc", now)
    refused = place.house.run("apply", "--yes")
    assert (refused.code, "ann@build-7, process 4711, since" in refused.err) == (1, True)
    with closing(open_state(place.house.state or "", create=True)) as store:
        store.release_lock("there", "another machine/1/abc")
    put_lock(place, "another machine/1/abc", now - EXPIRY - timedelta(seconds=1))
    assert place.house.run("apply", "--yes").code == 0
    assert holder(place) is None


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def test_whoever_is_stopped_gives_it_back(place: Place, gate: Gate, number: signal.Signals) -> None:
    with piped(*arguments(place, "apply", "--yes"), cwd=root(place)) as process:
        wait_until(lambda: at_work(place))
        process.send_signal(number)
        gate.open()
        process.communicate(timeout=60)
        assert process.returncode == 130
    assert holder(place) is None


def test_whoever_declines_gives_it_back(place: Place) -> None:
    with on_terminal(*arguments(place, "apply"), cwd=root(place)) as terminal:
        terminal.wait_for("[y/N]:")
        assert holder(place) is not None, "it is held while somebody is asked"
        terminal.type("n\n")
        assert terminal.end() == 1
    assert holder(place) is None


def test_an_endpoint_that_is_not_there_leaves_no_lock(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.house.write("targets.yaml", target(place.server).replace(place.server.url, "http://127.0.0.1:9"))
    assert place.house.run("apply", "--yes").code == 6
    assert holder(place) is None


def test_a_run_whose_lock_is_removed_sends_nothing_more(place: Place, gate: Gate) -> None:
    """The lock is removed, and the time of its last sign of life is up before the next request."""
    with piped(*arguments(place, "apply", "--yes"), cwd=root(place)) as process:
        wait_until(lambda: at_work(place))
        shown = run_reconciler(*arguments(place, "unlock", "there", "--yes"), cwd=root(place))
        assert shown.returncode == 0
        assert HOLDER.search(shown.stdout)
        assert "a run that goes on there sends nothing more once it notices" in shown.stdout
        assert holder(place) is None
        again = run_reconciler(*arguments(place, "unlock", "there", "--yes"), cwd=root(place))
        assert again.stdout == "there: nobody holds its lock\n"
        gate.open()
        process.communicate(timeout=60)
    assert place.house.run("apply", "--yes").code == 0
    place.house.settled()
    assert len(place.user_names()) == 3


def test_unlocking_asks_on_a_terminal_and_needs_one(place: Place) -> None:
    put_lock(place, "another machine/1/abc", datetime.now(UTC))
    ran = place.house.run("unlock", "there")
    assert ran.code == 64
    assert "locked by ann@build-7, process 4711" in ran.out
    assert "add --yes" in ran.err
    for typed, code in (("n\n", 1), ("y\n", 0)):
        with on_terminal(*arguments(place, "unlock", "there"), cwd=root(place)) as terminal:
            terminal.wait_for("Remove the lock of there? [y/N]:")
            assert holder(place) is not None
            terminal.type(typed)
            assert terminal.end() == code
    assert holder(place) is None


def test_an_emergency_waits_for_nobody_and_says_so(place: Place) -> None:
    place.house.apply()
    put_lock(place, "another machine/1/abc", datetime.now(UTC))
    ran = place.house.run("disable", "user:ann", "--yes")
    assert ran.code == 0, ran.err
    assert "target there: a run is at work there (ann@build-7, process 4711); this does not wait for it" in ran.err
    assert holder(place) is not None


@pytest.mark.parametrize(
    "command",
    [
        ("state", "forget", "user:ann", "--yes"),
        ("state", "forget", "--target", "there", "--yes"),
        ("state", "move", "user:ann", "user:anna"),
        ("state", "move", "--target", "there", "here"),
        ("state", "move", "--target", "there", "--rebind"),
    ],
    ids=" ".join,
)
def test_records_are_not_put_right_under_a_run(place: Place, command: tuple[str, ...]) -> None:
    place.house.apply()
    put_lock(place, "another machine/1/abc", datetime.now(UTC))
    ran = place.house.run(*command)
    assert (ran.code, "lock held: target there" in ran.err) == (1, True)
    assert place.house.plan()["state"]["owned"] == 3


def test_without_a_store_there_is_no_lock_and_nothing_is_said(place: Place) -> None:
    place.house.state = "none"
    ran = place.house.run("apply", "--yes")
    assert (ran.code, ran.err) == (0, "")
    assert place.house.run("unlock", "there").out == "there: nobody holds its lock\n"


def test_one_locked_target_does_not_keep_the_others(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN_HERE", os.environ["TOKEN_THERE"])
    both = target(place.server) + target(place.server, name="here").removeprefix("targets:\n")
    place.house.write("targets.yaml", both)
    put_lock(place, "another machine/1/abc", datetime.now(UTC))
    ran = place.house.run("apply", "--yes", "--all")
    assert (ran.code, "Applied to here: 3 done" in ran.out, "lock held: target there" in ran.err) == (1, True, True)
    assert "Applied to there" not in ran.out
