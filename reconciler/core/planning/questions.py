"""What a first draft leaves open and a look-up, one object at a time, can settle."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from reconciler.core.comparing.attributes import ACTIVE, USER_NAME
from reconciler.core.deciding.decisions import Decision
from reconciler.core.deciding.matching import values_at
from reconciler.core.mapping.wanted import Wanted
from reconciler.core.planning.drafts import Draft, Lookups, PlanInput
from reconciler.core.resources import Kind, Listing, LiveResource, Ref
from reconciler.core.vocabulary import Situation
from reconciler.platforms.profile import Creation
from reconciler.scim.values import read_boolean


@dataclass(frozen=True, slots=True)
class ById:
    """Does an object exist that no listing showed, or is it really as an incomplete listing showed it?"""

    kind: Kind
    id: str


@dataclass(frozen=True, slots=True)
class ByMatch:
    """Is the wanted object there, or somebody with its name, although no listing showed it?

    `keys`: match attributes and values; without any the question cannot be answered.
    """

    ref: Ref
    keys: tuple[tuple[str, str], ...]


Question = ById | ByMatch


@dataclass(frozen=True, slots=True)
class Reply:
    """`found`: what the look-up brought; None where it could not be made, which leaves the question open."""

    question: Question
    found: tuple[LiveResource, ...] | None


def open_questions(draft: Draft, given: PlanInput) -> list[Question]:
    """What a look-up has to settle before the draft may be believed.

    Recorded objects that were not listed; wanted ones that an incomplete listing may have left out, and somebody else
    who may bear the name that one of them is to have; ends of access that rest on an incomplete listing.
    """
    found = (_question(each, draft, given) for each in draft.decisions if given.listings[each.kind].offered)
    return [each for each in found if each is not None]


def _question(decision: Decision, draft: Draft, given: PlanInput) -> Question | None:
    kind, live, known, wanted = decision.kind, decision.live, decision.known, decision.wanted
    if decision.situation is Situation.UNREADABLE:
        return None
    if known is not None and (live is None or live.id != known.id) and (kind, known.id) not in given.lookups.gone:
        return ById(kind, known.id)
    complete = given.listings[kind].complete
    if live is not None and not complete and (kind, live.id) not in given.lookups.read:
        leaving = given.listings[kind].singly and decision.situation in (Situation.REMOVED, Situation.LEFT_SCOPE)
        if leaving or _ends_access(decision):
            return ById(kind, live.id)
    believed = complete and not _creates_silently(given, kind) and not _shows_no_groups(given, kind)
    return None if believed or wanted is None else _by_match(decision, wanted, draft, given)


def _by_match(decision: Decision, wanted: Wanted, draft: Draft, given: PlanInput) -> ByMatch | None:
    if wanted.ref in given.lookups.searched:
        return None
    if decision.situation in (Situation.MISSING, Situation.LOST) or _may_be_foreign(decision, given):
        return ByMatch(wanted.ref, _match_keys(wanted, draft, given))
    name = next((each.after for each in decision.changes if each.path == USER_NAME and each.after), None)
    return ByMatch(wanted.ref, ((USER_NAME, str(name)),)) if wanted.kind is Kind.USER and name is not None else None


def _may_be_foreign(decision: Decision, given: PlanInput) -> bool:
    """Whether somebody absent whom nobody recorded may be there: a listing would show it, where there is one."""
    return decision.situation is Situation.GONE and decision.known is None and given.listings[decision.kind].singly


def _creates_silently(given: PlanInput, kind: Kind) -> bool:
    """Whether a POST changes an object that is there already: then no listing is believed that shows none."""
    profile = given.target.profile
    side = profile.users if kind is Kind.USER else profile.groups
    return side is not None and side.create is not Creation.NEW


def _shows_no_groups(given: PlanInput, kind: Kind) -> bool:
    """Whether a listing of groups is empty: a server refuses a second user of a name, and seldom a second group."""
    return kind is Kind.GROUP and not given.listings[kind].resources


def _match_keys(wanted: Wanted, draft: Draft, given: PlanInput) -> tuple[tuple[str, str], ...]:
    view = draft.views[wanted.kind]
    match = given.target.rules[wanted.kind].match
    filters = given.target.profile.filters
    possible = filters.users if wanted.kind is Kind.USER else filters.groups
    # What the platform has no filter for is asked by the other keys alone.
    asked = [each for each in match if possible is None or each in possible]
    return tuple((path, str(value)) for path in asked for value in values_at(wanted.values, path, view))


def _ends_access(decision: Decision) -> bool:
    """Whether a declared end of access is due; what merely vanished from the manifests waits for a whole listing."""
    if decision.situation is Situation.RETIRED or decision.emergency is not None:
        return True
    return any(each.path == ACTIVE and read_boolean(each.after) is False for each in decision.changes)


def with_replies(given: PlanInput, replies: Iterable[Reply]) -> PlanInput:
    """The input with what the look-ups settled. A listing that left out what exists is not complete."""
    settled = _Settled(given)
    for reply in replies:
        if reply.found is not None:
            settled.take(reply.question, reply.found)
    return settled.input()


class _Settled:
    """Replies as they come in."""

    def __init__(self, given: PlanInput) -> None:
        self.given = given
        self.listed = {kind: {each.id for each in side.resources} for kind, side in given.listings.items()}
        self.gone = set(given.lookups.gone)
        self.searched = set(given.lookups.searched)
        self.read = set(given.lookups.read)
        self.found: dict[Kind, dict[str, LiveResource]] = {kind: {} for kind in Kind}
        self.missed: dict[Kind, str] = {}

    def take(self, question: Question, found: tuple[LiveResource, ...]) -> None:
        for live in found:
            self.found[live.kind][live.id] = live
            self.read.add((live.kind, live.id))
        if isinstance(question, ByMatch):
            self.searched.add(question.ref)
        elif not found:
            self.gone.add((question.kind, question.id))
        elif question.id not in self.listed[question.kind] and not self.given.listings[question.kind].singly:
            self.missed[question.kind] = f"the listing left out object {question.id}, which exists"

    def input(self) -> PlanInput:
        listings = {kind: self._extended(listing) for kind, listing in self.given.listings.items()}
        lookups = Lookups(frozenset(self.gone), frozenset(self.searched), frozenset(self.read))
        return replace(self.given, listings=listings, lookups=lookups)

    def _extended(self, listing: Listing) -> Listing:
        """The listing with what was read since in place of what it said, and without what is gone."""
        found, missed = self.found[listing.kind], self.missed.get(listing.kind)
        kept = [found.pop(each.id, each) for each in listing.resources if (listing.kind, each.id) not in self.gone]
        problem = "; ".join(filter(None, (listing.problem, missed)))
        complete = listing.complete and missed is None
        return replace(listing, resources=(*kept, *found.values()), complete=complete, problem=problem)
