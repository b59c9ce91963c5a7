"""`reconciler targets`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from reconciler.cli.options import TargetChoice, format_option, pass_context, target_arguments

if TYPE_CHECKING:
    from reconciler.cli.context import Context
    from reconciler.core.mapping.targets import Target

COLUMNS = ("name", "environment", "platform", "scope", "mapping", "url")


@click.command("targets")
@target_arguments
@format_option("text", "json")
@pass_context
def command(context: Context, targets: TargetChoice, form: str) -> None:
    """List the targets; as JSON they are a matrix for CI."""
    from reconciler.cli.output import write_result
    from reconciler.cli.wiring import choose_targets, load_valid, prepare_targets

    loaded = load_valid(context)
    everything = not targets.names and targets.environment is None
    choice = TargetChoice(everything=True) if everything else targets
    rows = [describe(each) for each in prepare_targets(choose_targets(choice, loaded.manifests), loaded)]
    write_result(as_json(rows) if form == "json" else as_table(rows))


def describe(target: Target) -> dict[str, Any]:
    """What tells one target from another; the URL as written, its `${…}` unresolved."""
    settings = target.settings
    return {
        "name": settings.name,
        "environment": settings.environment,
        "platform": settings.platform,
        "scope": settings.scope,
        "mapping": settings.mapping,
        "url": settings.url,
    }


def as_json(rows: list[dict[str, Any]]) -> str:
    import orjson

    return orjson.dumps(rows, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()


def as_table(rows: list[dict[str, Any]]) -> str:
    """Aligned columns under a heading."""
    from reconciler.render.neutral import visible

    lines = [COLUMNS, *(tuple(visible(str(row[each] or "-")) for each in COLUMNS) for row in rows)]
    widths = [max(len(line[at]) for line in lines) for at in range(len(COLUMNS))]
    padded = ("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines)
    return "".join(f"{line.rstrip()}\n" for line in padded)
