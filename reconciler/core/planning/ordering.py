"""The order of operations: who loses access goes first, a unique value is freed before it is taken."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from enum import IntEnum
from itertools import groupby

from reconciler.core.deciding.references import markers_in
from reconciler.core.mapping.fitting import Drops
from reconciler.core.plan import Operation, Row
from reconciler.core.planning.claims import Register
from reconciler.core.planning.names import find_depths, find_waits, hold_impossible
from reconciler.core.planning.operations import REFERENCES
from reconciler.core.resources import Kind
from reconciler.core.vocabulary import Action, DropReason


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


_WRITTEN = {Kind.USER: Phase.USERS_WRITTEN, Kind.GROUP: Phase.GROUPS_WRITTEN}


def levels(operations: Iterable[Operation], register: Register) -> list[list[Operation]]:
    """The operations in steps: those of one step may be carried out at the same time, in any order.

    An operation that takes a unique value stands in a later step than the one that frees it; the freeing one is
    brought forward where its own phase would come too late. A circle stays together in one step.
    """
    listed = list(operations)
    waits = find_waits(listed, register)
    depths = find_depths(waits)
    needed = {each.id for freeing in waits.values() for each in freeing}
    steps: dict[tuple[int, int], list[Operation]] = defaultdict(list)
    for each in listed:
        depth = depths.get(each.id, 0)
        phase = phase_of(each)
        if each.id in needed:
            phase = min(phase, _WRITTEN[each.kind])
        if depth:
            phase = max(phase, _WRITTEN[each.kind])
        steps[phase, depth].append(each)
    return [sorted(steps[step], key=lambda each: (each.key.casefold(), each.id)) for step in sorted(steps)]


def order_operations(operations: Sequence[Operation], register: Register) -> tuple[list[Operation], list[Row]]:
    """The operations in their order, and rows for those that no order can serve."""
    feasible, held = hold_impossible(operations, register)
    return [each for step in levels(feasible, register) for each in step], held


def drop_unborn(operations: Sequence[Operation], held: Iterable[Row], drops: Drops) -> list[Operation]:
    """The operations without members and references whose create is held; what is left out is counted."""
    unborn = {f"{row.kind}:{row.key}" for row in held if row.action is Action.CREATE}
    kept = (_without(each, unborn, drops) for each in operations) if unborn else operations
    return [each for each in kept if each is not None]


def _without(operation: Operation, unborn: set[str], drops: Drops) -> Operation | None:
    members = tuple(each for each in operation.members if each.id is not None or each.key not in unborn)
    changes = tuple(each for each in operation.changes if unborn.isdisjoint(markers_in(each.after)))
    for member in operation.members:
        if member not in members:
            drops.add(f"members of {operation.kind}:{operation.key}", DropReason.MEMBER_NOT_THERE, member.key or "")
    for change in operation.changes:
        if change not in changes:
            example = f"{operation.kind}:{operation.key} → {', '.join(markers_in(change.after))}"
            drops.add(change.path, DropReason.REFERENCE_NOT_THERE, example)
    emptied = (operation.members and not members) or (operation.changes and not changes)
    if emptied and operation.action is not Action.CREATE:
        return None
    return operation.model_copy(update={"members": members, "changes": changes})


def by_object(step: Iterable[Operation]) -> list[list[Operation]]:
    """The operations of a step, those of one object together; `levels` sorts by key."""
    ordered = sorted(step, key=lambda each: (each.kind, each.key))
    return [list(group) for _, group in groupby(ordered, key=lambda each: (each.kind, each.key))]
