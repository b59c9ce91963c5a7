"""Filters on lists (some also on text), and `default`. None takes longer than sorting does."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, Final

from reconciler.core.expressions.faults import MAX_COMPARISONS, MAX_ITEMS, MAX_LIST_TEXT, ExpressionError
from reconciler.core.expressions.nulls import NULL, is_null, propagating
from reconciler.core.expressions.operators import translate
from reconciler.core.expressions.predicates import TESTS
from reconciler.core.expressions.textfilters import TEXT_FILTERS
from reconciler.core.expressions.values import (
    attribute_of,
    check_length,
    is_number,
    items_of,
    like,
    text_of,
    whole_number,
)


def default(value: Any, default_value: Any, boolean: bool = False) -> Any:
    """`default_value` where the value is null; with `true` also where it is empty, false or zero."""
    return default_value if is_null(value) or (boolean is True and not value) else value


@propagating
def first(value: Any) -> Any:
    """The first element or character; null where there is none."""
    items = value if isinstance(value, str) else items_of(value)
    return items[0] if items else NULL


@propagating
def last(value: Any) -> Any:
    items = value if isinstance(value, str) else items_of(value)
    return items[-1] if items else NULL


@propagating
def length(value: Any) -> int:
    return len(value) if isinstance(value, str | Mapping) else len(items_of(value))


def check_count(count: Any) -> int:
    return whole_number(count, 0, MAX_ITEMS, "limit")


@propagating
def limit(value: Any, count: int) -> Any:
    """The first `count` elements or characters."""
    if isinstance(value, list | tuple):
        return like(value, list(items_of(value)[: check_count(count)]))
    return text_of(value)[: check_count(count)]


@propagating
def as_list(value: Any) -> list[Any]:
    """A list as it is; a text as its characters."""
    items = list(value[: MAX_ITEMS + 1]) if isinstance(value, str) else value
    return like(value, list(items_of(items)))


def dig(value: Any, path: str) -> Any:
    """An attribute of an element by its dotted name."""
    for name in path.split("."):
        value = attribute_of(value, name)
    return value


@propagating
def join(value: Any, d: str = "", attribute: str = "") -> Any:
    """The elements, or an attribute of each, as one text with `d` between; null where one of them is null."""
    elements = [dig(each, attribute) if attribute else each for each in items_of(value)]
    if any(is_null(each) for each in elements):
        return NULL
    separator, texts = text_of(d), [text_of(each) for each in elements]
    check_length(sum(map(len, texts)) + len(separator) * max(0, len(texts) - 1))
    return separator.join(texts)


def _folded(value: Any, case_sensitive: bool) -> Any:
    return value.casefold() if isinstance(value, str) and not case_sensitive else value


@propagating
def sort(value: Any, reverse: bool = False, case_sensitive: bool = False, attribute: str = "") -> list[Any]:
    """Numbers or texts in order, texts without regard to case; those without the attribute last."""
    keyed = [(dig(each, attribute) if attribute else each, each) for each in items_of(value)]
    lacking = [each for key, each in keyed if is_null(key)]
    present = [(_folded(key, case_sensitive), each) for key, each in keyed if not is_null(key)]
    if not (all(is_number(key) for key, _ in present) or all(isinstance(key, str) for key, _ in present)):
        raise ExpressionError(
            "sort takes texts only or numbers only", remedy="name an attribute: sort(attribute='value')"
        )
    present.sort(key=lambda pair: pair[0], reverse=bool(reverse))
    return like(value, [*(each for _, each in present), *lacking])


def _hashable(value: Any, case_sensitive: bool) -> Hashable:
    if isinstance(value, Mapping):
        return frozenset((name, _hashable(each, case_sensitive)) for name, each in value.items())
    if isinstance(value, list | tuple):
        return tuple(_hashable(each, case_sensitive) for each in value)
    folded = _folded(value, case_sensitive)
    # True == 1 for Python, not for SCIM.
    return isinstance(folded, bool), folded


@propagating
def unique(value: Any, case_sensitive: bool = False, attribute: str = "") -> list[Any]:
    """The first of each group of equal elements, texts compared without regard to case."""
    found: dict[Hashable, Any] = {}
    for each in items_of(value):
        found.setdefault(_hashable(dig(each, attribute) if attribute else each, case_sensitive), each)
    return like(value, list(found.values()))


@propagating
def map_items(value: Any, name: str = "", *arguments: Any, attribute: str = "", default: Any = NULL) -> list[Any]:
    """An attribute of each element, or each element through a filter on text."""
    if attribute:
        found = [dig(each, attribute) for each in items_of(value)]
        return [default if is_null(each) else each for each in found]
    filtered, results, room = MAPPABLE[name], [], MAX_LIST_TEXT
    for each in items_of(value):
        results.append(filtered(each, *arguments))
        room -= len(results[-1]) if isinstance(results[-1], str) else 0
        if room < 0:
            raise ExpressionError(f"the texts of the list become longer than {MAX_LIST_TEXT} characters")
    return results


def _candidates(value: Any, arguments: tuple[Any, ...]) -> Sequence[Any]:
    """The elements to test; not too many where each is looked for in a long list or text."""
    items = items_of(value)
    if any(len(items) * len(each) > MAX_COMPARISONS for each in arguments if isinstance(each, list | str)):
        raise ExpressionError(f"the test takes more than {MAX_COMPARISONS} comparisons")
    return items


def _choice(keep: bool) -> Callable[..., Any]:
    def chosen(value: Any, test: str = "truthy", *arguments: Any) -> Any:
        if is_null(value):
            return NULL
        holds, items = TESTS[test], _candidates(value, arguments)
        return like(value, [each for each in items if bool(holds(each, *arguments)) is keep])

    return chosen


def _choice_by_attribute(keep: bool) -> Callable[..., Any]:
    def chosen(value: Any, attribute: str, test: str = "truthy", *arguments: Any) -> Any:
        if is_null(value):
            return NULL
        holds, items = TESTS[test], _candidates(value, arguments)
        return like(value, [each for each in items if bool(holds(dig(each, attribute), *arguments)) is keep])

    return chosen


_EITHER: Final[Mapping[str, Callable[..., Any]]] = {
    "default": default,
    "d": default,
    "first": first,
    "last": last,
    "length": length,
    "count": length,
    "limit": limit,
}
MAPPABLE: Final[Mapping[str, Callable[..., Any]]] = {**TEXT_FILTERS, **_EITHER, "internal lookup": translate}
"""What `map` may be given by name."""

LIST_FILTERS: Final[Mapping[str, Callable[..., Any]]] = {
    **_EITHER,
    "list": as_list,
    "join": join,
    "sort": sort,
    "unique": unique,
    "map": map_items,
    "select": _choice(keep=True),
    "reject": _choice(keep=False),
    "selectattr": _choice_by_attribute(keep=True),
    "rejectattr": _choice_by_attribute(keep=False),
}
