"""`reconciler platforms [NAME]`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from reconciler.cli.options import format_option

if TYPE_CHECKING:
    from reconciler.platforms.registry import Dossier


@click.command("platforms")
@click.argument("name", required=False)
@format_option("text", "json", "markdown")
def command(name: str | None, form: str) -> None:
    """Show what each platform can do, or everything about one with its sources."""
    from reconciler.cli.output import write_result

    write_result(_matrix(form) if name is None else _details(name, form))


def _matrix(form: str) -> str:
    from reconciler.platforms.registry import WITHOUT_SCIM, load_dossier, platform_names
    from reconciler.render.platforms_text import matrix_document, matrix_markdown, matrix_text

    dossiers = [load_dossier(each) for each in platform_names()]
    if form == "json":
        return _json(matrix_document(dossiers, WITHOUT_SCIM))
    return (matrix_markdown if form == "markdown" else matrix_text)(dossiers, WITHOUT_SCIM)


def _details(name: str, form: str) -> str:
    from reconciler.render.platforms_details import details_document, details_markdown, details_text

    dossier = _dossier(name)
    if form == "json":
        return _json(details_document(dossier))
    return (details_markdown if form == "markdown" else details_text)(dossier)


def _dossier(name: str) -> Dossier:
    """Raises `UsageError` with what to use instead."""
    from reconciler.diagnostics import did_you_mean
    from reconciler.errors import UsageError
    from reconciler.platforms.registry import WITHOUT_SCIM, load_dossier, platform_names

    if name in WITHOUT_SCIM:
        raise UsageError(f"{name} has no SCIM interface: use {WITHOUT_SCIM[name]} instead")
    if name not in platform_names():
        hint = did_you_mean(name, [*platform_names(), *WITHOUT_SCIM])
        raise UsageError(f"there is no platform {name!r}{f'; {hint}' if hint else ''}")
    return load_dossier(name)


def _json(document: dict[str, Any]) -> str:
    import orjson

    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()
