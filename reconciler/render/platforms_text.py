"""The matrix of platforms as text, Markdown and JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from textwrap import wrap
from typing import Any

from reconciler.platforms.registry import Dossier
from reconciler.render.platforms_matrix import SECTIONS, UNKNOWN, Section, cells

WIDTH = 80
_LEGEND = f"{UNKNOWN}: not documented; what is not known to be possible is not done."


def matrix_text(dossiers: Sequence[Dossier], without: Mapping[str, str]) -> str:
    """One table for each section, at most 80 columns wide. `without`: names that have no SCIM, and what to use."""
    return "".join(f"{line}\n" for line in _text_lines(dossiers, without))


def _text_lines(dossiers: Sequence[Dossier], without: Mapping[str, str]) -> Iterator[str]:
    for section in SECTIONS:
        yield from (section.title.replace("`", ""), "-" * WIDTH)
        yield from table_lines(_rows(dossiers, section))
        for line in (*_notes(dossiers, section), section.about.replace("`", "")):
            yield from wrap(line, WIDTH, subsequent_indent="  ")
        yield ""
    yield from ("Without SCIM", "-" * WIDTH)
    yield from table_lines([("platform", "use instead"), *sorted(without.items())])
    yield ""
    yield _LEGEND
    yield "Everything about one, with its sources: reconciler platforms NAME"


def table_lines(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Aligned columns, the first row being the heading."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _rows(dossiers: Iterable[Dossier], section: Section) -> list[tuple[str, ...]]:
    heading = ("platform", *(column.title for column in section.columns))
    return [heading, *((each.profile.name, *(cell.text for cell in cells(each, section))) for each in dossiers)]


def _notes(dossiers: Iterable[Dossier], section: Section) -> Iterator[str]:
    """What qualifies the vendor's table, which is about one client; other notes stand with the platform itself."""
    if section is not SECTIONS[0]:
        return
    for each in dossiers:
        notes: dict[str, list[str]] = {}
        for column, cell in zip(section.columns, cells(each, section), strict=True):
            if cell.note and column.path.startswith("users.policy"):
                notes.setdefault(cell.note, []).append(column.title)
        for note, titles in notes.items():
            yield f"{each.profile.name}, {', '.join(titles)}: {note}"


def matrix_markdown(dossiers: Sequence[Dossier], without: Mapping[str, str]) -> str:
    """The same tables in GitHub's Markdown."""
    return "".join(f"{line}\n" for line in _markdown_lines(dossiers, without))


def _markdown_lines(dossiers: Sequence[Dossier], without: Mapping[str, str]) -> Iterator[str]:
    for section in SECTIONS:
        yield from (f"## {section.title}", "", *markdown_table(_rows(dossiers, section)), "")
        yield from (f"- {line}" for line in (*_notes(dossiers, section), section.about) if line)
        yield ""
    yield from ("## Without SCIM", "", *markdown_table([("platform", "use instead"), *sorted(without.items())]), "")
    yield _LEGEND


def markdown_table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """The first row is the heading."""
    yield _markdown_row(rows[0])
    yield _markdown_row(["---"] * len(rows[0]))
    for row in rows[1:]:
        yield _markdown_row(row)


def _markdown_row(cells_: Iterable[str]) -> str:
    return "| " + " | ".join(each.replace("|", "\\|") for each in cells_) + " |"


def matrix_document(dossiers: Iterable[Dossier], without: Mapping[str, str]) -> dict[str, Any]:
    """`reconciler.platforms/1`: for each platform its sections, for each column its value and how sure it is."""
    return {
        "format": "reconciler.platforms/1",
        "platforms": [_platform(each) for each in dossiers],
        "withoutScim": [{"name": name, "useInstead": instead} for name, instead in sorted(without.items())],
    }


def _platform(dossier: Dossier) -> dict[str, Any]:
    return {
        "name": dossier.profile.name,
        "title": dossier.profile.title,
        **{section.key: _section(dossier, section) for section in SECTIONS},
    }


def _section(dossier: Dossier, section: Section) -> dict[str, Any]:
    """A value that nobody knows is null, whatever careful one is used for it."""
    return {
        column.key: {
            "value": None if cell.text == UNKNOWN else cell.value,
            "certainty": "unknown" if cell.text == UNKNOWN else cell.certainty,
            **({"note": cell.note} if cell.note else {}),
        }
        for column, cell in zip(section.columns, cells(dossier, section), strict=True)
    }
