"""Comparing the elements of a multi-valued attribute: value by value, whatever their order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from reconciler.scim.lookup import get_ignoring_case, key_ignoring_case
from reconciler.scim.schemas import Attribute
from reconciler.scim.values import canonical, read_boolean

Element = Any
"""A mapping of sub-attributes, or a plain value where the attribute is not complex."""

Key = Callable[[Element, Attribute | None], Hashable]

DERIVED_FROM_VALUE = ("display", "$ref")
"""Sub-attributes that a server fills in for a value; they do not survive when the value is replaced."""

_UNASSIGNED: tuple[Any, ...] = (None, "", [], {})


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
    found = value if isinstance(value, list) else [value]
    return [each for each in found if each not in _UNASSIGNED]


def pair_elements(wanted: Sequence[Element], live: Sequence[Element], attribute: Attribute | None) -> Pairing:
    """Pairs equal elements first, then those of the same value, then those of the same type.

    A live element that is there twice counts once, and so does a wanted one of which another says the same and more.
    """
    pairing = Pairing()
    if len(wanted) == 1 == len(live) and satisfies(live[0], wanted[0], attribute):
        pairing.equal = [(wanted[0], live[0])]
        return pairing
    rest = _pair_by(_value_key, _telling(wanted, attribute), _distinct(live, attribute), attribute, pairing)
    pairing.added, pairing.removed = _pair_by(_type_key, *rest, attribute, pairing)
    return pairing


def merge_pairing(pairing: Pairing, attribute: Attribute | None) -> list[Element]:
    """The elements that fulfil what is wanted; live ones that stay come first, so that a review shows what moves."""
    pairs = [*pairing.equal, *pairing.changed, *((each, {}) for each in pairing.added)]
    merged = [merge_element(live, wanted, attribute) for wanted, live in pairs]
    marked = (new for (wanted, _), new in zip(pairs, merged, strict=True) if is_primary(wanted))
    chosen = next(marked, None) or next(filter(is_primary, merged), None)
    return without_primary(merged, chosen)


def satisfies(live: Element, wanted: Element, attribute: Attribute | None) -> bool:
    """Whether a live element has every sub-attribute that the wanted one names; others are not managed."""
    if not isinstance(wanted, Mapping) or not isinstance(live, Mapping):
        plain = _plain_attribute(attribute)
        return canonical(_plain(wanted), plain) == canonical(_plain(live), plain)
    return all(same_sub(name, value, get_sub(live, name), attribute) for name, value in wanted.items())


def same_sub(name: str, wanted: Any, live: Any, attribute: Attribute | None) -> bool:
    """Whether two values of a sub-attribute are the same.

    RFC 7643 §2.4: "If not specified, the value of "primary" SHALL be assumed to be "false"."
    """
    if wanted == live:
        return True
    if name.lower() == "primary":
        return (read_boolean(wanted) is True) is (read_boolean(live) is True)
    definition = _sub(attribute, name)
    return canonical(wanted, definition) == canonical(live, definition)


def merge_element(live: Element, wanted: Element, attribute: Attribute | None) -> Element:
    """The live element with the wanted sub-attributes laid over it; empty ones are left out (RFC 7643 §2.5)."""
    if not isinstance(live, Mapping) or not isinstance(wanted, Mapping):
        return wanted
    value = get_sub(wanted, "value")
    same_value = value is None or same_sub("value", value, get_sub(live, "value"), attribute)
    named = {name.lower() for name in wanted}
    kept = {
        name: each
        for name, each in live.items()
        if name.lower() not in named and (same_value or name.lower() not in DERIVED_FROM_VALUE)
    }
    return kept | {name: each for name, each in wanted.items() if each not in _UNASSIGNED}


def can_be_created(element: Element, attribute: Attribute | None) -> bool:
    """Whether an element says enough to exist: parts of a value that nobody gives describe nothing."""
    if _sub(attribute, "value") is None or not isinstance(element, Mapping):
        return True
    return get_sub(element, "value") not in _UNASSIGNED


def get_sub(element: Element, name: str) -> Any:
    """A sub-attribute's value in any spelling (RFC 7643 §2.1); a plain element is its own `value`."""
    if isinstance(element, Mapping):
        return get_ignoring_case(element, name)
    return element if name.lower() == "value" else None


def is_primary(element: Element) -> bool:
    return isinstance(element, Mapping) and read_boolean(get_sub(element, "primary")) is True


def without_primary(elements: Sequence[Element], but: Element | None) -> list[Element]:
    """RFC 7643 §2.4: "The primary attribute value "true" MUST appear no more than once": all but one lose the mark."""
    return [
        each
        if each is but or not is_primary(each)
        else {**each, key_ignoring_case(each, "primary") or "primary": False}
        for each in elements
    ]


def _distinct(elements: Sequence[Element], attribute: Attribute | None) -> Sequence[Element]:
    if len(elements) < 2:
        return elements
    return list({canonical([each], attribute): each for each in reversed(elements)}.values())[::-1]


def _telling(elements: Sequence[Element], attribute: Attribute | None) -> Sequence[Element]:
    """Those that say something which no other one says as well."""
    if len(elements) < 2:
        return elements
    kept: dict[Hashable, list[int]] = defaultdict(list)
    for place in sorted(range(len(elements)), key=lambda at: _weight(elements[at], attribute), reverse=True):
        same_value = kept[_value_key(elements[place], attribute)]
        if not any(satisfies(elements[at], elements[place], attribute) for at in same_value):
            same_value.append(place)
    return [elements[at] for at in sorted(at for same_value in kept.values() for at in same_value)]


def _weight(element: Element, attribute: Attribute | None) -> int:
    """How many of its sub-attributes say something."""
    if not isinstance(element, Mapping):
        return 1
    return sum(not same_sub(name, value, None, attribute) for name, value in element.items())


def _pair_by(
    key: Key, wanted: Sequence[Element], live: Sequence[Element], attribute: Attribute | None, pairing: Pairing
) -> tuple[list[Element], list[Element]]:
    """Pairs within each group of the same key; returns what is left on both sides."""
    groups: dict[Hashable, tuple[list[Element], list[Element]]] = defaultdict(lambda: ([], []))
    for side, elements in enumerate((wanted, live)):
        for element in elements:
            groups[key(element, attribute)][side].append(element)
    leftover: tuple[list[Element], list[Element]] = ([], [])
    for mine, theirs in groups.values():
        if mine and theirs:
            _pair_group(mine, theirs, attribute, pairing)
        leftover[0].extend(mine)
        leftover[1].extend(theirs)
    return leftover


def _pair_group(mine: list[Element], theirs: list[Element], attribute: Attribute | None, pairing: Pairing) -> None:
    """Pairs as many equal elements as possible, then the others; takes them out of both lists."""
    for wanted, live in list(_equal_pairs(mine, theirs, attribute)):
        pairing.equal.append((wanted, live))
        _take(mine, wanted)
        _take(theirs, live)
    for wanted in list(mine):
        if not theirs:
            return
        kind = _type_key(wanted, attribute)
        live = next((each for each in theirs if _type_key(each, attribute) == kind), theirs[0])
        pairing.changed.append((wanted, live))
        _take(mine, wanted)
        _take(theirs, live)


def _equal_pairs(
    mine: Sequence[Element], theirs: Sequence[Element], attribute: Attribute | None
) -> Iterator[tuple[Element, Element]]:
    """A largest matching by augmenting paths: the first fit could leave a stricter element without its only one."""
    fits = [[at for at, live in enumerate(theirs) if satisfies(live, wanted, attribute)] for wanted in mine]
    taken: dict[int, int] = {}

    def place(wanted: int, tried: set[int]) -> bool:
        for at in fits[wanted]:
            if at not in tried:
                tried.add(at)
                if at not in taken or place(taken[at], tried):
                    taken[at] = wanted
                    return True
        return False

    for wanted in range(len(mine)):
        place(wanted, set())
    return ((mine[wanted], theirs[at]) for at, wanted in sorted(taken.items()))


def _take(elements: list[Element], element: Element) -> None:
    del elements[next(at for at, each in enumerate(elements) if each is element)]


def _value_key(element: Element, attribute: Attribute | None) -> Hashable:
    if isinstance(element, Mapping):
        value = canonical(get_sub(element, "value"), _sub(attribute, "value"))
        return value, None if value is not None else _type_key(element, attribute)
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
    return get_sub(element, "value")
