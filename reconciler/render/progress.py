"""The course of a run on standard error: a bar on a terminal, a line now and then anywhere else."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Protocol, TextIO

from reconciler.render.neutral import visible
from reconciler.render.phrases import duration

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID

SECONDS_BETWEEN_LINES = 5.0
SECONDS_WORTH_SAYING = 30.0
"""From how long on somebody wants to know beforehand."""


class Progress(Protocol):
    """What a run tells; structurally the port of the same name."""

    def begin(self, what: str, total: int | None) -> None: ...

    def expect(self, seconds: float) -> None: ...

    def advance(self, count: int = 1) -> None: ...

    def say(self, sentence: str) -> None: ...

    def end(self) -> None: ...


def progress_on(stream: TextIO, monotonic: Callable[[], float]) -> Progress:
    """A bar where `stream` is a terminal, else lines. `monotonic` gives seconds and never goes back."""
    return BarProgress(stream) if stream.isatty() else LineProgress(stream, monotonic)


class LineProgress:
    """Plain lines, at most one in `SECONDS_BETWEEN_LINES`, for logs. What is said is always written."""

    def __init__(self, stream: TextIO, monotonic: Callable[[], float]) -> None:
        self._stream = stream
        self._monotonic = monotonic
        self._what = ""
        self._total: int | None = None
        self._done = 0
        self._last = monotonic()

    def begin(self, what: str, total: int | None) -> None:
        self._what, self._total, self._done = what, total, 0
        self._last = self._monotonic()

    def expect(self, seconds: float) -> None:
        if seconds >= SECONDS_WORTH_SAYING:
            self.say(f"{self._what}: about {duration(seconds)}")

    def advance(self, count: int = 1) -> None:
        self._done += count
        if self._monotonic() - self._last >= SECONDS_BETWEEN_LINES:
            self._last = self._monotonic()
            of_total = f" of {self._total:,}" if self._total is not None else ""
            self.say(f"{self._what}: {self._done:,}{of_total}")

    def say(self, sentence: str) -> None:
        # A reader of the log who has gone away is no reason to stop an apply.
        with suppress(BrokenPipeError):
            self._stream.write(f"{visible(sentence)}\n")
            self._stream.flush()

    def end(self) -> None:
        self._what, self._total, self._done = "", None, 0


class BarProgress:
    """A bar of rich, gone when its work has ended."""

    def __init__(self, stream: TextIO) -> None:
        from rich.console import Console

        self._console = Console(file=stream, highlight=False, markup=False, soft_wrap=True)
        self._bar: RichProgress | None = None
        self._task: TaskID | None = None

    def begin(self, what: str, total: int | None) -> None:
        from rich.markup import escape
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
        from rich.progress import Progress as RichProgress

        self.end()
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
        )
        self._bar = RichProgress(*columns, console=self._console, transient=True)
        self._task = self._bar.add_task(escape(visible(what)), total=total)
        self._bar.start()

    def expect(self, seconds: float) -> None:
        if self._bar is not None and self._task is not None and seconds >= SECONDS_WORTH_SAYING:
            task = self._bar.tasks[0]
            self._bar.update(self._task, description=f"{task.description} (about {duration(seconds)})")

    def advance(self, count: int = 1) -> None:
        if self._bar is not None and self._task is not None:
            self._bar.advance(self._task, count)

    def say(self, sentence: str) -> None:
        self._console.print(visible(sentence))

    def end(self) -> None:
        if self._bar is not None:
            self._bar.stop()
        self._bar = self._task = None
