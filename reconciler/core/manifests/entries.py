"""Users and groups as they are written, and what their windows and members must keep."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag, with_config
from typing_extensions import TypedDict

from reconciler.core.manifests.attributes import GroupAttributes, UserAttributes
from reconciler.core.manifests.rules import Rule
from reconciler.core.manifests.scalars import CLOSED, MAPPING, TEXT, Day, Key, fault, node_kind, says
from reconciler.core.manifests.selecting import UserFilter

Window = TypedDict(
    "Window",
    {
        "from": Annotated[Day | None, says("First day, inclusive, in `settings.timezone`.", "2026-10-05")],
        "until": Annotated[Day | None, says("Last day, inclusive, in `settings.timezone`.", "2027-01-31")],
    },
    total=False,
)


def window_problem(first: date | None, last: date | None) -> str:
    """Why the two days cannot be one window, or an empty string."""
    return f"the last day, {last}, is before the first, {first}" if first and last and first > last else ""


def _check_window(entry: Any) -> Any:
    problem = window_problem(entry.get("from"), entry.get("until"))
    if problem:
        raise fault(Rule.INVERTED_DATES, problem, at="until")
    return entry


@with_config(CLOSED)
class GroupOfUser(Window, total=False):
    """A membership from the user's side, for a time."""

    group: Annotated[str, says("Key of the group.", "ops")]


@with_config(CLOSED)
class MemberOfGroup(Window, total=False):
    """A membership from the group's side: a user for a time, or a nested group."""

    user: Annotated[str, says("Key of a user.", "carol")]
    group: Annotated[str, says("Key of a group that is nested in this one.", "platform")]


def _check_group(entry: Any) -> Any:
    if "group" not in entry:
        raise fault(Rule.MISSING_KEY, "does not say which group", "add group: KEY")
    return _check_window(entry)


def _check_member(entry: Any) -> Any:
    if ("user" in entry) == ("group" in entry):
        said = "both a user and a group" if "user" in entry else "neither a user nor a group"
        rule = Rule.CONFLICTING_KEYS if "user" in entry else Rule.MISSING_KEY
        raise fault(rule, f"names {said}", "write {user: KEY} or {group: KEY}, one for each line")
    return _check_window(entry)


_GroupLine = Annotated[
    Annotated[str, Tag(TEXT)]
    | Annotated[
        GroupOfUser,
        AfterValidator(_check_group),
        Field(json_schema_extra={"required": ["group"]}),
        Tag(MAPPING),
    ],
    Discriminator(node_kind),
]
_EITHER = {"oneOf": [{"required": ["user"]}, {"required": ["group"]}]}
_MemberLine = Annotated[
    Annotated[str, Tag(TEXT)]
    | Annotated[MemberOfGroup, AfterValidator(_check_member), Field(json_schema_extra=_EITHER), Tag(MAPPING)],
    Discriminator(node_kind),
]
_Targets = Annotated[str, Field(min_length=1)]


@with_config(CLOSED)
class UserEntry(UserAttributes, Window, total=False):
    """A user. Its key is its stable identity, and the default of `userName` and `externalId`."""

    groups: Annotated[
        list[_GroupLine] | None,
        says(
            "Groups of the user: the same as a line under the group's `members`.",
            ["oncall", {"group": "ops"}],
        ),
    ]
    state: Annotated[
        Literal["active", "disabled", "absent"],
        says("active (default), disabled, or absent: deleted wherever it is owned; needs only the key."),
    ]
    previously: Annotated[list[Key], says("Earlier keys: a rename instead of delete and create.", ["alice.ng"])]
    on: Annotated[
        dict[_Targets, UserAttributes],
        says("Exceptions for some targets, by name or glob.", {"aws-*": {"userName": "alice.nguyen"}}),
    ]


@with_config(CLOSED)
class GroupEntry(GroupAttributes, total=False):
    """A group. Without `members`, `membersWhere` or a user that names it, its members are not managed."""

    members: Annotated[
        list[_MemberLine],
        says(
            "Keys of users, or mappings with dates; nested groups as {group: KEY}. [] empties the group.",
            ["alice.nguyen", {"user": "carol", "until": "2026-12-31"}, {"group": "platform"}],
        ),
    ]
    membersWhere: Annotated[  # noqa: N815  a key of the language
        UserFilter | None,
        says(
            "A SCIM filter over the desired users (RFC 7644 §3.4.2.2), added to `members`.",
            'department eq "Engineering"',
        ),
    ]
    membership: Annotated[
        Literal["managed", "exact"],
        says("Live members that nobody here declared: managed (default) keeps them, exact removes them."),
    ]
    state: Annotated[Literal["present", "absent"], says("present (default), or absent: deleted wherever it is owned.")]
    previously: Annotated[list[Key], says("Earlier keys: a rename instead of delete and create.", ["eng"])]
    on: Annotated[dict[_Targets, GroupAttributes], says("Exceptions for some targets, by name or glob.")]


Users = dict[Key, UserEntry | None]
Groups = dict[Key, GroupEntry | None]
