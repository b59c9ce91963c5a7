"""What one mapping rule gives, spread over the attribute paths that are compared one by one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from reconciler.core.comparing.elements import as_elements
from reconciler.core.resources import ValuesByType
from reconciler.scim.filters import Comparison
from reconciler.scim.filters.evaluation import compile_element_filter
from reconciler.scim.paths import Path, element_of


def spread(path: Path, text: str, value: Any, values: dict[str, Any]) -> list[str]:
    """Writes one rule's value under the paths that are compared one by one, and names them.

    A complex value becomes its sub-attributes, a whole extension its attributes; values by type become one filtered
    path for each type; a path such as `emails[type eq "work"].value` adds to the one element that its filter describes.
    """
    if path.filter is not None:
        return [_spread_filtered(path, value, values)]
    if isinstance(value, ValuesByType):
        return _spread_by_type(path, value, values)
    if not isinstance(value, Mapping) or path.sub is not None:
        values[text] = value
        return [text]
    parts = []
    for name, each in value.items():
        if each is not None:
            parts += spread(*_part(path, name), each, values)
    return parts


@lru_cache(maxsize=4096)
def _part(path: Path, name: str) -> tuple[Path, str]:
    """A sub-attribute, or an attribute of a whole extension, and its text."""
    part = replace(path, sub=name) if path.attribute else Path(path.urn, name)
    return part, str(part)


@lru_cache(maxsize=4096)
def of_type(path: Path, kind: str) -> str:
    """The path of an attribute's values of one type: `emails[type eq "work"]`."""
    return str(replace(path, filter=Comparison(Path(None, "type"), "eq", kind)))


def _spread_filtered(path: Path, value: Any, values: dict[str, Any]) -> str:
    base = str(replace(path, sub=None))
    described = element_of(path.filter)
    if path.sub is not None:
        values[base] = [{**each, path.sub: value} for each in values.get(base) or [described]]
    else:
        elements = value if isinstance(value, list) else [] if value == "" else [value]
        values[base] = [{**described, **(each if isinstance(each, Mapping) else {"value": each})} for each in elements]
    return base


def _spread_by_type(path: Path, elements: ValuesByType, values: dict[str, Any]) -> list[str]:
    """Types are the same in upper and lower case (RFC 7643 §2.4)."""
    paths: dict[str, str] = {}
    for element in elements:
        kind = str(element.get("type") or "work")
        if kind.casefold() not in paths:
            text = of_type(path, kind)
            paths[kind.casefold()] = text
            values[text] = []
        values[paths[kind.casefold()]].append({name: each for name, each in element.items() if each is not None})
    return list(paths.values())


def without_cleared(elements: list[Any]) -> list[Any]:
    """The elements that stay: an empty `value` clears the element, whatever else other rules say about it."""
    return [each for each in elements if each.get("value") != ""]


def fold(whole: Any, part: list[Any], path: Path) -> list[Any]:
    """A complete list with a part laid over the elements that the part's filter selects; an empty part removes them."""
    selects = compile_element_filter(path.filter) if path.filter is not None else bool
    elements = [each if isinstance(each, Mapping) else {"value": each} for each in as_elements(whole)]
    mine = [each for each in elements if selects(each)]
    ours = [{**each, **over} for over in part for each in mine or [{}]]
    return [*(each for each in elements if not selects(each)), *ours]
