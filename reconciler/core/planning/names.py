"""Who takes which userName from whom, and which of that no order of requests can bring about."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence

from reconciler.core.comparing.attributes import USER_NAME, AttributeView
from reconciler.core.deciding.matching import index_live
from reconciler.core.plan import Operation, Row
from reconciler.core.resources import Kind, LiveResource
from reconciler.core.vocabulary import Action, Situation, Verdict

Holders = Mapping[Hashable, LiveResource]
"""Comparable userNames to the live users that bear them now."""


def holders_of(users: Iterable[LiveResource], view: AttributeView) -> dict[Hashable, LiveResource]:
    return {name: found[0] for name, found in index_live(users, USER_NAME, view).items()}


def taken_name(operation: Operation, view: AttributeView) -> Hashable | None:
    """The userName, comparable, that an operation gives to an object that does not have it yet."""
    if operation.kind is not Kind.USER:
        return None
    changed = (each for each in operation.changes if each.path == USER_NAME)
    return next((view[USER_NAME].comparable(each.after) for each in changed), None)


def freed_name(operation: Operation, view: AttributeView) -> Hashable | None:
    """The userName, comparable, that an operation takes from the object that bears it."""
    if operation.kind is not Kind.USER:
        return None
    if operation.action is Action.DELETE:
        return view[USER_NAME].comparable(operation.name)
    changed = (each for each in operation.changes if each.path == USER_NAME and each.before is not None)
    return next((view[USER_NAME].comparable(each.before) for each in changed), None)


def find_waits(operations: Sequence[Operation], view: AttributeView) -> dict[str, Operation]:
    """For each operation that takes a name, by its id, the one that frees it."""
    freeing = {name: each for each in operations if (name := freed_name(each, view)) is not None}
    waits = {}
    for each in operations:
        name = taken_name(each, view)
        if name is not None and name in freeing and freeing[name].key != each.key:
            waits[each.id] = freeing[name]
    return waits


def find_circles(waits: Mapping[str, Operation]) -> frozenset[str]:
    """Ids of the operations that wait for one another in a circle."""
    circles: set[str] = set()
    seen: set[str] = set()
    for start in waits:
        trail: list[str] = []
        step: str | None = start
        while step is not None and step not in seen:
            seen.add(step)
            trail.append(step)
            step = waits[step].id if step in waits else None
        if step in trail:
            circles.update(trail[trail.index(step) :])
    return frozenset(circles)


def find_depths(waits: Mapping[str, Operation]) -> dict[str, int]:
    """How many operations must come before each that waits, name by name; 0 in a circle."""
    circles = find_circles(waits)
    depths = dict.fromkeys(circles, 0)
    for start in waits:
        trail: list[str] = []
        step = start
        while step in waits and step not in depths:
            trail.append(step)
            step = waits[step].id
        depth = depths.get(step, 0)
        for each in reversed(trail):
            depth += 1
            depths[each] = depth
    return depths


def hold_impossible(
    operations: Sequence[Operation], holders: Holders, view: AttributeView
) -> tuple[list[Operation], list[Row]]:
    """The operations without what cannot be, and the rows that stand in its place.

    A name that stays where it is cannot be taken, nor one of a circle, nor one that waits on either. A create is held
    whole; another operation only loses its userName.
    """
    reasons = _find_reasons(operations, holders, view)
    unborn = {each.key for each in operations if each.id in reasons and each.action is Action.CREATE}
    feasible: list[Operation] = []
    rows: list[Row] = []
    for each in operations:
        if each.id in reasons:
            rows.append(held_row(each, *reasons[each.id]))
        if each.kind is Kind.USER and each.key in unborn:
            continue
        kept = _without_name(each) if each.id in reasons else each
        if kept is not None:
            feasible.append(kept)
    return feasible, rows


def _find_reasons(
    operations: Sequence[Operation], holders: Holders, view: AttributeView
) -> dict[str, tuple[Verdict | Situation, str]]:
    waits = find_waits(operations, view)
    circle = (Verdict.NAME_CYCLE, "each takes a name that another one still bears")
    reasons: dict[str, tuple[Verdict | Situation, str]] = dict.fromkeys(sorted(find_circles(waits)), circle)
    for each in operations:
        name = taken_name(each, view)
        holder = holders.get(name) if name is not None else None
        own = each.precondition.id if each.precondition is not None else None
        if holder is not None and holder.id != own and each.id not in waits:
            reasons[each.id] = (Situation.DISPUTED, f"its userName is held by object {holder.id}")
    followers: dict[str, list[str]] = defaultdict(list)
    for id, freeing in waits.items():
        followers[freeing.id].append(id)
    spreading = list(reasons)
    while spreading:
        blocked = spreading.pop()
        for id in followers[blocked]:
            if id not in reasons:
                reasons[id] = (Situation.DISPUTED, f"its userName is held by {waits[id].key}")
                spreading.append(id)
    return reasons


def _without_name(operation: Operation) -> Operation | None:
    """The operation without the change of userName; None where nothing remains."""
    changes = tuple(each for each in operation.changes if each.path != USER_NAME)
    return operation.model_copy(update={"changes": changes}) if changes else None


def held_row(operation: Operation, reason: Verdict | Situation, detail: str) -> Row:
    """The row that stands in the plan in place of an operation."""
    return Row(
        kind=operation.kind,
        key=operation.key,
        name=operation.name,
        id=operation.precondition.id if operation.precondition is not None else None,
        action=operation.action,
        situation=operation.situation,
        reason=reason,
        detail=detail,
    )
