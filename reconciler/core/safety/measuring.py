"""How much a plan would do, measured by what could go wrong."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from reconciler.core.deciding.decisions import Decision
from reconciler.core.plan import Operation
from reconciler.core.planning.dated import Due
from reconciler.core.planning.drafts import Draft
from reconciler.core.planning.protection import renames
from reconciler.core.planning.rows import label_of
from reconciler.core.resources import Kind
from reconciler.core.vocabulary import Action, Situation


class Measure(StrEnum):
    """By the names of `safety.limits`."""

    CREATE = "create"
    UPDATE = "update"
    RENAME = "rename"
    ENABLE = "enable"
    DISABLE = "disable"
    """With deletes: whoever is deleted has no access either."""
    DELETE = "delete"
    LOST = "lost"
    DUE = "due"
    """What a date in the manifests brings about, and nothing else."""
    REMOVE_MEMBERS = "removeMembers"
    REMOVE_MEMBERS_PER_GROUP = "removeMembersPerGroup"


@dataclass(slots=True)
class Count:
    """How many objects of a kind, or members, one measure concerns, `of` how many there are.

    `group`: the group's key where it is about the members of one. `operations`: ids of those that it counts.
    """

    measure: Measure
    kind: Kind
    of: int
    number: int = 0
    group: str = ""
    adopted: bool = False
    """The group is taken over by this very plan, or nothing is recorded of it."""
    operations: set[str] = field(default_factory=set)

    def add(self, operation: Operation, number: int = 1) -> None:
        self.number += number
        self.operations.add(operation.id)


def measure(operations: Sequence[Operation], draft: Draft) -> list[Count]:
    """Every measure that is not zero."""
    return _Scales(draft, draft.dates.among(operations)).weigh(operations)


def is_managed(decision: Decision) -> bool:
    """Whether a live object is owned or matched: the whole that percentages are taken of."""
    return decision.live is not None and decision.situation is not Situation.FOREIGN


class _Scales:
    def __init__(self, draft: Draft, due: Due) -> None:
        self.draft = draft
        self.due = due
        self.managed = {kind: sum(is_managed(each) for each in draft.decisions if each.kind is kind) for kind in Kind}
        vanished = [each.kind for each in draft.decisions if each.situation is Situation.LOST]
        self.lost = {kind: vanished.count(kind) for kind in Kind}
        self.counts: dict[tuple[Measure, Kind, str], Count] = {}

    def weigh(self, operations: Sequence[Operation]) -> list[Count]:
        adopted = {each.key for each in operations if each.action is Action.ADOPT and each.kind is Kind.GROUP}
        # Without a store nothing is adopted, and every group is one of before.
        adopted |= {label_of(each) for each in self.draft.decisions if each.kind is Kind.GROUP and each.known is None}
        for each in operations:
            if each.action is Action.REMOVE_MEMBERS:
                self._weigh_removal(each, adopted)
            elif each.action is not Action.ADD_MEMBERS:
                self._weigh(each)
        return list(self.counts.values())

    def _weigh(self, operation: Operation) -> None:
        # Who is created had nothing to lose; in a first apply everybody may have a first day.
        dated = operation.action is not Action.CREATE and self.due.holds(operation)
        measures = [Measure.DUE] if dated else _measures_of(operation)
        if _renames(operation):
            # No date brings that about, whatever it rides along with.
            measures.append(Measure.RENAME)
        for found in measures:
            self._count(found, operation.kind).add(operation)

    def _weigh_removal(self, operation: Operation, adopted: Iterable[str]) -> None:
        dated = len(self.due.members(operation))
        others = len(operation.members) - dated
        if dated:
            self._count(Measure.DUE, Kind.USER).add(operation, dated)
        if others:
            self._count(Measure.REMOVE_MEMBERS, Kind.GROUP).add(operation, others)
            self._count_group(operation, operation.key in adopted).add(operation, others)

    def _count(self, measure: Measure, kind: Kind) -> Count:
        whole = sum(self.draft.sizes.values()) if measure is Measure.REMOVE_MEMBERS else self.managed[kind]
        if measure is Measure.LOST:
            whole += self.lost[kind]
        return self.counts.setdefault((measure, kind, ""), Count(measure, kind, whole))

    def _count_group(self, operation: Operation, adopted: bool) -> Count:
        id = operation.precondition.id if operation.precondition is not None else ""
        name = Measure.REMOVE_MEMBERS_PER_GROUP
        made = Count(name, Kind.GROUP, self.draft.sizes.get(id, 0), group=operation.key, adopted=adopted)
        return self.counts.setdefault((name, Kind.GROUP, operation.key), made)


def _measures_of(operation: Operation) -> list[Measure]:
    match operation.action:
        case Action.CREATE:
            lost = operation.situation is Situation.LOST
            return [Measure.CREATE, *([Measure.LOST] if lost else ())]
        case Action.DELETE:
            return [Measure.DELETE, *([Measure.DISABLE] if operation.kind is Kind.USER else ())]
        case Action.DISABLE | Action.ENABLE | Action.UPDATE:
            access = {Action.DISABLE: Measure.DISABLE, Action.ENABLE: Measure.ENABLE, Action.UPDATE: Measure.UPDATE}
            return [access[operation.action]]
    return []


def _renames(operation: Operation) -> bool:
    return any(renames(Kind.USER, each) for each in operation.changes)
