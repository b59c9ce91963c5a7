"""Tests: `x is name`. None is ever an error or null; about null only those hold that ask for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from reconciler.core.expressions.nulls import is_null
from reconciler.core.expressions.operators import COMPARISONS
from reconciler.core.expressions.values import is_number
from reconciler.core.resources import Ref


def defined(value: Any) -> bool:
    return not is_null(value)


def truthy(value: Any) -> bool:
    return not is_null(value) and bool(value)


def true(value: Any) -> bool:
    return value is True


def false(value: Any) -> bool:
    return value is False


def boolean(value: Any) -> bool:
    return isinstance(value, bool)


def string(value: Any) -> bool:
    return isinstance(value, str)


def number(value: Any) -> bool:
    return is_number(value)


def integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def mapping(value: Any) -> bool:
    return isinstance(value, Mapping)


def sequence(value: Any) -> bool:
    return isinstance(value, list | tuple) and not isinstance(value, Ref)


TESTS: Final[Mapping[str, Callable[..., Any]]] = {
    "defined": defined,
    "undefined": is_null,
    "none": is_null,
    "truthy": truthy,
    "true": true,
    "false": false,
    "boolean": boolean,
    "string": string,
    "number": number,
    "integer": integer,
    "mapping": mapping,
    "sequence": sequence,
    **dict.fromkeys(("equalto", "eq", "=="), COMPARISONS["eq"]),
    **dict.fromkeys(("ne", "!="), COMPARISONS["ne"]),
    **dict.fromkeys(("lessthan", "lt", "<"), COMPARISONS["lt"]),
    **dict.fromkeys(("greaterthan", "gt", ">"), COMPARISONS["gt"]),
    **dict.fromkeys(("le", "<="), COMPARISONS["lteq"]),
    **dict.fromkeys(("ge", ">="), COMPARISONS["gteq"]),
    "in": COMPARISONS["in"],
}
