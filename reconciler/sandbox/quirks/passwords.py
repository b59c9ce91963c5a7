"""Passwords against the platform's policy."""

from __future__ import annotations

from reconciler.sandbox.directory import Rule, Write
from reconciler.sandbox.exchange import Refusal, Row


def acceptable_passwords(length: int) -> Rule:
    """400 for one that is too short, or that has not a capital, a small letter and a digit."""

    def check(write: Write) -> Row:
        password = write.after.get("password")
        if write.kind == "User" and password is not None and write.changes("password"):
            _check(str(password), length)
        return write.after

    return check


def _check(password: str, length: int) -> None:
    if len(password) < length:
        raise Refusal(400, f"the password must have {length} characters at least", "invalidValue")
    if not all(any(map(kind, password)) for kind in (str.isupper, str.islower, str.isdigit)):
        raise Refusal(400, "the password must have a capital, a small letter and a digit", "invalidValue")
