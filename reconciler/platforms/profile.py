"""A platform profile: one vendor as data. Read by the planner, the client and the sandbox."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class Shape(StrEnum):
    """The forms that an update request can take, most exact first."""

    PATCH = "patch"
    """One PATCH with a path per attribute (RFC 7644 §3.5.2)."""
    PATCH_WITHOUT_PATH = "patch_without_path"
    """One PATCH whose value holds whole attributes."""
    PUT = "put"
    """The raw document as it was read, with the changes merged in (RFC 7644 §3.5.1)."""


class MemberRemoval(StrEnum):
    """The forms that removing members of a group can take."""

    FILTER = "filter"
    """`{"op": "remove", "path": "members[value eq \\"ID\\"]"}`, one operation for each member."""
    VALUES = "values"
    """`{"op": "remove", "path": "members", "value": [{"value": "ID"}]}`.

    By RFC 7644 §3.5.2.2 this removes everybody, and some servers do so.
    """
    REPLACE = "replace"
    """`{"op": "replace", "path": "members", "value": […]}` with everybody who stays."""
    PUT = "put"


UserOperation = Literal["create", "update", "enable", "disable", "delete"]
GroupOperation = Literal["create", "update", "members", "delete"]


class ProfileModel(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class BuiltInMapping(ProfileModel):
    """The mapping that a target of this platform has without naming one; the same language as in manifests."""

    match: list[str]
    """Attribute paths by which a desired object is recognised on the target, strongest first."""
    attributes: dict[str, Any]


class UserProfile(ProfileModel):
    can: tuple[UserOperation, ...] = ("create", "update", "enable", "disable", "delete")
    updates: tuple[Shape, ...] = (Shape.PATCH, Shape.PATCH_WITHOUT_PATH, Shape.PUT)
    mapping: BuiltInMapping


class MemberProfile(ProfileModel):
    removals: tuple[MemberRemoval, ...] = (
        MemberRemoval.FILTER,
        MemberRemoval.REPLACE,
        MemberRemoval.VALUES,
        MemberRemoval.PUT,
    )
    largest_request: int = Field(default=500, ge=1)
    """Members added or removed in one request at most."""
    nesting: bool = True
    """Whether a group may be a member of a group."""


class GroupProfile(ProfileModel):
    can: tuple[GroupOperation, ...] = ("create", "update", "members", "delete")
    updates: tuple[Shape, ...] = (Shape.PATCH, Shape.PATCH_WITHOUT_PATH, Shape.PUT)
    members: MemberProfile = MemberProfile()
    mapping: BuiltInMapping


class Profile(ProfileModel):
    name: str
    title: str
    page_size: int = Field(default=100, ge=1)
    """`count` of a listing's pages, unless the endpoint says less."""
    users: UserProfile
    groups: GroupProfile | None = None
    """None where the platform has no groups."""
