"""`reconciler release`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reconciler.cli.options import TargetChoice, pass_context, target_arguments

if TYPE_CHECKING:
    from reconciler.cli.context import Context


@click.command("release")
@click.argument("subject", metavar="user:KEY")
@target_arguments
@click.option("--yes", is_flag=True, help="Do not ask.")
@pass_context
def command(context: Context, subject: str, targets: TargetChoice, *, yes: bool) -> None:
    """End what `disable` began: from now on the manifests decide again. No target is asked or changed."""
    from reconciler.cli.releasing import release

    release(context, subject, targets, yes=yes)
