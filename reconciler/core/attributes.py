"""A target's attributes by path: how to read each from a live document and how to compare its values.

Everything here is looked up once per distinct path, never once per object.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.core.resources import Ref
from reconciler.scim.paths import Path, parse_path, read_value
from reconciler.scim.schemas import Attribute, ResourceSchema
from reconciler.scim.values import canonical

Reader = Callable[[Mapping[str, Any]], Any]

ACTIVE = "active"
USER_NAME = "userName"
EXTERNAL_ID = "externalId"
MEMBERS = "members"


@dataclass(frozen=True, slots=True)
class PathFacts:
    """One attribute path on one target. `attribute` is None where the target's schema does not have it."""

    text: str
    path: Path
    attribute: Attribute | None
    read: Reader

    @property
    def is_list(self) -> bool:
        """Whether values are lists of elements: a multi-valued attribute, whole or filtered, without a sub-attribute."""
        multi_valued = self.attribute is not None and self.attribute.multi_valued
        return self.path.sub is None and (self.path.filter is not None or multi_valued)

    @property
    def top(self) -> str:
        """The attribute that a document holds the value under: its name, or its extension's URN."""
        return self.path.urn or self.path.attribute

    def comparable(self, value: Any) -> Hashable:
        """Two values are equal on this target exactly when these are."""
        return ("reference", value) if isinstance(value, Ref) else canonical(value, self.attribute)


class AttributeView:
    """The attributes of one resource type, by path."""

    def __init__(self, schema: ResourceSchema) -> None:
        self.schema = schema
        self._facts: dict[str, PathFacts] = {}

    def __getitem__(self, text: str) -> PathFacts:
        facts = self._facts.get(text)
        if facts is None:
            path = parse_path(text)
            facts = PathFacts(text, path, self.schema.attribute(path), make_reader(path, self.schema.urn))
            self._facts[text] = facts
        return facts


def make_reader(path: Path, core_urn: str) -> Reader:
    """Reads a path from a document: the exact spelling first, then without regard to case (RFC 7643 §2.1)."""
    extension = path.urn if path.urn is not None and path.urn.casefold() != core_urn.casefold() else None
    if path.filter is not None:
        return lambda document: read_value(document, path)
    name, sub = path.attribute, path.sub

    def read(document: Mapping[str, Any]) -> Any:
        holder = document if extension is None else document.get(extension)
        if isinstance(holder, Mapping) and name in holder:
            value = holder[name]
            if sub is None or isinstance(value, list):
                return value if sub is None else read_value(document, path)
            if not isinstance(value, Mapping):
                # Some servers flatten a complex attribute to its value, such as `manager: "26118915"`.
                return value if sub == "value" else None
            if sub in value:
                return value[sub]
        return read_value(document, path)

    return read


def is_empty(value: Any) -> bool:
    """Whether a value counts as unassigned (RFC 7643 §2.5: null and an empty array are the same as absent)."""
    return value is None or value == "" or value == [] or value == {}
