"""`reconciler undo RUN`."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

import click

from reconciler.cli.manner import Manner
from reconciler.cli.options import Output, output_options, pass_context
from reconciler.errors import ExitCode

if TYPE_CHECKING:
    from reconciler.cli.context import Context


def _manner_options(function: Callable[..., ExitCode]) -> Callable[..., ExitCode]:
    """`--yes`, `--lock-wait`, `--report`, `--format` and `--redact` as the keyword `manner`."""

    @click.option("--yes", is_flag=True, help="Do not ask.")
    @click.option(
        "--lock-wait",
        metavar="SECONDS",
        type=click.IntRange(min=0),
        default=0,
        help="To wait for another run to end.",
    )
    @click.option("--report", metavar="FILE", help="Save what was done.")
    @output_options("text", "json")
    @wraps(function)
    def wrapped(*args: Any, yes: bool, lock_wait: int, report: str | None, output: Output, **kwargs: Any) -> ExitCode:
        return function(*args, manner=Manner(yes, "7d", report, False, lock_wait, False, output), **kwargs)

    return wrapped


@click.command("undo")
@click.argument("run", metavar="RUN")
@click.option("--target", metavar="NAME", help="Where runs on several targets are named alike.")
@click.option("--out", metavar="FILE", help="Save the plan and change nothing; `apply FILE` carries it out.")
@_manner_options
@pass_context
def command(context: Context, run: str, target: str | None, out: str | None, manner: Manner) -> ExitCode:
    """Put back what a run replaced. The manifests must follow, else the next apply does it again."""
    from reconciler.cli.undoing import save_undo_plan, undo_run

    if out is not None:
        return save_undo_plan(context, (run, target), out, manner)
    return undo_run(context, (run, target), manner)
