"""What plan, apply, drift and explain have in common: making the plans of the chosen targets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from reconciler.cli.output import tell
from reconciler.cli.running import run_over
from reconciler.cli.wiring import Loaded, choose_targets, load_valid, open_kept_store, prepare_targets
from reconciler.core.planning.selection import Selection
from reconciler.core.vocabulary import Action
from reconciler.errors import ExitCode
from reconciler.workflow.planning import Job, Planned, make_plan

if TYPE_CHECKING:
    from reconciler.cli.context import Context
    from reconciler.cli.options import ObjectChoice, TargetChoice
    from reconciler.core.mapping.targets import Target
    from reconciler.core.plan import Plan
    from reconciler.core.resources import Kind


@dataclass(frozen=True, slots=True)
class Plans:
    """The plans that could be made, with their targets, and what they were made from."""

    loaded: Loaded
    made: list[tuple[Target, Planned]]


def make_plans(context: Context, choice: TargetChoice, objects: ObjectChoice) -> tuple[Plans, list[ExitCode]]:
    """Plans every chosen target; a target that cannot be read is reported and leaves its exit code."""
    return plan_targets(context, *load_targets(context, choice), objects)


def load_targets(context: Context, choice: TargetChoice) -> tuple[Loaded, list[Target]]:
    """The manifests and the chosen targets; warnings are told."""
    loaded = load_valid(context)
    targets = prepare_targets(choose_targets(choice, loaded.manifests), loaded)
    warn(loaded)
    return loaded, targets


def plan_targets(
    context: Context, loaded: Loaded, targets: Sequence[Target], objects: ObjectChoice, *, retry: bool = False
) -> tuple[Plans, list[ExitCode]]:
    """As `make_plans`, for targets that are chosen already; with `retry` also what failed before."""
    selection = Selection(objects.only, objects.exclude, objects.due)

    async def step(job: Job) -> Planned:
        return await make_plan(replace(job, retry=retry), loaded.catalog, loaded.digest, selection)

    made, codes = run_over(context, targets, step)
    return Plans(loaded, made), codes


def vanished_targets(context: Context, choice: TargetChoice, loaded: Loaded) -> dict[str, Mapping[Kind, int]]:
    """Where all targets are meant: those that the manifests no longer have, with how many objects they still own."""
    if not choice.everything:
        return {}
    declared = loaded.manifests.targets
    with open_kept_store(context, writing=False) as store:
        owned = store.owned_counts()
        return {name: owned.get(name, {}) for name in store.targets() if name not in declared}


def warn(loaded: Loaded) -> None:
    """Warnings of the manifests go to standard error."""
    for each in loaded.faults.ordered():
        tell(str(each))


def codes_of(plans: Iterable[Plan]) -> list[ExitCode]:
    """The exit codes that plans stand for: held rows, pending changes, nothing."""
    return [_code(plan) for plan in plans]


def refusals_of(plans: Iterable[Plan]) -> list[ExitCode]:
    """REFUSED for each plan that exceeds a limit, whatever else it holds."""
    return [ExitCode.REFUSED for plan in plans if plan.refused]


def _code(plan: Plan) -> ExitCode:
    if plan.held:
        return ExitCode.PARTIAL
    return ExitCode.PENDING if is_pending(plan) else ExitCode.DONE


def is_pending(plan: Plan) -> bool:
    """Adoptions and releases alone are nothing pending."""
    return any(each.action is not Action.ADOPT for each in plan.operations)


def shown_plans(plans: Sequence[Plan], loaded: Loaded, *, redact: bool) -> Sequence[Plan]:
    """The plans as they may be printed."""
    if not redact:
        return plans
    from reconciler.cli.masking import mask_plans

    return mask_plans(plans, loaded.manifests)
