"""Who waits for a day: what dates in the manifests, and terms after removal, will bring about."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import chain

from reconciler.core.comparing.attributes import ACTIVE
from reconciler.core.deciding.decisions import Decision, is_active
from reconciler.core.deciding.deltas import Population
from reconciler.core.deciding.lifecycle import DeletionTerm
from reconciler.core.deciding.situations import Standing
from reconciler.core.desired.memberships import Memberships
from reconciler.core.manifests.choices import Reenable
from reconciler.core.plan import Waiting
from reconciler.core.planning.dated import Dates
from reconciler.core.planning.permits import Permits
from reconciler.core.planning.rows import Rows
from reconciler.core.resources import DesiredUser, Kind, Membership, Ref, State
from reconciler.core.vocabulary import Action, Situation

HORIZON = timedelta(days=7)
"""How far ahead endings and memberships are told. Starts and deletions are told whenever they come."""

_OPEN = frozenset((Situation.UNREADABLE, Situation.DISPUTED, Situation.IDENTITY_CHANGED, Situation.FOREIGN))
"""Nobody knows what becomes of these before a person has decided."""
_TO_COME = frozenset((Situation.WAITING, Situation.GONE))
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Outlook:
    """What foresight looks at beside the decisions: all as this plan leaves it.

    `refused`: keys of users whom the platform lately refused to delete.
    """

    dates: Dates
    people: Population
    rows: Rows
    permits: Permits
    term: DeletionTerm
    refused: Collection[str]


def foresee(decisions: Iterable[Decision], outlook: Outlook) -> list[Waiting]:
    """Everything that waits, each row with its day; without one where somebody inactive is never deleted.

    Who is created on a day takes its memberships along: they have no rows of their own.
    """
    users = _Users(outlook)
    found = [row for each in decisions if each.kind is Kind.USER for row in users.wait(each)]
    coming = {each.key: each.due for each in found if each.action is Action.CREATE and each.due is not None}
    return [*found, *_Members(outlook, coming).wait()]


class _Users:
    def __init__(self, outlook: Outlook) -> None:
        self.outlook = outlook
        self.today = outlook.dates.today
        self.doing: dict[str, set[Action]] = defaultdict(set)
        for each in outlook.rows.operations:
            if each.kind is Kind.USER:
                self.doing[each.key].add(each.action)

    def wait(self, decision: Decision) -> Iterator[Waiting]:
        wanted = decision.wanted
        if decision.holder is not None or decision.heir is not None:
            return
        if wanted is None or wanted.standing is not Standing.WANTED:
            yield from self._deletion(decision)
            return
        entry = wanted.entry
        if decision.situation in _OPEN or not isinstance(entry, DesiredUser) or entry.state is not State.ACTIVE:
            return
        starts = self._start(decision, entry)
        yield from starts
        if self._ends_soon(entry) and self._will_be_active(decision, entry, starts):
            yield _row(decision, Action.DISABLE, (entry.days.last or self.today) + _ONE_DAY)

    def _start(self, decision: Decision, entry: DesiredUser) -> list[Waiting]:
        first = entry.days.first
        if first is None or first <= self.today:
            return []
        if decision.live is None:
            comes = decision.situation in _TO_COME and (decision.known is None or decision.confirmed_gone)
            action = Action.CREATE if comes else None
        else:
            action = Action.ENABLE if self._is_ours_to_enable(decision) else None
        return [_row(decision, action, first)] if action is not None and self._may(decision, action) else []

    def _is_ours_to_enable(self, decision: Decision) -> bool:
        if decision.emergency is not None or decision.live is None:
            return False
        if self.outlook.permits.target.settings.lifecycle.reenable is Reenable.NEVER:
            return False
        if Action.DISABLE in self.doing[decision.key or ""]:
            return True
        ours = decision.known is not None and decision.known.applied.get(ACTIVE) is False
        return ours and not is_active(decision.live)

    def _ends_soon(self, entry: DesiredUser) -> bool:
        last = entry.days.last
        return last is not None and self.today <= last < self.today + HORIZON

    def _will_be_active(self, decision: Decision, entry: DesiredUser, starts: Sequence[Waiting]) -> bool:
        """Whether somebody has, on the day after the last, what ends then."""
        wanted = decision.wanted
        if wanted is None or ACTIVE not in wanted.values or not self._may(decision, Action.DISABLE):
            return False
        if not entry.days.cover(self.today):
            return bool(starts)
        doing = self.doing[decision.key or ""]
        if decision.live is None or not is_active(decision.live):
            return not doing.isdisjoint((Action.CREATE, Action.ENABLE))
        return wanted.active and wanted.ref not in self.outlook.rows.stopped

    def _may(self, decision: Decision, action: Action) -> bool:
        permits = self.outlook.permits
        if decision.live is not None:
            return permits.verdict(decision, action) is None
        # Whoever is created here is no user of before.
        return permits.target.refuses(Kind.USER, action) is None and not (
            action is Action.DISABLE and permits.protection.covers(decision)
        )

    def _deletion(self, decision: Decision) -> Iterator[Waiting]:
        """Who is inactive, or is made so by this plan, or can not be made so, and is no longer wanted."""
        term = self.outlook.term
        day = term.day(decision.known) if decision.undeclared else None
        if day is not None and (decision.key in self.outlook.refused or not self._may(decision, Action.DELETE)):
            day = None
        if decision.situation is Situation.WAITING or (day is not None and self._will_wait(decision)):
            yield _row(decision, Action.DELETE, day)

    def _will_wait(self, decision: Decision) -> bool:
        """Made inactive by this plan, or left as it is where nobody can be made so."""
        if decision.situation is not Situation.REMOVED:
            return False
        return self.outlook.term.active_too or Action.DISABLE in self.doing[decision.key or ""]


class _Members:
    """`coming`: keys of users who are created later, with their day."""

    def __init__(self, outlook: Outlook, coming: Mapping[str, date]) -> None:
        self.outlook = outlook
        self.dates = outlook.dates
        self.coming = coming
        self.created = {each.key for each in outlook.rows.operations if each.action is Action.CREATE}

    def wait(self) -> Iterator[Waiting]:
        changing = self._changing()
        parents = _parents(self.dates.memberships) if changing else {}
        told = {self.dates.today: self.dates.memberships}
        for day in sorted(changing):
            before = told.get(day - _ONE_DAY) or self.dates.memberships.on(day - _ONE_DAY)
            after = self.dates.memberships.on(day)
            told = {day: after}
            for key in sorted(_upward(changing[day], parents)):
                decision = self._managed(key)
                if decision is not None:
                    yield from self._changes(decision, day, before, after)

    def _changing(self) -> dict[date, set[str]]:
        """Keys of the groups with lines that begin or lapse, by day."""
        found: dict[date, set[str]] = defaultdict(set)
        today = self.dates.today
        for key, lines in self.dates.memberships.lines.items():
            for line in lines:
                first, last = line.days
                for day in (first, last + _ONE_DAY if last is not None else None):
                    if day is not None and today < day <= today + HORIZON:
                        found[day].add(key)
        return found

    def _managed(self, key: str) -> Decision | None:
        decision = self.dates.decisions.get((Kind.GROUP, key))
        wanted = decision.wanted if decision is not None else None
        if decision is None or wanted is None or wanted.memberships is None or wanted.standing is not Standing.WANTED:
            return None
        if decision.situation in _OPEN or wanted.ref in self.outlook.rows.stopped:
            return None
        if self.outlook.permits.target.refuses(Kind.GROUP, Action.ADD_MEMBERS) is not None:
            return None
        return decision if decision.live is not None or key in self.created else None

    def _changes(self, group: Decision, day: date, before: Memberships, after: Memberships) -> Iterator[Waiting]:
        was, will = (self._flat(each, group.key or "") for each in (before, after))
        joining = (ref for ref in will - was if self._is_there(ref, day))
        guarded = self._is_guarded(Ref(Kind.GROUP, group.key or ""))
        leaving = (ref for ref in was - will if self._is_there(ref, day) and not (guarded or self._is_guarded(ref)))
        for action, refs in ((Action.ADD_MEMBERS, joining), (Action.REMOVE_MEMBERS, leaving)):
            members = tuple(sorted(map(str, refs)))
            if members:
                yield _row(group, action, day, members)

    def _flat(self, memberships: Memberships, group: str) -> set[Ref]:
        return {line.member for line in memberships.flat(group, nested=self.dates.nested)}

    def _is_there(self, ref: Ref, day: date) -> bool:
        if ref in self.outlook.people.ids or ref in self.outlook.people.coming:
            return True
        due = self.coming.get(ref.key) if ref.kind is Kind.USER else None
        return due is not None and due < day

    def _is_guarded(self, ref: Ref) -> bool:
        decision = self.dates.decisions.get((ref.kind, ref.key))
        return decision is not None and self.outlook.permits.protection.covers(decision)


def _parents(memberships: Memberships) -> dict[str, set[str]]:
    """Keys of the groups that each group is a member of, on whatever day."""
    found: dict[str, set[str]] = defaultdict(set)
    written: Iterable[tuple[str, tuple[Membership, ...] | None]] = chain(
        memberships.direct.items(), memberships.lines.items()
    )
    for key, lines in written:
        for line in lines or ():
            if line.member.kind is Kind.GROUP:
                found[line.member.key].add(key)
    return found


def _upward(groups: Iterable[str], parents: Mapping[str, set[str]]) -> set[str]:
    found: set[str] = set()
    open_ = list(groups)
    while open_:
        each = open_.pop()
        if each not in found:
            found.add(each)
            open_.extend(parents.get(each, ()))
    return found


def _row(decision: Decision, action: Action, due: date | None, members: tuple[str, ...] = ()) -> Waiting:
    return Waiting(
        kind=decision.kind,
        key=decision.key or "",
        id=decision.live.id if decision.live is not None else None,
        action=action,
        due=due,
        members=members,
    )
