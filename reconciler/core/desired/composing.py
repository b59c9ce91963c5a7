"""One entry of the manifests and the defaults above it, composed to plain attributes in their normal form."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reconciler.core.expressions import ExpressionError, Names, Template, compile_value
from reconciler.core.marked import MarkedDict
from reconciler.core.resources import Override, ValuesByType
from reconciler.diagnostics import SourceMark

CONTROL = frozenset(("groups", "state", "from", "until", "previously", "on", "members", "membersWhere", "membership"))
"""Keys of an entry that are no attributes."""

MULTI_VALUED = frozenset(
    ("emails", "phoneNumbers", "ims", "photos", "addresses", "entitlements", "roles", "x509Certificates")
)

GLOB_SIGNS = frozenset("*?[]")

MERGED = frozenset(("name", "custom"))
"""Mappings that defaults and overrides fill in key by key; everything else is replaced whole."""


@dataclass(frozen=True, slots=True)
class EntrySources:
    """Looks places up only when somebody asks: most entries never need theirs."""

    entry: MarkedDict
    defaults: Sequence[MarkedDict]
    key_mark: SourceMark

    def of(self, name: str) -> SourceMark:
        top, _, sub = name.partition(".")
        for layer in (self.entry, *reversed(self.defaults)):
            if top not in layer:
                continue
            inner = layer[top]
            if sub and isinstance(inner, MarkedDict):
                if sub in inner:
                    return inner.mark_of(sub)
                continue
            return layer.mark_of(top)
        return self.key_mark


def merge_attributes(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """`over` laid on `base`; null takes an attribute, or a part of `name` and `custom`, out of management."""
    merged = dict(base)
    for name, value in over.items():
        if value is None:
            merged.pop(name, None)
        elif name in MERGED and isinstance(value, dict):
            below = merged.get(name)
            merged[name] = without_nulls({**below, **value} if isinstance(below, dict) else value)
        else:
            merged[name] = value
    return merged


def normal_attributes(entry: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes of an entry without its control keys, short forms written out. Null stays, for merging."""
    return {
        name: normal_values(value) if name in MULTI_VALUED and value is not None else value
        for name, value in entry.items()
        if name not in CONTROL
    }


def normal_values(value: Any) -> list[Any]:
    """A multi-valued attribute in its long form.

    >>> normal_values("ann@example.com")
    [{'value': 'ann@example.com', 'type': 'work', 'primary': True}]
    """
    if isinstance(value, str):
        return ValuesByType([{"value": value, "type": "work", "primary": True}])
    if isinstance(value, dict):
        typed = ((kind, each) for kind, each in value.items() if each is not None)
        return ValuesByType(
            [
                {**without_nulls(each), "type": kind} if isinstance(each, dict) else {"value": each, "type": kind}
                for kind, each in typed
            ]
        )
    if isinstance(value, ValuesByType):
        return value
    return [{"value": each} if isinstance(each, str) else without_nulls(each) for each in value]


def without_nulls(value: Mapping[str, Any]) -> dict[str, Any]:
    return {name: each for name, each in value.items() if each is not None}


def read_overrides(entry: Mapping[str, Any]) -> tuple[Override, ...]:
    """The entry's `on` section, the most general pattern first: what names a target more exactly is laid on top."""
    written = entry.get("on")
    if not written:
        return ()
    found = (Override(pattern, normal_attributes(each or {})) for pattern, each in written.items())
    return tuple(sorted(found, key=lambda each: (_exactness(each.pattern), each.pattern)))


def _exactness(pattern: str) -> tuple[bool, int]:
    """A name is more exact than a glob, a glob with more of the name than one with less."""
    return not any(sign in pattern for sign in GLOB_SIGNS), sum(sign not in GLOB_SIGNS for sign in pattern)


class DefaultsLayer:
    """One `defaults` section for one kind, its expressions compiled once."""

    def __init__(self, written: Mapping[str, Any], names: Names) -> None:
        """Raises `ExpressionError` naming the attribute."""
        self.constant: dict[str, Any] = {}
        self.templates: dict[str, Template] = {}
        for name, value in written.items():
            try:
                self._add(name, value, names)
            except ExpressionError as error:
                raise error.under(name) from None

    def _add(self, name: str, value: Any, names: Names) -> None:
        template = compile_value(value, names)
        for used in template.names_used:
            if used.partition(".")[0] != names.subject or used == "user.active":
                raise ExpressionError(f"{used} is not known in defaults", remedy=_IN_MAPPING)
        if _calls_id_of(value):
            raise ExpressionError("id_of is not known in defaults", remedy=_IN_MAPPING)
        if template.constant:
            self.constant[name] = value
        else:
            self.templates[name] = template

    def values_for(self, context: Mapping[str, Any]) -> dict[str, Any]:
        """The defaults for one entry. Raises `ExpressionError` naming the attribute."""
        if not self.templates:
            return self.constant
        values = dict(self.constant)
        for name, template in self.templates.items():
            try:
                values[name] = template.evaluate(context)
            except ExpressionError as error:
                raise error.under(name) from None
        return values


def _calls_id_of(value: Any) -> bool:
    if isinstance(value, str):
        return "{{" in value and _ID_OF.search(value) is not None
    inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    return any(map(_calls_id_of, inner))


_ID_OF = re.compile(r"\bid_of\s*\(")
_IN_MAPPING = "write it in a mapping: defaults see the key and what the entry itself says"
