"""What operators and filters make of plain values: text, lists, numbers, attributes, elements."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from reconciler.core.expressions.faults import MAX_ITEMS, MAX_NUMBER, MAX_TEXT, ExpressionError
from reconciler.core.expressions.nulls import NULL, is_null
from reconciler.core.resources import Ref, ValuesByType

Number = int | float


def described(value: object) -> str:
    """What a message calls a value of this type."""
    if isinstance(value, Ref):
        return "id_of(…)"
    names: tuple[tuple[type | tuple[type, ...], str], ...] = (
        (str, "a text"),
        (bool, "a boolean"),
        ((int, float), "a number"),
        ((list, tuple), "a list"),
        (Mapping, "a mapping"),
    )
    return next((name for types, name in names if isinstance(value, types)), "null")


def shown(value: object) -> str:
    """The value itself for a message, cut to a readable length."""
    try:
        text = repr(value)
    except ValueError:  # an integer of more digits than Python prints
        return described(value)
    return text if len(text) <= 80 else f"{text[:79]}…"


def text_of(value: object) -> str:
    """A scalar as text: booleans as SCIM writes them, numbers in decimal; else raises ExpressionError."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) and abs(value) <= MAX_NUMBER:
        return str(value)
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, Ref):
        raise ExpressionError("id_of must be the whole value", remedy="the id is only known when requests are built")
    if isinstance(value, list | tuple):
        raise ExpressionError("a list cannot be part of a text", remedy="write … | join(', ')")
    raise ExpressionError(f"{described(value)} cannot be part of a text")


def bounded_text(text: str) -> str:
    check_length(len(text))
    return text


def check_length(length: int) -> None:
    if length > MAX_TEXT:
        raise ExpressionError(f"the text becomes longer than {MAX_TEXT} characters")


def items_of(value: object) -> Sequence[Any]:
    """A list's elements. Raises ExpressionError for anything but a list of at most `MAX_ITEMS`."""
    if isinstance(value, Ref) or not isinstance(value, list | tuple):
        raise ExpressionError(f"a list is needed here, not {described(value)}")
    if len(value) > MAX_ITEMS:
        raise ExpressionError(f"the list has more than {MAX_ITEMS} elements")
    return value


def like(original: object, items: list[Any]) -> list[Any]:
    """Some elements of a list: managed by type where the whole list was."""
    return ValuesByType(items) if isinstance(original, ValuesByType) else items


def is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_bounded(value: Number) -> bool:
    return abs(value) <= MAX_NUMBER if isinstance(value, int) else math.isfinite(value)


def bounded_number(value: Number) -> Number:
    if not is_bounded(value):
        raise ExpressionError("the number becomes too large")
    return value


def whole_number(value: object, least: int, most: int, name: str) -> int:
    """The count that a filter was given. Raises ExpressionError outside `least` to `most`."""
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise ExpressionError(f"{name} takes a number from {least} to {most}, not {shown(value)}")
    return value


def attribute_of(value: Any, name: str) -> Any:
    """`value.name` of mappings only: null where it is lacking. Raises ExpressionError for other values."""
    if isinstance(value, dict):
        found = value.get(name)
    elif is_null(value):
        return NULL
    elif isinstance(value, Mapping):
        found = value.get(name)
    else:
        raise ExpressionError(f"{described(value)} has no attribute {name!r}")
    return NULL if found is None else found


def element_of(value: Any, place: Any) -> Any:
    """`value[place]`: an element of a list or text by number, of a mapping by name; null if there is none."""
    if is_null(value) or is_null(place):
        return NULL
    if isinstance(place, str):
        if place.startswith("_"):
            raise ExpressionError(f"names that begin with an underscore are not available: {shown(place)}")
        return attribute_of(value, place)
    if isinstance(value, Ref) or not isinstance(value, list | tuple | str):
        raise ExpressionError(f"{described(value)} has no element {shown(place)}")
    if isinstance(place, bool) or not isinstance(place, int):
        raise ExpressionError(f"an element is chosen by a number, not by {described(place)}")
    inside = -len(value) <= place < len(value)
    found = value[place] if inside else NULL
    return NULL if found is None else found


def slice_of(value: Any, start: Any, stop: Any) -> Any:
    """`value[start:stop]` of a list or text; None is an open end."""
    if is_null(value) or start is NULL or stop is NULL:
        return NULL
    for each in (start, stop):
        if each is not None and (isinstance(each, bool) or not isinstance(each, int)):
            raise ExpressionError(f"a range is given by numbers, not by {described(each)}")
    if isinstance(value, str):
        return value[start:stop]
    return like(value, list(items_of(value)[start:stop]))
