"""What a first draft leaves open and a look-up, one object at a time, can settle."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from reconciler.core.attributes import is_empty
from reconciler.core.planner import Draft, Lookups, PlanInput
from reconciler.core.resources import Kind, Listing, LiveResource, Ref
from reconciler.core.vocabulary import Situation


@dataclass(frozen=True, slots=True)
class ById:
    """Does the recorded object still exist, although no listing showed it?"""

    kind: Kind
    id: str


@dataclass(frozen=True, slots=True)
class ByMatch:
    """Is the wanted object there, although an incomplete listing did not show it? `keys`: attribute and value."""

    ref: Ref
    keys: tuple[tuple[str, Any], ...]


Question = ById | ByMatch


@dataclass(frozen=True, slots=True)
class Reply:
    """`found`: what the look-up brought; None where it could not be made, which leaves the question open."""

    question: Question
    found: tuple[LiveResource, ...] | None


def open_questions(draft: Draft, given: PlanInput) -> list[Question]:
    """Recorded objects that were not listed; wanted ones that an incomplete listing may have left out."""
    questions: list[Question] = []
    for each in draft.decisions:
        listing = given.listings[each.kind]
        if each.live is not None or not listing.offered:
            continue
        if each.known is not None and (each.kind, each.known.id) not in given.lookups.gone:
            questions.append(ById(each.kind, each.known.id))
        elif (
            each.wanted is not None
            and each.situation in (Situation.MISSING, Situation.LOST)
            and not listing.complete
            and each.wanted.ref not in given.lookups.searched
        ):
            match = given.target.rules[each.kind].match
            keys = tuple((path, each.wanted.values[path]) for path in match if not is_empty(each.wanted.values.get(path)))
            questions.append(ByMatch(each.wanted.ref, keys))
    return questions


def with_replies(given: PlanInput, replies: Iterable[Reply]) -> PlanInput:
    """The input with what the look-ups settled. A recorded object that does exist makes its listing incomplete."""
    gone = set(given.lookups.gone)
    searched = set(given.lookups.searched)
    found: dict[Kind, dict[str, LiveResource]] = {kind: {} for kind in Kind}
    missed: dict[Kind, str] = {}
    for reply in replies:
        if reply.found is None:
            continue
        question = reply.question
        if isinstance(question, ById):
            if not reply.found:
                gone.add((question.kind, question.id))
            else:
                missed[question.kind] = f"the listing left out object {question.id}, which exists"
        else:
            searched.add(question.ref)
        for live in reply.found:
            found[live.kind][live.id] = live
    listings = {kind: _extended(listing, found[kind], missed.get(kind)) for kind, listing in given.listings.items()}
    return replace(given, listings=listings, lookups=Lookups(frozenset(gone), frozenset(searched)))


def _extended(listing: Listing, found: Mapping[str, LiveResource], missed: str | None) -> Listing:
    listed = {each.id for each in listing.resources}
    new = [live for id, live in found.items() if id not in listed]
    if not new and missed is None:
        return listing
    problem = "; ".join(filter(None, (listing.problem, missed)))
    complete = listing.complete and missed is None
    return replace(listing, resources=(*listing.resources, *new), complete=complete, problem=problem)
