"""Undoing a run: its plan is saved, or shown, asked about and applied like any other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.cli.applying import apply_plans, show_plans
from reconciler.cli.locking import locked
from reconciler.cli.output import tell, write_out_file
from reconciler.cli.past_runs import find_run
from reconciler.cli.planning import Plans, refusals_of, warn
from reconciler.cli.running import run_over
from reconciler.cli.wiring import load_valid, open_kept_store, prepare_targets, upgrade_store
from reconciler.errors import ExitCode, RunError
from reconciler.workflow.undoing import make_undo_plan

if TYPE_CHECKING:
    from reconciler.cli.context import Context
    from reconciler.cli.manner import Manner
    from reconciler.core.known import Run
    from reconciler.workflow.planning import Job, Planned


def save_undo_plan(context: Context, which: tuple[str, str | None], out: str, manner: Manner) -> ExitCode:
    """Prints and saves the plan that undoes a run; `apply FILE` carries it out."""
    plans, codes = _plan(context, _find(context, which))
    made = [each.plan for _, each in plans.made]
    show_plans(context, made, plans.loaded, manner)
    if made:
        for file in write_out_file(out, {plan.target: plan.to_json() for plan in made}):
            tell(f"saved to {file}")
    return ExitCode.first([*codes, *refusals_of(made)])


def undo_run(context: Context, which: tuple[str, str | None], manner: Manner) -> ExitCode:
    """Plans, shows, asks and applies, holding the target's lock."""
    upgrade_store(context)
    run = _find(context, which)
    with locked(context, [run.target], manner.lock_wait) as locks:
        if not locks.leases:
            return ExitCode.first(locks.codes)
        plans, codes = _plan(context, run)
        return ExitCode.first([*codes, *apply_plans(context, plans, locks, manner)])


def _find(context: Context, which: tuple[str, str | None]) -> Run:
    with open_kept_store(context, writing=False) as store:
        return find_run(store, *which)


def _plan(context: Context, run: Run) -> tuple[Plans, list[ExitCode]]:
    """Raises `RunError` where the manifests have no such target any more."""
    loaded = load_valid(context)
    if run.target not in loaded.manifests.targets:
        raise RunError(f"run {run.id} was on target {run.target}, which the manifests do not have any more")
    targets = prepare_targets([run.target], loaded)
    warn(loaded)

    async def step(job: Job) -> Planned:
        return await make_undo_plan(job, loaded.catalog, loaded.digest, run.id)

    made, codes = run_over(context, targets, step)
    return Plans(loaded, made), codes
