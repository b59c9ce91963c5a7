"""Null: what an attribute that somebody lacks is. It passes through everything but what asks about it."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any, ClassVar, Self

from jinja2 import Undefined

if TYPE_CHECKING:
    from collections.abc import Callable


class Null(Undefined):
    """Jinja's undefined value as a singleton that is false, equals only null, and is never an error."""

    __slots__ = ()
    _only: ClassVar[Any] = None

    def __new__(cls, *_: object, **__: object) -> Self:
        if cls._only is None:
            cls._only = super().__new__(cls)
        only: Self = cls._only
        return only

    def __init__(self, *_: object, **__: object) -> None:
        """Takes and forgets what Jinja says about the missing name."""

    def __repr__(self) -> str:
        return "null"


NULL = Null()


def is_null(value: object) -> bool:
    return value is None or value is NULL


def propagating(operation: Callable[..., Any]) -> Callable[..., Any]:
    """The operation made null-aware: null among its operands makes its result null."""

    @wraps(operation)
    def null_aware(*operands: Any, **named: Any) -> Any:
        # Loops, since this runs for every filter of every user and any() takes twice as long.
        for each in operands:
            if each is NULL or each is None:
                return NULL
        for each in named.values():
            if each is NULL or each is None:
                return NULL
        result = operation(*operands, **named)
        return NULL if result is None else result

    return null_aware
