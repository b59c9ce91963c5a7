"""Reading plain documents without regard to the case of attribute names (RFC 7643 §2.1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

CORE_PREFIX: Final = "urn:ietf:params:scim:schemas:core:"


def key_ignoring_case(container: Mapping[str, Any], name: str) -> str | None:
    """The key under which a document holds a name, as the document spells it."""
    if name in container:
        return name
    lower = name.lower()
    size = len(lower)
    for key in container:
        if isinstance(key, str) and len(key) == size and key.lower() == lower:
            return key
    return None


def get_ignoring_case(container: Mapping[str, Any], name: str) -> Any | None:
    """What a document holds under a name in any case; None where it holds nothing."""
    key = key_ignoring_case(container, name)
    return None if key is None else container[key]


def elements_of(value: Any) -> list[Any]:
    """The values of an attribute: a list as it is, nothing for None, a single value as one."""
    if isinstance(value, list):
        return value
    return [] if value is None else [value]


def container_of(document: Mapping[str, Any], urn: str, core: str | None = None) -> Mapping[str, Any] | None:
    """The part of a document that holds a schema's attributes: an object of its own, or the document.

    `core` is the URN of the resource's own schema; without it every core URN of RFC 7643 is taken for it.
    """
    extension = get_ignoring_case(document, urn)
    if isinstance(extension, Mapping):
        return extension
    lower = urn.lower()
    own = lower == core.lower() if core is not None else lower.startswith(CORE_PREFIX)
    return document if own else None
