"""Operators on values. Text is joined with `~`, never multiplied; numbers stay within 64 bits."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any, Final

from reconciler.core.expressions.faults import MAX_ITEMS, ExpressionError
from reconciler.core.expressions.nulls import NULL, is_null
from reconciler.core.expressions.values import (
    bounded_number,
    bounded_text,
    described,
    is_number,
    items_of,
    like,
    shown,
    slice_of,
    text_of,
)
from reconciler.core.resources import Kind, Ref

_ARITHMETIC: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
    "**": operator.pow,
}


def calculate(symbol: str, left: Any, right: Any) -> Any:
    """`left symbol right` on numbers; `+` also joins two texts or two lists."""
    if is_null(left) or is_null(right):
        return NULL
    if symbol == "+" and isinstance(left, str) and isinstance(right, str):
        return bounded_text(left + right)
    if symbol == "+" and _is_list(left) and _is_list(right):
        return _joined(left, right)
    if not (is_number(left) and is_number(right)):
        remedy = "join texts with ~" if symbol == "+" else ""
        raise ExpressionError(f"{symbol} cannot take {described(left)} and {described(right)}", remedy=remedy)
    if symbol == "**" and not (isinstance(right, int) and 0 <= right <= 64):
        raise ExpressionError("** takes whole exponents from 0 to 64")
    try:
        return bounded_number(_ARITHMETIC[symbol](bounded_number(left), bounded_number(right)))
    except ZeroDivisionError:
        raise ExpressionError("division by zero") from None
    except OverflowError:
        raise ExpressionError("the number becomes too large") from None


def signed(symbol: str, value: Any) -> Any:
    """`-value` or `+value`."""
    if is_null(value):
        return NULL
    if not is_number(value):
        raise ExpressionError(f"{symbol} cannot take {described(value)}")
    return bounded_number(-value if symbol == "-" else value)


def _is_list(value: object) -> bool:
    return isinstance(value, list | tuple) and not isinstance(value, Ref)


def _joined(left: Any, right: Any) -> list[Any]:
    if len(left) + len(right) > MAX_ITEMS:
        raise ExpressionError(f"the list becomes longer than {MAX_ITEMS} elements")
    return like(left, [*left, *right])


def concatenate(*parts: Any) -> Any:
    """The parts as one text; null where one of them is null."""
    texts: list[str] = []
    for each in parts:
        if each is NULL or each is None:
            return NULL
        texts.append(each if isinstance(each, str) else text_of(each))
    return bounded_text("".join(texts))


def equal(left: Any, right: Any) -> bool:
    """Null equals null and nothing else."""
    if is_null(left) or is_null(right):
        return is_null(left) and is_null(right)
    return bool(left == right)


def unequal(left: Any, right: Any) -> bool:
    return not equal(left, right)


def contained(value: Any, container: Any) -> bool:
    """`value in container`: part of a text, element of a list, name in a mapping. Nothing is in null."""
    if is_null(container):
        return False
    if isinstance(container, str):
        return not is_null(value) and text_of(value) in container
    if isinstance(container, Mapping):
        return isinstance(value, str) and value in container
    return any(equal(value, each) for each in items_of(container))


def not_contained(value: Any, container: Any) -> bool:
    return not contained(value, container)


def _ordering(symbol: str, compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], Any]:
    def ordered(left: Any, right: Any) -> Any:
        if is_null(left) or is_null(right):
            return NULL
        if (is_number(left) and is_number(right)) or (isinstance(left, str) and isinstance(right, str)):
            return compare(left, right)
        raise ExpressionError(f"{symbol} cannot compare {described(left)} with {described(right)}")

    return ordered


COMPARISONS: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    "eq": equal,
    "ne": unequal,
    "lt": _ordering("<", operator.lt),
    "lteq": _ordering("<=", operator.le),
    "gt": _ordering(">", operator.gt),
    "gteq": _ordering(">=", operator.ge),
    "in": contained,
    "notin": not_contained,
}


_KINDS: Final = {"user": Kind.USER, "group": Kind.GROUP}


def reference(value: Any) -> Any:
    """`id_of('user:KEY')`. Null stays null, an empty key (`'user:' ~ ''`) is empty: it clears."""
    if is_null(value):
        return NULL
    kind, colon, key = text_of(value).partition(":")
    if not colon or kind not in _KINDS:
        problem = f"id_of takes 'user:KEY' or 'group:KEY', not {shown(value)}"
        raise ExpressionError(problem, remedy="write id_of('user:' ~ user.manager)")
    return Ref(_KINDS[kind], key) if key else ""


def translate(value: Any, tables: Mapping[str, Mapping[str, str]], name: str) -> Any:
    """`value | lookup('name')`: null where the table lacks the value."""
    if is_null(value):
        return NULL
    return tables[name].get(text_of(value), NULL)


INTERNAL: Final[Mapping[str, Callable[..., Any]]] = {
    **{f"internal {name}": compare for name, compare in COMPARISONS.items()},
    "internal text": concatenate,
    "internal slice": slice_of,
    "internal id_of": reference,
    "internal lookup": translate,
    "internal null": lambda _: NULL,
}
"""What the checked syntax tree calls under names that nobody can write."""
