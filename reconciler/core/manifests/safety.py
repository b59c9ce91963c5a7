"""A target's guards and limits."""

from __future__ import annotations

from typing import Annotated, Any, Final

from pydantic import Field, StrictFloat, StrictInt, model_validator

from reconciler.core.manifests.parsing import Section
from reconciler.core.manifests.scalars import Day, Flag

Count = Annotated[StrictInt, Field(ge=0)]
Percent = Annotated[StrictInt | StrictFloat, Field(ge=0, le=100)]


class Limit(Section):
    """Refused where a number is above max(`atLeast`, `percent` of what is owned or matched) or `atMost`.

    What is None does not limit; a limit of which everything is None never refuses.
    """

    percent: Percent | None = None
    """Share of what is owned or matched on the target."""
    at_least: Count | None = None
    """So many are always allowed, however small the target."""
    at_most: Count | None = None
    """Never more than so many, however large the target."""


def _limit(percent: int, at_least: int, at_most: int) -> dict[str, int]:
    return {"percent": percent, "atLeast": at_least, "atMost": at_most}


DEFAULT_LIMITS: Final = {
    "rename": _limit(10, 5, 100),
    "enable": _limit(10, 5, 100),
    "disable": _limit(10, 5, 100),
    "delete": _limit(5, 1, 50),
    "lost": _limit(10, 5, 100),
    "due": _limit(25, 10, 1000),
    "removeMembers": _limit(25, 10, 1000),
    "removeMembersPerGroup": _limit(50, 10, 500),
}
"""Creates and updates are unlimited."""


def _default(name: str) -> Limit:
    return Limit.model_validate(DEFAULT_LIMITS[name])


class Limits(Section):
    """Ceilings for one plan, by what would happen. What a limit leaves out keeps its default."""

    create: Limit = Limit()
    """Objects created (unlimited)."""
    update: Limit = Limit()
    """Objects updated (unlimited)."""
    rename: Limit = _default("rename")
    """A userName, externalId or primary e-mail address replaced by another (10 % / 5 / 100)."""
    enable: Limit = _default("enable")
    """Users enabled (10 % / 5 / 100)."""
    disable: Limit = _default("disable")
    """Users disabled or deleted (10 % / 5 / 100)."""
    delete: Limit = _default("delete")
    """Objects deleted (5 % / 1 / 50)."""
    lost: Limit = _default("lost")
    """Objects created again because they are gone (10 % / 5 / 100)."""
    due: Limit = _default("due")
    """Dated starts and endings (25 % / 10 / 1000)."""
    remove_members: Limit = _default("removeMembers")
    """Members removed from groups (25 % / 10 / 1000)."""
    remove_members_per_group: Limit = _default("removeMembersPerGroup")
    """Members removed from any one group (50 % / 10 / 500)."""

    @model_validator(mode="before")
    @classmethod
    def _over_defaults(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        return {name: _over(DEFAULT_LIMITS.get(name, {}), limit) for name, limit in given.items()}


def _over(default: dict[str, int], given: Any) -> Any:
    return {**default, **given} if isinstance(given, dict) else given


class RaisedLimits(Section):
    """Ceilings raised: a number, or true for the judgements that know no number."""

    create: Count | None = None
    update: Count | None = None
    rename: Count | None = None
    enable: Count | None = None
    disable: Count | None = None
    delete: Count | None = None
    lost: Count | None = None
    due: Count | None = None
    remove_members: Count | None = None
    remove_members_per_group: Count | None = None
    half: Flag = False
    """Half or more of the managed users or groups may be disabled or deleted."""
    nobody: Flag = False
    """No users or no groups may be desired at all."""
    emptied: Flag = False
    """A scope or rule may select nobody that selected four or more."""


class Allow(Section):
    """Raises ceilings until a day. It lifts limits only, never integrity or guards."""

    limits: RaisedLimits = Field(RaisedLimits(), examples=[{"disable": 140}])
    """Which, and how far."""
    until: Day
    """The last day on which it holds."""
    reason: str = Field("", examples=["CHG-1182"])
    """For those who review it."""
    operations: Annotated[str, Field(pattern="^sha256:[0-9a-f]{64}$")] | None = None
    """`operationsDigest` of a plan: holds for exactly these operations."""


class Safety(Section):
    """What no plan may do."""

    protect: list[str] = Field([], examples=[["break-glass*"]])
    """Globs on key, userName, externalId: no adoption, rename, disable, delete, member removal. Adds up."""
    own_account: str | None = Field(None, alias="self", examples=["svc-scim"])
    """Key or userName of the account that the token belongs to."""
    admin_groups: list[str] = Field([], examples=[["prod-admins"]])
    """Keys or names of groups that must not run out of people. Adds up along `extends`."""
    min_admins: Count = 1
    """Active people that each of `adminGroups` must keep."""
    limits: Limits = Limits()
    """Ceilings for one plan."""
    allow: Allow | None = None
    """Raises ceilings until a day."""
