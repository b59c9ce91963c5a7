"""What happens during a run, as values for whoever watches it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Exchange:
    """One HTTP request and what came of it. No header and no body is in it, and every secret is hidden.

    `path` and `query` as they were sent; `status` None where no answer came, for the reason `problem`.
    """

    method: str
    host: str
    path: str
    query: str
    status: int | None
    seconds: float
    problem: str = ""


Watch = Callable[[Exchange], None]
Say = Callable[[str], None]


def unwatched(_: Exchange) -> None:
    """For whoever does not watch."""


def unheard(_: str) -> None:
    """For whoever does not listen."""


@dataclass(frozen=True, slots=True)
class Listeners:
    """`say` is told in sentences what people should know now, such as long waits; `watch` of every exchange."""

    say: Say = unheard
    watch: Watch = unwatched


NO_LISTENERS = Listeners()
