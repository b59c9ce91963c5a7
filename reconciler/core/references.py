"""References between objects: by key in manifests, by the target's ids on the wire."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from reconciler.core.resources import Kind, Ref

REFERENCE = "$ref"
"""`{"$ref": "user:KEY"}` in a plan stands for an id that is known only after a create."""


def encode_references(value: Any) -> Any:
    """The value as JSON, with each `Ref` as its marker."""
    if isinstance(value, Ref):
        return {REFERENCE: str(value)}
    if isinstance(value, Mapping):
        return {name: encode_references(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [encode_references(each) for each in value]
    return value


def marked_reference(value: Any) -> str | None:
    """`user:KEY` when the value is a marker, else None."""
    if isinstance(value, Mapping) and len(value) == 1 and isinstance(value.get(REFERENCE), str):
        return str(value[REFERENCE])
    return None


def resolve_markers(value: Any, ids: Mapping[str, str]) -> Any:
    """The value with every marker replaced by the id under its `user:KEY`. Raises KeyError where one is not known."""
    reference = marked_reference(value)
    if reference is not None:
        return ids[reference]
    if isinstance(value, Mapping):
        return {name: resolve_markers(each, ids) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [resolve_markers(each, ids) for each in value]
    return value


def markers_in(value: Any) -> list[str]:
    """Every `user:KEY` that a value waits for."""
    reference = marked_reference(value)
    if reference is not None:
        return [reference]
    if isinstance(value, Mapping):
        return [found for each in value.values() for found in markers_in(each)]
    if isinstance(value, list | tuple):
        return [found for each in value for found in markers_in(each)]
    return []


def holds_reference(value: Any) -> bool:
    """Whether a wanted value is or contains a `Ref`."""
    if isinstance(value, Ref):
        return True
    if isinstance(value, Mapping):
        return any(map(holds_reference, value.values()))
    return isinstance(value, list) and any(map(holds_reference, value))


def replace_references(value: Any, replace: Callable[[Ref], Any]) -> Any:
    """The value with every `Ref` passed through `replace`."""
    if isinstance(value, Ref):
        return replace(value)
    if isinstance(value, Mapping):
        return {name: replace_references(each, replace) for name, each in value.items()}
    if isinstance(value, list):
        return [replace_references(each, replace) for each in value]
    return value


def parse_reference(text: str) -> Ref:
    """`user:KEY` or `group:KEY`. Raises ValueError for anything else."""
    kind, separator, key = text.partition(":")
    if not separator or not key:
        raise ValueError(text)
    return Ref(Kind(kind), key)
