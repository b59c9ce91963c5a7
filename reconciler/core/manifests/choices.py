"""What targets choose from. The words are part of the language."""

from __future__ import annotations

from enum import StrEnum


class UserOperation(StrEnum):
    CREATE = "create"
    UPDATE = "update"
    ENABLE = "enable"
    DISABLE = "disable"
    DELETE = "delete"


class GroupOperation(StrEnum):
    CREATE = "create"
    UPDATE = "update"
    MEMBERS = "members"
    DELETE = "delete"


class Adopt(StrEnum):
    """Which matching live objects may be taken over (semantics: `adopt`)."""

    UNCLAIMED = "unclaimed"
    MATCHED = "matched"
    NEVER = "never"


class Members(StrEnum):
    """What happens to live members that nobody declared."""

    MANAGED = "managed"
    EXACT = "exact"


class Leave(StrEnum):
    """What happens to an owned user that is no longer desired."""

    DISABLE = "disable"
    DELETE = "delete"
    KEEP = "keep"


class GroupLeave(StrEnum):
    """What happens to an owned group that is no longer desired."""

    KEEP = "keep"
    EMPTY = "empty"
    DELETE = "delete"


class Reenable(StrEnum):
    OURS = "ours"
    ALWAYS = "always"
    NEVER = "never"


class CannotDisable(StrEnum):
    REPORT = "report"
    KEEP = "keep"
    DELETE = "delete"
