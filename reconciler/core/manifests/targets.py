"""Targets: where resources go and what may happen there. What a run works with is `TargetSettings`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Discriminator, Field, StrictInt, Tag

from reconciler.core.manifests.choices import (
    Adopt,
    CannotDisable,
    GroupLeave,
    GroupOperation,
    Leave,
    Members,
    Reenable,
    UserOperation,
)
from reconciler.core.manifests.parsing import DayCount, HeaderName, HeaderValue, RateText, Section, Url
from reconciler.core.manifests.rules import Rule
from reconciler.core.manifests.safety import Safety
from reconciler.core.manifests.scalars import LIST, MAPPING, TEXT, Day, FilterText, Flag, fault, node_kind
from reconciler.core.manifests.sections import Names


class Token(Section):
    """A bearer token with a declared expiry."""

    token: str = Field(repr=False, examples=["${IDAAS_TOKEN}"])
    """The token, as `${NAME}` or `${file:PATH}`."""
    expires: Day | None = None
    """The last day on which it works; it is warned about beforehand."""


TokenLine = Annotated[Annotated[str, Tag(TEXT)] | Annotated[Token, Tag(MAPPING)], Discriminator(node_kind)]
Bearer = Annotated[
    Annotated[str, Tag(TEXT)] | Annotated[list[TokenLine], Field(min_length=1), Tag(LIST)],
    Discriminator(node_kind),
]


class OAuth2Client(Section):
    """Client credentials (RFC 6749 §4.4)."""

    token_url: Url | None = Field(None, examples=["https://login.example.com/token"])
    """The token endpoint. Left out: the platform's own."""
    client_id: str
    """The client's identifier."""
    client_secret: str = Field(repr=False, examples=["${CLIENT_SECRET}"])
    """The client's secret, as `${NAME}` or `${file:PATH}`."""
    scope: str | None = None
    """The scope asked for. Left out: the platform's own."""
    send: Literal["basic", "body"] | None = None
    """Where the secret goes: the Authorization header (basic) or the form (body). Left out: as the platform wants."""


def _check_auth(auth: Auth) -> Auth:
    if auth.bearer is not None and auth.oauth2 is not None:
        remedy = "keep one; where one is inherited, set it to null"
        raise fault(Rule.CONFLICTING_KEYS, "says both bearer and oauth2", remedy, at="oauth2")
    return auth


class Auth(Section):
    """How the target recognises us: either `bearer` or `oauth2`."""

    bearer: Bearer | None = Field(None, repr=False, examples=["${TOKEN}", ["${TOKEN}", "${TOKEN_NEXT}"]])
    """A token, or several: the next is tried when one is refused."""
    oauth2: OAuth2Client | None = None
    """Client credentials."""


class Manage(Section):
    """The operations that this target may receive. Left out: all that the platform can do; `[]` is none."""

    users: list[UserOperation] | None = None
    """On users."""
    groups: list[GroupOperation] | None = None
    """On groups."""


class Owns(Section):
    """SCIM filters over live objects."""

    users: FilterText | None = Field(None, examples=['externalId sw "E"'])
    """Users that it matches are owned."""
    groups: FilterText | None = None
    """Groups that it matches are owned."""


class Ownership(Section):
    """Which live objects are ours."""

    adopt: Adopt = Adopt.UNCLAIMED
    """Which matches may be taken over: unclaimed (default: externalId empty or equal), matched, never."""
    members: Members = Members.MANAGED
    """For groups that do not say `membership` themselves: managed (default) or exact."""
    owns: Owns = Owns()
    """Filters over live objects that are owned although they were neither created nor adopted here."""
    require_state: Flag = False
    """Refuse to plan without a state store; to be set after the first apply or import."""


class GroupLifecycle(Section):
    """What happens to groups."""

    on_leave: GroupLeave = GroupLeave.KEEP
    """An owned group that left the scope: keep (default), empty, delete."""
    on_remove: GroupLeave = GroupLeave.KEEP
    """An owned group taken out of the manifests: keep (default), empty, delete."""


class Lifecycle(Section):
    """What happens to those who leave."""

    on_leave: Leave = Leave.DISABLE
    """An owned user that left the scope: disable (default), delete, keep."""
    on_remove: Leave = Leave.DISABLE
    """An owned user taken out of the manifests: disable (default), delete, keep."""
    reenable: Reenable = Reenable.OURS
    """Users found disabled: ours (default: enabled only where we had disabled them), always, never."""
    delete_after: DayCount = None
    """Delete removed users after so many days, `30d`; never (default)."""
    delete_adopted: Flag = False
    """Whether `deleteAfter` also deletes what was adopted instead of created."""
    cannot_disable: CannotDisable = CannotDisable.REPORT
    """Where the platform cannot disable: report (default), keep, delete (removed ones, `deleteAfter`)."""
    groups: GroupLifecycle = GroupLifecycle()
    """What happens to groups."""


class Pace(Section):
    """How fast requests may go. Left out: as the platform allows."""

    concurrency: Annotated[StrictInt, Field(ge=1, le=256)] | None = None
    """Requests at a time."""
    rate: RateText | None = Field(None, examples=["10/s", "600/m"])
    """Requests per second (s), minute (m), hour (h) or day (d)."""
    budget: RateText | None = Field(None, examples=["1000/h"])
    """A second, larger measure of the same kind."""


class PasswordRules(Section):
    """What the target asks of a password."""

    min_length: Annotated[StrictInt, Field(ge=1, le=1024)] | None = None
    """Characters at least."""
    classes: Annotated[StrictInt, Field(ge=1, le=4)] | None = None
    """Kinds of characters at least: lower case, upper case, digits, others."""


def _check_passwords(passwords: Passwords) -> Passwords:
    if passwords.source is not None and "on_create" in passwords.model_fields_set:
        problem = f"says both from and onCreate: {passwords.on_create}"
        raise fault(Rule.CONFLICTING_KEYS, problem, "keep one of them", at="from")
    least = passwords.rules.min_length
    if passwords.source is None and least is not None and passwords.length < least:
        problem = f"length {passwords.length} is below rules.minLength {least}"
        raise fault(Rule.CONFLICTING_KEYS, problem, f"at least length: {least}", at="length")
    return passwords


class Passwords(Section):
    """First passwords of users that are created. They are sent once and stored nowhere."""

    on_create: Literal["none", "random"] = "none"
    """none (default), or random."""
    length: Annotated[StrictInt, Field(ge=8, le=1024)] = 24
    """Characters of a random password."""
    rules: PasswordRules = PasswordRules()
    """What the target asks of a password."""
    source: str | None = Field(None, alias="from", repr=False, examples=["${file:secrets/{key}}"])
    """Where the password stands instead; `{key}` is filled in first."""

    @property
    def wanted(self) -> bool:
        """Whether users that are created get a password."""
        return self.source is not None or self.on_create == "random"


Capability = Flag | StrictInt | str


class TargetEntry(Section):
    """One target as it is written: everything may be left to what it extends."""

    abstract: Flag = False
    """Only for others to extend; never selected itself."""
    extends: Names | None = Field(None, examples=["cloud-base"])
    """One target or several: merged key by key, the later over the earlier, this one over all."""
    environment: str | None = Field(None, examples=["production"])
    """For `--env`."""
    platform: str | None = Field(None, examples=["generic", "alibaba-idaas", "aws-identity-center"])
    """A profile; see `reconciler platforms`."""
    url: Url | None = Field(None, examples=["https://scim.example/${INSTANCE}/v2"])
    """The SCIM base URL. `${NAME}` may stand below a literal host, or be the whole value."""
    auth: Annotated[Auth, AfterValidator(_check_auth)] = Auth()
    """How the target recognises us."""
    headers: dict[HeaderName, HeaderValue] = Field({}, repr=False, examples=[{"X-Tenant": "${TENANT}"}])
    """Sent with every request."""
    scope: str | None = Field(None, examples=["china"])
    """Which users and groups it gets. Left out: everything."""
    mapping: str | None = Field(None, examples=["idaas"])
    """How they become its resources. Left out: the platform's own."""
    manage: Manage = Manage()
    """The operations that it may receive."""
    ownership: Ownership = Ownership()
    """Which live objects are ours."""
    lifecycle: Lifecycle = Lifecycle()
    """What happens to those who leave."""
    safety: Safety = Safety()
    """What no plan may do."""
    pace: Pace = Pace()
    """How fast requests may go."""
    passwords: Annotated[Passwords, AfterValidator(_check_passwords)] = Passwords()
    """First passwords."""
    capabilities: dict[str, Capability] = Field({}, examples=[{"user.modify": True}])
    """Overrides the profile where the real endpoint does better; names as in `reconciler platforms NAME`."""
    options: dict[str, Any] = Field({})
    """What the platform lets one configure."""


class TargetSettings(TargetEntry):
    """A target with everything that it extends, ready to be used. Never abstract."""

    name: str
    """The target's key."""
    platform: str
    """A profile's name."""
    url: Url
    """The SCIM base URL, `${…}` not yet resolved."""
