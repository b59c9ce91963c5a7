"""The plan as a document: what will be done, what is withheld or held, and why.

`schemas/plan.schema.json` describes it.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from reconciler.core.resources import Kind
from reconciler.core.vocabulary import Action, By, DropReason, Situation, Verdict
from reconciler.errors import StalePlanError
from reconciler.scim.values import digest

FORMAT: Literal["reconciler.plan/1"] = "reconciler.plan/1"

Reason = Verdict | Situation


class Document(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Change(Document):
    """One attribute that differs."""

    path: str
    """RFC 7644 attribute path, such as `name.givenName` or `emails[type eq "work"]`."""
    before: Any = None
    """The live value; null where the target has none."""
    after: Any = None
    """The wanted value; null clears. `{"$ref": "user:KEY"}` stands for an id that is known only after a create,
    `{"$secret": "password"}` for a first password, which apply alone ever knows.
    """
    source: str | None = None
    """Where the wanted value is written: `manifests/users.yaml:7`."""
    rule: str | None = None
    """The mapping rule that made it, such as `generic.users.title`."""
    by: By = By.US


class Member(Document):
    key: str | None = None
    """`user:KEY` or `group:KEY`; null for a member that the manifests do not know."""
    id: str | None = None
    """The target's id; null for somebody whom this plan creates first."""
    source: str | None = None


class PlannedRequest(Document):
    """A request as it will be sent first; where the endpoint refuses its shape, apply falls back to another."""

    method: str
    path: str
    body: dict[str, Any] | None = None


class Precondition(Document):
    """What must still hold on the target when the operation is carried out."""

    id: str
    version: str | None = None
    digest: str
    """Over the managed live values that the plan was made from."""


class Operation(Document):
    id: str
    """Stable within the plan: `user:alice:update`."""
    kind: Kind
    key: str
    name: str = ""
    """What people call the object: its userName or displayName."""
    action: Action
    situation: Situation
    reason: Reason
    by: By = By.US
    changes: tuple[Change, ...] = ()
    members: tuple[Member, ...] = ()
    requests: tuple[PlannedRequest, ...] = ()
    precondition: Precondition | None = None


class Row(Document):
    """Something that is withheld by rule or held for a person to decide."""

    kind: Kind
    key: str | None = None
    name: str = ""
    id: str | None = None
    action: Action | None = None
    """What would have been done."""
    situation: Situation
    reason: Reason
    detail: str = ""
    by: By | None = None
    """Whose doing it is, where something differs."""


class Dropped(Document):
    """Something desired that this target cannot hold, once, with a count."""

    what: str
    """An attribute path, or `members of group:KEY`, `groups`, …"""
    reason: DropReason
    count: int
    examples: tuple[str, ...] = ()


class Released(Document):
    """An attribute that was applied and is no longer managed; its value stays on the target."""

    kind: Kind
    key: str
    path: str
    value: Any = None


class Waiting(Document):
    """What a date will bring about."""

    kind: Kind
    key: str
    id: str | None = None
    action: Action
    due: date | None = None
    """The day; null for somebody inactive who is never deleted."""
    members: tuple[str, ...] = ()
    """`user:KEY` or `group:KEY` of those who join or leave a group that day."""


class ReadProof(Document):
    """How a listing was read, and whether it is the whole truth."""

    received: int
    total: int | None = None
    pages: int
    complete: bool
    problem: str = ""
    unreadable: int = 0
    singly: bool = False
    """No listing of this platform can ever be whole: each object was confirmed by a look-up of its own."""


class PlannedEndpoint(Document):
    url: str
    fingerprint: str


class StateSummary(Document):
    lineage: str
    owned: int
    known: int


class LimitUse(Document):
    """How much of one limit a plan uses."""

    name: str
    """As under `safety.limits`."""
    kind: Kind
    group: str = ""
    """The group's key where the limit is about the members of one."""
    number: int
    of: int
    """What is owned or matched on the target, or how many members there are."""
    ceiling: int | None = None
    """The greatest number that passes; null where nothing limits."""


class Refusal(Document):
    """A limit that a plan exceeds: nothing of the plan is carried out."""

    name: str
    """The limit, or half, nobody, emptied."""
    kind: Kind
    detail: str
    allow: str = ""
    """The line that lets it through, to be added to the target in a reviewed change."""
    operations: tuple[str, ...] = ()
    """Ids of the operations that it is about."""


class AdminChange(Document):
    """Who gains and who loses access through one of the target's `adminGroups`, nested groups included."""

    group: str
    gained: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    by: By = By.US


class Plan(Document):
    format: Literal["reconciler.plan/1"] = FORMAT
    tool: str
    """Version of the reconciler that made the plan."""
    created: datetime
    day: date | None = None
    """The day that the manifests were read for, in their time zone."""
    target: str
    platform: str
    endpoint: PlannedEndpoint
    manifests: str
    """SHA-256 over the manifests' names and contents."""
    selection: tuple[str, ...] = ()
    """The `--only` and `--exclude` options that the plan was made under."""
    state: StateSummary
    read: dict[str, ReadProof] = Field(default_factory=dict)
    operations: tuple[Operation, ...] = ()
    withheld: tuple[Row, ...] = ()
    held: tuple[Row, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    released: tuple[Released, ...] = ()
    waiting: tuple[Waiting, ...] = ()
    admins: tuple[AdminChange, ...] = ()
    """Grants and losses in groups that matter, by name."""
    limits: tuple[LimitUse, ...] = ()
    """How much of each limit is used."""
    refused: tuple[Refusal, ...] = ()
    """Limits that are exceeded."""
    foreign: dict[str, int] = Field(default_factory=dict)
    """Live objects that are none of our business, counted per kind."""
    notes: tuple[str, ...] = ()
    """Sentences about the endpoint that a reader of the plan should know."""
    requests: int = 0
    """How many requests the operations take."""
    estimated_seconds: Annotated[float, Field(alias="estimatedSeconds")] = 0.0
    summary: dict[str, Any] = Field(default_factory=dict)
    """Counts per kind and action; members added and removed; how many people are affected; whose access ends or begins;
    how many people each group gains and loses, through nested groups too.
    """
    operations_digest: Annotated[str, Field(alias="operationsDigest")] = ""
    """SHA-256 over kind, key, id, action, path and after of every operation: no times, no manifests."""
    sha256: str = ""
    """Over everything else in the document."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", use_attribute_docstrings=True, validate_by_name=True, serialize_by_alias=True
    )

    def to_json(self) -> bytes:
        """The document, indented, ending in a newline."""
        return orjson.dumps(self.model_dump(mode="json"), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)

    @classmethod
    def from_json(cls, text: bytes) -> Plan:
        """Reads a saved plan. Raises `StalePlanError` for anything that is not exactly what was written."""
        try:
            body = orjson.loads(text)
        except orjson.JSONDecodeError as error:
            raise StalePlanError("the plan file is not JSON; make the plan again") from error
        declared = body.get("format") if isinstance(body, dict) else None
        if declared != FORMAT:
            raise StalePlanError(f"the plan file has format {declared!r}, not {FORMAT!r}; make the plan again")
        if body.get("sha256") != seal(body):
            raise StalePlanError("the plan file was altered after it was written; make the plan again")
        try:
            return cls.model_validate(body)
        except ValidationError as error:
            raise StalePlanError("the plan file was written by another version; make the plan again") from error

    def sealed(self) -> Plan:
        """The same plan with both digests filled in."""
        counted = self.model_copy(update={"operations_digest": operations_digest(self.operations)})
        return counted.model_copy(update={"sha256": seal(counted.model_dump(mode="json"))})


def seal(body: dict[str, Any]) -> str:
    """SHA-256 over a plan document without its own `sha256`."""
    return digest({name: value for name, value in body.items() if name != "sha256"})


def operations_digest(operations: tuple[Operation, ...]) -> str:
    """Names one set of operations, whatever the day and whatever else the manifests hold."""
    rows = [
        [
            each.kind,
            each.key,
            each.precondition.id if each.precondition else None,
            each.action,
            sorted([change.path, digest(change.after)] for change in each.changes),
            sorted([member.key or "", member.id or ""] for member in each.members),
        ]
        for each in operations
    ]
    return digest(sorted(rows, key=str))
