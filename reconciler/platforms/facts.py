"""Where a profile's facts are from. In the YAML files every fact stands with its source:

    listing: {paging: cursor, page_size: 100, source: AWS documented}
    rename: {is: false, source: S2 table, note: what else a reader should know}

`source` counts for everything beside it and below it, until something below names its own. Its first words are keys
of `sources`, its last one says how sure the fact is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any, NamedTuple


class Certainty(StrEnum):
    DOCUMENTED = "documented"
    """The vendor's own pages, SDK or maintainers say so."""
    TABLE = "table"
    """From the vendor's table of platforms, which describes one client's use of them."""
    INFERRED = "inferred"
    """Deduced; nobody says so."""
    UNKNOWN = "unknown"
    """Looked for and not found; the value is the careful one."""


class Fact(NamedTuple):
    """`path`: as in the file, such as `users.rename`; `value`: JSON; `sources`: keys of the file's `sources`."""

    path: str
    value: Any
    sources: tuple[str, ...]
    certainty: Certainty
    note: str = ""


class Origin(NamedTuple):
    sources: tuple[str, ...]
    certainty: Certainty


PLAIN = frozenset(
    ("name", "title", "console", "options", "any_options", "custom_namespace", "users.mapping", "groups.mapping")
)
"""Paths that are not about the endpoint's behaviour: names, help for people, and our own choices."""

_OWN = frozenset(("source", "note"))


def split_facts(document: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[Fact, ...]]:
    """The plain profile and its facts, from a file's content. Raises ValueError for a source that is none."""
    facts: list[Fact] = []
    known = frozenset(document.get("sources") or ())
    body = {name: each for name, each in document.items() if name != "sources"}
    plain = _without_sources(body, "", None, facts)
    unknown = sorted({key for each in facts for key in each.sources} - known)
    if unknown:
        raise ValueError(f"no such source: {', '.join(unknown)}")
    return plain, tuple(facts)


def _without_sources(node: Mapping[str, Any], path: str, origin: Origin | None, facts: list[Fact]) -> dict[str, Any]:
    own = parse_origin(node["source"]) if "source" in node else origin
    note = str(node.get("note") or "")
    plain: dict[str, Any] = {}
    for name, each in node.items():
        if name in _OWN:
            continue
        below = f"{path}.{name}" if path else name
        plain[name] = _read(each, below, own, note, facts)
    return plain


def _read(node: Any, path: str, origin: Origin | None, note: str, facts: list[Fact]) -> Any:
    if path in PLAIN:
        return node
    if isinstance(node, Mapping) and "is" not in node:
        if not set(node) - _OWN:
            own = parse_origin(node["source"]) if "source" in node else origin
            facts.append(Fact(path, {}, *(own or _missing(path)), str(node.get("note") or note)))
        return _without_sources(node, path, origin, facts)
    if isinstance(node, Mapping):
        own = parse_origin(node["source"]) if "source" in node else origin
        facts.append(Fact(path, node["is"], *(own or _missing(path)), str(node.get("note") or "")))
        return node["is"]
    facts.append(Fact(path, node, *(origin or _missing(path)), note))
    return node


def _missing(path: str) -> Origin:
    raise ValueError(f"{path} names no source")


def parse_origin(text: str) -> Origin:
    """`AWS, ISS documented` → two sources and a certainty. Raises ValueError where the last word is no certainty."""
    *sources, certainty = text.replace(",", " ").split()
    return Origin(tuple(sources), Certainty(certainty))


def each_source(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The file's sources: key and what it stands for."""
    for key, text in (document.get("sources") or {}).items():
        yield str(key), str(text)
