"""Attributes that stay what they are (RFC 7643 §7: immutable)."""

from __future__ import annotations

from collections.abc import Collection

from reconciler.sandbox.directory import Rule, Write, value_at
from reconciler.sandbox.exchange import Refusal, Row


def unchanging(kind: str, paths: Collection[str]) -> Rule:
    """400 for another value than an attribute has, be it the same in another case."""

    def check(write: Write) -> Row:
        for path in paths if write.kind == kind and write.before is not None else ():
            if write.changes(path) and value_at(write.before or {}, path) is not None:
                raise Refusal(400, f"{path} cannot be changed", "mutability")
        return write.after

    return check
