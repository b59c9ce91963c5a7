"""A platform profile: one vendor as data. Read by the planner, the client and the sandbox.

The YAML files beside this module say for every fact where it is from (`facts.py`); what is read here are the facts
alone. A fact that nobody knows is left at a default that is careful: nothing destructive is taken for granted.
"""

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


class MemberReading(StrEnum):
    """The ways in which an endpoint tells who is in a group."""

    SHOWN = "shown"
    """The group itself shows its members, in a listing or when it is read singly."""
    SINGLE = "single"
    """Only a group that is read singly shows its members; listings leave them out."""
    USERS_BY_GROUP = "users_by_group"
    """`GET /Users?filter=groups.value eq "GROUP"`."""
    GROUPS_BY_USER = "groups_by_user"
    """`GET /Groups?filter=members.value eq "USER"`."""
    PAIRS = "pairs"
    """`GET /Groups?filter=id eq "GROUP" and members eq "USER"`, for one pair at a time."""


class Creation(StrEnum):
    """What a POST does where the name is taken already."""

    NEW = "new"
    """It is refused (RFC 7644 §3.3: 409)."""
    UPSERT = "upsert"
    """It updates the object that is there."""
    TAKE_OVER = "take_over"
    """It makes the object that is there one of its own."""


UserOperation = Literal["create", "update", "enable", "disable", "delete"]
GroupOperation = Literal["create", "update", "members", "delete"]


class ProfileModel(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class BuiltInMapping(ProfileModel):
    """The mapping that a target of this platform has without naming one; the same language as in manifests."""

    match: list[str]
    """Attribute paths by which a desired object is recognised on the target, strongest first."""
    attributes: dict[str, Any]


class AttributeProfile(ProfileModel):
    """In what one attribute differs from RFC 7643's definition, or what it is where the RFC has none."""

    type: Literal["string", "boolean", "integer", "decimal", "complex"] | None = None
    """For an attribute that RFC 7643 does not have."""
    sub: tuple[str, ...] | None = None
    """Sub-attributes that exist; None: the RFC's."""
    required: bool = False
    """A resource without it is refused."""
    required_sub: tuple[str, ...] = ()
    """Sub-attributes without which it is refused."""
    immutable: bool = False
    """It cannot be changed once it is set."""
    write_only: bool = False
    """It is never shown."""
    patch: bool = True
    """Whether a PATCH can change it; else only a PUT can."""
    single: bool = False
    """One value at most, although RFC 7643 allows several."""
    primary: bool = False
    """Its one value must be the primary one."""
    types: tuple[str, ...] | None = None
    """The types of values that are taken; None: any."""
    case: Literal["exact", "ignored"] | None = None
    """Whether values that differ in upper and lower case alone are the same; None: as RFC 7643 has it."""
    lower: bool = False
    """The endpoint keeps values in lower case."""
    own_domain: str | None = None
    """The option that names the domain which the endpoint puts behind the `@` of a value, whatever is sent: what stands
    there is not compared.
    """
    unique: bool = False
    """No two objects may share a value."""
    pattern: str | None = None
    """A regular expression that the whole value fits."""
    max_length: int | None = None
    """Characters at most."""
    format: Literal["phone"] | None = None
    """`phone`: a telephone number with `+` and country code where it has one."""
    region_of: str | None = None
    """The attribute whose country calling code this one repeats; a contradiction is refused."""
    default: str | None = None
    """What it is taken for where it is left out."""


class Policy(ProfileModel):
    """What is supported for users that were there before, by the vendor's own table of platforms."""

    retrieve: bool = True
    """They can be read."""
    modify: bool = True
    """They can be changed."""
    associate: bool = True
    """They can become one with a desired user."""


class UserProfile(ProfileModel):
    can: tuple[UserOperation, ...] = ("create", "update", "enable", "disable", "delete")
    undocumented: tuple[UserOperation, ...] = ()
    """Of what `can` leaves out, that of which nobody says whether it is possible; the rest is known not to be."""
    updates: tuple[Shape, ...] = (Shape.PATCH, Shape.PATCH_WITHOUT_PATH, Shape.PUT)
    create: Creation = Creation.NEW
    rename: bool = True
    """Whether userName can be changed."""
    policy: Policy = Policy()
    undeletable: tuple[int, ...] = (400, 403, 405, 501)
    """Answers to DELETE that mean that this object is not deleted here, however often it is asked for."""
    closed: bool = False
    """Whether the attributes below are all that there are; else they come on top of what discovery says."""
    extensions: tuple[str, ...] | None = None
    """Schema extensions that exist; None: what discovery says, else RFC 7643's. Implied by paths where closed."""
    attributes: dict[str, AttributeProfile] = {}
    """By path: `userName`, `urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department`."""
    mapping: BuiltInMapping


class MemberProfile(ProfileModel):
    read: tuple[MemberReading, ...] = (MemberReading.SHOWN,)
    """How members can be read, best first; none at all: they are unknown, which is not the same as empty."""
    removals: tuple[MemberRemoval, ...] = (
        MemberRemoval.FILTER,
        MemberRemoval.REPLACE,
        MemberRemoval.VALUES,
        MemberRemoval.PUT,
    )
    safe_values: bool = False
    """Whether a removal by values is documented to remove these alone, so that it needs no look at who else is in."""
    largest_request: int = Field(default=500, ge=1)
    """Members added or removed in one request at most."""
    nesting: bool = True
    """Whether a group may be a member of a group."""


class GroupProfile(ProfileModel):
    can: tuple[GroupOperation, ...] = ("create", "update", "members", "delete")
    undocumented: tuple[GroupOperation, ...] = ()
    updates: tuple[Shape, ...] = (Shape.PATCH, Shape.PATCH_WITHOUT_PATH, Shape.PUT)
    create: Creation = Creation.NEW
    closed: bool = False
    attributes: dict[str, AttributeProfile] = {}
    members: MemberProfile = MemberProfile()
    mapping: BuiltInMapping


class ListingProfile(ProfileModel):
    """How everything of a kind is listed."""

    paging: Literal["index", "cursor", "single", "none"] = "index"
    """`index`: startIndex and count (RFC 7644 §3.4.2.4); `cursor`: an empty `cursor` begins (RFC 9865); `single`: one
    request without paging; `none`: there is no listing, everything is looked up one by one.
    """
    cap: int | None = None
    """Rows after which an unpaged answer is cut off without a word; an answer as long as that proves nothing."""
    totals: bool = True
    """Whether `totalResults` is given and true."""
    page_size: int = Field(default=100, ge=1)
    """`count` of a listing's pages, unless the endpoint says less."""
    numbers_as_text: bool = False
    """Whether `startIndex` and `itemsPerPage` come as JSON strings."""


class FilterProfile(ProfileModel):
    """What can be looked up. None: whatever a filter of RFC 7644 §3.4.2.2 can say."""

    users: tuple[str, ...] | None = None
    """Attributes that `eq` can look users up by."""
    groups: tuple[str, ...] | None = None
    joined: bool = False
    """Whether `and` can join several of them."""


class OAuth2Profile(ProfileModel):
    """Client credentials (RFC 6749 §4.4) as the vendor's token URL wants them."""

    token_url: str
    scope: str | None = None
    send: Literal["basic", "body"] = "basic"
    parameters: Literal["form", "query"] = "form"
    """Where `grant_type` and the rest go."""


class AuthenticationProfile(ProfileModel):
    methods: tuple[Literal["bearer", "oauth2"], ...] = ("bearer", "oauth2")
    tokens: int | None = None
    """Bearer tokens that may exist at a time: two allow a rotation without a gap."""
    lifetime: str | None = None
    """How long a credential lasts, in words."""
    oauth2: OAuth2Profile | None = None


class ErrorProfile(ProfileModel):
    """What refusals look like."""

    style: Literal["scim", "aws"] = "scim"
    """`aws`: `schema` instead of or beside `schemas`, an exception id, no scimType."""
    duplicate: int = 409
    """The status where a unique value is taken."""
    unknown_tenant: int = 404


class OptionProfile(ProfileModel):
    """Something that the platform lets one configure, and that a target repeats under `options`."""

    about: str
    type: Literal["string", "boolean"] = "string"
    pattern: str | None = None
    """A regular expression that the whole value fits."""
    example: str | None = None


class ConsoleProfile(ProfileModel):
    """Where a person finds what a target needs."""

    url: str
    token: str
    example: str
    """A base URL of the platform's form."""


Document = Literal["ServiceProviderConfig", "ResourceTypes", "Schemas"]


class Profile(ProfileModel):
    name: str
    title: str
    console: ConsoleProfile | None = None
    documents: tuple[Document, ...] = ("ServiceProviderConfig", "ResourceTypes", "Schemas")
    """The discovery documents (RFC 7644 §4) that there are."""
    public_documents: tuple[Document, ...] = ()
    """Those that need no credentials."""
    bulk: bool | None = None
    """Whether there is /Bulk; None: what discovery says."""
    etag: bool | None = None
    """Whether resources have versions (RFC 7644 §3.14)."""
    me: bool = False
    """Whether `GET /Me` (RFC 7644 §3.11) may tell whose the credentials are."""
    authentication: AuthenticationProfile = AuthenticationProfile()
    listing: ListingProfile = ListingProfile()
    filters: FilterProfile = FilterProfile()
    errors: ErrorProfile = ErrorProfile()
    rates: tuple[str, ...] = ()
    """Requests in a time at most, as in `pace.rate`: `10/s`. All of them are in force."""
    options: dict[str, OptionProfile] = {}
    any_options: bool = False
    """Whether a target may name options that are not described here, for its own mapping to read."""
    custom_namespace: str | None = None
    """The option that names the extension under which `custom` is sent."""
    users: UserProfile
    groups: GroupProfile | None = None
    """None where the platform has no groups."""
