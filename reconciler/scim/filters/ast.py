"""The syntax trees of filters and paths: hashable, and `str(node)` is text that parses to an equal node."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

OPERATORS: Final = ("eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le")
"""The comparison operators of RFC 7644 §3.4.2.2; `pr` takes no value and is `Present`."""

Scalar: TypeAlias = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Path:
    """An attribute path (RFC 7644 §3.5.2, figure 7): `urn:attribute[filter].sub`.

    A path that names a whole schema has its `urn` and the attribute "".
    """

    urn: str | None
    attribute: str
    filter: Filter | None = None
    sub: str | None = None

    def __str__(self) -> str:
        if not self.attribute:
            return self.urn or ""
        prefix = f"{self.urn}:" if self.urn else ""
        selection = f"[{self.filter}]" if self.filter is not None else ""
        suffix = f".{self.sub}" if self.sub else ""
        return f"{prefix}{self.attribute}{selection}{suffix}"


@dataclass(frozen=True, slots=True)
class Comparison:
    """`path op value`; `op` in lower case."""

    path: Path
    op: str
    value: Scalar
    # Python holds True == 1 == 1.0; a cache of compiled filters must not.
    _value_type: type = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_value_type", type(self.value))

    def __str__(self) -> str:
        return f"{self.path} {self.op} {json.dumps(self.value, ensure_ascii=False)}"


@dataclass(frozen=True, slots=True)
class Present:
    """`path pr`."""

    path: Path

    def __str__(self) -> str:
        return f"{self.path} pr"


@dataclass(frozen=True, slots=True)
class And:
    """Two or more parts, all of which hold."""

    parts: tuple[Filter, ...]

    def __str__(self) -> str:
        return " and ".join(_grouped(each, And, Or) for each in self.parts)


@dataclass(frozen=True, slots=True)
class Or:
    """Two or more parts, one of which holds."""

    parts: tuple[Filter, ...]

    def __str__(self) -> str:
        return " or ".join(_grouped(each, Or) for each in self.parts)


@dataclass(frozen=True, slots=True)
class Not:
    part: Filter

    def __str__(self) -> str:
        return f"not ({self.part})"


@dataclass(frozen=True, slots=True)
class ValuePath:
    """`path[filter]`: one and the same value of a multi-valued attribute fulfils the whole filter."""

    path: Path
    filter: Filter

    def __str__(self) -> str:
        return f"{self.path}[{self.filter}]"


Filter: TypeAlias = Comparison | Present | And | Or | Not | ValuePath


def _grouped(part: Filter, *looser: type[And | Or]) -> str:
    return f"({part})" if isinstance(part, looser) else str(part)


def attributes_of(condition: Filter) -> tuple[Path, ...]:
    """Every attribute that a filter names, in order; `emails[type pr]` names `emails` and `emails.type`."""
    return tuple(_attributes(condition))


def _attributes(condition: Filter) -> Iterator[Path]:
    match condition:
        case Comparison(path=path) | Present(path=path):
            yield path
        case And(parts=parts) | Or(parts=parts):
            for part in parts:
                yield from _attributes(part)
        case Not(part=part):
            yield from _attributes(part)
        case ValuePath(path=path, filter=inner):
            yield path
            for each in _attributes(inner):
                yield replace(path, sub=each.attribute)
