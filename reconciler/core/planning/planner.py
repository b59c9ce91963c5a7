"""From desired and live state to a plan: pure, in the order in which the questions arise."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from reconciler.core.comparing.attributes import AttributeView
from reconciler.core.deciding.changes import ChangeMaker
from reconciler.core.deciding.decisions import Decision, Ownership, Surroundings, decide, decide_wanted
from reconciler.core.deciding.deltas import MemberDelta, Population, nesting
from reconciler.core.deciding.lifecycle import leaving_ids, reactions_of, term_of
from reconciler.core.deciding.matching import Pairs, Records, fold_records, match_resources
from reconciler.core.deciding.neighbours import Neighbours
from reconciler.core.deciding.population import resolve_references
from reconciler.core.known import Lesson
from reconciler.core.mapping.fitting import Drops, Fitter
from reconciler.core.mapping.platform_values import PlatformFitter
from reconciler.core.mapping.wanted import Wanted
from reconciler.core.planning.claims import Register
from reconciler.core.planning.confirming import Confirmation
from reconciler.core.planning.dated import Dates
from reconciler.core.planning.departures import DepartureMaker, refusal_of
from reconciler.core.planning.drafts import Draft, PlanInput
from reconciler.core.planning.emergencies import Emergencies
from reconciler.core.planning.endings import Endings
from reconciler.core.planning.enrolment import Enrolment
from reconciler.core.planning.foresight import Outlook, foresee
from reconciler.core.planning.grouping import MembershipMaker
from reconciler.core.planning.notices import released_by
from reconciler.core.planning.operations import OperationMaker, creation_refused
from reconciler.core.planning.ordering import drop_unborn, order_operations
from reconciler.core.planning.permits import Permits
from reconciler.core.planning.populating import Populating
from reconciler.core.planning.protection import Protection, groups_around
from reconciler.core.planning.rows import RowMaker, Rows
from reconciler.core.planning.setting_aside import set_aside
from reconciler.core.planning.shapes import members_at_once
from reconciler.core.planning.yielding import Yielding, mark_owners, shared_keys, surrendered
from reconciler.core.resources import Kind, Ref
from reconciler.core.vocabulary import DropReason, Situation
from reconciler.scim.filters import parse_filter


def draft_plan(given: PlanInput) -> Draft:
    """The heart: fit, match, decide, turn into operations, order, look ahead."""
    planner = _Planner(given)
    return planner.look_ahead(planner.run())


class _Planner:
    def __init__(self, given: PlanInput) -> None:
        self.given = given
        schemas = given.target.schemas(given.discovery.schemas)
        self.views = {Kind.USER: AttributeView(schemas["User"]), Kind.GROUP: AttributeView(schemas["Group"])}
        self.known = {kind: fold_records(each for each in given.known if each.kind is kind) for kind in Kind}
        self.drops = Drops()
        self.rows = Rows()
        self.makers = {kind: self._change_maker(kind) for kind in Kind}
        self.reactions = {kind: reactions_of(given.target, kind) for kind in Kind}
        self.terms = {kind: term_of(given.target, kind, given.today) for kind in Kind}
        gone = frozenset(id for kind, id in given.lookups.gone if kind is Kind.USER)
        self.enrolment = Enrolment(
            given.target, self.views[Kind.GROUP], given.memberships, given.rosters, self.drops, gone
        )
        self.confirmations = {kind: self._confirmation(kind) for kind in Kind}
        self.protection = Protection.of(given.target.settings.safety, *given.own_accounts, ids=given.own_ids)
        taken = (each for each in given.learnt if each.lesson is Lesson.TAKEN_OVER)
        self.taken = {(each.kind, each.key, each.subject): each.value for each in taken}
        self.emergencies = Emergencies.of(given.target.name, given.today, given.emergencies)
        self.ended: frozenset[str] = frozenset()
        self.neighbours = {
            kind: Neighbours(kind, given.target.name, given.neighbourhood, self.views[kind], self.known[kind].values())
            for kind in Kind
        }
        self.no_groups = not given.listings[Kind.GROUP].offered or given.target.profile.groups is None

    def run(self) -> Draft:
        wanted = {kind: self._fit(kind) for kind in Kind}
        records = {kind: self._records(kind, wanted[kind]) for kind in Kind}
        pairs = {kind: self._match(kind, wanted[kind], records[kind]) for kind in Kind}
        around = {kind: self._surroundings(kind, records[kind]) for kind in Kind}
        coming = [self._coming(wanted[kind], pairs[kind], around[kind]) for kind in Kind]
        people = Populating(self.given, self.views, self.neighbours).count(wanted, pairs, frozenset().union(*coming))
        for kind in Kind:
            resolve_references(wanted[kind], people, self.drops)
        self.ended = self._endings(wanted, pairs[Kind.USER], records[Kind.USER], people)
        deltas = self.enrolment.deltas(wanted[Kind.GROUP], pairs[Kind.GROUP], records[Kind.GROUP], people, self.ended)
        moving = frozenset(key for key, delta in deltas.items() if delta.joining or delta.leaving)
        users = decide(wanted[Kind.USER], pairs[Kind.USER], around[Kind.USER])
        groups = []
        if not self.no_groups:
            groups = decide(wanted[Kind.GROUP], pairs[Kind.GROUP], replace(around[Kind.GROUP], moving=moving))
        decisions = [*users, *groups]
        mark_owners(decisions, self.neighbours)
        kept = self._make_operations(users, groups, deltas, people)
        self._order()
        dropped = frozenset(what for what, _ in self.drops.counts)
        return Draft(
            decisions,
            self.rows,
            self.drops,
            released=[row for each in decisions for row in released_by(each, self.views[each.kind], dropped)],
            foreign=self._foreign(decisions, kept),
            views=self.views,
            people=people,
            emergencies=self.emergencies,
            members=self.enrolment.afterwards(
                deltas, wanted[Kind.GROUP], pairs[Kind.GROUP], records[Kind.GROUP], people
            ),
            sizes=dict(self.enrolment.sizes),
            members_of=lambda group: self.enrolment.ids(group, people),
            unread=frozenset(self.enrolment.unread),
            exact=frozenset(self.enrolment.exact),
            shared=shared_keys(decisions, self.neighbours),
            surrendered=surrendered(self.neighbours),
        )

    def look_ahead(self, draft: Draft) -> Draft:
        """With what days in the manifests mean for it, today and later."""
        nested = nesting(self.given.memberships, draft.people)
        dates = Dates.of(draft.decisions, self.given.memberships, nested, self.given.today)
        term, refused = self.terms[Kind.USER], self._refused(Kind.USER)
        outlook = Outlook(dates, draft.people, self.rows, self._permits(Kind.USER), term, refused)
        draft.selected, draft.emptied = self.given.selected, self.given.emptied
        draft.dates, draft.waiting = dates, foresee(draft.decisions, outlook)
        return draft

    def _change_maker(self, kind: Kind) -> ChangeMaker:
        return ChangeMaker(self.given.target.rules[kind], self.views[kind], remembers=not self.given.stateless)

    def _confirmation(self, kind: Kind) -> Confirmation:
        lookups = self.given.lookups
        return Confirmation(
            self.given.listings[kind].complete,
            frozenset(each.key for each in lookups.searched if each.kind is kind),
            frozenset(id for each, id in lookups.read if each is kind),
            self.given.listings[kind].singly,
        )

    def _fit(self, kind: Kind) -> list[Wanted]:
        mine = [each for each in self.given.wanted if each.kind is kind]
        if kind is Kind.GROUP and self.no_groups:
            for each in mine:
                self.drops.add("groups", DropReason.NO_GROUPS, str(each.ref))
            return []
        fitter = Fitter(kind, self.views[kind], self.given.learnt)
        platform = PlatformFitter.of(self.given.target, kind)
        for each in mine:
            self.emergencies.impose(each)
            for left in platform.fit(each):
                self.drops.add(left.path, left.reason, str(each.ref))
            fitter.fit(each, self.drops)
        return mine

    def _records(self, kind: Kind, wanted: Sequence[Wanted]) -> Records:
        """The records, and the users among them that this plan deletes."""
        records = Records(self.known[kind], strangers=self.neighbours[kind].strangers(wanted))
        if kind is not Kind.USER or not self.confirmations[kind].complete:
            return records
        unwanted, declared = records.beside(wanted), self._declared(kind)
        return replace(records, leaving=leaving_ids(unwanted, declared, self.given.target, self.reactions[kind]))

    def _declared(self, kind: Kind) -> frozenset[str]:
        """Folded keys of the manifests, earlier ones included: whoever bears one is no stranger to them."""
        sides = (self.given.declared, self.given.earlier)
        keys = (side.users if kind is Kind.USER else side.groups for side in sides)
        return frozenset(key.casefold() for side in keys for key in side)

    def _match(self, kind: Kind, wanted: Sequence[Wanted], records: Records) -> Pairs:
        match = self.given.target.rules[kind].match
        pairs = match_resources(wanted, self.given.listings[kind].resources, records, match, self.views[kind])
        self.neighbours[kind].settle(wanted, pairs)
        return pairs

    def _coming(self, wanted: Sequence[Wanted], pairs: Pairs, around: Surroundings) -> frozenset[Ref]:
        """Who will be there once the plan's creates are carried out."""
        open_wanted = [each for each in wanted if pairs.live(each.key) is None]
        return frozenset(
            each.wanted.ref
            for each in decide_wanted(open_wanted, pairs, around)
            if each.wanted is not None
            and each.situation in (Situation.MISSING, Situation.LOST)
            and creation_refused(self.given.target, each.wanted) is None
            and self.confirmations[each.kind].absent(each)
            and (each.kind, each.wanted.key, each.wanted.name) not in self.taken
            and self.neighbours[each.kind].holder(each.wanted, each.known) is None
        )

    def _surroundings(self, kind: Kind, records: Records) -> Surroundings:
        given = self.given
        owns = getattr(given.target.settings.ownership.owns, f"{kind}s")
        owned = frozenset(each.id for each in self.known[kind].values() if each.owned)
        return Surroundings(
            kind=kind,
            listing=given.listings[kind],
            records=records,
            declared=self._declared(kind),
            gone=frozenset(id for each, id in given.lookups.gone if each is kind),
            reactions=self.reactions[kind],
            term=self.terms[kind],
            ownership=Ownership(
                owned, parse_filter(owns) if owns else None, self.views[kind], self.neighbours[kind].elsewhere
            ),
            stateless=given.stateless,
            view=self.views[kind],
            maker=self.makers[kind],
        )

    def _make_operations(
        self,
        users: Sequence[Decision],
        groups: Sequence[Decision],
        deltas: Mapping[str, MemberDelta],
        people: Population,
    ) -> int:
        maker = self._maker(Kind.USER)
        for decision in users:
            self.emergencies.mark(decision)
            maker.handle(decision)
            self.emergencies.show(decision, maker.out)
        guarded = self._guarded(users)
        holding = groups_around(guarded, self.enrolment.rolls(groups, people) if guarded else {})
        self.protection = replace(self.protection, holding=holding)
        maker = self._maker(Kind.GROUP)
        sure = all(each.complete or each.singly for each in self.confirmations.values())
        silent = frozenset(self.enrolment.unread) if self.given.stateless else frozenset()
        largest = members_at_once(self.given.target.profile, self.given.learnt)
        members = MembershipMaker(maker, largest, sure, silent, guarded | holding | self._guarded(groups))
        for decision in groups:
            maker.handle(decision)
            delta = deltas.get(decision.key or "")
            if members.empties(decision):
                delta = self.enrolment.emptying(decision, people)
            members.handle(decision, delta)
        return members.kept

    def _guarded(self, decisions: Iterable[Decision]) -> frozenset[str]:
        """Ids of the live objects that are protected."""
        return frozenset(each.live.id for each in decisions if each.live is not None and self.protection.covers(each))

    def _endings(
        self, wanted: Mapping[Kind, Sequence[Wanted]], pairs: Pairs, records: Records, people: Population
    ) -> frozenset[str]:
        if all(each.memberships is None for each in wanted[Kind.GROUP]):
            return frozenset()
        endings = Endings(self._permits(Kind.USER), self._refused(Kind.USER))
        return endings.find(wanted[Kind.USER], pairs, records, people.ids.keys())

    def _permits(self, kind: Kind) -> Permits:
        return Permits(kind, self.given.target, RowMaker(kind, self.views[kind], self.rows), self.protection)

    def _refused(self, kind: Kind) -> dict[str, str]:
        """Keys of objects that the platform lately refused to delete, with its words."""
        lessons = (each for each in self.given.learnt if each.lesson is Lesson.UNDELETABLE and each.kind is kind)
        return {each.key: refusal_of(each) for each in lessons}

    def _maker(self, kind: Kind) -> OperationMaker:
        learnt = [each for each in self.given.learnt if each.kind is kind]
        permits = self._permits(kind)
        out = permits.out
        departures = DepartureMaker(
            view=self.views[kind],
            out=out,
            permits=permits,
            confirmation=self.confirmations[kind],
            reactions=self.reactions[kind],
            term=self.terms[kind],
            refused=self._refused(kind),
            ended=self.ended if kind is Kind.USER else frozenset(),
        )
        return OperationMaker(
            kind=kind,
            target=self.given.target,
            view=self.views[kind],
            maker=self.makers[kind],
            out=out,
            confirmation=self.confirmations[kind],
            permits=permits,
            departures=departures,
            yielding=Yielding(out, departures),
            not_kept=frozenset((each.key, each.subject) for each in learnt if each.lesson is Lesson.NOT_KEPT),
            taken={(key, name): id for (of, key, name), id in self.taken.items() if of is kind},
            stateless=self.given.stateless,
        )

    def _order(self) -> None:
        self.rows.proposed = tuple(self.rows.operations)
        left, self.rows.set_aside, waiting = set_aside(self.rows.proposed, self.given.failures, self.given.target)
        ordered, held = order_operations(left, Register(self.views, self.given.listings))
        self.rows.operations = drop_unborn(ordered, [*waiting, *held], self.drops)
        self.rows.held.extend([*waiting, *held])

    def _foreign(self, decisions: Sequence[Decision], kept: int) -> dict[str, int]:
        counts = {
            f"{kind}s": sum(each.kind is kind and each.situation is Situation.FOREIGN for each in decisions)
            for kind in Kind
        }
        return {**counts, "members": kept}
