"""Scopes and rules that selected several at the last apply and select nobody now."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from reconciler.core.desired.emptied import SCOPE
from reconciler.core.known import Selected
from reconciler.core.plan import Operation
from reconciler.core.resources import Kind
from reconciler.core.vocabulary import Action, Situation

EMPTIED = "emptied"
_ENDING = frozenset((Action.DISABLE, Action.DELETE, Action.REMOVE_MEMBERS))
_LEAVING = frozenset((Situation.LEFT_SCOPE, Situation.REMOVED, Situation.RETIRED))


def coming_of(emptied: Selected, operations: Iterable[Operation]) -> tuple[str, ...]:
    """Ids of the operations that come of it: who leaves a scope, and members whom a rule no longer gives a group."""
    ending = (each for each in operations if each.action in _ENDING)
    if emptied.what == SCOPE:
        found = (each.id for each in ending if each.kind is emptied.kind and each.situation in _LEAVING)
    else:
        found = (each.id for each in ending if each.kind is Kind.GROUP and each.key == emptied.name)
    return tuple(sorted(found))


def describe(emptied: Selected) -> str:
    """What happened, in words."""
    whose = f"scope {emptied.name}" if emptied.what == SCOPE else f"membersWhere of group {emptied.name}"
    return f"{whose} selected {emptied.number:,} {emptied.kind}s at the last apply and selects nobody now"


def to_remember(selected: Sequence[Selected], emptied: Iterable[Selected], *, allowed: bool) -> list[Selected]:
    """The counts of an apply. What came to nobody is remembered as it was until somebody has allowed it: an apply that
    did something else must not make it the usual state.
    """
    held = {} if allowed else {(each.what, each.name, each.kind): each for each in emptied}
    return [held.get((each.what, each.name, each.kind), each) for each in selected]
