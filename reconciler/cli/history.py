"""`reconciler history [RUN]`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reconciler.cli.options import Output, output_options, pass_context

if TYPE_CHECKING:
    from reconciler.cli.context import Context


@click.command("history")
@click.argument("run", metavar="[RUN]", required=False)
@click.option("--target", "target", metavar="NAME", help="Only the runs on this target.")
@output_options("text", "json")
@pass_context
def command(context: Context, run: str | None, target: str | None, output: Output) -> None:
    """List past runs, the latest first; with RUN, or the beginning of one, what each of its operations came to."""
    from reconciler.cli.past_runs import list_runs, show_run
    from reconciler.cli.wiring import open_kept_store

    with open_kept_store(context, writing=False) as store:
        if run is None:
            list_runs(store, target, output)
        else:
            show_run(context, store, (run, target), output)
