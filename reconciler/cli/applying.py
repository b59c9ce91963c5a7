"""Applying: what is shown, asked and reported around it."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli.locking import Locked, locked
from reconciler.cli.manner import Manner
from reconciler.cli.options import ObjectChoice, TargetChoice
from reconciler.cli.output import paint_for, tell, write_out_file, write_result
from reconciler.cli.planning import Plans, codes_of, load_targets, plan_targets, refusals_of, shown_plans, warn
from reconciler.cli.running import run_step
from reconciler.cli.wiring import Loaded, load_valid, prepare_targets, upgrade_store
from reconciler.core.planning.selection import Selection, undone_run
from reconciler.core.planning.staleness import check_circumstances, check_not_applied, operations_to_do
from reconciler.core.report import Report
from reconciler.core.safety.limits import check_refusals
from reconciler.errors import ExitCode, InterruptedRun, RunError, StalePlanError, UsageError
from reconciler.workflow.applying import Applied, Stop, apply_plan
from reconciler.workflow.locking import Lease, LockedDirectory
from reconciler.workflow.planning import Job, Planned, make_plan
from reconciler.workflow.undoing import make_undo_plan

if TYPE_CHECKING:
    from reconciler.cli.context import Context
    from reconciler.core.mapping.targets import Target
    from reconciler.core.plan import Operation, Plan


@dataclass(frozen=True, slots=True)
class Task:
    """One target with the operations that are to be carried out while its lock is held."""

    target: Target
    planned: Planned
    operations: Sequence[Operation]
    lease: Lease


def find_planfile(context: Context, targets: TargetChoice, planfile: str | None) -> Path | None:
    """The saved plan that is meant: `--plan`, or a file in TARGET's place that no target is named like."""
    if planfile is not None:
        return Path(planfile)
    if len(targets.names) != 1 or targets.environment or targets.everything:
        return None
    [name] = targets.names
    path = Path(name)
    if not (path.is_file() or name.endswith(".json")):
        return None
    return None if name in load_valid(context).manifests.targets else path


def apply_targets(context: Context, choice: TargetChoice, objects: ObjectChoice, manner: Manner) -> ExitCode:
    """Plans afresh, asks once, and applies target by target, holding the lock of each from before it is read."""
    upgrade_store(context)
    loaded, targets = load_targets(context, choice)
    with locked(context, [each.name for each in targets], manner.lock_wait) as locks:
        free = [each for each in targets if each.name in locks.leases]
        plans, codes = plan_targets(context, loaded, free, objects, retry=manner.retry)
        return ExitCode.first([*locks.codes, *codes, *apply_plans(context, plans, locks, manner)])


def apply_plans(context: Context, plans: Plans, locks: Locked, manner: Manner) -> list[ExitCode]:
    """Shows them, asks once, and carries them out."""
    made = [each.plan for _, each in plans.made]
    show_plans(context, made, plans.loaded, manner)
    tasks = [
        Task(target, planned, allowed_rest(planned.plan, manner), locks.leases[target.name])
        for target, planned in plans.made
    ]
    _ask(tasks, manner)
    held = [code for code in codes_of(made) if code is ExitCode.PARTIAL]
    refused = refusals_of(made)
    runs = [each for each in tasks if each.operations or not each.planned.plan.refused]
    return [*refused, *held, *_apply_all(context, runs, manner)]


def allowed_rest(plan: Plan, manner: Manner) -> Sequence[Operation]:
    """What may be carried out of a plan: all of it, or, where a limit refuses it, the rest with `--allow-rest`."""
    if not plan.refused:
        return plan.operations
    if not manner.allow_rest:
        tell(f"target {plan.target}: refused by a limit; nothing was sent")
        return ()
    barred = {id for each in plan.refused for id in each.operations}
    return tuple(each for each in plan.operations if each.id not in barred)


def apply_saved(context: Context, file: Path, manner: Manner) -> ExitCode:
    """Applies a saved plan if every operation of it would still be planned. Raises `StalePlanError`."""
    from reconciler.storage.plan_files import read_plan

    saved = read_plan(file)
    age = parse_age(manner.max_age)
    upgrade_store(context)
    loaded = load_valid(context)
    if saved.target not in loaded.manifests.targets:
        raise StalePlanError(f"the manifests have no target {saved.target!r} any more")
    [target] = prepare_targets([saved.target], loaded)
    warn(loaded)
    with locked(context, [target.name], manner.lock_wait) as locks:
        if not locks.leases:
            return ExitCode.first(locks.codes)

        async def step(job: Job) -> Task:
            check_not_applied(saved, job.store.runs(target.name))
            asked = replace(job, retry=manner.retry)
            planned = await _plan_again(asked, loaded, saved)
            check_circumstances(saved, planned.plan, job.clock.now(), age)
            check_refusals(planned.plan)
            operations = operations_to_do(saved, planned.draft, planned.plan.operations)
            reviewed = replace(planned, plan=saved, saved=True)
            return Task(target, reviewed, operations, locks.leases[target.name])

        task = run_step(context, target, step)
        _show_summary(saved, manner)
        _ask([task], manner)
        return ExitCode.first([*_held_code(saved), *_apply_all(context, [task], manner)])


async def _plan_again(job: Job, loaded: Loaded, saved: Plan) -> Planned:
    """The plan as it would be made now."""
    undone = undone_run(saved)
    if undone is None:
        return await make_plan(job, loaded.catalog, loaded.digest, _selection_of(saved))
    return await make_undo_plan(job, loaded.catalog, loaded.digest, undone)


def _selection_of(saved: Plan) -> Selection:
    """The selection that a plan was saved under."""
    words = [each.split(" ", 1) for each in saved.selection if " " in each]
    only = tuple(value for option, value in words if option == "--only")
    exclude = tuple(value for option, value in words if option == "--exclude")
    return Selection(only, exclude, due="--due" in saved.selection)


def parse_age(text: str) -> timedelta:
    """`7d`, `12h`. Raises `UsageError`."""
    units = {"d": "days", "h": "hours", "m": "minutes"}
    number, unit = text[:-1], text[-1:]
    if not number.isdecimal() or unit not in units:
        raise UsageError(f"{text!r} is no age: write 7d, 12h or 30m")
    return timedelta(**{units[unit]: int(number)})


def _held_code(plan: Plan) -> list[ExitCode]:
    return [ExitCode.PARTIAL] if plan.held else []


def show_plans(context: Context, plans: Sequence[Plan], loaded: Loaded, manner: Manner) -> None:
    """The plan goes to standard output, but to standard error where the result there is the JSON report."""
    from reconciler.render.plans import render_plans

    text = (
        render_plans(shown_plans(plans, loaded, redact=manner.output.redact), "text", paint_for(context))
        if plans
        else ""
    )
    if manner.output.form == "text":
        write_result(text)
    else:
        click.echo(text.encode("utf-8", "backslashreplace"), err=True, nl=False)


def _show_summary(saved: Plan, manner: Manner) -> None:
    """A saved plan was read by somebody already; `reconciler show` prints it again."""
    from reconciler.render.sentences import plan_summary

    line = f"{saved.target}: {plan_summary(saved)}\n"
    if manner.output.form == "text":
        write_result(line)
    else:
        click.echo(line, err=True, nl=False)


def _ask(tasks: Sequence[Task], manner: Manner) -> None:
    """Raises `UsageError` where nobody can be asked, `RunError` where the answer is no."""
    count = sum(len(each.operations) for each in tasks)
    if manner.yes or count == 0:
        return
    if not sys.stdin.isatty():
        raise UsageError("there is no terminal to ask on: add --yes to apply without asking")
    names = ", ".join(each.target.name for each in tasks)
    if not click.confirm(f"Apply {count} operations to {names}?", err=True):
        raise RunError("declined; nothing was sent")


def _check_report(manner: Manner, targets: int) -> None:
    """Raises `RunError` before anything is sent where the report could not be written afterwards."""
    if manner.report is None:
        return
    path = Path(manner.report)
    folder = path if targets > 1 or manner.report.endswith("/") or path.is_dir() else path.parent
    nearest = next(each for each in (folder, *folder.absolute().parents) if each.exists())
    if not nearest.is_dir() or not os.access(nearest, os.W_OK) or (path.is_file() and not os.access(path, os.W_OK)):
        raise RunError(f"{manner.report}: the report cannot be written there; nothing was sent")


def _apply_all(context: Context, tasks: Sequence[Task], manner: Manner) -> list[ExitCode]:
    _check_report(manner, len(tasks))
    codes: list[ExitCode] = []
    reports: list[Report] = []
    for task in tasks:
        applied = _apply(context, task)
        reports.append(applied.report)
        codes.append(applied.exit_code)
        if applied.error is not None:
            tell(f"Error: target {task.target.name}: {applied.error}")
        if applied.report.interrupted:
            break
    for task in tasks[len(reports) :]:
        tell(f"target {task.target.name}: the run was stopped; nothing was sent")
    _show_reports(context, reports, manner)
    if manner.report is not None and reports:
        write_out_file(manner.report, {each.target: each.to_json() for each in reports})
    return codes


def _apply(context: Context, task: Task) -> Applied:
    stop = Stop()

    async def step(job: Job) -> Applied:
        guarded = replace(job, directory=LockedDirectory(job.directory, task.lease))
        with _stopping_on_interrupt(stop):
            return await apply_plan(guarded, task.planned, task.operations, stop)

    try:
        return run_step(context, task.target, step, writing=True)
    except asyncio.CancelledError:
        raise InterruptedRun(
            f"broken off while applying to {task.target.name}: what was sent and not answered "
            "may have been carried out; the next plan shows what is left"
        ) from None


@contextmanager
def _stopping_on_interrupt(stop: Stop) -> Iterator[None]:
    """The first Ctrl-C lets what is under way finish and sends nothing more; the second one breaks off."""
    loop, run = asyncio.get_running_loop(), asyncio.current_task()
    before = signal.getsignal(signal.SIGINT)

    def interrupted() -> None:
        if stop.requested and run is not None:
            run.cancel()
            return
        stop.requested = True
        tell("stopping: what is under way is finished, nothing more is sent (Ctrl-C again breaks off)")

    loop.add_signal_handler(signal.SIGINT, interrupted)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGINT)
        signal.signal(signal.SIGINT, before)


def _show_reports(context: Context, reports: Sequence[Report], manner: Manner) -> None:
    if not reports:
        return
    if manner.output.form == "json":
        from reconciler.render.documents import reports_json

        write_result(reports_json(reports))
        return
    from reconciler.render.report_text import render_report

    write_result("".join(render_report(each, paint_for(context)) for each in reports))
