"""`reconciler show PLANFILE`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reconciler.cli.options import Output, output_options, pass_context

if TYPE_CHECKING:
    from reconciler.cli.context import Context


@click.command("show")
@click.argument("planfile", metavar="PLANFILE")
@output_options("text", "json", "markdown")
@pass_context
def command(context: Context, planfile: str, output: Output) -> None:
    """Print a saved plan, offline. A file that was altered is refused (exit code 4)."""
    from pathlib import Path

    from reconciler.cli.output import paint_for, write_result
    from reconciler.render.plans import render_plans
    from reconciler.storage.plan_files import read_plan

    plans = [read_plan(Path(planfile))]
    if output.redact:
        from reconciler.cli.masking import mask_plans, read_settings

        plans = mask_plans(plans, read_settings(context.manifests))
    write_result(render_plans(plans, output.form, paint_for(context)))
