"""The plan document from a draft."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from reconciler.core.manifests.parsing import Rate
from reconciler.core.plan import (
    Operation,
    Plan,
    PlannedEndpoint,
    ReadProof,
    Row,
    StateSummary,
)
from reconciler.core.planning.claims import Register
from reconciler.core.planning.drafts import Draft, PlanInput
from reconciler.core.planning.notices import member_notes
from reconciler.core.planning.ordering import order_operations
from reconciler.core.planning.own_account import unknown_account
from reconciler.core.planning.passwords import passwords_left_out, with_passwords
from reconciler.core.planning.requesting import COLLECTIONS, Forms, as_planned, plan_request
from reconciler.core.planning.selection import EVERYTHING, Selection, select_operations
from reconciler.core.planning.shapes import able_shapes, first_removal, update_shapes
from reconciler.core.planning.yielding import sharing_notes
from reconciler.core.resources import Kind, Listing, LiveResource
from reconciler.core.safety.effects import tell_effects
from reconciler.core.safety.grants import with_grants
from reconciler.core.safety.limits import judge
from reconciler.platforms.profile import Shape


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a plan tells of the run that made it. `round_trip` in seconds."""

    tool: str
    now: datetime
    manifests: str
    lineage: str
    url: str
    fingerprint: str
    selection: Selection = EVERYTHING
    round_trip: float = 0.0
    concurrency: int = 1
    rates: tuple[Rate, ...] = ()


def document_plan(draft: Draft, given: PlanInput, told: Circumstances) -> Plan:
    """The sealed plan."""
    selected, unselected = select_operations(draft.rows.operations, told.selection, draft.dates)
    view = draft.views[Kind.USER]
    # A selection may leave out what frees a value that it takes.
    ordered, held = order_operations(selected, Register(draft.views, given.listings))
    operations = _with_requests(with_passwords(ordered, given.target, view), draft, given)
    requests = sum(len(each.requests) for each in operations)
    safety = given.target.settings.safety
    judged = judge(operations, draft, safety, given.today)
    effects = tell_effects(operations, draft, safety)
    owned = sum(each.owned for each in given.known)
    return Plan(
        tool=told.tool,
        created=told.now,
        day=given.today,
        target=given.target.name,
        platform=given.target.profile.name,
        endpoint=PlannedEndpoint(url=told.url, fingerprint=told.fingerprint),
        manifests=told.manifests,
        selection=told.selection.options,
        state=StateSummary(lineage=told.lineage, owned=owned, known=len(given.known)),
        read={f"{kind}s": proof_of(listing) for kind, listing in given.listings.items() if listing.offered},
        operations=tuple(operations),
        withheld=_sorted([*with_grants(draft.rows.withheld, draft), *unselected]),
        held=_sorted([*draft.rows.held, *held]),
        dropped=(*draft.drops.rows(), *passwords_left_out(ordered, given.target, view)),
        released=tuple(draft.released),
        waiting=tuple(sorted(draft.waiting, key=lambda each: (str(each.due), each.kind, each.key))),
        admins=effects.admins,
        limits=judged.uses,
        refused=(*judged.refusals, *effects.refusals),
        foreign=draft.foreign,
        notes=(*judged.notes, *_notes(draft, given), *unknown_account(given, operations)),
        requests=requests,
        estimated_seconds=estimate(requests, told),
        summary=effects.summary,
    ).sealed()


def _sorted(rows: Iterable[Row]) -> tuple[Row, ...]:
    return tuple(
        sorted(rows, key=lambda each: (each.reason, each.kind, (each.key or each.name).casefold(), str(each.action)))
    )


def _notes(draft: Draft, given: PlanInput) -> tuple[str, ...]:
    members = member_notes(draft.unread, draft.exact, given.rosters)
    return (*given.discovery.problems, *members, *sharing_notes(draft.shared))


def _with_requests(operations: Sequence[Operation], draft: Draft, given: PlanInput) -> list[Operation]:
    documents: dict[tuple[Kind, str], LiveResource] = {
        (kind, each.id): each for kind, listing in given.listings.items() for each in listing.resources
    }
    profile, discovery, learnt = given.target.profile, given.discovery, given.learnt
    removal = first_removal(profile, discovery, learnt)
    shapes = {kind: update_shapes(kind, profile, discovery, learnt) for kind in Kind}
    planned = []
    for each in operations:
        id = each.precondition.id if each.precondition is not None else ""
        live = documents.get((each.kind, id))
        path = tuple(filter(None, given.discovery.endpoints[COLLECTIONS[each.kind]].split("/")))
        able = able_shapes(shapes[each.kind], each.changes, each.kind, profile)
        forms = Forms(able[0] if able else Shape.PATCH, removal)
        request = plan_request(each, live.document if live else {}, forms, draft.views[each.kind], path)
        planned.append(each.model_copy(update={"requests": (as_planned(request),)}) if request is not None else each)
    return planned


def proof_of(listing: Listing) -> ReadProof:
    return ReadProof(
        received=len(listing.resources),
        total=listing.total,
        pages=listing.pages,
        complete=listing.complete,
        problem=listing.problem,
        unreadable=len(listing.unreadable),
        singly=listing.singly,
    )


def estimate(requests: int, told: Circumstances) -> float:
    """Seconds: as long as the endpoint's own round trips take, and no faster than the target's pace allows."""
    by_latency = requests * told.round_trip / max(1, told.concurrency)
    by_rates = (max(0, requests - 1) // each.amount * each.seconds for each in told.rates)
    return round(max(by_latency, *by_rates, 0.0), 1)
