"""`reconciler disable`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reconciler.cli.options import Output, TargetChoice, output_options, pass_context, target_arguments
from reconciler.errors import ExitCode

if TYPE_CHECKING:
    from reconciler.cli.context import Context


@click.command("disable")
@click.argument("subject", metavar="user:KEY")
@target_arguments
@click.option("--yes", is_flag=True, help="Do not ask.")
@output_options("text", "json")
@pass_context
def command(context: Context, subject: str, targets: TargetChoice, output: Output, *, yes: bool) -> ExitCode:
    """Disable a user at once, by direct look-up, and keep it so until the manifests say so too or it is released."""
    from reconciler.cli.disabling import disable

    return disable(context, subject, targets, output, yes=yes)
