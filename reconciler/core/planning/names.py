"""Who takes which unique value from whom, and which of that no order of requests can bring about."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from reconciler.core.plan import Operation, Row
from reconciler.core.planning.claims import Claim, Register
from reconciler.core.vocabulary import Action, Situation, Verdict

Waits = Mapping[str, Sequence[Operation]]
"""For each operation that takes a value, by its id, those that free it."""


class Why(NamedTuple):
    """What keeps an operation from taking a value."""

    verdict: Verdict | Situation
    detail: str


Reasons = dict[str, dict[str, Why]]
"""By operation and by the attribute whose value it cannot take."""


class _Wait(NamedTuple):
    taking: Operation
    attribute: str
    freeing: Operation


def find_waits(operations: Sequence[Operation], register: Register) -> Waits:
    waits: dict[str, list[Operation]] = defaultdict(list)
    for each in _each_wait(operations, register):
        if each.freeing not in waits[each.taking.id]:
            waits[each.taking.id].append(each.freeing)
    return dict(waits)


def _each_wait(operations: Sequence[Operation], register: Register) -> Iterator[_Wait]:
    freeing = _freeing(operations, register)
    for each in operations if freeing else ():
        for claim in sorted(register.taken(each), key=_by_text):
            found = freeing.get(claim)
            if found is not None and found.key != each.key:
                yield _Wait(each, claim.attribute, found)


def _freeing(operations: Iterable[Operation], register: Register) -> dict[Claim, Operation]:
    return {claim: each for each in operations for claim in register.freed(each)}


def _by_text(claim: Claim) -> tuple[str, str]:
    return claim.attribute, str(claim.value)


def find_circles(waits: Waits) -> frozenset[str]:
    """Ids of the operations that wait for one another in a circle, or between two circles."""
    forward = {id: {each.id for each in freeing} for id, freeing in waits.items()}
    back: dict[str, set[str]] = defaultdict(set)
    for id, freeing in forward.items():
        for each in freeing:
            back[each].add(id)
    left = {*forward, *back}
    for edges, against in ((forward, back), (back, forward)):
        _strip(left, edges, against)
    return frozenset(left)


def _strip(left: set[str], edges: Mapping[str, set[str]], against: Mapping[str, set[str]]) -> None:
    """Takes out, again and again, whatever has no edge to something that is left."""
    open_ = {id: len(edges.get(id, set()) & left) for id in left}
    ends = [id for id, count in open_.items() if not count]
    while ends:
        end = ends.pop()
        left.discard(end)
        for each in against.get(end, set()) & left:
            open_[each] -= 1
            if not open_[each]:
                ends.append(each)


def find_depths(waits: Waits) -> dict[str, int]:
    """How many operations must come before each that waits, value by value; 0 in a circle."""
    circles = find_circles(waits)
    depths = dict.fromkeys(circles, 0)
    open_ = {id: {each.id for each in freeing if each.id in waits} - circles for id, freeing in waits.items()}
    followers: dict[str, list[str]] = defaultdict(list)
    for id, on in open_.items():
        for each in on:
            followers[each].append(id)
    ready = [id for id, on in open_.items() if not on and id not in circles]
    while ready:
        done = ready.pop()
        depths[done] = 1 + max(depths.get(each.id, 0) for each in waits[done])
        for each in followers[done]:
            open_[each].discard(done)
            if not open_[each] and each not in circles:
                ready.append(each)
    return depths


def hold_impossible(operations: Sequence[Operation], register: Register) -> tuple[list[Operation], list[Row]]:
    """The operations without what cannot be, and the rows that stand in its place.

    A value that stays where it is cannot be taken, nor one of a circle, nor one that waits on either. A create is
    held whole; another operation only loses the attribute.
    """
    reasons = _find_reasons(operations, register)
    unborn = {(each.kind, each.key) for each in operations if each.id in reasons and each.action is Action.CREATE}
    feasible: list[Operation] = []
    rows: list[Row] = []
    for each in operations:
        mine = reasons.get(each.id, {})
        if mine:
            rows.append(held_row(each, *mine[min(mine)]))
        if (each.kind, each.key) in unborn:
            continue
        kept = _without(each, mine, register) if mine else each
        if kept is not None:
            feasible.append(kept)
    return feasible, rows


def _find_reasons(operations: Sequence[Operation], register: Register) -> Reasons:
    waits = list(_each_wait(operations, register))
    reasons: Reasons = defaultdict(dict)
    _find_circular(waits, find_circles(find_waits(operations, register)), reasons)
    _find_held(operations, register, reasons)
    _spread(waits, reasons)
    return reasons


def _find_circular(waits: Iterable[_Wait], circles: frozenset[str], reasons: Reasons) -> None:
    for each in waits:
        if each.taking.id in circles and each.freeing.id in circles:
            what = "name" if each.attribute.lower().endswith("name") else f"value of {each.attribute}"
            detail = f"each takes a {what} that another one still bears"
            reasons[each.taking.id][each.attribute] = Why(Verdict.NAME_CYCLE, detail)


def _find_held(operations: Sequence[Operation], register: Register, reasons: Reasons) -> None:
    freeing = _freeing(operations, register)
    for each in operations:
        own = each.precondition.id if each.precondition is not None else None
        for claim in register.taken(each):
            holder = register.holders.get(claim)
            free = claim in freeing and freeing[claim].key != each.key
            if holder is not None and holder.id != own and not free:
                detail = f"its {claim.attribute} is held by object {holder.id}"
                reasons[each.id][claim.attribute] = Why(Situation.DISPUTED, detail)


def _spread(waits: Iterable[_Wait], reasons: Reasons) -> None:
    """Whoever waits for a value that is not freed after all cannot take it either."""
    followers: dict[tuple[str, str], list[_Wait]] = defaultdict(list)
    for each in waits:
        followers[each.freeing.id, each.attribute].append(each)
    spreading = [(id, attribute) for id, mine in reasons.items() for attribute in mine]
    while spreading:
        for each in followers[spreading.pop()]:
            if each.attribute not in reasons.get(each.taking.id, {}):
                detail = f"its {each.attribute} is held by {each.freeing.key}"
                reasons[each.taking.id][each.attribute] = Why(Situation.DISPUTED, detail)
                spreading.append((each.taking.id, each.attribute))


def _without(operation: Operation, attributes: Iterable[str], register: Register) -> Operation | None:
    """The operation without the changes of some attributes; None where nothing remains."""
    left = {*attributes}
    changes = [each for each in operation.changes if register.attribute_of(operation.kind, each) not in left]
    return operation.model_copy(update={"changes": tuple(changes)}) if changes else None


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
        by=operation.by,
    )
