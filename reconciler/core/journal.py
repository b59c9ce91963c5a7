"""The journal of an apply, as plain values: what was about to be sent, and what came of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from reconciler.core.known import Run
from reconciler.core.resources import Kind
from reconciler.core.vocabulary import Action

KEPT_RUNS = 50
KEPT_FOR = timedelta(days=90)
"""The journal keeps what the last runs of a target did, and nothing for longer: it tells what accounts were like."""

FORGOTTEN = f"the journal keeps the last {KEPT_RUNS} runs of a target, and nothing for longer than {KEPT_FOR.days} days"


class EntryState(StrEnum):
    """Where one operation of a run stands."""

    INTENDED = "intended"
    """It may have been sent: of a run that was killed, it is in doubt."""
    CONFIRMED = "confirmed"
    FAILED = "failed"
    NOT_SENT = "not_sent"
    """It was certainly never sent: skipped, or the run was stopped before."""
    IN_DOUBT = "in_doubt"
    """Sent, and what came of it is not known."""
    SETTLED = "settled"
    """A later run looked, and found it carried out."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One operation of one run. `operation` is its id in the plan, `position` its place in the run.

    `intent` holds `name`, `changes` (`path`, `after`) and `members` (`key`, `id`) as in the plan: a password is its
    marker. `before` holds what the operation replaced: `values` by path, for a deletion also `members` or `groups`.
    `id` is the object's on the target, once it is known.
    """

    run: str
    operation: str
    position: int
    kind: Kind
    key: str
    action: Action
    state: EntryState
    intent: Mapping[str, Any]
    at: datetime
    id: str | None = None
    before: Mapping[str, Any] | None = None
    detail: str = ""
    status: int | None = None

    @property
    def carried_out(self) -> bool:
        return self.state in (EntryState.CONFIRMED, EntryState.SETTLED)

    @property
    def values(self) -> dict[str, Any]:
        """What was to be written, by path."""
        return {each["path"]: each.get("after") for each in self.intent.get("changes") or ()}

    @property
    def members(self) -> list[dict[str, Any]]:
        return list(self.intent.get("members") or ())


def kept_since(started: Iterable[datetime], now: datetime) -> datetime:
    """When the first run began whose entries are kept, from when each run of a target began; all are aware."""
    latest = sorted(started, reverse=True)[:KEPT_RUNS]
    return max(now - KEPT_FOR, latest[-1]) if len(latest) == KEPT_RUNS else now - KEPT_FOR


def is_forgotten(run: Run, entries: Sequence[Entry]) -> bool:
    """Whether a run did something that the journal does not tell any more."""
    return not entries and any(run.counts.values())
