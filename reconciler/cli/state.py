"""`reconciler state list|show|forget|move`."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

import click

from reconciler.cli.options import Output, TargetChoice, output_options, pass_context, target_arguments

if TYPE_CHECKING:
    from reconciler.cli.context import Context


@click.group("state")
def command() -> None:
    """Look at what is remembered between runs, and put it right. No target is asked or changed."""


@command.command("list")
@target_arguments
@click.option("--pending", is_flag=True, help="Only who is due to be deleted, with the day.")
@click.option("--failing", is_flag=True, help="Only what failed at its last attempt, and when it is tried again.")
@output_options("text", "json")
@pass_context
def list_(context: Context, targets: TargetChoice, output: Output, *, pending: bool, failing: bool) -> None:
    """List what is owned and known on each target."""
    from reconciler.cli.records import list_failing, list_records
    from reconciler.cli.wiring import open_kept_store

    if pending and failing:
        raise click.UsageError("--pending and --failing are two lists: choose one")
    with open_kept_store(context, writing=False) as store:
        if failing:
            list_failing(context, store, targets, output)
        else:
            list_records(context, store, targets, output, pending=pending)


@command.command("show")
@click.argument("subject", metavar="user:KEY|group:KEY")
@target_arguments
@output_options("text", "json")
@pass_context
def show(context: Context, subject: str, targets: TargetChoice, output: Output) -> None:
    """Show everything recorded of one user or group."""
    from reconciler.cli.records import parse_subject, show_records
    from reconciler.cli.wiring import open_kept_store

    with open_kept_store(context, writing=False) as store:
        show_records(context, store, parse_subject(subject), targets, output)


@command.command("forget")
@click.argument("subject", metavar="[user:KEY|group:KEY]", required=False)
@target_arguments
@click.option("--target", "whole", metavar="NAME", help="Everything that is recorded of this target.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@pass_context
def forget(context: Context, subject: str | None, targets: TargetChoice, whole: str | None, *, yes: bool) -> None:
    """Remove the record of one user or group, or of a whole target: it is then not owned."""
    from reconciler.cli.forgetting import forget_object, forget_target
    from reconciler.cli.records import parse_subject
    from reconciler.cli.wiring import open_kept_store

    if (whole is None) == (subject is None) or (whole is not None and targets != TargetChoice()):
        raise click.UsageError("name one user:KEY or group:KEY and its target, or else --target NAME")
    ref = parse_subject(subject) if subject is not None else None
    with open_kept_store(context, writing=True) as store:
        if ref is not None:
            forget_object(context, store, ref, targets, yes=yes)
        else:
            forget_target(store, whole or "", yes=yes)


def _two_words(function: Callable[..., None]) -> Callable[..., None]:
    """`[user:OLD] [user:NEW]` as the keyword `words`, as many as were given."""

    @click.argument("first", metavar="[user:OLD]", required=False)
    @click.argument("second", metavar="[user:NEW]", required=False)
    @wraps(function)
    def wrapped(*args: Any, first: str | None, second: str | None, **kwargs: Any) -> None:
        function(*args, words=[each for each in (first, second) if each is not None], **kwargs)

    return wrapped


@command.command("move")
@_two_words
@target_arguments
@click.option("--target", "whole", metavar="OLD", help="Everything of this target, to the name that follows.")
@click.option("--rebind", is_flag=True, help="With --target: forget its endpoint; the next apply binds it anew.")
@pass_context
def move(context: Context, words: list[str], targets: TargetChoice, whole: str | None, *, rebind: bool) -> None:
    """Give a record another key, a target another name (--target OLD NEW), or its records another endpoint."""
    from reconciler.cli.moving import move_object, move_target, rebind_target
    from reconciler.cli.wiring import open_kept_store

    if whole is None and (len(words) < 2 or rebind):
        raise click.UsageError("name two keys, as in user:OLD user:NEW, or --target OLD NEW, or --target NAME --rebind")
    if whole is not None and (len(words) != int(not rebind) or targets != TargetChoice()):
        raise click.UsageError("--target goes with one new name, or with --rebind")
    with open_kept_store(context, writing=True) as store:
        if whole is None:
            move_object(context, store, words, targets)
        elif rebind:
            rebind_target(store, whole)
        else:
            move_target(context, store, whole, words[0])
