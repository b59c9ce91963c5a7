"""The order of operations: who loses access goes first, a name is freed before it is taken."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from enum import IntEnum

from reconciler.core.attributes import USER_NAME, AttributeView
from reconciler.core.operations import REFERENCES
from reconciler.core.plan import Operation, Row
from reconciler.core.resources import Kind, LiveResource
from reconciler.core.vocabulary import Action, Situation, Verdict


class Phase(IntEnum):
    """Everything of a phase is finished before the next begins."""

    USERS_DISABLED = 0
    USERS_WRITTEN = 1
    REFERENCES = 2
    GROUPS_WRITTEN = 3
    MEMBERS_ADDED = 4
    MEMBERS_REMOVED = 5
    USERS_ENABLED = 6
    GROUPS_DELETED = 7
    USERS_DELETED = 8


_USER_PHASES = {
    Action.DISABLE: Phase.USERS_DISABLED,
    Action.ENABLE: Phase.USERS_ENABLED,
    Action.DELETE: Phase.USERS_DELETED,
}
_GROUP_PHASES = {
    Action.ADD_MEMBERS: Phase.MEMBERS_ADDED,
    Action.REMOVE_MEMBERS: Phase.MEMBERS_REMOVED,
    Action.DELETE: Phase.GROUPS_DELETED,
}


def phase_of(operation: Operation) -> Phase:
    """The phase that an operation belongs to, names aside."""
    if operation.id.endswith(f":{REFERENCES}"):
        return Phase.REFERENCES
    if operation.kind is Kind.GROUP:
        return _GROUP_PHASES.get(operation.action, Phase.GROUPS_WRITTEN)
    return _USER_PHASES.get(operation.action, Phase.USERS_WRITTEN)


def levels(operations: Iterable[Operation], view: AttributeView) -> list[list[Operation]]:
    """The operations in steps: those of one step may be carried out at the same time, in any order.

    An operation that takes a userName stands in a later step than the one that frees it; the freeing one is brought
    forward where its own phase would come too late. A circle of names stays together in one step.
    """
    listed = list(operations)
    waits_for = _waits(listed, view)
    needed = {freeing.id for freeing in waits_for.values()}
    steps: dict[tuple[int, int], list[Operation]] = defaultdict(list)
    for each in listed:
        depth = _depth(each, waits_for)
        phase = phase_of(each)
        if each.id in needed:
            phase = min(phase, Phase.USERS_WRITTEN)
        if depth:
            phase = max(phase, Phase.USERS_WRITTEN)
        steps[phase, depth].append(each)
    return [sorted(steps[step], key=lambda each: (each.key.casefold(), each.id)) for step in sorted(steps)]


def order_operations(
    operations: Sequence[Operation], holders: Mapping[Hashable, LiveResource], view: AttributeView
) -> tuple[list[Operation], list[Row]]:
    """The operations in their order, and rows for those that no order can serve.

    `holders` maps comparable userNames to the live users that bear them now.
    """
    held = _impossible(operations, holders, view)
    blocked = {row.key for row in held}
    feasible = [each for each in operations if not (each.kind is Kind.USER and each.key in blocked)]
    return [each for step in levels(feasible, view) for each in step], held


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


def _waits(operations: Sequence[Operation], view: AttributeView) -> dict[str, Operation]:
    """For each operation that takes a name, by its id, the one that frees it."""
    freeing = {name: each for each in operations if (name := freed_name(each, view)) is not None}
    waits = {}
    for each in operations:
        name = taken_name(each, view)
        if name is not None and name in freeing and freeing[name].key != each.key:
            waits[each.id] = freeing[name]
    return waits


def _depth(operation: Operation, waits_for: Mapping[str, Operation]) -> int:
    """How many operations must come before one, name by name; 0 within a circle."""
    depth, seen, step = 0, {operation.id}, waits_for.get(operation.id)
    while step is not None:
        if step.id in seen:
            return 0
        seen.add(step.id)
        depth, step = depth + 1, waits_for.get(step.id)
    return depth


def _impossible(
    operations: Sequence[Operation], holders: Mapping[Hashable, LiveResource], view: AttributeView
) -> list[Row]:
    """Operations that take a name which stays where it is, or which goes round in a circle, and all that wait on them."""
    waits_for = _waits(operations, view)
    rows: dict[str, Row] = {}
    for each in operations:
        name = taken_name(each, view)
        holder = holders.get(name) if name is not None else None
        own = each.precondition.id if each.precondition is not None else None
        if each.id in waits_for and _in_circle(each, waits_for):
            rows[each.key] = held_row(each, Verdict.NAME_CYCLE, "each takes a name that another one still bears")
        elif holder is not None and holder.id != own and each.id not in waits_for:
            rows[each.key] = held_row(each, Situation.DISPUTED, f"its userName is held by object {holder.id}")
    for each in operations:
        if each.id in waits_for and each.key not in rows:
            blocker = _first_blocked(each, waits_for, rows)
            if blocker is not None:
                rows[each.key] = held_row(each, Situation.DISPUTED, f"its userName is held by {blocker}")
    return list(rows.values())


def _in_circle(operation: Operation, waits_for: Mapping[str, Operation]) -> bool:
    seen: set[str] = set()
    step = waits_for.get(operation.id)
    while step is not None and step.id not in seen:
        if step.id == operation.id:
            return True
        seen.add(step.id)
        step = waits_for.get(step.id)
    return False


def _first_blocked(
    operation: Operation, waits_for: Mapping[str, Operation], rows: Mapping[str, Row]
) -> str | None:
    seen: set[str] = set()
    step = waits_for.get(operation.id)
    while step is not None and step.id not in seen:
        if step.key in rows:
            return step.key
        seen.add(step.id)
        step = waits_for.get(step.id)
    return None


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
