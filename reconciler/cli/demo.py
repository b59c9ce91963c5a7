"""`reconciler demo`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reconciler.errors import ExitCode

if TYPE_CHECKING:
    from reconciler.cli.context import Context


@click.command("demo")
@click.pass_obj
def command(context: Context) -> ExitCode:
    """Run the whole story on a sandbox of its own: plan, apply, an edit behind its back, drift, repair."""
    from reconciler.cli.story import tell_story

    tell_story(context.color)
    return ExitCode.DONE
