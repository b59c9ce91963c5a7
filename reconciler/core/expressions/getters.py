"""`{{ user.title }}` and its like, without Jinja: most mappings are nothing but that, for every user."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from reconciler.core.expressions.faults import ExpressionError
from reconciler.core.expressions.nulls import NULL
from reconciler.core.expressions.values import attribute_of

_Getter = Callable[[Mapping[str, Any]], Any]


def getter(chain: str, offset: int) -> _Getter:
    """Reads a dotted chain of names from a context; None where a link is lacking.

    It raises ExpressionError where the compiled expression would.
    """
    names = chain.split(".")

    def follow(context: Mapping[str, Any]) -> Any:
        value = context.get(names[0])
        try:
            for name in names[1:]:
                value = attribute_of(value, name)
        except ExpressionError as error:
            error.offset = offset
            raise
        return None if value is NULL else value

    return {2: _attribute, 3: _sub_attribute}.get(len(names), _long)(names, follow)


def _long(_names: Sequence[str], follow: _Getter) -> _Getter:
    return follow


def _attribute(names: Sequence[str], follow: _Getter) -> _Getter:
    root, name = names

    def read(context: Mapping[str, Any]) -> Any:
        try:
            return context[root].get(name)
        except (KeyError, AttributeError):
            return follow(context)

    return read


def _sub_attribute(names: Sequence[str], follow: _Getter) -> _Getter:
    root, name, sub = names

    def read(context: Mapping[str, Any]) -> Any:
        try:
            parent = context[root].get(name)
            return None if parent is None else parent.get(sub)
        except (KeyError, AttributeError):
            return follow(context)

    return read
