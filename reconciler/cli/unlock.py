"""`reconciler unlock`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reconciler.cli.options import pass_context

if TYPE_CHECKING:
    from reconciler.cli.context import Context


@click.command("unlock")
@click.argument("target", metavar="TARGET")
@click.option("--yes", is_flag=True, help="Do not ask.")
@pass_context
def command(context: Context, target: str, *, yes: bool) -> None:
    """Show which run holds the lock of a target, and remove it after asking. One that was killed runs out by itself."""
    from reconciler.cli.unlocking import unlock
    from reconciler.cli.wiring import open_kept_store

    with open_kept_store(context, writing=True) as store:
        unlock(store, target, yes=yes)
