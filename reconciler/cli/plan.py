"""`reconciler plan`."""

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


@click.command("plan")
@target_arguments
@object_options
@click.option("--out", metavar="FILE", help="Save the plan; a directory for several targets.")
@click.option(
    "--exit-code", "tells", is_flag=True, help="Exit with 2 where changes are pending, 5 where rows are held."
)
@output_options("text", "json", "markdown")
@pass_context
def command(  # noqa: PLR0913, PLR0917  click hands over one value for each option
    context: Context, targets: TargetChoice, objects: ObjectChoice, out: str | None, tells: bool, output: Output
) -> ExitCode:
    """Read the target, compare, and show what an apply would do. Nothing is written there or in the state store."""
    from reconciler.cli.output import paint_for, tell, write_out_file, write_result
    from reconciler.cli.planning import codes_of, make_plans, refusals_of, shown_plans, vanished_targets
    from reconciler.render.plans import render_plans
    from reconciler.render.vanished_text import render_vanished

    planned, codes = make_plans(context, targets, objects)
    plans = [each.plan for _, each in planned.made]
    if out is not None and plans:
        for file in write_out_file(out, {plan.target: plan.to_json() for plan in plans}):
            tell(f"saved to {file}")
    if plans:
        write_result(
            render_plans(shown_plans(plans, planned.loaded, redact=output.redact), output.form, paint_for(context))
        )
    vanished = render_vanished(vanished_targets(context, targets, planned.loaded), output.form)
    if vanished and output.form == "json":
        tell(vanished.strip())
    elif vanished:
        write_result(vanished)
    return ExitCode.first([*codes, *refusals_of(plans), *(codes_of(plans) if tells else [])])
