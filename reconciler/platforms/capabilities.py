"""What a target may say differently than its platform's profile: `capabilities: {user.modify: true}`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple, get_args

from reconciler.platforms.profile import (
    GroupOperation,
    Profile,
    UserOperation,
)

Value = bool | int


class Capability(NamedTuple):
    """One name under `capabilities`. `read` tells what a profile says, `change` gives it with another value."""

    about: str
    read: Callable[[Profile], Value | None]
    change: Callable[[Profile, Any], Profile]
    counted: bool = False
    """Whether its values are whole numbers from 1 on instead of true and false."""


def with_capabilities(profile: Profile, said: Mapping[str, Value]) -> Profile:
    """The profile as a target corrects it. Raises KeyError for a name that is not in `CAPABILITIES`."""
    for name, value in said.items():
        profile = CAPABILITIES[name].change(profile, value)
    return profile


def fits(name: str, value: object) -> bool:
    """Whether a value is of the kind that a capability takes."""
    if CAPABILITIES[name].counted:
        return isinstance(value, int) and not isinstance(value, bool) and value >= 1
    return isinstance(value, bool)


def _with_user(profile: Profile, **over: Any) -> Profile:
    return profile.model_copy(update={"users": profile.users.model_copy(update=over)})


def _with_group(profile: Profile, **over: Any) -> Profile:
    if profile.groups is None:
        return profile
    return profile.model_copy(update={"groups": profile.groups.model_copy(update=over)})


def _toggled(operations: tuple[str, ...], operation: str, every: tuple[str, ...], *, on: bool) -> tuple[str, ...]:
    chosen = {*operations, operation} if on else {*operations} - {operation}
    return tuple(each for each in every if each in chosen)


def _user_operation(operation: UserOperation) -> Capability:
    every = get_args(UserOperation)

    def change(profile: Profile, value: bool) -> Profile:
        return _with_user(profile, can=_toggled(profile.users.can, operation, every, on=value))

    return Capability(f"users can be {_PAST[operation]}", lambda profile: operation in profile.users.can, change)


def _group_operation(operation: GroupOperation) -> Capability:
    every = get_args(GroupOperation)

    def read(profile: Profile) -> bool:
        return profile.groups is not None and operation in profile.groups.can

    def change(profile: Profile, value: bool) -> Profile:
        can = profile.groups.can if profile.groups is not None else ()
        return _with_group(profile, can=_toggled(can, operation, every, on=value))

    about = "members of groups can be changed" if operation == "members" else f"groups can be {_PAST[operation]}"
    return Capability(about, read, change)


def _policy(name: str, about: str) -> Capability:
    def change(profile: Profile, value: bool) -> Profile:
        return _with_user(profile, policy=profile.users.policy.model_copy(update={name: value}))

    return Capability(about, lambda profile: bool(getattr(profile.users.policy, name)), change)


def _members(field: str, about: str, *, counted: bool = False) -> Capability:
    def read(profile: Profile) -> Value | None:
        found: Value | None = getattr(profile.groups.members, field) if profile.groups is not None else None
        return found

    def change(profile: Profile, value: Value) -> Profile:
        if profile.groups is None:
            return profile
        return _with_group(profile, members=profile.groups.members.model_copy(update={field: value}))

    return Capability(about, read, change, counted)


def _change_page_size(profile: Profile, value: int) -> Profile:
    return profile.model_copy(update={"listing": profile.listing.model_copy(update={"page_size": value})})


_PAST = {"create": "created", "update": "updated", "enable": "enabled", "disable": "disabled", "delete": "deleted"}

CAPABILITIES: Mapping[str, Capability] = MappingProxyType(
    {
        **{f"user.{each}": _user_operation(each) for each in get_args(UserOperation)},
        "user.rename": Capability(
            "userName can be changed",
            lambda profile: profile.users.rename,
            lambda profile, value: _with_user(profile, rename=value),
        ),
        "user.retrieve": _policy("retrieve", "users that were there before can be read"),
        "user.modify": _policy("modify", "users that were there before can be changed"),
        "user.associate": _policy("associate", "users that were there before can be adopted"),
        **{f"group.{each}": _group_operation(each) for each in get_args(GroupOperation)},
        "group.nesting": _members("nesting", "a group can be a member of a group"),
        "group.membersPerRequest": _members(
            "largest_request", "members that one request adds or removes", counted=True
        ),
        "listing.pageSize": Capability(
            "rows that one page of a listing is asked for",
            lambda profile: profile.listing.page_size,
            _change_page_size,
            counted=True,
        ),
    }
)
"""Every name that `capabilities` may hold."""
