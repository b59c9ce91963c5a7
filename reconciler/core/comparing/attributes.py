"""A target's attributes by path: how to read each from a live document and how to compare its values.

Everything here is looked up once per distinct path, never once per object.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from reconciler.core.comparing.elements import as_elements
from reconciler.core.resources import Ref
from reconciler.scim.filters.evaluation import Test, compile_element_filter
from reconciler.scim.lookup import get_ignoring_case
from reconciler.scim.paths import Path, PathError, parse_path
from reconciler.scim.schemas import Attribute, ResourceSchema
from reconciler.scim.values import canonical

Reader = Callable[[Mapping[str, Any]], Any]

ACTIVE = "active"
USER_NAME = "userName"
EXTERNAL_ID = "externalId"
MEMBERS = "members"

UNREPORTED = frozenset(("never", "request"))
"""RFC 7643 §7 `returned`: a plain read does not show these, so their absence says nothing."""


@dataclass(frozen=True, slots=True)
class PathFacts:
    """One attribute path on one target.

    `attribute` is None where the target's schema does not have it, and so is `parent`, the attribute that a
    sub-attribute or a filter belongs to. `is_list`: values are lists of elements, those that `selects` tells where the
    path has a filter. `reported`: reading a resource shows the value.
    """

    text: str
    path: Path
    attribute: Attribute | None
    parent: Attribute | None
    read: Reader
    is_list: bool
    selects: Test | None
    reported: bool
    base: str
    """The attribute that the path belongs to, without filter and sub-attribute."""

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
            facts = self._facts[text] = self._look_up(text)
        return facts

    @cached_property
    def unguarded(self) -> ResourceSchema:
        """The schema without what only the endpoint judges: what is required, and what cannot be changed once set."""
        extensions = {
            urn: replace(each, attributes=_unguarded(each.attributes)) for urn, each in self.schema.extensions.items()
        }
        return replace(self.schema, attributes=_unguarded(self.schema.attributes), extensions=extensions)

    def _look_up(self, text: str) -> PathFacts:
        try:
            path = parse_path(text)
        except PathError:
            # Names that an expression computed; no schema has them.
            path = Path(None, text)
        attribute, parent = self.schema.attribute(path), self.schema.parent(path)
        several = path.filter is not None or (attribute is not None and attribute.multi_valued)
        selects = compile_element_filter(path.filter, parent) if path.filter is not None else None
        hidden = any(each is not None and each.returned in UNREPORTED for each in (attribute, parent))
        return PathFacts(
            text=text,
            path=path,
            attribute=attribute,
            parent=parent,
            read=make_reader(path, self.schema.urn, selects),
            is_list=several and path.sub is None,
            selects=selects,
            reported=not hidden,
            base=base_of(path),
        )


def _unguarded(attributes: Mapping[str, Attribute]) -> dict[str, Attribute]:
    return {
        name: replace(
            each,
            required=False,
            mutability="readWrite" if each.mutability == "immutable" else each.mutability,
            sub_attributes=_unguarded(each.sub_attributes),
        )
        for name, each in attributes.items()
    }


def make_reader(path: Path, core_urn: str, selects: Test | None) -> Reader:
    """Reads a path from a document: the exact spelling first, then without regard to case (RFC 7643 §2.1).

    With a filter, the list of the elements that it selects; without, the value as it is there.
    """
    whole = _whole_reader(path, core_urn)
    sub = path.sub

    def read_selected(document: Mapping[str, Any]) -> Any:
        return [each for each in as_elements(whole(document)) if selects is None or selects(each)]

    read = whole if selects is None else read_selected
    return read if sub is None else lambda document: _sub_value(read(document), sub)


def _whole_reader(path: Path, core_urn: str) -> Reader:
    name = path.attribute
    urn = path.urn if path.urn is not None and path.urn.lower() != core_urn.lower() else None

    def read(document: Mapping[str, Any]) -> Any:
        holder: Any = document
        if urn is not None:
            holder = document[urn] if urn in document else get_ignoring_case(document, urn)
            if not isinstance(holder, Mapping):
                return None
        return holder[name] if name in holder else get_ignoring_case(holder, name)

    return read


def _sub_value(value: Any, sub: str) -> Any:
    if isinstance(value, Mapping):
        return get_ignoring_case(value, sub)
    if isinstance(value, list):
        found = (_sub_value(each, sub) for each in value)
        return [each for each in found if each is not None]
    # Some servers flatten a complex attribute to its value, such as `manager: "26118915"`.
    return value if sub.lower() == "value" else None


def is_empty(value: Any) -> bool:
    """Whether a value counts as unassigned (RFC 7643 §2.5: null and an empty array are the same as absent)."""
    return value is None or value in ("", [], {})


def base_of(path: Path) -> str:
    """The attribute that a path belongs to, without filter and sub-attribute."""
    return str(Path(path.urn, path.attribute, None, None))
