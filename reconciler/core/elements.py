"""Comparing the elements of a multi-valued attribute: value by value, whatever their order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from reconciler.scim.schemas import Attribute
from reconciler.scim.values import canonical

Element = Any
"""A mapping of sub-attributes, or a plain value where the attribute is not complex."""

DERIVED_FROM_VALUE = ("display", "$ref")
"""Sub-attributes that a server fills in for a value; they do not survive when the value is replaced."""


@dataclass(slots=True)
class Pairing:
    """Which wanted element is which live one. `changed` pairs mean the same thing and differ in some sub-attribute."""

    equal: list[tuple[Element, Element]] = field(default_factory=list)
    changed: list[tuple[Element, Element]] = field(default_factory=list)
    added: list[Element] = field(default_factory=list)
    removed: list[Element] = field(default_factory=list)

    @property
    def in_sync(self) -> bool:
        return not (self.changed or self.added or self.removed)


def as_elements(value: Any) -> list[Element]:
    """The elements of a multi-valued attribute; a single value that was sent without its list counts as one."""
    if value is None or value == "":
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


def pair_elements(wanted: Sequence[Element], live: Sequence[Element], attribute: Attribute | None) -> Pairing:
    """Pairs equal elements first, then those of the same value, then those of the same type."""
    pairing = Pairing()
    rest = _pair_by(wanted, live, attribute, _value_key, pairing)
    leftover_wanted, leftover_live = _pair_by(*rest, attribute, _type_key, pairing)
    pairing.added = leftover_wanted
    pairing.removed = leftover_live
    return pairing


def satisfies(live: Element, wanted: Element, attribute: Attribute | None) -> bool:
    """Whether a live element has every sub-attribute that the wanted one names; others are not managed."""
    if not isinstance(wanted, Mapping) or not isinstance(live, Mapping):
        return canonical(_plain(wanted), _plain_attribute(attribute)) == canonical(
            _plain(live), _plain_attribute(attribute)
        )
    return all(
        comparable_sub(name, value, attribute) == comparable_sub(name, get_sub(live, name), attribute)
        for name, value in wanted.items()
    )


def comparable_sub(name: str, value: Any, attribute: Attribute | None) -> Hashable:
    """A sub-attribute's value as it is compared.

    RFC 7643 §2.4: "If not specified, the value of "primary" SHALL be assumed to be "false"."
    """
    found = canonical(value, _sub(attribute, name))
    return None if found is False and name.casefold() == "primary" else found


def merge_element(live: Element, wanted: Element, attribute: Attribute | None) -> Element:
    """The live element with the wanted sub-attributes laid over it."""
    if not isinstance(live, Mapping) or not isinstance(wanted, Mapping):
        return wanted
    same_value = "value" not in wanted or canonical(get_sub(live, "value"), _sub(attribute, "value")) == canonical(
        wanted["value"], _sub(attribute, "value")
    )
    named = {name.casefold() for name in wanted}
    kept = {
        name: value
        for name, value in live.items()
        if name.casefold() not in named and (same_value or name not in DERIVED_FROM_VALUE)
    }
    return kept | {name: value for name, value in wanted.items() if value not in (None, "")}


def get_sub(element: Element, name: str) -> Any:
    """A sub-attribute's value whatever its spelling in upper and lower case (RFC 7643 §2.1)."""
    if name in element:
        return element[name]
    folded = name.casefold()
    return next((value for key, value in element.items() if key.casefold() == folded), None)


def without_other_primaries(elements: Iterable[Element], primary: Sequence[Element]) -> list[Element]:
    """RFC 7643 §2.4: "The primary attribute value "true" MUST appear no more than once." """
    return [
        each
        if not isinstance(each, Mapping) or each in primary or not get_sub(each, "primary")
        else {**each, "primary": False}
        for each in elements
    ]


def _pair_by(
    wanted: Sequence[Element],
    live: Sequence[Element],
    attribute: Attribute | None,
    key: Any,
    pairing: Pairing,
) -> tuple[list[Element], list[Element]]:
    candidates: dict[Hashable, list[Element]] = defaultdict(list)
    for element in live:
        candidates[key(element, attribute)].append(element)
    leftover = []
    for element in wanted:
        same = candidates.get(key(element, attribute))
        if not same:
            leftover.append(element)
            continue
        found = next((i for i, each in enumerate(same) if satisfies(each, element, attribute)), None)
        target = pairing.changed if found is None else pairing.equal
        target.append((element, same.pop(found or 0)))
    return leftover, [element for same in candidates.values() for element in same]


def _value_key(element: Element, attribute: Attribute | None) -> Hashable:
    if isinstance(element, Mapping):
        return canonical(get_sub(element, "value"), _sub(attribute, "value")), (
            None if get_sub(element, "value") is not None else _type_key(element, attribute)
        )
    return canonical(element, _plain_attribute(attribute)), None


def _type_key(element: Element, attribute: Attribute | None) -> Hashable:
    if not isinstance(element, Mapping):
        return object()  # plain values have no type to be paired by
    return canonical(get_sub(element, "type"), _sub(attribute, "type"))


def _sub(attribute: Attribute | None, name: str) -> Attribute | None:
    return attribute.sub(name) if attribute is not None else None


def _plain_attribute(attribute: Attribute | None) -> Attribute | None:
    """The attribute to compare one plain value by."""
    if attribute is None or attribute.type != "complex":
        return attribute
    return attribute.sub("value")


def _plain(element: Element) -> Any:
    return get_sub(element, "value") if isinstance(element, Mapping) else element
