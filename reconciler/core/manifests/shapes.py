"""Walking pydantic's own schema along an error's `loc`: which keys could have stood there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

Loc = tuple[str | int, ...]

KEY_MARKER = "[key]"
"""What pydantic appends to the `loc` of a fault in a mapping's key."""


class Place(NamedTuple):
    """`loc` without the union members that pydantic names; `known`: what its last mapping may hold."""

    loc: Loc
    known: tuple[str, ...]


def place_of(schema: Mapping[str, Any], loc: Sequence[str | int]) -> Place:
    """Follows `loc` through a core schema."""
    definitions = _definitions(schema)
    node: Mapping[str, Any] | None = schema
    clean: list[str | int] = []
    known: tuple[str, ...] = ()
    for step in loc:
        node = _unwrap(node, definitions)
        kind = node["type"] if node else ""
        if node and kind == "tagged-union":
            node = node["choices"].get(step)
            continue
        if step == KEY_MARKER:
            break
        clean.append(step)
        known, node = _descend(node, kind, step)
    return Place(tuple(clean), known)


def _descend(
    node: Mapping[str, Any] | None, kind: str, step: str | int
) -> tuple[tuple[str, ...], Mapping[str, Any] | None]:
    if node is None:
        return (), None
    if kind in {"typed-dict", "model-fields"}:
        fields = {str(field.get("validation_alias", name)): field for name, field in node["fields"].items()}
        found = fields.get(str(step))
        return tuple(fields), found["schema"] if found else None
    child = node.get("values_schema") if kind == "dict" else node.get("items_schema")
    return (), child if isinstance(child, Mapping) else None


def _unwrap(node: Mapping[str, Any] | None, definitions: Mapping[str, Any]) -> Mapping[str, Any] | None:
    while node is not None and node["type"] not in {
        "typed-dict",
        "model-fields",
        "dict",
        "list",
        "tagged-union",
    }:
        node = definitions.get(node["schema_ref"]) if node["type"] == "definition-ref" else node.get("schema")
    return node


def _definitions(schema: Mapping[str, Any]) -> dict[str, Any]:
    if schema["type"] != "definitions":
        return {}
    return {each["ref"]: each for each in schema["definitions"]}
