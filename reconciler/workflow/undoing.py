"""Planning the undoing of a run: the target is read as for any plan, and the run's journal says what to put back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from reconciler.core.desired.catalog import Catalog
from reconciler.core.journal import FORGOTTEN, Entry, is_forgotten
from reconciler.core.planning.documenting import Circumstances, document_plan
from reconciler.core.planning.protection import Protection
from reconciler.core.planning.selection import EVERYTHING, UNDO
from reconciler.core.planning.undoing import undo
from reconciler.errors import RunError
from reconciler.workflow.planning import Job, Planned, make_plan

FOLLOW = "this undoes run {run}: the manifests must follow, else the next apply does it again"


async def make_undo_plan(job: Job, catalog: Catalog, manifests: str, run: str) -> Planned:
    """A plan of what puts back the pre-images of a run, named by its id.

    Raises as `make_plan`, and `RunError` where the run left none.
    """
    entries = _entries(job, run)
    planned = await make_plan(job, catalog, manifests, EVERYTHING)
    given, draft, made = planned.given, planned.draft, planned.plan
    protection = Protection.of(job.target.settings.safety, *given.own_accounts, ids=given.own_ids)
    undone = undo(entries, draft, job.target, protection)
    told = Circumstances(
        tool=made.tool,
        now=made.created,
        manifests=made.manifests,
        lineage=made.state.lineage,
        url=made.endpoint.url,
        fingerprint=made.endpoint.fingerprint,
        concurrency=job.endpoint.concurrency,
        rates=job.endpoint.rates,
    )
    shown = replace(draft, rows=undone.rows, released=[], waiting=[], emptied=())
    plan = document_plan(shown, given, told)
    notes = (FOLLOW.format(run=run), *plan.notes)
    plan = plan.model_copy(update={"selection": (f"{UNDO} {run}",), "notes": notes}).sealed()
    return replace(planned, plan=plan, draft=replace(shown, decisions=undone.decisions))


def _entries(job: Job, run: str) -> Sequence[Entry]:
    entries = job.store.entries(job.target.name, run)
    past = next((each for each in job.store.runs(job.target.name) if each.id == run), None)
    if past is not None and is_forgotten(past, entries):
        raise RunError(f"run {run} cannot be undone any more: what it replaced is forgotten, since {FORGOTTEN}")
    if not entries:
        raise RunError(f"run {run} left nothing that could be undone")
    return entries
