"""Attributes that stay what they are (RFC 7643 §7: immutable)."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.platforms.profile import AttributeProfile
from reconciler.sandbox.directory import Rule, Write, folded, texts, value_at
from reconciler.sandbox.exchange import Refusal, Row


def unchanging(kind: str, kept: Mapping[str, AttributeProfile]) -> Rule:
    """400 for another value than one of these attributes has; another case is another one unless it is ignored."""

    def check(write: Write) -> Row:
        for path, own in kept.items() if write.kind == kind and write.before is not None else ():
            if _changes(write, path, ignored=own.case == "ignored"):
                raise Refusal(400, f"{path} cannot be changed", "mutability")
        return write.after

    return check


def _changes(write: Write, path: str, *, ignored: bool) -> bool:
    before = write.before or {}
    if value_at(before, path) is None or not write.changes(path):
        return False
    return not ignored or folded(texts(before, path)) != folded(texts(write.after, path))
