"""Whether a saved plan still holds: every operation must be what would be planned now, or be done already."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from reconciler.core.comparing.diff import diff_values
from reconciler.core.comparing.elements import as_elements
from reconciler.core.deciding.decisions import Decision
from reconciler.core.deciding.references import markers_in, resolve_markers
from reconciler.core.known import Known, Run
from reconciler.core.plan import Operation, Plan
from reconciler.core.planning.drafts import Draft
from reconciler.core.planning.passwords import without_password
from reconciler.core.planning.rows import label_of
from reconciler.core.resources import Kind, Listing
from reconciler.core.vocabulary import Action
from reconciler.errors import ExitCode, RefusedError, StalePlanError

NO_LINEAGE = "none"
"""What a store that does not exist yet, or is not wanted, is called in a plan."""


def check_circumstances(saved: Plan, fresh: Plan, now: datetime, max_age: timedelta) -> None:
    """Raises `StalePlanError` when the plan was made for something else, or too long ago."""
    if saved.target != fresh.target or saved.platform != fresh.platform:
        raise StalePlanError(f"the plan is for target {saved.target} ({saved.platform}); make it again")
    if saved.endpoint.fingerprint != fresh.endpoint.fingerprint:
        raise StalePlanError(f"target {saved.target} now has another endpoint than the plan was made for")
    if _remembers_otherwise(saved, fresh):
        raise StalePlanError("the state store is not the one that the plan was made with, or it was applied already")
    if now - saved.created > max_age:
        days = (now - saved.created).days
        raise StalePlanError(f"the plan is {days} days old; make it again, or allow it with --max-age")


def check_not_applied(saved: Plan, runs: Iterable[Run]) -> None:
    """Raises `StalePlanError` where a run carried out the whole plan.

    One that was interrupted, or in which something failed, may be gone on with: what is done is not done again.
    """
    for run in runs:
        if run.plan == saved.sha256 and run.exit == ExitCode.DONE:
            raise StalePlanError(f"the plan was applied already, by run {run.id}; make a new one")


def check_same_endpoint(target: str, known: Sequence[Known], listings: Mapping[Kind, Listing]) -> None:
    """For a target whose URL changed: the records must be about what is there now.

    Raises `RefusedError` where fewer than half of the recorded objects are: everything would be created anew.
    """
    listed = {(kind, each.id) for kind, listing in listings.items() for each in listing.resources}
    found = sum((each.kind, each.id) in listed for each in known)
    if 2 * found < len(known):
        raise RefusedError(
            f"target {target} has another endpoint than at its last apply, and only {found} of {len(known)} recorded "
            "objects are there; give the new endpoint a target of its own, or go back to the old URL. Where the "
            f"same people moved there, `reconciler state move --target {target} --rebind` goes on with these records, "
            f"`reconciler state forget --target {target}` begins without any"
        )


def _remembers_otherwise(saved: Plan, fresh: Plan) -> bool:
    """Where there was no store yet, the first apply of another target may have begun one: nothing known is the same."""
    if saved.state.lineage == NO_LINEAGE:
        return fresh.state.known > 0
    return saved.state.lineage != fresh.state.lineage


def operations_to_do(saved: Plan, draft: Draft, fresh: Sequence[Operation]) -> list[Operation]:
    """The saved operations that remain, as they would be planned now.

    One whose object already is as it leaves it is done and left out. Raises `StalePlanError` naming every object
    whose operation would not be planned now, and when nothing at all remains of a plan that had something to do.
    """
    planned = {each.id: each for each in fresh}
    decisions = {(each.kind, label_of(each)): each for each in draft.decisions}
    remaining: list[Operation] = []
    stale: list[str] = []
    for each in saved.operations:
        now = planned.get(each.id)
        if now is not None and _same(each, now):
            remaining.append(now)
        elif not _is_done(each, decisions.get((each.kind, each.key)), draft):
            stale.append(each.id)
    if stale:
        listed = "\n".join(f"  {each}" for each in stale[:20])
        more = f"\n  and {len(stale) - 20} more" if len(stale) > 20 else ""
        raise StalePlanError(f"the plan is stale; these would not be done now as planned:\n{listed}{more}")
    if saved.operations and not remaining:
        raise StalePlanError("everything in the plan is done already; there is nothing left to apply")
    return remaining


def _same(saved: Operation, now: Operation) -> bool:
    return (
        saved.action is now.action
        and _object(saved) == _object(now)
        and [(each.path, each.before, each.after) for each in saved.changes]
        == [(each.path, each.before, each.after) for each in now.changes]
        and {(each.key, each.id) for each in saved.members} == {(each.key, each.id) for each in now.members}
    )


def _object(operation: Operation) -> tuple[str, str] | None:
    """The live object and its managed values; its version may move on by what is none of our business."""
    before = operation.precondition
    return (before.id, before.digest) if before is not None else None


def _is_done(operation: Operation, decision: Decision | None, draft: Draft) -> bool:
    """Whether the live object already is as the operation leaves it."""
    if operation.action is Action.DELETE:
        return decision is None or decision.live is None
    if decision is None or decision.live is None:
        return False
    if operation.action in (Action.ADOPT, Action.CREATE) and decision.known is None:
        return False
    if operation.members and not _members_done(operation, decision, draft):
        return False
    ids = {str(ref): id for ref, id in draft.people.ids.items()}
    if any(marker not in ids for each in operation.changes for marker in markers_in(each.after)):
        return False
    wanted = {each.path: resolve_markers(each.after, ids) for each in without_password(operation).changes}
    return not diff_values(wanted, decision.live.document, draft.views[operation.kind])


def _members_done(operation: Operation, decision: Decision, draft: Draft) -> bool:
    if decision.live is None:
        return False
    reader = draft.views[Kind.GROUP]["members"].read
    there = {draft.people.id_of(each) for each in as_elements(reader(decision.live.document))}
    ids = _ids(operation, {str(ref): id for ref, id in draft.people.ids.items()})
    if operation.action is Action.REMOVE_MEMBERS:
        return there.isdisjoint(ids)
    return ids <= there


def _ids(operation: Operation, ids: Mapping[str, str]) -> set[str | None]:
    members: Iterable[str | None] = (each.id or ids.get(each.key or "") for each in operation.members)
    return set(members)
