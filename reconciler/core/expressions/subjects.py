"""The `user` and `group` that expressions see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def primary_value(values: Any) -> Any:
    """The `value` of the primary element, else of the first; None where there is none."""
    elements = [each for each in values if isinstance(each, Mapping)] if isinstance(values, list | tuple) else []
    primary = next((each for each in elements if each.get("primary") is True), elements[0] if elements else None)
    return None if primary is None else primary.get("value")


def user_view(
    key: str,
    attributes: Mapping[str, Any],
    *,
    active: bool | None = None,
    groups: Sequence[str] | None = None,
) -> dict[str, Any]:
    """A user's attributes with `key`, `active`, `groups` (group keys), `email` and `phone`."""
    return {
        **attributes,
        "key": key,
        "active": active,
        "groups": groups,
        "email": primary_value(attributes.get("emails")),
        "phone": primary_value(attributes.get("phoneNumbers")),
    }


def group_view(key: str, attributes: Mapping[str, Any]) -> dict[str, Any]:
    """A group's attributes with its `key`."""
    return {**attributes, "key": key}
