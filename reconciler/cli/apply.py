"""`reconciler apply`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reconciler.cli.options import (
    ObjectChoice,
    TargetChoice,
    format_option,
    object_options,
    pass_context,
    redact_option,
    target_arguments,
)
from reconciler.errors import ExitCode

if TYPE_CHECKING:
    from reconciler.cli.context import Context


@click.command("apply")
@target_arguments
@object_options
@click.option("--plan", "planfile", metavar="FILE", help="Apply exactly this saved plan (or name it in TARGET's place).")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--max-age", metavar="DAYS", default="7d", show_default=True, help="The oldest saved plan that is applied.")
@click.option("--report", "reportfile", metavar="FILE", help="Save what was done; a directory for several targets.")
@format_option("text", "json")
@redact_option
@pass_context
def command(
    context: Context,
    targets: TargetChoice,
    objects: ObjectChoice,
    planfile: str | None,
    yes: bool,
    max_age: str,
    reportfile: str | None,
    form: str,
    redact: bool,
) -> ExitCode:
    """Plan, show, ask, and carry out. With a saved plan, exactly that one or nothing."""
    from reconciler.cli.applying import Manner, apply_saved, apply_targets, find_planfile

    manner = Manner(yes, reportfile, form, redact)
    file = find_planfile(context, targets, planfile)
    if file is None:
        return apply_targets(context, targets, objects, manner)
    if not objects.is_everything:
        raise click.UsageError("a saved plan is applied whole: leave out --only and --exclude")
    return apply_saved(context, file, max_age, manner)
