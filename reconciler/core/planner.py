"""From desired and live state to a plan: pure, in the order in which the questions arise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from reconciler.core.attributes import MEMBERS, USER_NAME, AttributeView
from reconciler.core.changes import ChangeMaker
from reconciler.core.deciding import Decision, Ownership, Surroundings, decide, decide_wanted
from reconciler.core.deltas import MemberDelta, Population, member_delta, nesting
from reconciler.core.elements import as_elements
from reconciler.core.fitting import Drops, Fitter
from reconciler.core.grouping import EMPTYING, MembershipMaker
from reconciler.core.known import Known, Learnt
from reconciler.core.manifests.choices import Members
from reconciler.core.mapped import Scoped
from reconciler.core.matching import Pairs, index_live, match_resources
from reconciler.core.memberships import Memberships
from reconciler.core.operations import OperationMaker, Rows
from reconciler.core.ordering import order_operations
from reconciler.core.plan import Released, Waiting
from reconciler.core.population import count_population, resolve_references
from reconciler.core.resources import DesiredGroup, DesiredUser, Kind, Listing, Ref
from reconciler.core.situations import Reaction, Standing
from reconciler.core.targets import Target
from reconciler.core.vocabulary import Action, DropReason, Situation
from reconciler.core.wanted import Wanted
from reconciler.scim.filters import parse_filter
from reconciler.scim.provider import Discovery

LESSONS_LAST = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Lookups:
    """What was asked one by one because a listing could not tell.

    `gone`: recorded ids that do not exist any more. `searched`: wanted objects whose match keys were looked up.
    """

    gone: frozenset[tuple[Kind, str]] = frozenset()
    searched: frozenset[Ref] = frozenset()


@dataclass(frozen=True, slots=True)
class PlanInput:
    """Everything that a plan is made from. `wanted` is fitted in place: it belongs to this plan alone."""

    target: Target
    discovery: Discovery
    wanted: Sequence[Wanted]
    declared: Scoped
    memberships: Memberships
    listings: Mapping[Kind, Listing]
    known: Sequence[Known]
    learnt: Sequence[Learnt]
    today: date
    stateless: bool = False
    lookups: Lookups = Lookups()


@dataclass(slots=True)
class Draft:
    """What planning found out, before it becomes a document."""

    decisions: list[Decision]
    rows: Rows
    drops: Drops
    released: list[Released]
    waiting: list[Waiting]
    foreign: dict[str, int]
    views: Mapping[Kind, AttributeView]
    people: Population
    members: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Ids that each managed group has once the plan is carried out, as far as they are known."""


def draft_plan(given: PlanInput) -> Draft:
    """The heart: fit, match, decide, turn into operations, order."""
    return _Planner(given).run()


class _Planner:
    def __init__(self, given: PlanInput) -> None:
        self.given = given
        self.views = {
            Kind.USER: AttributeView(given.discovery.schemas["User"]),
            Kind.GROUP: AttributeView(given.discovery.schemas["Group"]),
        }
        self.known = {kind: {each.key: each for each in given.known if each.kind is kind} for kind in Kind}
        self.drops = Drops()
        self.rows = Rows()
        self.makers = {kind: ChangeMaker(given.target.rules[kind], self.views[kind]) for kind in Kind}
        self.no_groups = not given.listings[Kind.GROUP].offered or given.target.profile.groups is None

    def run(self) -> Draft:
        wanted = {kind: self._fit(kind) for kind in Kind}
        pairs = {kind: self._match(kind, wanted[kind]) for kind in Kind}
        people = self._population(wanted, pairs, frozenset())
        coming = self._coming(Kind.USER, wanted, pairs) | self._coming(Kind.GROUP, wanted, pairs)
        people = self._population(wanted, pairs, coming)
        for kind in Kind:
            resolve_references(wanted[kind], people, self.drops)
        users = decide(wanted[Kind.USER], pairs[Kind.USER], self._surroundings(Kind.USER, frozenset()))
        deltas = self._deltas(wanted[Kind.GROUP], pairs[Kind.GROUP], people)
        moving = frozenset(key for key, delta in deltas.items() if delta.joining or delta.leaving)
        groups = []
        if not self.no_groups:
            groups = decide(wanted[Kind.GROUP], pairs[Kind.GROUP], self._surroundings(Kind.GROUP, moving))
        kept = self._make_operations(users, groups, deltas, people)
        decisions = [*users, *groups]
        self._order()
        return Draft(
            decisions,
            self.rows,
            self.drops,
            released=[row for each in decisions for row in released_by(each, self.views[each.kind], self.drops)],
            waiting=[row for each in decisions if (row := waiting_row(each)) is not None],
            foreign=self._foreign(decisions, kept),
            views=self.views,
            people=people,
            members=members_afterwards(deltas, wanted[Kind.GROUP], pairs[Kind.GROUP], people, self.views[Kind.GROUP]),
        )

    def _fit(self, kind: Kind) -> list[Wanted]:
        mine = [each for each in self.given.wanted if each.kind is kind]
        if kind is Kind.GROUP and self.no_groups:
            for each in mine:
                self.drops.add("groups", DropReason.NO_GROUPS, str(each.ref))
            return []
        fitter = Fitter(kind, self.views[kind], self.given.learnt)
        for each in mine:
            fitter.fit(each, self.drops)
        return mine

    def _match(self, kind: Kind, wanted: Sequence[Wanted]) -> Pairs:
        match = self.given.target.rules[kind].match
        live = self.given.listings[kind].resources
        return match_resources(wanted, live, self.known[kind], match, self.views[kind])

    def _coming(
        self, kind: Kind, wanted: Mapping[Kind, Sequence[Wanted]], pairs: Mapping[Kind, Pairs]
    ) -> frozenset[Ref]:
        """Who will be there once the plan's creates are carried out."""
        side = pairs[kind]
        creating = (Situation.MISSING, Situation.LOST)
        if self.given.target.refuses(kind, Action.CREATE) is not None:
            return frozenset()
        open_wanted = [each for each in wanted[kind] if side.live(each.key) is None]
        decisions = decide_wanted(open_wanted, side, self._surroundings(kind, frozenset()))
        unconfirmed = not self.given.listings[kind].complete
        return frozenset(
            each.wanted.ref
            for each in decisions
            if each.wanted is not None
            and each.situation in creating
            and not (unconfirmed and each.wanted.ref not in self.given.lookups.searched)
        )

    def _population(
        self, wanted: Mapping[Kind, Sequence[Wanted]], pairs: Mapping[Kind, Pairs], coming: frozenset[Ref]
    ) -> Population:
        everyone = [*wanted[Kind.USER], *wanted[Kind.GROUP]]
        groups = self.given.target.profile.groups
        allowed = groups is not None and groups.members.nesting
        return count_population(pairs, everyone, coming, self.given.listings, self.given.known, nested=allowed)

    def _surroundings(self, kind: Kind, moving: frozenset[str]) -> Surroundings:
        given = self.given
        owns = getattr(given.target.settings.ownership.owns, f"{kind}s")
        owned = frozenset(each.id for each in self.known[kind].values() if each.owned)
        return Surroundings(
            kind=kind,
            listing=given.listings[kind],
            known=self.known[kind],
            declared=given.declared.users if kind is Kind.USER else given.declared.groups,
            gone=frozenset(id for each, id in given.lookups.gone if each is kind),
            reactions=reactions_of(given.target, kind),
            ownership=Ownership(owned, parse_filter(owns) if owns else None, self.views[kind]),
            stateless=given.stateless,
            view=self.views[kind],
            maker=self.makers[kind],
            moving=moving,
        )

    def _deltas(self, wanted: Sequence[Wanted], pairs: Pairs, people: Population) -> dict[str, MemberDelta]:
        nested = nesting(self.given.memberships, people)
        by_default = self.given.target.settings.ownership.members is Members.EXACT
        view = self.views[Kind.GROUP][MEMBERS]
        deltas = {}
        for each in wanted:
            if each.memberships is None or each.standing is not Standing.WANTED:
                continue
            live = pairs.live(each.key)
            there = as_elements(view.read(live.document)) if live is not None else []
            declared = self.given.memberships.flat(each.key, nested=nested)
            exact = by_default or (isinstance(each.entry, DesiredGroup) and each.entry.exact)
            deltas[each.key] = member_delta(declared, there, people, exact=exact)
            for ref, reason in deltas[each.key].dropped:
                self.drops.add(f"members of {each.ref}", reason, str(ref))
        return deltas

    def _make_operations(
        self,
        users: Sequence[Decision],
        groups: Sequence[Decision],
        deltas: Mapping[str, MemberDelta],
        people: Population,
    ) -> int:
        for decision in users:
            self._maker(Kind.USER).handle(decision)
        maker = self._maker(Kind.GROUP)
        complete = all(self.given.listings[kind].complete for kind in Kind)
        members = MembershipMaker(maker, complete)
        for decision in groups:
            maker.handle(decision)
            members.handle(decision, deltas.get(decision.key or "") or self._emptying(decision, people))
        return members.kept

    def _maker(self, kind: Kind) -> OperationMaker:
        return OperationMaker(
            kind=kind,
            target=self.given.target,
            view=self.views[kind],
            maker=self.makers[kind],
            confirmed=self.given.listings[kind].complete,
            searched=frozenset(each.key for each in self.given.lookups.searched if each.kind is kind),
            reactions=reactions_of(self.given.target, kind),
            rows=self.rows,
            stateless=self.given.stateless,
        )

    def _emptying(self, decision: Decision, people: Population) -> MemberDelta | None:
        """An owned group that is no longer desired and whose lifecycle says `empty`."""
        if decision.live is None or decision.situation not in EMPTYING:
            return None
        there = as_elements(self.views[Kind.GROUP][MEMBERS].read(decision.live.document))
        return member_delta([], there, people, exact=False)

    def _order(self) -> None:
        view = self.views[Kind.USER]
        live = self.given.listings[Kind.USER].resources
        holders = {value: found[0] for value, found in index_live(live, USER_NAME, view).items()}
        self.rows.operations, held = order_operations(self.rows.operations, holders, view)
        self.rows.held.extend(held)

    def _foreign(self, decisions: Sequence[Decision], kept: int) -> dict[str, int]:
        counts = {
            f"{kind}s": sum(each.kind is kind and each.situation is Situation.FOREIGN for each in decisions)
            for kind in Kind
        }
        return {**counts, "members": kept}


def reactions_of(target: Target, kind: Kind) -> dict[Standing, Reaction]:
    """What the target's lifecycle does with owned objects that are no longer desired."""
    lifecycle = target.settings.lifecycle
    side = lifecycle if kind is Kind.USER else lifecycle.groups
    return {
        Standing.OUT_OF_SCOPE: Reaction(side.on_leave.value),
        Standing.UNDECLARED: Reaction(side.on_remove.value),
        Standing.WANTED: Reaction.KEEP,
        Standing.ABSENT: Reaction.DELETE,
    }


def released_by(decision: Decision, view: AttributeView, drops: Drops) -> list[Released]:
    """Attributes that were applied and are no longer named; what the target cannot hold is no release."""
    wanted, known = decision.wanted, decision.known
    if wanted is None or known is None or decision.live is None or wanted.standing is not Standing.WANTED:
        return []
    dropped = {what for what, _ in drops.counts}
    gone = [path for path in known.applied if path not in wanted.values and path != MEMBERS and path not in dropped]
    if MEMBERS in known.applied and decision.kind is Kind.GROUP and wanted.memberships is None:
        gone.insert(0, MEMBERS)
    return [
        Released(kind=decision.kind, key=wanted.key, path=path, value=view[path].read(decision.live.document))
        for path in sorted(gone, key=lambda each: (not _gives_access(each), each))
    ]


def _gives_access(path: str) -> bool:
    return path.startswith((MEMBERS, "roles", "entitlements"))


def waiting_row(decision: Decision) -> Waiting | None:
    if decision.situation is not Situation.WAITING:
        return None
    entry = decision.wanted.entry if decision.wanted is not None else None
    if isinstance(entry, DesiredUser) and decision.live is None:
        return Waiting(kind=decision.kind, key=entry.key, action=Action.CREATE, due=entry.days.first)
    live = decision.live
    key = decision.key or (decision.known.key if decision.known is not None else "")
    return Waiting(kind=decision.kind, key=key, id=live.id if live is not None else None, action=Action.DELETE)


def members_afterwards(
    deltas: Mapping[str, MemberDelta],
    wanted: Sequence[Wanted],
    pairs: Pairs,
    people: Population,
    view: AttributeView,
) -> dict[str, tuple[str, ...]]:
    """For each managed group the ids that are ours in it once joins and leaves are done; coming ones have none yet."""
    afterwards = {}
    for each in wanted:
        delta = deltas.get(each.key)
        if delta is None:
            continue
        live = pairs.live(each.key)
        there = as_elements(view[MEMBERS].read(live.document)) if live is not None else []
        present = {found for member in there if (found := people.id_of(member)) is not None}
        leaving = {member.id for member in delta.leaving}
        joining = {member.id for member in delta.joining if member.id is not None}
        ours = {id for id in present - leaving if id in people.refs}
        afterwards[each.key] = tuple(sorted(ours | joining))
    return afterwards
