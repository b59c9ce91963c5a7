"""`reconciler explain`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reconciler.cli.options import ObjectChoice, TargetChoice, format_option, pass_context, target_arguments
from reconciler.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from reconciler.cli.context import Context


@click.command("explain")
@click.argument("subject", metavar="user:KEY|group:KEY")
@target_arguments
@format_option("text", "json")
@pass_context
def command(context: Context, subject: str, targets: TargetChoice, form: str) -> ExitCode:
    """Show where every value of a user or group comes from, and what becomes of it on the target."""
    import orjson

    from reconciler.cli.output import write_result
    from reconciler.cli.planning import make_plans
    from reconciler.core.deciding.references import parse_reference
    from reconciler.core.planning.explaining import explain
    from reconciler.core.planning.selection import Selection, check_selection
    from reconciler.render.explanation_text import render_explanation

    try:
        ref = parse_reference(subject)
    except ValueError:
        raise UsageError(f"{subject!r} names nobody: write user:KEY or group:KEY") from None
    plans, codes = make_plans(context, targets, ObjectChoice())
    told = []
    for target, planned in plans.made:
        check_selection(Selection((subject,)), planned.everybody)
        told.append(explain(ref, target, plans.loaded.catalog, planned.draft, planned.plan))
    if form == "json":
        documents = [each.as_json() for each in told]
        write_result(orjson.dumps(documents, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode())
    else:
        write_result("\n".join(render_explanation(each) for each in told))
    return ExitCode.first(codes)
