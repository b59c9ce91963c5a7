"""`reconciler check`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reconciler.cli.options import TargetChoice, format_option, pass_context, target_arguments
from reconciler.errors import ExitCode

if TYPE_CHECKING:
    from reconciler.cli.context import Context


@click.command("check")
@target_arguments
@format_option("text", "json")
@pass_context
def command(context: Context, targets: TargetChoice, form: str) -> ExitCode:
    """Test the connection: reachability, credentials, discovery, and what the endpoint can do."""
    import orjson

    from reconciler.cli.output import write_result
    from reconciler.cli.running import run_over
    from reconciler.cli.wiring import choose_targets, load_valid, prepare_targets
    from reconciler.render.check_text import render_check
    from reconciler.workflow.checking import check_endpoint

    loaded = load_valid(context)
    chosen = prepare_targets(choose_targets(targets, loaded.manifests), loaded)
    found, codes = run_over(context, chosen, check_endpoint)
    if form == "json":
        documents = [each.as_json() for _, each in found]
        write_result(orjson.dumps(documents, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode())
    else:
        write_result("".join(render_check(each) for _, each in found))
    return ExitCode.first(codes)
