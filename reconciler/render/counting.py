"""Numbers with their nouns."""

from __future__ import annotations


def counted(number: int, singular: str, plural: str | None = None) -> str:
    """A number with its noun.

    >>> counted(1420, "user"), counted(1, "person", "people")
    ('1,420 users', '1 person')
    """
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"
