"""`reconciler schema [KIND]`."""

from __future__ import annotations

from typing import Any

import click

KINDS = ("manifest", "plan", "report", "profile")


@click.command("schema")
@click.argument("kind", type=click.Choice(KINDS), default="manifest")
def command(kind: str) -> None:
    """Print the JSON Schema of a manifest file, a plan, a report or a platform profile."""
    from reconciler.cli.output import write_result

    write_result(schema_text(kind))


def schema_text(kind: str) -> str:
    """The schema of one of `KINDS` as JSON, as `schemas/KIND.schema.json` publishes it."""
    import json

    return json.dumps(_schema(kind), indent=2, ensure_ascii=False) + "\n"


def _schema(kind: str) -> dict[str, Any]:
    from reconciler.core.json_schema import document_schema, manifest_schema, profile_schema

    match kind:
        case "plan":
            from reconciler.core.plan import Plan

            return document_schema(Plan)
        case "report":
            from reconciler.core.report import Report

            return document_schema(Report)
        case "profile":
            return profile_schema()
        case _:
            return manifest_schema()
