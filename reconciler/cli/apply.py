"""`reconciler apply`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
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


_ALLOW_REST = "Where a limit refuses some operations, do the others (still exit 3)."
_LOCK_WAIT = "How long to wait for another run on the same target; at once refused by default."
_MAX_AGE = "The oldest saved plan that is applied: 7d, 12h, 30m."


@dataclass(frozen=True, slots=True)
class Manner:
    """How apply goes about it: whether it asks, how old a saved plan may be, where its report goes, whether it does
    what a limit leaves of a plan, how many seconds it waits for another run, whether it tries what failed before, how
    it prints.
    """

    yes: bool
    max_age: str
    report: str | None
    allow_rest: bool
    lock_wait: int
    retry: bool
    output: Output


def _manner_options(function: Callable[..., ExitCode]) -> Callable[..., ExitCode]:
    """`--yes` and everything else that a `Manner` holds, as the keyword `manner`."""

    @click.option("--yes", is_flag=True, help="Do not ask.")
    @click.option("--max-age", metavar="AGE", default="7d", show_default=True, help=_MAX_AGE)
    @click.option("--allow-rest", is_flag=True, help=_ALLOW_REST)
    @click.option("--lock-wait", metavar="SECONDS", type=click.IntRange(min=0), default=0, help=_LOCK_WAIT)
    @click.option("--retry", is_flag=True, help="Try also what is set aside because it failed before.")
    @click.option("--report", metavar="FILE", help="Save what was done; a directory for several targets.")
    @output_options("text", "json")
    @wraps(function)
    def wrapped(*args: Any, **kwargs: Any) -> ExitCode:
        manner = Manner(**{each.name: kwargs.pop(each.name) for each in fields(Manner)})
        return function(*args, manner=manner, **kwargs)

    return wrapped


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
@_manner_options
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
