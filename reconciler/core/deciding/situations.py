"""In which situation an object is: one pure function over facts, the first row that fits, top down."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from reconciler.core.vocabulary import Situation


class Standing(StrEnum):
    """Where an object stands in the manifests, seen from one target."""

    WANTED = "wanted"
    """In the manifests, not absent, in the target's scope."""
    ABSENT = "absent"
    """`state: absent`."""
    OUT_OF_SCOPE = "out_of_scope"
    UNDECLARED = "undeclared"


class Reaction(StrEnum):
    """`onRemove` and `onLeave`; groups have `empty` in place of `disable`."""

    DISABLE = "disable"
    DELETE = "delete"
    KEEP = "keep"
    EMPTY = "empty"


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one object before deciding.

    `due`: `deleteAfter` has passed. `matches`: how many live objects the match keys found for an object that is not
    linked.
    """

    standing: Standing
    live: bool = False
    linked: bool = False
    known: bool = False
    owned: bool = False
    readable: bool = True
    disputed: bool = False
    identity_changed: bool = False
    started: bool = True
    expired: bool = False
    live_active: bool = True
    wants_active: bool = True
    disabled_by_us: bool = False
    differs: bool = False
    matches: int = 0
    due: bool = False
    reaction: Reaction = Reaction.DISABLE

    @property
    def desired(self) -> bool:
        """In the manifests, in scope and, where it is not live, started and not expired."""
        return self.standing is Standing.WANTED and (self.live or self.known or (self.started and not self.expired))


def classify(facts: Facts) -> Situation | None:
    """The situation of an object; None for a name in the manifests that concerns this target in no way."""
    if not facts.readable:
        return Situation.UNREADABLE
    if facts.disputed:
        return Situation.DISPUTED
    if facts.linked and facts.desired and facts.identity_changed:
        return Situation.IDENTITY_CHANGED
    if _waits(facts):
        return Situation.WAITING
    if facts.desired and not _ended_before_it_came(facts):
        return _classify_desired(facts)
    return _classify_undesired(facts)


def _waits(facts: Facts) -> bool:
    if facts.standing is Standing.WANTED:
        return not facts.started and not facts.known and not facts.live
    already_inactive = facts.owned and facts.live and not facts.live_active
    return (
        already_inactive
        and facts.standing is not Standing.ABSENT
        and not facts.due
        and facts.reaction is not Reaction.DELETE
    )


def _ended_before_it_came(facts: Facts) -> bool:
    """Recorded, gone from the target, and past its last day or before its first: nothing to create again."""
    return not facts.live and facts.matches == 0 and (facts.expired or not facts.started)


def _classify_desired(facts: Facts) -> Situation:
    if not facts.linked:
        if facts.matches == 0:
            return Situation.LOST if facts.known else Situation.MISSING
        return Situation.RELINKED if facts.known else Situation.ADOPTABLE
    if facts.wants_active and not facts.live_active:
        return Situation.RETURNED if facts.disabled_by_us else Situation.DISABLED_THERE
    return Situation.DRIFTED if facts.differs else Situation.IN_SYNC


def _classify_undesired(facts: Facts) -> Situation | None:
    if not facts.live:
        return Situation.GONE if facts.known else None
    if not facts.owned:
        return Situation.FOREIGN
    if facts.standing is Standing.ABSENT or (facts.standing is Standing.UNDECLARED and facts.due):
        return Situation.RETIRED
    return Situation.LEFT_SCOPE if facts.standing is Standing.OUT_OF_SCOPE else Situation.REMOVED
