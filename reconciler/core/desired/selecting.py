"""SCIM filters over desired users: which names they may use, and what they see."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from reconciler.core.manifests.sections import CustomField
from reconciler.core.resources import DesiredUser
from reconciler.scim.attributes import Attribute, ResourceSchema, by_name
from reconciler.scim.filters import And, Comparison, Filter, Not, Or, Path, Present, ValuePath
from reconciler.scim.filters.evaluation import compile_filter
from reconciler.scim.rfc7643 import RFC_USER
from reconciler.scim.urns import ENTERPRISE_USER

Test = Callable[[Mapping[str, Any]], bool]


_CUSTOM_TYPES: Mapping[str, str] = {"integer": "integer", "number": "decimal", "boolean": "boolean"}
"""Types of `settings.custom` in SCIM's terms; the others, days included, compare as texts."""


def desired_schema(custom: Mapping[str, CustomField]) -> ResourceSchema:
    """What a desired user may hold, as a schema: core and enterprise attributes side by side, `custom`, `key`.

    `manager` is a user key here. Without declared custom names any is accepted.
    """
    enterprise = dict(RFC_USER.extensions[ENTERPRISE_USER.lower()].attributes)
    enterprise["manager"] = Attribute("manager")
    names = by_name(
        [
            Attribute(name, _CUSTOM_TYPES.get(each.type, "string"), multi_valued=each.type == "list")
            for name, each in custom.items()
        ]
    )
    extra = by_name([Attribute("key"), Attribute("custom", "complex", sub_attributes=names)])
    return replace(RFC_USER, attributes={**RFC_USER.attributes, **enterprise, **extra}, extensions={})


def plain_names(filter: Filter) -> Filter:
    """The filter with enterprise attributes by their plain names, however they were written."""
    match filter:
        case Comparison(path=path):
            return replace(filter, path=_plain(path))
        case Present(path=path):
            return replace(filter, path=_plain(path))
        case ValuePath(path=path):
            return replace(filter, path=_plain(path))
        case And(parts=parts) | Or(parts=parts):
            return replace(filter, parts=tuple(plain_names(each) for each in parts))
        case Not(part=part):
            return replace(filter, part=plain_names(part))


def _plain(path: Path) -> Path:
    if path.urn is not None and path.urn.casefold() == ENTERPRISE_USER.casefold():
        path = replace(path, urn=None)
    if path.attribute.casefold() == "manager" and path.sub == "value":
        path = replace(path, sub=None)
    return path


def compile_user_filter(filter: Filter, schema: ResourceSchema) -> Test:
    return compile_filter(plain_names(filter), schema)


def user_document(user: DesiredUser, today: date) -> dict[str, Any]:
    """What filters see of a desired user: its attributes, whether it is active that day, and its key."""
    return {**user.attributes, "active": user.is_active(today), "key": user.key}
