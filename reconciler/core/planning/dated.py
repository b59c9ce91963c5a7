"""What a day in the manifests brings about by being reached: starts, endings, deletions, memberships."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from reconciler.core.comparing.attributes import ACTIVE
from reconciler.core.deciding.decisions import Decision
from reconciler.core.deciding.references import markers_in
from reconciler.core.desired.memberships import Memberships
from reconciler.core.plan import Operation, Row
from reconciler.core.planning.names import held_row
from reconciler.core.planning.rows import label_of, together
from reconciler.core.resources import DesiredUser, Kind, State
from reconciler.core.vocabulary import Action, Situation, Verdict

MEMBERSHIP = (Action.ADD_MEMBERS, Action.REMOVE_MEMBERS)
_BEGINNING = {Action.CREATE: Situation.MISSING, Action.ENABLE: Situation.RETURNED}
_ACCESS = (Action.ENABLE, Action.DISABLE)


@dataclass(frozen=True, slots=True)
class Dates:
    """What the manifests say of days, as of `today`, beside what was decided.

    `decisions`: by kind and by the key that operations go by. `nested`: see `core.deciding.deltas.nesting`.
    """

    decisions: Mapping[tuple[Kind, str], Decision] = field(default_factory=dict)
    memberships: Memberships = field(default_factory=lambda: Memberships({}))
    nested: Mapping[str, bool] = field(default_factory=dict)
    today: date = date.min

    @classmethod
    def of(
        cls, decisions: Iterable[Decision], memberships: Memberships, nested: Mapping[str, bool], today: date
    ) -> Dates:
        return cls({(each.kind, label_of(each)): each for each in decisions}, memberships, nested, today)

    def bring_about(self, operation: Operation) -> bool:
        """Whether a day that was written down beforehand is all that an operation on an object itself comes of."""
        decision = self.decisions.get((operation.kind, operation.key))
        if decision is None:
            return False
        if operation.action is Action.DELETE:
            return decision.situation is Situation.RETIRED and decision.undeclared
        wanted = decision.wanted
        entry = wanted.entry if wanted is not None else None
        if wanted is None or not isinstance(entry, DesiredUser) or entry.state is not State.ACTIVE:
            return False
        if operation.action is Action.DISABLE:
            return wanted.expired
        begun = entry.days.first is not None and wanted.started
        return begun and _BEGINNING.get(operation.action) is decision.situation

    def among(self, operations: Iterable[Operation]) -> Due:
        """Judges the operations of one plan together."""
        return Due(self, operations)


class Due:
    """Which operations of one plan, and which members of them, a reached day brings about."""

    def __init__(self, dates: Dates, operations: Iterable[Operation]) -> None:
        self._dates = dates
        self._actions: dict[tuple[Kind, str], set[Action]] = defaultdict(set)
        for each in operations:
            if dates.bring_about(each):
                self._actions[each.kind, each.key].add(each.action)
        now, today = dates.memberships, dates.today
        self._now = now
        self._with_lapsed = now.having(lambda days: days.cover(today) or (days.last is not None and days.last < today))
        self._without_begun = now.having(lambda days: days.cover(today) and days.first is None)

    def actions_on(self, operation: Operation) -> set[Action]:
        """What reached days do to the object of an operation."""
        return self._actions.get((operation.kind, operation.key), set())

    def holds(self, operation: Operation) -> bool:
        return operation.action in self.actions_on(operation)

    def members(self, operation: Operation) -> frozenset[str]:
        """The members of a membership operation, as `user:KEY`, whom a day brings in or out.

        It may be that of their line in the manifests, or the one on which they start or end themselves.
        """
        if operation.action not in MEMBERSHIP:
            return frozenset()
        joins = operation.action is Action.ADD_MEMBERS
        moves = (Action.CREATE, Action.ENABLE) if joins else (Action.DISABLE,)
        lines = self._begun(operation.key) if joins else self._lapsed(operation.key)
        keys = (each.key for each in operation.members if each.key is not None)
        return frozenset(key for key in keys if key in lines or self._moves(key, moves))

    def _moves(self, member: str, actions: Iterable[Action]) -> bool:
        found = self._actions.get((Kind.USER, member.removeprefix("user:")), set())
        return not found.isdisjoint(actions)

    def _lapsed(self, group: str) -> set[str]:
        return self._within(self._with_lapsed, group) - self._within(self._now, group) if self._now.lines else set()

    def _begun(self, group: str) -> set[str]:
        return self._within(self._now, group) - self._within(self._without_begun, group) if self._now.lines else set()

    def _within(self, memberships: Memberships, group: str) -> set[str]:
        return {str(line.member) for line in memberships.flat(group, nested=self._dates.nested)}


def select_due(operations: Sequence[Operation], dates: Dates) -> tuple[list[Operation], list[Row]]:
    """What reached days bring about, and a row for everything else.

    A user who is created takes its memberships along; of one who exists only `active` changes. An adoption, which sends
    nothing, goes with what is done to its object.
    """
    due = dates.among(operations)
    created = [each for each in operations if each.action is Action.CREATE]
    missing = {f"{each.kind}:{each.key}" for each in created if not due.holds(each)}
    selected: list[Operation] = []
    rows: list[Row] = []
    for each in operations:
        kept = _narrow(each, due, missing)
        if kept is not None:
            selected.append(kept)
        if kept is None or (kept.members, kept.changes) != (each.members, each.changes):
            rows.append(held_row(each, Verdict.NOT_SELECTED, _left(each, kept)))
    return selected, rows


def _narrow(operation: Operation, due: Due, missing: set[str]) -> Operation | None:
    if operation.action in MEMBERSHIP:
        moved = due.members(operation) - missing
        kept = tuple(each for each in operation.members if each.key in moved)
        return operation.model_copy(update={"members": kept}) if kept and _is_there(operation, missing) else None
    actions = due.actions_on(operation)
    if operation.action in _ACCESS and operation.action in actions:
        changes = tuple(each for each in operation.changes if each.path == ACTIVE)
        return operation.model_copy(update={"changes": changes, "by": together(each.by for each in changes)})
    if operation.action is Action.UPDATE:
        # What completes a creation: ids that it had to wait for.
        waits = {marker for each in operation.changes for marker in markers_in(each.after)}
        return operation if Action.CREATE in actions and waits.isdisjoint(missing) else None
    return operation if operation.action in actions or (operation.action is Action.ADOPT and actions) else None


def _is_there(operation: Operation, missing: set[str]) -> bool:
    return f"{operation.kind}:{operation.key}" not in missing


def _left(operation: Operation, kept: Operation | None) -> str:
    """What stays behind of an operation."""
    members = len(operation.members) - (len(kept.members) if kept is not None else 0)
    if members or kept is None:
        return _counted(members, "member") if members else ""
    return _counted(len(operation.changes) - len(kept.changes), "change")


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
