"""The smaller sections: settings, defaults, scopes, tables and mappings."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Discriminator,
    StrictFloat,
    StrictInt,
    Tag,
    WithJsonSchema,
    with_config,
)
from pydantic_core import SchemaError, SchemaValidator, core_schema
from typing_extensions import TypedDict

from reconciler.core.manifests.attributes import USER_ATTRIBUTES, GroupAttributes, UserAttributes
from reconciler.core.manifests.rules import Rule
from reconciler.core.manifests.scalars import (
    CLOSED,
    LIST,
    TEXT,
    Flag,
    Key,
    PathText,
    ambiguous_number,
    fault,
    node_kind,
    one_of,
    quoting,
    says,
)
from reconciler.core.manifests.selecting import UserFilter
from reconciler.diagnostics import did_you_mean

CustomType = Literal["string", "integer", "number", "boolean", "date", "list"]
_TIMEZONE = re.compile(r"[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*")
SYNC = ("always", "changed", "create", "empty")


def _check_pattern(pattern: str) -> str:
    compile_pattern(pattern)
    return pattern


def compile_pattern(pattern: str) -> SchemaValidator:
    """A matcher that takes time in proportion to the text, whatever the pattern: manifests are untrusted."""
    try:
        return SchemaValidator(core_schema.str_schema(pattern=pattern, regex_engine="rust-regex"))
    except SchemaError:
        raise fault(Rule.WRONG_VALUE, f"{pattern!r} is not a regular expression", "no look-around, no \\1") from None


def _check_personal(name: str) -> str:
    first = name.partition(".")[0]
    if first not in USER_ATTRIBUTES:
        problem = f"a user has no attribute {name!r}"
        raise fault(Rule.UNKNOWN_ATTRIBUTE, problem, did_you_mean(first, USER_ATTRIBUTES))
    return name


def _check_timezone(name: str) -> str:
    # whether there is such a zone is for those to say who may look at its data
    if not _TIMEZONE.fullmatch(name):
        raise fault(Rule.WRONG_VALUE, f"{name!r} is not the name of a time zone", "write it as Asia/Shanghai, or UTC")
    return name


class CustomField(BaseModel):
    """What one name under `custom` may hold."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: Annotated[
        CustomType,
        says("string (default), integer, number, boolean, date (2026-12-31), or list (of texts)."),
    ] = "string"
    enum: Annotated[list[str | StrictInt | StrictFloat] | None, says("The values allowed.", ["CN", "DE"])] = None
    required: Annotated[Flag, says("Every user that is not absent must have it, itself or by defaults.")] = False
    pattern: Annotated[
        Annotated[str, AfterValidator(_check_pattern)] | None,
        says("A regular expression that the text must match somewhere; ^ and $ anchor it.", "^[A-Z]{2}$"),
    ] = None
    description: Annotated[str, says("What it is.")] = ""


class Settings(BaseModel):
    """What holds for the whole tree. Declared once."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    timezone: Annotated[
        str,
        AfterValidator(_check_timezone),
        says("IANA time zone of every date. Default UTC.", "Asia/Shanghai"),
    ] = "UTC"
    custom: Annotated[
        dict[Key, CustomField],
        says("What `custom` may hold; any other name is then a fault. Without it anything goes."),
    ] = {}
    personal: Annotated[
        list[Annotated[str, AfterValidator(_check_personal)]],
        says("Attributes that --redact masks.", ["phoneNumbers", "custom.streetAddress"]),
    ] = []


@with_config(CLOSED)
class Defaults(TypedDict, total=False):
    """Attributes for the users and groups of this file; in `_defaults.yaml`: of this directory and below."""

    users: Annotated[
        UserAttributes | None,
        says(
            "Attributes; expressions see only the key and what the entry itself says.",
            {"department": "Engineering"},
        ),
    ]
    groups: Annotated[GroupAttributes | None, says("Attributes of groups.")]


@with_config(CLOSED)
class ScopeUsers(TypedDict, total=False):
    """(`where` and `memberOf`, as given) or `include`, minus `exclude`. `exclude` alone: all others."""

    where: Annotated[
        UserFilter, says("A SCIM filter on the desired user (RFC 7644 §3.4.2.2).", 'custom.country eq "CN"')
    ]
    memberOf: Annotated[
        list[str], says("Keys of groups: members of any of these, directly or nested.", ["engineering"])
    ]
    include: Annotated[list[str], says("Keys or globs.", ["dave"])]
    exclude: Annotated[list[str], says("Keys or globs.", ["svc-*"])]


@with_config(CLOSED)
class ScopeGroups(TypedDict, total=False):
    """Without it all groups; `include: []` none."""

    include: Annotated[list[str], says("Keys or globs.", ["eng*"])]
    exclude: Annotated[list[str], says("Keys or globs.")]


@with_config(CLOSED)
class ScopeEntry(TypedDict, total=False):
    """Which users and groups a target gets."""

    users: Annotated[ScopeUsers, says("Without it all users.")]
    groups: Annotated[ScopeGroups, says("Without it all groups.")]
    organization: Annotated[str, says("Placement of the users that name none.", "cn-east")]


def is_long_form(value: Any) -> bool:
    """Whether the value of a mapped attribute is written as `{value: …, sync: …}`: exactly these keys."""
    return isinstance(value, dict) and value.keys() == {"value", "sync"}


def _check_mapped(value: Any) -> Any:
    if is_long_form(value) and value["sync"] not in SYNC:
        remedy = f"one of {one_of(SYNC)}"
        raise fault(Rule.WRONG_VALUE, f"{value['sync']!r} is not a way to sync", remedy, at="sync")
    constant = value["value"] if is_long_form(value) else value
    if ambiguous_number(constant):
        raise fault(Rule.QUOTE_IT, *quoting(constant))
    return value


_MAPPED = {
    "description": "A constant, or text with {{ expressions }}; null: not managed on this target.",
    "anyOf": [
        {
            "type": "object",
            "properties": {
                "value": {"description": "A constant, or text with {{ expressions }}."},
                "sync": {
                    "enum": list(SYNC),
                    "description": "always (default): corrected whenever it differs; changed: only when the "
                    "desired side changed; create: sent at creation only; empty: filled where nothing is.",
                },
            },
            "required": ["value", "sync"],
            "additionalProperties": False,
        },
        {"type": ["null", "string", "number", "boolean", "array", "object"]},
    ],
}
Mapped = Annotated[Any, AfterValidator(_check_mapped), WithJsonSchema(_MAPPED)]
Names = Annotated[
    Annotated[str, Tag(TEXT)] | Annotated[list[str], Tag(LIST)],
    Discriminator(node_kind),
]


@with_config(CLOSED)
class MappingSide(TypedDict, total=False):
    """How users, or groups, become the target's resources."""

    match: Annotated[
        list[PathText],
        says("Attribute paths that pair desired and live objects, strongest first.", ["externalId"]),
    ]
    attributes: Annotated[
        dict[PathText, Mapped],
        says("SCIM attribute path (RFC 7644 §3.5.2): value.", {"userName": "{{ user.userName | lower }}"}),
    ]


@with_config(CLOSED)
class MappingEntry(TypedDict, total=False):
    """How a desired user or group becomes the target's resource."""

    extends: Annotated[
        Names, says("A platform's built-in mapping, another mapping, or a list of them.", "alibaba-idaas")
    ]
    users: MappingSide
    groups: MappingSide


Table = dict[str, str]
"""A small translation: from the text looked up to what it becomes."""


def is_day(value: Any) -> bool:
    """Whether a text is a day such as 2026-12-31."""
    if not isinstance(value, str) or len(value) != len("2026-12-31"):
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True
