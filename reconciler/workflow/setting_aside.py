"""Remembering at the end of an apply what failed, and forgetting what fails no more."""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.core.failures import Refusal, failed_at
from reconciler.core.planning.setting_aside import SET_ASIDE, ObjectKey, by_object, digest_of, object_of
from reconciler.core.report import Outcome, Result
from reconciler.workflow.planning import Job, Planned

NOT_ABOUT_IT = frozenset((401, 404, 408, 410, 412, 425, 429))
"""Refusals that are about the credentials, the moment, or an object that changed meanwhile."""

SETTLED = frozenset((Result.DONE, Result.ALREADY))


def remember_failures(job: Job, planned: Planned, outcomes: Iterable[Outcome]) -> None:
    """Writes the objects that were refused, each with when it is tried again, and ends the record of the others.

    What was not tried in this run keeps its record.
    """
    store, target = job.store, job.target.name
    before = {each.subject: each for each in store.failures(target)}
    rows = planned.draft.rows
    proposed = by_object(rows.proposed)
    endings: dict[ObjectKey, list[Outcome]] = {}
    for each in outcomes:
        if each.action in SET_ASIDE:
            endings.setdefault((each.kind, each.key.casefold()), []).append(each)
    now = job.clock.now()
    failing = [
        failed_at(now, _refusal(refused, digest_of(proposed.get(key, ()), job.target)), before.get(key))
        for key, found in endings.items()
        if (refused := next(filter(is_refusal, found), None)) is not None
    ]
    kept = {each.subject for each in failing} | {object_of(each) for each in rows.set_aside}
    kept |= {key for key, found in proposed.items() if not _is_settled(found, endings.get(key, ()))}
    store.record_failures(target, failing, [each for key, each in before.items() if key not in kept])


def is_refusal(outcome: Outcome) -> bool:
    """Whether the endpoint refused what was asked for itself."""
    status = outcome.status
    if outcome.result is not Result.FAILED or status is None or status in NOT_ABOUT_IT:
        return False
    return 400 <= status < 500 or status == 501


def _is_settled(proposed: Iterable[object], outcomes: Iterable[Outcome]) -> bool:
    """Whether everything that there was to do about an object was tried and is done."""
    results = [each.result for each in outcomes]
    return len(results) == len(list(proposed)) and SETTLED.issuperset(results)


def _refusal(outcome: Outcome, digest: str) -> Refusal:
    return Refusal(outcome.kind, outcome.key, outcome.action, digest, outcome.status, outcome.detail)
