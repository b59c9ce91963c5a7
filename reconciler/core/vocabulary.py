"""The closed sets of words that plans and reports use. Scripts rely on every one of them."""

from __future__ import annotations

from enum import StrEnum


class Action(StrEnum):
    CREATE = "create"
    ADOPT = "adopt"
    UPDATE = "update"
    ENABLE = "enable"
    DISABLE = "disable"
    DELETE = "delete"
    ADD_MEMBERS = "add_members"
    REMOVE_MEMBERS = "remove_members"


class Situation(StrEnum):
    """Every object, desired, live or known, is in exactly one; the first that fits, top down."""

    UNREADABLE = "unreadable"
    DISPUTED = "disputed"
    IDENTITY_CHANGED = "identity_changed"
    WAITING = "waiting"
    GONE = "gone"
    RELINKED = "relinked"
    LOST = "lost"
    RETIRED = "retired"
    REMOVED = "removed"
    LEFT_SCOPE = "left_scope"
    FOREIGN = "foreign"
    MISSING = "missing"
    ADOPTABLE = "adoptable"
    DISABLED_THERE = "disabled_there"
    RETURNED = "returned"
    DRIFTED = "drifted"
    IN_SYNC = "in_sync"


class Verdict(StrEnum):
    """Why a single operation or attribute is not carried out although its object's situation asks for it."""

    PROTECTED = "protected"
    BLOCKED = "blocked"
    POLICY = "policy"
    UNMANAGED_OPERATION = "unmanaged_operation"
    NOT_ADOPTED = "not_adopted"
    NOT_OWNED = "not_owned"
    OWNED_ELSEWHERE = "owned_elsewhere"
    EMERGENCY = "emergency"
    NOT_SELECTED = "not_selected"
    UNCONFIRMED = "unconfirmed"
    SET_ASIDE = "set_aside"
    NAME_CYCLE = "name_cycle"
    TAKEN_OVER = "taken_over"
    ACCESS_REMAINS = "access_remains"


class By(StrEnum):
    """Who brought a difference about: the manifests since the last apply, the target since then, or both."""

    US = "us"
    THEM = "them"
    BOTH = "both"


class DropReason(StrEnum):
    """Why something desired is left out on a target."""

    NOT_IN_SCHEMA = "not_in_schema"
    READ_ONLY = "read_only"
    NOT_KEPT = "not_kept"
    TYPE_NOT_TAKEN = "type_not_taken"
    ONE_VALUE_ONLY = "one_value_only"
    NO_GROUPS = "no_groups"
    NO_NESTING = "no_nesting"
    MEMBER_NOT_THERE = "member_not_there"
    MEMBER_ABSENT = "member_absent"
    REFERENCE_NOT_THERE = "reference_not_there"
