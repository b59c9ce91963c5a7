"""Attribute paths (RFC 7644 §3.5.2, figure 7): reading them, and reading documents through them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from reconciler.scim.filters.ast import And, Comparison, Filter, Path
from reconciler.scim.filters.evaluation import compile_element_filter
from reconciler.scim.filters.lexer import FilterError, PathError
from reconciler.scim.filters.parser import parse_patch_path
from reconciler.scim.lookup import container_of, elements_of, get_ignoring_case

if TYPE_CHECKING:
    from reconciler.scim.attributes import ResourceSchema

__all__ = ["Path", "PathError", "element_of", "parse_path", "read_value"]


@lru_cache(maxsize=4096)
def parse_path(text: str) -> Path:
    """The tree of a path. Raises `PathError`.

    >>> parse_path("name.givenName")
    Path(urn=None, attribute='name', filter=None, sub='givenName')
    """
    try:
        return parse_patch_path(text)
    except FilterError as fault:
        raise PathError(fault.problem, fault.offset) from None


def read_value(document: Mapping[str, Any], path: Path, schema: ResourceSchema | None = None) -> Any | None:
    """What a document holds at a path; None where it holds nothing.

    With a filter: the list of matching elements, or of their sub values. A sub-attribute of a multi-valued
    attribute reads as the list of the elements' values. With a schema, the filter follows its case rules.
    """
    container = (
        document if path.urn is None else container_of(document, path.urn, schema.urn if schema is not None else None)
    )
    if not path.attribute or container is None:
        return container
    value = get_ignoring_case(container, path.attribute)
    if path.filter is not None:
        definition = schema.parent(path) if schema is not None else None
        test = compile_element_filter(path.filter, definition)
        value = [each for each in elements_of(value) if test(each)]
    return value if path.sub is None else _sub_value(value, path.sub)


def _sub_value(value: Any, sub: str) -> Any | None:
    if isinstance(value, Mapping):
        return get_ignoring_case(value, sub)
    if not isinstance(value, list):
        return None
    found = [get_ignoring_case(each, sub) for each in value if isinstance(each, Mapping)]
    return [each for each in found if each is not None]


def element_of(condition: Filter | None) -> dict[str, Any]:
    """The element that a value filter describes: `{"type": "work"}` for `type eq "work"`.

    Only `eq` comparisons joined by `and` describe one; anything else gives {}.
    """
    parts = condition.parts if isinstance(condition, And) else (condition,)
    element: dict[str, Any] = {}
    for part in parts:
        if not isinstance(part, Comparison) or part.op != "eq" or part.path.attribute in element:
            return {}
        element[part.path.attribute] = part.value
    return element
