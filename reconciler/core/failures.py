"""Objects whose operations an endpoint refuses: tried ever less often while nothing about them changes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from reconciler.core.resources import Kind
from reconciler.core.vocabulary import Action

PAUSES = (
    timedelta(0),
    timedelta(hours=1),
    timedelta(hours=4),
    timedelta(days=1),
    timedelta(days=3),
    timedelta(days=7),
)
"""After the first attempt, the second, …; from the last one on, each is twice the one before."""

LONGEST_DETAIL = 500
MOST_DOUBLINGS = 9


@dataclass(frozen=True, slots=True)
class Refusal:
    """What an endpoint refused of one object. `digest` is over what was tried and on what: another one is another
    matter. `detail` holds the request, the status and the endpoint's own words.
    """

    kind: Kind
    key: str
    action: Action
    digest: str
    status: int | None
    detail: str


@dataclass(frozen=True, slots=True)
class Failure:
    """An object of a target that was refused once or several times in a row. The times are aware."""

    refusal: Refusal
    attempts: int
    first: datetime
    last: datetime
    next: datetime

    @property
    def subject(self) -> tuple[Kind, str]:
        """The kind and the folded key."""
        return (self.refusal.kind, self.refusal.key.casefold())


def pause_after(attempts: int) -> timedelta:
    """How long an object is left alone after so many attempts in a row, one at least.

    >>> [str(pause_after(each)) for each in (1, 2, 7)]
    ['0:00:00', '1:00:00', '14 days, 0:00:00']
    """
    beyond = min(max(0, attempts - len(PAUSES)), MOST_DOUBLINGS)
    return PAUSES[min(attempts, len(PAUSES)) - 1] * (1 << beyond)


def failed_at(now: datetime, refusal: Refusal, previous: Failure | None) -> Failure:
    """Counted on where the same was refused before."""
    refusal = replace(refusal, detail=refusal.detail[:LONGEST_DETAIL])
    if previous is None or previous.refusal.digest != refusal.digest:
        return Failure(refusal, 1, now, now, now + pause_after(1))
    attempts = previous.attempts + 1
    return Failure(refusal, attempts, previous.first, now, now + pause_after(attempts))


def still_set_aside(failures: Iterable[Failure], now: datetime) -> list[Failure]:
    """Those that are not to be tried again yet."""
    return [each for each in failures if now < each.next]
