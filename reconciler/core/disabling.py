"""What becomes of one user on one target who is disabled at once."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Ending(StrEnum):
    DISABLED = "disabled"
    """By this command, and read back."""
    INACTIVE = "inactive"
    """Was so already; nothing was sent."""
    NOT_THERE = "not_there"
    IMPOSSIBLE = "impossible"
    """The target may not receive it; it is left to do by hand."""
    DISPUTED = "disputed"
    """What was found may be somebody else's; nothing was sent."""
    NOT_FOUND = "not_found"
    """The endpoint offers no look-up that could have found the user, or not all of them."""
    FAILED = "failed"
    IN_DOUBT = "in_doubt"
    """It was sent, and nothing tells whether it was carried out."""
    UNREACHABLE = "unreachable"


AT_REST = frozenset((Ending.DISABLED, Ending.INACTIVE, Ending.NOT_THERE))
"""Nobody has access there."""


@dataclass(frozen=True, slots=True)
class Ended:
    """`id` is the target's where the user was found. `detail` is for people; in `quoted` the endpoint has its say."""

    target: str
    result: Ending
    id: str | None = None
    detail: str = ""
    quoted: str = ""
