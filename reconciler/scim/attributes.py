"""Attribute definitions (RFC 7643 §2, §7): what an attribute holds, how it compares, who may write it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from reconciler.scim.filters.ast import Path


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute definition in RFC 7643 §7's words. `sub_attributes` is keyed by lower-case name."""

    name: str
    type: str = "string"
    multi_valued: bool = False
    required: bool = False
    case_exact: bool = False
    mutability: str = "readWrite"
    returned: str = "default"
    uniqueness: str = "none"
    canonical_values: tuple[str, ...] = ()
    own_domain: bool = False
    """The service puts a domain of its own behind the `@` of a value: what stands there says nothing."""
    sub_attributes: Mapping[str, Attribute] = field(default_factory=dict, hash=False)

    def sub(self, name: str) -> Attribute | None:
        """The sub-attribute of that name, in any case."""
        return self.sub_attributes.get(name.lower())


def by_name(attributes: Iterable[Attribute]) -> dict[str, Attribute]:
    """Attributes keyed by lower-case name: attribute names are case-insensitive (RFC 7643 §2.1)."""
    return {each.name.lower(): each for each in attributes}


# RFC 7643 §3.1; `schemas` from §3. They belong to every resource and stand in no schema.
COMMON_ATTRIBUTES: Mapping[str, Attribute] = by_name(
    [
        Attribute("schemas", "reference", multi_valued=True, required=True, case_exact=True, returned="always"),
        Attribute("id", case_exact=True, mutability="readOnly", returned="always", uniqueness="server"),
        Attribute("externalId", case_exact=True),
        Attribute(
            "meta",
            "complex",
            mutability="readOnly",
            sub_attributes=by_name(
                [
                    Attribute("resourceType", case_exact=True, mutability="readOnly"),
                    Attribute("created", "dateTime", mutability="readOnly"),
                    Attribute("lastModified", "dateTime", mutability="readOnly"),
                    Attribute("location", "reference", case_exact=True, mutability="readOnly"),
                    Attribute("version", case_exact=True, mutability="readOnly"),
                ]
            ),
        ),
    ]
)


@dataclass(frozen=True, slots=True)
class Extension:
    """A schema extension: its attributes stand in a resource under its URN (RFC 7643 §3.3)."""

    urn: str
    attributes: Mapping[str, Attribute] = field(default_factory=dict, hash=False)
    open: bool = False
    """Whether it holds whatever it is given: nobody says which attributes it has."""

    def attribute(self, name: str) -> Attribute | None:
        """The attribute of that name, in any case."""
        return self.attributes.get(name.lower()) or (Attribute(name) if self.open else None)


@dataclass(frozen=True, slots=True)
class ResourceSchema:
    """What a resource of a kind may hold. `attributes` by lower-case name, `extensions` by lower-case URN."""

    name: str
    urn: str
    attributes: Mapping[str, Attribute] = field(default_factory=dict, hash=False)
    extensions: Mapping[str, Extension] = field(default_factory=dict, hash=False)

    def attribute(self, path: Path) -> Attribute | None:
        """The definition of a path's attribute or sub-attribute; None where the schema has none."""
        found = self.parent(path)
        return found if found is None or path.sub is None else found.sub(path.sub)

    def parent(self, path: Path) -> Attribute | None:
        """The definition of the path's attribute, whatever sub-attribute the path goes on to."""
        name = path.attribute.lower()
        if path.urn is None or path.urn.lower() == self.urn.lower():
            return self.attributes.get(name) or COMMON_ATTRIBUTES.get(name)
        extension = self.extensions.get(path.urn.lower())
        return extension.attribute(path.attribute) if extension is not None else None

    def with_extension(self, extension: Extension) -> ResourceSchema:
        """The same schema with one more extension, or another definition of one that it has."""
        return replace(self, extensions={**self.extensions, extension.urn.lower(): extension})
