"""Everything about one platform: where to find things, what a target may change, every fact with its sources."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from textwrap import wrap
from typing import Any

from reconciler.platforms.capabilities import CAPABILITIES
from reconciler.platforms.facts import Certainty, Fact
from reconciler.platforms.profile import BuiltInMapping, ConsoleProfile, Profile
from reconciler.platforms.registry import Dossier
from reconciler.render.platforms_text import WIDTH, markdown_table, table_lines

_SURE = {
    Certainty.DOCUMENTED: "documented",
    Certainty.TABLE: "the vendor's table",
    Certainty.INFERRED: "inferred",
    Certainty.UNKNOWN: "not documented, the value is a careful one",
}
_OVERRIDE = "A target says otherwise under capabilities: {NAME: VALUE}."


def details_text(dossier: Dossier) -> str:
    """In lines of at most 80 columns, but for URLs and expressions that are longer."""
    return "".join(f"{line}\n" for line in _text_lines(dossier))


def _text_lines(dossier: Dossier) -> Iterator[str]:
    profile = dossier.profile
    yield from (f"{profile.name}: {profile.title}", "")
    if profile.console is not None:
        for name, text in _console(profile.console):
            yield from _wrapped(f"{name}: {text}")
        yield ""
    if profile.options:
        yield from ("Options of a target", *_options(profile, "  "), "")
    yield from ("Capabilities", *table_lines(_capabilities(profile)), *_wrapped(_OVERRIDE), "")
    yield "Facts"
    for fact in dossier.facts:
        yield from _wrapped(f"{fact.path}: {_value(fact.value)}", "  ")
        yield from _wrapped(f"{_SURE[fact.certainty]}: {', '.join(fact.sources)}", "      ")
        if fact.note:
            yield from _wrapped(fact.note, "      ")
    yield from ("", "Sources")
    for key, text in dossier.sources.items():
        yield from _wrapped(f"{key}: {text}", "  ")
    for kind, mapping in _mappings(profile).items():
        yield from ("", f"Mapping of {kind}, unless the target names one", f"  match: {', '.join(mapping.match)}")
        yield from (f"  {path}: {_value(each)}" for path, each in mapping.attributes.items())


def _wrapped(text: str, indent: str = "") -> Iterator[str]:
    yield from wrap(
        text,
        WIDTH,
        initial_indent=indent,
        subsequent_indent=f"{indent}    ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def _console(console: ConsoleProfile) -> Iterator[tuple[str, str]]:
    yield from (("URL", console.url), ("Token", console.token), ("Example", console.example))


def _options(profile: Profile, indent: str) -> Iterator[str]:
    for name, option in profile.options.items():
        example = f", such as {option.example}" if option.example is not None else ""
        yield from _wrapped(f"{name}: {option.about}{example}", indent)


def _capabilities(profile: Profile) -> list[tuple[str, str, str]]:
    rows = ((name, _value(each.read(profile)), each.about) for name, each in CAPABILITIES.items())
    return [("name", "value", "meaning"), *rows]


def _value(value: Any) -> str:
    """A fact in words: lists without brackets, yes and no."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(map(_value, value)) or "none"
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False) if value else "as RFC 7643 has it"
    return "-" if value is None else str(value)


def _mappings(profile: Profile) -> dict[str, BuiltInMapping]:
    groups = {"groups": profile.groups.mapping} if profile.groups is not None else {}
    return {"users": profile.users.mapping, **groups}


def details_markdown(dossier: Dossier) -> str:
    """The same in GitHub's Markdown, sources as links."""
    return "".join(f"{line}\n" for line in _markdown_lines(dossier))


def _markdown_lines(dossier: Dossier) -> Iterator[str]:
    profile = dossier.profile
    yield from (f"# {profile.title} (`{profile.name}`)", "")
    if profile.console is not None:
        yield from (f"- {name}: {text}" for name, text in _console(profile.console))
        yield ""
    if profile.options:
        yield from (
            "## Options of a target",
            "",
            *(f"- {name}: {option.about}" for name, option in profile.options.items()),
            "",
        )
    yield from ("## Capabilities", "", *markdown_table(_capabilities(profile)), "", _OVERRIDE, "")
    rows = [
        (f"`{fact.path}`", _value(fact.value), _SURE[fact.certainty], _links(fact, dossier), fact.note)
        for fact in dossier.facts
    ]
    yield from ("## Facts", "", *markdown_table([("fact", "value", "certainty", "source", "note"), *rows]), "")
    yield from ("## Sources", "", *(f"- {key}: {text}" for key, text in dossier.sources.items()))
    for kind, mapping in _mappings(profile).items():
        yield from ("", f"## Mapping of {kind}", "", "```json")
        yield from (json.dumps(mapping.model_dump(), indent=2, ensure_ascii=False), "```")


def _links(fact: Fact, dossier: Dossier) -> str:
    found = []
    for key in fact.sources:
        text = dossier.sources[key]
        found.append(f"[{key}]({text})" if re.fullmatch(r"https?://\S+", text) else key)
    return ", ".join(found)


def details_document(dossier: Dossier) -> dict[str, Any]:
    """`reconciler.platform/1`: facts with their values, certainty, note, and sources written out."""
    profile = dossier.profile
    return {
        "format": "reconciler.platform/1",
        "name": profile.name,
        "title": profile.title,
        "console": profile.console.model_dump() if profile.console is not None else None,
        "options": {name: each.model_dump(exclude_none=True) for name, each in profile.options.items()},
        "capabilities": {
            name: {"about": each.about, "value": each.read(profile)} for name, each in CAPABILITIES.items()
        },
        "facts": [
            {
                "path": fact.path,
                "value": fact.value,
                "certainty": fact.certainty,
                "note": fact.note,
                "sources": [{"key": key, "text": dossier.sources[key]} for key in fact.sources],
            }
            for fact in dossier.facts
        ],
        "mapping": {kind: mapping.model_dump() for kind, mapping in _mappings(profile).items()},
    }
