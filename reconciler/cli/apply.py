"""`reconciler apply`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import TYPE_CHECKING, Any

import click

from reconciler.cli.manner import Manner, manner_options
from reconciler.cli.options import (
    ObjectChoice,
    TargetChoice,
    object_options,
    pass_context,
    target_arguments,
)
from reconciler.errors import ExitCode

if TYPE_CHECKING:
    from reconciler.cli.context import Context


def _due_option(function: Callable[..., ExitCode]) -> Callable[..., ExitCode]:
    """`--due` as a part of the keyword `objects`."""

    @click.option("--due", is_flag=True, help="Only what a reached date causes.")
    @wraps(function)
    def wrapped(*args: Any, due: bool, objects: ObjectChoice, **kwargs: Any) -> ExitCode:
        return function(*args, objects=replace(objects, due=due), **kwargs)

    return wrapped


@click.command("apply")
@target_arguments
@object_options
@_due_option
@click.option(
    "--plan", "planfile", metavar="FILE", help="Apply exactly this saved plan (or name it in TARGET's place)."
)
@manner_options
@pass_context
def command(
    context: Context,
    targets: TargetChoice,
    objects: ObjectChoice,
    planfile: str | None,
    manner: Manner,
) -> ExitCode:
    """Plan, show, ask, and carry out. With a saved plan, exactly that one or nothing."""
    from reconciler.cli.applying import apply_saved, apply_targets, find_planfile

    file = find_planfile(context, targets, planfile)
    if file is None:
        return apply_targets(context, targets, objects, manner)
    if not objects.is_everything:
        raise click.UsageError("a saved plan is applied whole: leave out --only, --exclude and --due")
    return apply_saved(context, file, manner)
