"""Where the reader is in a document, and the faults that it finds there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from reconciler.core.marked import LINE_SHIFT, path_text, unpack
from reconciler.storage.yaml import limits

if TYPE_CHECKING:
    from reconciler.diagnostics import Faults, SourceMark


_PATH_CHARACTERS = 200


class ReadingStopped(Exception):  # noqa: N818  no error of its own: its fault has been added
    """The rest of the file is not read: a limit is passed."""


def place_of(event: Any) -> int:
    """The packed place at which an event's text begins."""
    mark: Any = event.start_mark
    place: int = mark.line << LINE_SHIFT | mark.column
    return place


class FaultLog:
    """The faults of one file, `count` so far. `trail` leads from the top of the document to the node being read."""

    def __init__(self, file: str, faults: Faults) -> None:
        self.file = file
        self.trail: list[str | int] = []
        self._faults = faults
        self.count = 0

    def mark(self, event: Any) -> SourceMark:
        return unpack(self.file, place_of(event))

    def fault(self, rule: str, problem: str, remedy: str, event: Any, *within: str) -> None:
        """Adds a fault at `event`; raises `ReadingStopped` when the file has had its share of them."""
        self.count += 1
        if self.count > limits.FAULTS:
            rule, problem = "yaml-too-many-faults", f"more than {limits.FAULTS:,} faults in this file"
            remedy = "the rest of it was not read"
        path = path_text([*self.trail, *within])
        path = path if len(path) <= _PATH_CHARACTERS else path[:_PATH_CHARACTERS] + "…"
        self._faults.error(rule, path, problem, remedy=remedy, mark=self.mark(event))
        if self.count > limits.FAULTS:
            raise ReadingStopped

    def stop(self, rule: str, problem: str, remedy: str, event: Any) -> NoReturn:
        """Adds a fault that ends the reading of the file."""
        self.fault(rule, problem, remedy, event)
        raise ReadingStopped

    def long_scalar(self, event: Any) -> None:
        problem = f"a text of {len(event.value):,} characters; at most {limits.SCALAR_CHARACTERS:,} are read"
        self.fault("yaml-long-scalar", problem, "shorten it", event)
