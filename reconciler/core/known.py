"""What is remembered between runs, as plain values."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from itertools import chain, count
from typing import Any

from reconciler.core.resources import Kind


class Origin(StrEnum):
    """How a recorded object came to be known. Only created and adopted ones are owned."""

    CREATED = "created"
    ADOPTED = "adopted"
    MATCHED = "matched"


@dataclass(frozen=True, slots=True)
class Known:
    """One object that a target's earlier applies left on record.

    `applied` maps canonical attribute paths (as in a plan's `changes`) to the JSON values last applied or last seen
    equal; `active` stands in it as well, `members` maps to the sorted ids. `name` is what people call the object.
    `last_seen_desired` is the day of the last apply that still found the key in the manifests, `gone_since` that of the
    first one since then that did not.
    """

    kind: Kind
    key: str
    id: str
    origin: Origin
    applied: Mapping[str, Any] = field(default_factory=dict)
    name: str = ""
    last_seen_desired: date | None = None
    gone_since: date | None = None

    @property
    def owned(self) -> bool:
        return self.origin is not Origin.MATCHED


@dataclass(frozen=True, slots=True)
class Holding:
    """An object that another target has on record as its own, on the same endpoint."""

    target: str
    kind: Kind
    key: str
    id: str
    origin: Origin = Origin.CREATED

    def __str__(self) -> str:
        return f"target {self.target} owns it as {self.kind}:{self.key}"


@dataclass(frozen=True, slots=True)
class Selected:
    """How many users or groups a scope or a rule selected at an apply. `what` is `scope` or `rule`."""

    what: str
    name: str
    kind: Kind
    number: int


class Lesson(StrEnum):
    """What can be learnt about an endpoint by using it."""

    NOT_KEPT = "not_kept"
    """The attribute `subject` is accepted and not kept."""
    WRITE_SHAPE = "write_shape"
    """Updates of kind `subject` go through in the request shape `value`."""
    MEMBERS_AT_ONCE = "members_at_once"
    """So many members, `value`, go through in one request, where the endpoint refused more of them."""
    UNDELETABLE = "undeletable"
    """The platform refuses to delete the object `key`, in the words of `value`."""
    TAKEN_OVER = "taken_over"
    """The POST that was to create `key`, named `subject`, changed the object `value` instead, which nothing shows."""
    USELESS_VERSIONS = "useless_versions"
    """If-Match is answered with 412 although the object bears the very version that was sent."""


LESSONS_LAST = timedelta(days=30)
"""Endpoints change: what was learnt is then found out anew."""


@dataclass(frozen=True, slots=True)
class Learnt:
    """A fact found out about one target's endpoint. Forgotten 30 days after `day`.

    `key` names the one object that it was found out about; "" is for every object.
    """

    lesson: Lesson
    kind: Kind
    subject: str
    value: str
    day: date
    key: str = ""


@dataclass(frozen=True, slots=True)
class Run:
    """One apply to one target: when, of which plan, and how it ended. Nothing in it is about anybody.

    `plan` is the plan's SHA-256, `counts` how many operations ended with each result, `exit` a code of the one table.
    The times are aware. Without `ended` it goes on, or was killed or broken off.
    """

    id: str
    target: str
    started: datetime
    plan: str
    tool: str
    ended: datetime | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    exit: int | None = None


@dataclass(frozen=True, slots=True)
class Emergency:
    """A user whom somebody disabled at once on one target, and since which day: kept so until it is ended."""

    key: str
    since: date


def run_id(started: datetime, plan: str, taken: Container[str] = ()) -> str:
    """Sorts by time and can be typed: `20261221-081500-3f2a9c1e`, and `…-2` where that is taken already."""
    plain = f"{started.astimezone(UTC):%Y%m%d-%H%M%S}-{plan[:8]}"
    others = (f"{plain}-{number}" for number in count(2))
    return next(each for each in chain([plain], others) if each not in taken)
