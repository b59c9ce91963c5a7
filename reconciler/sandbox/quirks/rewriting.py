"""Values that are kept in another form than they were sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.platforms.profile import AttributeProfile
from reconciler.sandbox.directory import Rule, Write
from reconciler.sandbox.exchange import Row


def kept_in_lower_case(kind: str, attributes: Mapping[str, AttributeProfile]) -> Rule:
    """Texts of the attributes that the profile says so of, with everything in them."""
    names = {path.lower() for path, own in attributes.items() if own.lower}

    def rewrite(write: Write) -> Row:
        if write.kind != kind:
            return write.after
        return {name: _lowered(each) if name.lower() in names else each for name, each in write.after.items()}

    return rewrite


def _lowered(value: Any) -> Any:
    match value:
        case str():
            return value.lower()
        case list():
            return [_lowered(each) for each in value]
        case dict():
            return {name: _lowered(each) for name, each in value.items()}
    return value


def kept_in_domain(domain: str) -> Rule:
    """Whatever stands behind the @ of a userName, the platform's own domain is kept."""

    def rewrite(write: Write) -> Row:
        name, at, _ = str(write.after.get("userName") or "").rpartition("@")
        return {**write.after, "userName": f"{name}@{domain}"} if at and write.kind == "User" else write.after

    return rewrite


def kept_as_created(attribute: str) -> Rule:
    """What a user was created with stays; another value is taken without a word and forgotten."""

    def rewrite(write: Write) -> Row:
        if write.kind != "User" or write.before is None:
            return write.after
        rest = {name: each for name, each in write.after.items() if name != attribute}
        return {**rest, attribute: write.before[attribute]} if attribute in write.before else rest

    return rewrite
