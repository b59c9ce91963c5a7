from __future__ import annotations

import io

from reconciler.render.progress import BarProgress, LineProgress, progress_on


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class GoneAway(io.StringIO):
    def write(self, text: str) -> int:
        raise BrokenPipeError(text)


def test_lines_come_at_most_every_five_seconds() -> None:
    log, seconds = io.StringIO(), [0.0]
    progress = progress_on(log, lambda: seconds[0])
    progress.begin("users", 1200)
    for each in range(1, 1201):
        seconds[0] = each / 100
        progress.advance()
    progress.end()
    assert log.getvalue() == "users: 500 of 1,200\nusers: 1,000 of 1,200\n"


def test_a_run_without_known_end_is_counted_alone() -> None:
    log, seconds = io.StringIO(), [0.0]
    progress = LineProgress(log, lambda: seconds[0])
    progress.begin("pages", None)
    seconds[0] = 6
    progress.advance(3)
    assert log.getvalue() == "pages: 3\n"


def test_what_is_said_is_always_written_and_forges_nothing() -> None:
    log = io.StringIO()
    progress_on(log, lambda: 0.0).say("429\n\x1b[2Jslow down")
    assert log.getvalue() == "429\\x0a\\x1b[2Jslow down\n"


def test_nobody_reading_any_more_is_no_failure() -> None:
    LineProgress(GoneAway(), lambda: 0.0).say("on we go")


def test_a_terminal_gets_a_bar_that_is_gone_at_the_end() -> None:
    terminal = Terminal()
    progress = progress_on(terminal, lambda: 0.0)
    assert isinstance(progress, BarProgress)
    progress.begin("users [bold]", 2)
    progress.advance(2)
    progress.say("[red]slow\x1b[2J")
    progress.end()
    progress.end()
    assert "users [bold]" in terminal.getvalue()
    assert "[red]slow\\x1b[2J" in terminal.getvalue()
    assert terminal.getvalue().endswith("\x1b[2K")


def test_a_long_run_says_beforehand_how_long_it_takes() -> None:
    log, terminal = io.StringIO(), Terminal()
    for seconds in (29.0, 600.0):
        for progress in (progress_on(log, lambda: 0.0), progress_on(terminal, lambda: 0.0)):
            progress.begin("applying [to]", 10)
            progress.expect(seconds)
            progress.advance()
            progress.end()
    assert log.getvalue() == "applying [to]: about 10 min\n"
    assert "applying [to] (about 10 min)" in terminal.getvalue()
