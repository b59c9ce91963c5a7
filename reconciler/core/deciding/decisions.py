"""Every object of one kind, desired, live or known, in its one situation."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from reconciler.core.comparing.attributes import ACTIVE, AttributeView, is_empty
from reconciler.core.deciding.changes import ChangeMaker
from reconciler.core.deciding.lifecycle import DeletionTerm, standing_of
from reconciler.core.deciding.matching import Pairs, Records
from reconciler.core.deciding.situations import Facts, Reaction, Standing, classify
from reconciler.core.known import Holding, Known
from reconciler.core.mapping.wanted import Wanted
from reconciler.core.plan import Change
from reconciler.core.resources import Kind, Listing, LiveResource
from reconciler.core.vocabulary import Situation
from reconciler.scim.filters.ast import Filter
from reconciler.scim.filters.evaluation import compile_filter
from reconciler.scim.lookup import get_ignoring_case
from reconciler.scim.values import read_boolean

ODD_ACTIVITY = "whether it is active cannot be read"


@dataclass(slots=True)
class Decision:
    """One object and what is to be thought of it. `key` is None for a live object that the manifests do not know."""

    kind: Kind
    key: str | None
    situation: Situation
    wanted: Wanted | None = None
    live: LiveResource | None = None
    known: Known | None = None
    changes: list[Change] = field(default_factory=list)
    detail: str = ""
    confirmed_gone: bool = False
    """The recorded id was looked up and does not exist."""
    undeclared: bool = False
    """A recorded object whose key is in the manifests no more."""
    emergency: date | None = None
    """The day since which an emergency keeps the user inactive."""
    holder: Holding | None = None
    """Another target's record that makes the object that one's own."""
    heir: str | None = None
    """Another target, which desires what this one no longer does."""


@dataclass(frozen=True, slots=True)
class Ownership:
    """Which live objects are ours: recorded as created or adopted, or matched by the `owns` filter.

    `elsewhere`: ids of what another target on the same endpoint owns.
    """

    known_ids: frozenset[str]
    owns: Filter | None
    view: AttributeView
    elsewhere: Collection[str] = ()

    def of(self, live: LiveResource | None) -> bool:
        if live is None or live.id in self.elsewhere:
            return False
        if live.id in self.known_ids:
            return True
        return self.owns is not None and compile_filter(self.owns, self.view.schema)(live.document)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Everything that deciding over one kind looks at.

    `declared`: every key of the kind in the manifests, earlier ones included, folded. `gone`: recorded ids that a
    look-up did not find.
    `reactions`: what happens on OUT_OF_SCOPE and on UNDECLARED. `stateless`: there is no store, so that a match is all
    the link there can be. `moving`: keys of groups whose members differ.
    """

    kind: Kind
    listing: Listing
    records: Records
    declared: frozenset[str]
    gone: frozenset[str]
    reactions: Mapping[Standing, Reaction]
    term: DeletionTerm
    ownership: Ownership
    stateless: bool
    view: AttributeView
    maker: ChangeMaker
    moving: frozenset[str] = frozenset()


def decide(wanted: Sequence[Wanted], pairs: Pairs, around: Surroundings) -> list[Decision]:
    """One decision for each wanted object, then for each recorded one that is not wanted, then for the rest alive."""
    unreadable = _Unreadable(around.listing)
    decisions = decide_wanted(wanted, pairs, around)
    by_id = {each.id: each for each in around.listing.resources}
    taken = set(pairs.taken)
    settled = taken | pairs.contested
    for record in around.records.beside(wanted):
        if record.id in taken:
            continue
        decisions.append(_decide_known(record, by_id.get(record.id), pairs, around, unreadable))
        settled.add(record.id)
    decisions.extend(_decide_stray(live, around) for live in around.listing.resources if live.id not in settled)
    return decisions


def decide_wanted(wanted: Sequence[Wanted], pairs: Pairs, around: Surroundings) -> list[Decision]:
    """One decision for each wanted object."""
    unreadable = _Unreadable(around.listing)
    return [_decide_wanted(each, pairs, around, unreadable) for each in wanted]


def _decide_wanted(each: Wanted, pairs: Pairs, around: Surroundings, unreadable: _Unreadable) -> Decision:
    live = pairs.live(each.key)
    linked = each.key in pairs.linked or (around.stateless and live is not None)
    known = around.records.of(each)
    gone = known is not None and known.id in around.gone
    changes = around.maker.updating(each, live, known if linked else None) if live is not None else []
    activity = activity_of(live)
    facts = Facts(
        standing=each.standing,
        live=live is not None,
        linked=linked,
        known=known is not None,
        owned=around.ownership.of(live),
        readable=activity is not None and not unreadable.hides(each, known, found=live is not None, gone=gone),
        disputed=each.key in pairs.disputed,
        identity_changed=known is not None and _identity_changed(each, known, around.view),
        started=each.started,
        expired=each.expired,
        live_active=activity is not False,
        wants_active=each.active,
        disabled_by_us=known is not None and known.applied.get(ACTIVE) is False,
        differs=bool(changes) or each.key in around.moving,
        matches=int(live is not None and not linked),
    )
    return Decision(
        around.kind,
        each.key,
        classify(facts) or Situation.GONE,
        each,
        live,
        known,
        changes,
        pairs.disputed.get(each.key, "") if activity is not None else ODD_ACTIVITY,
        confirmed_gone=gone,
    )


def _identity_changed(wanted: Wanted, known: Known, view: AttributeView) -> bool:
    """The wanted name and externalId, each where managed, both differ from what was last applied."""
    if wanted.key.casefold() != known.key.casefold():
        return False
    name = "userName" if wanted.kind is Kind.USER else "displayName"
    told = [
        (view[path], known.applied[path], wanted.values[path])
        for path in (name, "externalId")
        if not is_empty(known.applied.get(path)) and not is_empty(wanted.values.get(path))
    ]
    return len(told) == 2 and all(facts.comparable(was) != facts.comparable(now) for facts, was, now in told)


def _decide_known(
    record: Known, live: LiveResource | None, pairs: Pairs, around: Surroundings, unreadable: _Unreadable
) -> Decision:
    """A recorded object that is not among the wanted: it left the scope, or the manifests."""
    standing = standing_of(record, around.declared)
    undeclared = standing is Standing.UNDECLARED
    contested = record.id in pairs.contested
    activity = activity_of(live)
    facts = Facts(
        standing=standing,
        live=live is not None,
        linked=live is not None,
        known=True,
        owned=record.owned and record.id not in around.ownership.elsewhere,
        readable=activity is not None and record.id not in unreadable.ids,
        disputed=contested,
        live_active=activity is not False,
        due=undeclared and around.term.is_due(record, active=activity is not False),
        reaction=around.reactions[standing],
    )
    detail = f"object {record.id} is claimed by others" if contested else ""
    if activity is None:
        detail = ODD_ACTIVITY
    return Decision(
        around.kind,
        record.key,
        classify(facts) or Situation.GONE,
        None,
        live,
        record,
        detail=detail,
        confirmed_gone=record.id in around.gone,
        undeclared=undeclared,
    )


def _decide_stray(live: LiveResource, around: Surroundings) -> Decision:
    """A live object that nothing here names; `owns` may claim it."""
    activity, owned = activity_of(live), around.ownership.of(live)
    facts = Facts(
        standing=Standing.UNDECLARED,
        live=True,
        owned=owned,
        readable=activity is not None or not owned,
        live_active=activity is not False,
        reaction=around.reactions[Standing.UNDECLARED],
    )
    detail = ODD_ACTIVITY if activity is None else ""
    return Decision(around.kind, None, classify(facts) or Situation.FOREIGN, live=live, detail=detail)


def is_active(live: LiveResource) -> bool:
    """Whether a live object is known to be active; a server that does not say so has active users."""
    return activity_of(live) is True


def activity_of(live: LiveResource | None) -> bool | None:
    """True also for what does not exist and for a server that says nothing; None for what cannot be read."""
    if live is None or live.kind is not Kind.USER:
        return True
    value = live.document.get(ACTIVE)
    if value is True or value is False:
        return value
    if value is None:
        value = get_ignoring_case(live.document, ACTIVE)
    return True if is_empty(value) else read_boolean(value)


def name_of(live: LiveResource) -> str:
    """What people call a live object."""
    for attribute in ("userName", "displayName"):
        name = live.document.get(attribute)
        if isinstance(name, str) and name:
            return name
    return live.id


class _Unreadable:
    """Rows that could not be understood, by whatever of them was readable."""

    def __init__(self, listing: Listing) -> None:
        self.ids = frozenset(each.id for each in listing.unreadable if each.id)
        self.names = frozenset(each.name.casefold() for each in listing.unreadable if each.name)

    def hides(self, wanted: Wanted, known: Known | None, *, found: bool, gone: bool) -> bool:
        """Whether the wanted object may be one of them; one whose recorded id may still exist is looked up by that."""
        if found:
            return False
        if known is not None and (known.id in self.ids or not gone):
            return known.id in self.ids
        return wanted.name.casefold() in self.names
