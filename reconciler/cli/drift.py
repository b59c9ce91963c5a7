"""`reconciler drift`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reconciler.cli.options import (
    ObjectChoice,
    Output,
    TargetChoice,
    object_options,
    output_options,
    pass_context,
    target_arguments,
)
from reconciler.errors import ExitCode

if TYPE_CHECKING:
    from reconciler.cli.context import Context


@click.command("drift")
@target_arguments
@object_options
@click.option("--by", type=click.Choice(["all", "them"]), default="all", show_default=True, help="Whose changes count.")
@output_options("text", "json", "markdown")
@pass_context
def command(context: Context, targets: TargetChoice, objects: ObjectChoice, by: str, output: Output) -> ExitCode:
    """Show what on the target differs from the manifests and who changed it. Exits with 2 where anything differs."""
    from reconciler.cli.output import paint_for, write_result
    from reconciler.cli.planning import make_plans, shown_plans
    from reconciler.core.planning.drift import differs, only_theirs
    from reconciler.render.plans import render_drift

    planned, codes = make_plans(context, targets, objects)
    plans = [each.plan for _, each in planned.made]
    if by == "them":
        plans = [only_theirs(each.plan, each.draft, target.settings.safety) for target, each in planned.made]
    if plans:
        write_result(
            render_drift(shown_plans(plans, planned.loaded, redact=output.redact), output.form, paint_for(context))
        )
    held = [ExitCode.PARTIAL for plan in plans if plan.held]
    found = [ExitCode.PENDING for plan in plans if differs(plan)]
    return ExitCode.first([*codes, *held, *found])
