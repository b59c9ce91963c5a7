"""The schemas that hold for an endpoint: what it announces (RFC 7643 §6, §7), completed by the RFC's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from reconciler.scim.attributes import COMMON_ATTRIBUTES, Attribute, Extension, ResourceSchema, by_name
from reconciler.scim.lookup import elements_of, get_ignoring_case
from reconciler.scim.messages import read_resource_types
from reconciler.scim.rfc7643 import ID_HOLDERS, RFC_GROUP, RFC_USER
from reconciler.scim.values import read_boolean

__all__ = [
    "COMMON_ATTRIBUTES",
    "RFC_GROUP",
    "RFC_USER",
    "Attribute",
    "Extension",
    "ResourceSchema",
    "read_schemas",
]

_MAX_DEPTH: Final = 3
_TYPES: Final = ("string", "boolean", "decimal", "integer", "dateTime", "reference", "binary", "complex")
_MUTABILITIES: Final = ("readWrite", "readOnly", "immutable", "writeOnly")
_RETURNED: Final = ("default", "always", "never", "request")
_UNIQUENESS: Final = ("none", "server", "global")
_EXACT_TYPES: Final = frozenset({"reference", "binary"})


def read_schemas(documents: Sequence[Any], resource_types: Sequence[Any] = ()) -> dict[str, ResourceSchema]:
    """The schemas of "User" and "Group" from the rows of /Schemas and /ResourceTypes.

    Nothing raises. Unusable rows and definitions are passed over. A core schema that is missing or has no
    attributes is the RFC's, and so are the sub-attributes of a complex attribute that lists none, and the extensions
    where neither answer names one for the kind.
    """
    announced = _announced(documents)
    return {
        kind.name: _resource_schema(kind, announced, _extensions_of(kind, resource_types))
        for kind in (RFC_USER, RFC_GROUP)
    }


def _announced(documents: Sequence[Any]) -> dict[str, Extension]:
    """The usable schema documents by lower-case URN."""
    found: dict[str, Extension] = {}
    for document in documents:
        urn = get_ignoring_case(document, "id") if isinstance(document, Mapping) else None
        if isinstance(urn, str) and urn:
            attributes = by_name(_attributes(get_ignoring_case(document, "attributes"), 1))
            found[urn.lower()] = Extension(urn, attributes)
    return found


def _resource_schema(
    kind: ResourceSchema, announced: Mapping[str, Extension], extensions: Sequence[str] | None
) -> ResourceSchema:
    core = announced.get(kind.urn.lower())
    attributes = _completed(core.attributes, kind.attributes) if core is not None else {}
    if extensions is None:
        extensions = _unclaimed(kind, announced)
    chosen = {urn.lower(): _extension(kind, announced.get(urn.lower()), urn) for urn in extensions}
    return replace(kind, attributes=attributes or kind.attributes, extensions=chosen)


def _extension(kind: ResourceSchema, announced: Extension | None, urn: str) -> Extension:
    own = _rfc_extension(kind, urn)
    return own if announced is None else replace(announced, attributes=_completed(announced.attributes, own.attributes))


def _completed(announced: Mapping[str, Attribute], own: Mapping[str, Attribute]) -> dict[str, Attribute]:
    """The announced attributes; a complex one that lists no sub-attributes has those of the RFC's."""
    found = dict(announced)
    for name, each in announced.items():
        if each.type == "complex" and not each.sub_attributes and name in own:
            found[name] = replace(each, sub_attributes=own[name].sub_attributes)
    return found


def _rfc_extension(kind: ResourceSchema, urn: str) -> Extension:
    """An extension that is named and not described: the RFC's where it has one, else an empty one."""
    return kind.extensions.get(urn.lower()) or Extension(urn)


def _unclaimed(kind: ResourceSchema, announced: Mapping[str, Extension]) -> list[str]:
    """With no ResourceType for a kind: the RFC's extensions, and announced URNs that end in the kind."""
    ending = f":{kind.name.lower()}"
    others = [each.urn for lower, each in announced.items() if lower.endswith(ending) and lower != kind.urn.lower()]
    return [*(each.urn for each in kind.extensions.values()), *others]


def _extensions_of(kind: ResourceSchema, resource_types: Sequence[Any]) -> list[str] | None:
    """The extensions that the kind's ResourceType names; None where there is no such row."""
    for row in read_resource_types(list(resource_types)):
        if row.schema.lower() == kind.urn.lower():
            return list(row.extensions)
    return None


def _attributes(definitions: Any, depth: int) -> list[Attribute]:
    if depth > _MAX_DEPTH:
        return []
    read = (_attribute(each, depth) for each in elements_of(definitions) if isinstance(each, Mapping))
    return [each for each in read if each is not None]


def _attribute(definition: Mapping[str, Any], depth: int) -> Attribute | None:
    name = get_ignoring_case(definition, "name")
    if not isinstance(name, str) or not name:
        return None
    subs = by_name(_attributes(get_ignoring_case(definition, "subAttributes"), depth + 1))
    if depth == 1 and name.lower() in ID_HOLDERS and "value" in subs:
        # RFC 7643 §3.1: ids are case exact, whatever is announced of the attributes that hold them.
        subs["value"] = replace(subs["value"], case_exact=True)
    kind = _one_of(_TYPES, get_ignoring_case(definition, "type"), "complex" if subs else "string")
    canonical = elements_of(get_ignoring_case(definition, "canonicalValues"))
    return Attribute(
        name=name,
        type=kind,
        multi_valued=_flag(definition, "multiValued"),
        required=_flag(definition, "required"),
        case_exact=_flag(definition, "caseExact") or kind in _EXACT_TYPES,
        mutability=_one_of(_MUTABILITIES, get_ignoring_case(definition, "mutability")),
        returned=_one_of(_RETURNED, get_ignoring_case(definition, "returned")),
        uniqueness=_one_of(_UNIQUENESS, get_ignoring_case(definition, "uniqueness")),
        canonical_values=tuple(each for each in canonical if isinstance(each, str)),
        sub_attributes=subs,
    )


def _flag(definition: Mapping[str, Any], name: str) -> bool:
    return read_boolean(get_ignoring_case(definition, name)) or False


def _one_of(known: Sequence[str], value: Any, otherwise: str | None = None) -> str:
    """The known spelling of a keyword in any case; for anything else the default, the first known one."""
    if isinstance(value, str):
        for each in known:
            if each.lower() == value.lower():
                return each
    return otherwise or known[0]
