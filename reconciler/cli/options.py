"""Options that several commands share. A decorator for a family of options hands over one value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar

import click

from reconciler.cli.context import Context

F = TypeVar("F", bound=Callable[..., Any])

pass_context = click.make_pass_decorator(Context)


@dataclass(frozen=True, slots=True)
class TargetChoice:
    """Which targets a command is for: `names` are names or globs; without any, the only one there is."""

    names: tuple[str, ...] = ()
    environment: str | None = None
    everything: bool = False


@dataclass(frozen=True, slots=True)
class ObjectChoice:
    """`--only` and `--exclude` as they were given: `user:KEY` or `group:KEY`, KEY a key or a glob; `--due`: of those
    only what a reached date causes.
    """

    only: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    due: bool = False

    @property
    def is_everything(self) -> bool:
        return not (self.only or self.exclude or self.due)


@dataclass(frozen=True, slots=True)
class Output:
    """How the result is printed: in which format, and whether the attributes of settings.personal are masked."""

    form: str = "text"
    redact: bool = False


def target_arguments(function: F) -> F:
    """`[TARGET]… [--env NAME] [--all]` as the keyword `targets`, a `TargetChoice`."""

    @click.argument("names", metavar="[TARGET]...", nargs=-1)
    @click.option("--env", "environment", metavar="NAME", help="The targets of one environment.")
    @click.option("--all", "everything", is_flag=True, help="Every target.")
    @wraps(function)
    def wrapped(*args: Any, names: tuple[str, ...], environment: str | None, everything: bool, **kwargs: Any) -> Any:
        if everything and (names or environment):
            raise click.UsageError("--all stands alone: leave out the names and --env")
        return function(*args, targets=TargetChoice(names, environment, everything), **kwargs)

    return wrapped  # type: ignore[return-value]  # click's decorators lose the type


def object_options(function: F) -> F:
    """`[--only …]… [--exclude …]…` as the keyword `objects`, an `ObjectChoice`."""

    @click.option("--only", metavar="KIND:KEY", multiple=True, callback=_objects, help="Only user:KEY or group:KEY.")
    @click.option("--exclude", metavar="KIND:KEY", multiple=True, callback=_objects, help="All but these.")
    @wraps(function)
    def wrapped(*args: Any, only: tuple[str, ...], exclude: tuple[str, ...], **kwargs: Any) -> Any:
        return function(*args, objects=ObjectChoice(only, exclude), **kwargs)

    return wrapped  # type: ignore[return-value]  # click's decorators lose the type


def format_option(*forms: str) -> Callable[[F], F]:
    """`--format` as the keyword `form`, the first of `forms` by default."""
    return click.option(
        "--format", "form", type=click.Choice(forms), default=forms[0], show_default=True, help="Of the output."
    )


def output_options(*forms: str) -> Callable[[F], F]:
    """`--format` and `--redact` as the keyword `output`, an `Output`."""

    def decorate(function: F) -> F:
        @format_option(*forms)
        @click.option("--redact", is_flag=True, help="Mask the attributes of settings.personal.")
        @wraps(function)
        def wrapped(*args: Any, form: str, redact: bool, **kwargs: Any) -> Any:
            return function(*args, output=Output(form, redact), **kwargs)

        return wrapped  # type: ignore[return-value]  # click's decorators lose the type

    return decorate


def _objects(ctx: click.Context, parameter: click.Parameter, given: tuple[str, ...]) -> tuple[str, ...]:
    for each in given:
        kind, _, key = each.partition(":")
        if kind not in ("user", "group") or not key:
            raise click.BadParameter(f"{each!r} is neither user:KEY nor group:KEY", ctx, parameter)
    return given
