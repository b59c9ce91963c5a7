"""How an apply goes about its work, as options that every command takes which applies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import wraps
from typing import TYPE_CHECKING, Any

import click

from reconciler.cli.options import Output, output_options

if TYPE_CHECKING:
    from reconciler.errors import ExitCode

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


def manner_options(function: Callable[..., ExitCode]) -> Callable[..., ExitCode]:
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
