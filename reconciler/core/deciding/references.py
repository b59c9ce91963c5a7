"""References between objects: by key in manifests, by the target's ids on the wire."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from reconciler.core.resources import Kind, Ref

REFERENCE = "$ref"
"""`{"$ref": "user:KEY"}` in a plan stands for an id that is known only after a create."""

_STAND_IN = "\0"
"""No id and no text of a manifest holds it."""

_SCALARS: frozenset[type] = frozenset({str, int, float, bool, type(None)})
"""Types of which no value is a reference or a marker: nearly everything that is applied is one of them."""

_KINDS = tuple(f"{kind}:" for kind in Kind)


def encode_references(value: Any) -> Any:
    """The value as JSON, with each `Ref` as its marker."""
    if type(value) in _SCALARS:
        return value
    return _replaced(value, lambda each: {REFERENCE: str(each)} if isinstance(each, Ref) else None)


def marked_reference(value: Any) -> str | None:
    """`user:KEY` when the value is a marker, else None."""
    # Asked of every part of every value; what a type is costs far less than whether it is some kind of mapping.
    if type(value) in _SCALARS or (type(value) is not dict and not isinstance(value, Mapping)) or len(value) != 1:
        return None
    text = value.get(REFERENCE)
    # Endpoints have `$ref` too (RFC 7643 §2.4), as a URI.
    return text if isinstance(text, str) and text.startswith(_KINDS) else None


def resolve_markers(value: Any, ids: Mapping[str, str]) -> Any:
    """The value with every marker replaced by the id under its `user:KEY`. Raises KeyError where one is not known."""
    if type(value) in _SCALARS:
        return value
    return _replaced(value, lambda each: None if (marked := marked_reference(each)) is None else ids[marked])


def markers_as_text(value: Any) -> Any:
    """The value with a text in each marker's place, for what expects ids there. `text_as_markers` undoes it."""
    return _replaced(value, lambda each: None if (marked := marked_reference(each)) is None else _STAND_IN + marked)


def text_as_markers(value: Any) -> Any:
    def marker(each: Any) -> Any:
        is_text = isinstance(each, str) and each.startswith(_STAND_IN)
        return {REFERENCE: each.removeprefix(_STAND_IN)} if is_text else None

    return _replaced(value, marker, _SCALARS - {str})


def markers_in(value: Any) -> list[str]:
    """Every `user:KEY` that a value waits for."""
    if type(value) in _SCALARS:
        return []
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
    if type(value) in _SCALARS:
        return False
    if isinstance(value, Ref):
        return True
    if type(value) is dict or isinstance(value, Mapping):
        return any(map(holds_reference, value.values()))
    return isinstance(value, list) and any(map(holds_reference, value))


def replace_references(value: Any, replace: Callable[[Ref], Any]) -> Any:
    """The value with every `Ref` passed through `replace`."""
    return _replaced(value, lambda each: replace(each) if isinstance(each, Ref) else None)


def _replaced(value: Any, replacement: Callable[[Any], Any], staying: frozenset[type] = _SCALARS) -> Any:
    """A JSON value with some of its parts replaced: `replacement` gives None for those that stay.

    It is not asked about values of the types `staying`.
    """
    if type(value) in staying:
        return value
    found = replacement(value)
    if found is not None:
        return found
    if isinstance(value, list | tuple):
        return value if isinstance(value, Ref) else [_replaced(each, replacement, staying) for each in value]
    if type(value) is dict or isinstance(value, Mapping):
        return {name: _replaced(each, replacement, staying) for name, each in value.items()}
    return value


def parse_reference(text: str) -> Ref:
    """`user:KEY` or `group:KEY`. Raises ValueError for anything else."""
    kind, separator, key = text.partition(":")
    if not separator or not key:
        raise ValueError(text)
    return Ref(Kind(kind), key)
