"""First passwords: what a target asks of them, and random ones that meet it."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Protocol

from reconciler.core.manifests.targets import PasswordRules

LETTERS = "abcdefghijklmnopqrstuvwxyz"
KINDS = (LETTERS, LETTERS.upper(), "0123456789", "!#%+-.=?@_")
"""What random passwords are made of: ASCII that nothing on its way has to escape."""

EVERYTHING = "".join(KINDS)

_UNSENDABLE = frozenset(("Cc", "Cs"))
"""Unicode categories that no password may hold (RFC 8265 §4.2): control characters; surrogates are not even text."""


class Randomness(Protocol):
    """Where chance comes from: `secrets.SystemRandom` in a run."""

    def choice(self, seq: Sequence[str], /) -> str: ...

    def shuffle(self, x: list[str], /) -> None: ...


def random_password(length: int, randomness: Randomness) -> str:
    """A password of every kind of characters, so that whatever a target asks for is met by the length alone.

    Raises ValueError for a length that has no room for each kind.
    """
    if length < len(KINDS):
        raise ValueError(length)
    characters = [randomness.choice(kind) for kind in KINDS]
    characters += [randomness.choice(EVERYTHING) for _ in range(length - len(KINDS))]
    randomness.shuffle(characters)
    return "".join(characters)


def password_problem(password: str, rules: PasswordRules) -> str:
    """Why a target would not take a password, without saying anything of it that the rules do not; "" where it would.

    >>> password_problem("correct horse", PasswordRules(classes=3))
    'holds fewer than 3 kinds of characters (lower case, upper case, digits, others)'
    """
    if not password:
        return "is empty"
    if any(unicodedata.category(each) in _UNSENDABLE for each in password):
        return "holds a line break or another control character"
    if rules.min_length is not None and len(password) < rules.min_length:
        return f"is shorter than {rules.min_length} characters"
    if rules.classes is not None and len({_kind(each) for each in password}) < rules.classes:
        return f"holds fewer than {rules.classes} kinds of characters (lower case, upper case, digits, others)"
    return ""


def _kind(character: str) -> str:
    if character.islower():
        return "lower"
    if character.isupper():
        return "upper"
    return "digit" if character.isdecimal() else "other"
