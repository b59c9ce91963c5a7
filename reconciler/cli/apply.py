"""`reconciler apply`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any

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


@dataclass(frozen=True, slots=True)
class Manner:
    """How apply talks: whether it asks, where it saves its report, and how it prints."""

    yes: bool
    report: str | None
    output: Output


def _manner_options(function: Callable[..., ExitCode]) -> Callable[..., ExitCode]:
    """`--yes`, `--report`, `--format` and `--redact` as the keyword `manner`."""

    @click.option("--yes", is_flag=True, help="Do not ask.")
    @click.option("--report", metavar="FILE", help="Save what was done; a directory for several targets.")
    @output_options("text", "json")
    @wraps(function)
    def wrapped(*args: Any, yes: bool, report: str | None, output: Output, **kwargs: Any) -> ExitCode:
        return function(*args, manner=Manner(yes, report, output), **kwargs)

    return wrapped


@click.command("apply")
@target_arguments
@object_options
@click.option(
    "--plan", "planfile", metavar="FILE", help="Apply exactly this saved plan (or name it in TARGET's place)."
)
@click.option(
    "--max-age", metavar="DAYS", default="7d", show_default=True, help="The oldest saved plan that is applied."
)
@_manner_options
@pass_context
def command(
    context: Context,
    targets: TargetChoice,
    objects: ObjectChoice,
    planfile: str | None,
    max_age: str,
    manner: Manner,
) -> ExitCode:
    """Plan, show, ask, and carry out. With a saved plan, exactly that one or nothing."""
    from reconciler.cli.applying import apply_saved, apply_targets, find_planfile

    file = find_planfile(context, targets, planfile)
    if file is None:
        return apply_targets(context, targets, objects, manner)
    if not objects.is_everything:
        raise click.UsageError("a saved plan is applied whole: leave out --only and --exclude")
    return apply_saved(context, file, max_age, manner)
