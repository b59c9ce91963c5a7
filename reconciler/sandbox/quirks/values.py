"""Values that an attribute does not take on a platform."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from reconciler.platforms.profile import AttributeProfile
from reconciler.sandbox.directory import Rule, Write, texts, value_at
from reconciler.sandbox.exchange import Refusal, Row
from reconciler.scim.lookup import elements_of

Check = Callable[[AttributeProfile, Row, str], str | None]
"""Gives what is wrong with an attribute's values, if anything is. They are there, and the resource is whole."""


def known_values(kind: str, attributes: Mapping[str, AttributeProfile]) -> Rule:
    """Refuses new values with 400; values that were there before are not looked at."""

    def check(write: Write) -> Row:
        for path, own in attributes.items() if write.kind == kind else ():
            if value_at(write.after, path) is not None and write.changes(path):
                _check(path, own, write.after)
        return write.after

    return check


def _check(path: str, own: AttributeProfile, document: Row) -> None:
    for each in (_single, _primary, _types, _parts, _pattern, _length, _phone):
        fault = each(own, document, path)
        if fault is not None:
            raise Refusal(400, f"{path}: {fault}", "invalidValue")


def _elements(document: Row, path: str) -> list[Any]:
    return elements_of(value_at(document, path))


def _single(own: AttributeProfile, document: Row, path: str) -> str | None:
    return "one value at most" if own.single and len(_elements(document, path)) > 1 else None


def _primary(own: AttributeProfile, document: Row, path: str) -> str | None:
    fits = all(each.get("primary") is True for each in _elements(document, path)) if own.primary else True
    return None if fits else "the value must be the primary one"


def _types(own: AttributeProfile, document: Row, path: str) -> str | None:
    if own.types is None or all(each.get("type") in own.types for each in _elements(document, path)):
        return None
    return f"the type must be {' or '.join(own.types)}"


def _parts(own: AttributeProfile, document: Row, path: str) -> str | None:
    for each in _elements(document, path):
        missing = [name for name in own.required_sub if each.get(name) in (None, "")]
        if missing:
            return f"{', '.join(missing)} must be given"
    return None


def _pattern(own: AttributeProfile, document: Row, path: str) -> str | None:
    fits = all(re.fullmatch(own.pattern, each) for each in texts(document, path)) if own.pattern is not None else True
    return None if fits else f"the value must fit {own.pattern}"


def _length(own: AttributeProfile, document: Row, path: str) -> str | None:
    fits = all(len(each) <= own.max_length for each in texts(document, path)) if own.max_length is not None else True
    return None if fits else f"{own.max_length} characters at most"


_NUMBER = re.compile(r"\+?[0-9]{4,15}")


def _phone(own: AttributeProfile, document: Row, path: str) -> str | None:
    fits = all(_NUMBER.fullmatch(each) for each in texts(document, path)) if own.format is not None else True
    return None if fits else "a telephone number is digits alone, behind a + where it begins with a country's code"
