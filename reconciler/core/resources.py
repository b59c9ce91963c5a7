"""The two sides of a comparison as plain values: what manifests ask for and what an endpoint holds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple, Protocol

from reconciler.diagnostics import SourceMark


class Kind(StrEnum):
    USER = "user"
    GROUP = "group"


class Ref(NamedTuple):
    """Another manifest object by key; becomes the target's id of it when requests are built."""

    kind: Kind
    key: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.key}"


class ValuesByType(list[dict[str, Any]]):
    """Values of a multi-valued attribute of which only the types that occur here are managed.

    A plain list is complete: whatever else the target holds is removed. An element `{"type": "work", "value": ""}`
    clears that type.
    """


class State(StrEnum):
    ACTIVE = "active"
    DISABLED = "disabled"
    ABSENT = "absent"


class Days(NamedTuple):
    """Both inclusive; None is open."""

    first: date | None = None
    last: date | None = None

    def cover(self, day: date) -> bool:
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)


ALWAYS = Days()


class Membership(NamedTuple):
    """One line under a group's `members` or a user's `groups`."""

    member: Ref
    days: Days = ALWAYS
    mark: SourceMark | None = None


class Sources(Protocol):
    """Where the parts of a composed entry are written."""

    def of(self, name: str) -> SourceMark:
        """The place of an attribute (`title`, `custom.country`) in the entry or in the defaults that gave it."""


class Override(NamedTuple):
    """One line under `on`: what differs on the targets whose names match `pattern`."""

    pattern: str
    attributes: dict[str, Any]


@dataclass(frozen=True, slots=True)
class DesiredUser:
    """A user of the manifests, composed with its defaults.

    `attributes`: SCIM names of the core and enterprise schemas side by side (`name` a mapping, multi-valued ones lists
    of mappings, `manager` a user key), plus `custom`. Unmanaged attributes are not in it. `earlier`: what they would be
    under each key of `previously`.
    """

    key: str
    attributes: dict[str, Any]
    mark: SourceMark
    sources: Sources
    state: State = State.ACTIVE
    days: Days = ALWAYS
    previously: tuple[str, ...] = ()
    overrides: tuple[Override, ...] = ()
    earlier: tuple[dict[str, Any], ...] = ()

    def is_active(self, today: date) -> bool:
        """Whether access is due on that day (state and dates together)."""
        return self.state is State.ACTIVE and self.days.cover(today)


@dataclass(frozen=True, slots=True)
class DesiredGroup:
    """A group of the manifests with every declared membership, whichever side declared it.

    `memberships` is None where nothing declares members: the target's members are then not managed.
    """

    key: str
    attributes: dict[str, Any]
    mark: SourceMark
    sources: Sources
    memberships: tuple[Membership, ...] | None = None
    exact: bool = False
    absent: bool = False
    previously: tuple[str, ...] = ()
    overrides: tuple[Override, ...] = ()
    earlier: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class LiveResource:
    """One resource as the endpoint sent it. `document` is the raw decoded JSON, never altered."""

    kind: Kind
    id: str
    document: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A row of a listing that cannot be understood; `id` and `name` as far as they were readable."""

    kind: Kind
    problem: str
    id: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """Everything that one listing returned, and whether it is the whole truth.

    `complete` is False when pages ended early, ids repeated, or the count contradicts `totalResults`; `problem` then
    says which. A listing that failed altogether is an exception, never an empty one. `offered` is False where the
    endpoint has no such resources at all. `singly`: the platform can never list everything, so that each object is
    confirmed by a look-up of its own instead.
    """

    kind: Kind
    resources: tuple[LiveResource, ...]
    unreadable: tuple[Unreadable, ...] = ()
    complete: bool = True
    problem: str = ""
    offered: bool = True
    total: int | None = None
    pages: int = 1
    singly: bool = False


@dataclass(frozen=True, slots=True)
class Roster:
    """Who is in a group that does not show its members: the ids of users, as far as was asked.

    `whole`: these are all users in it, and not only those who were asked about.
    """

    users: frozenset[str]
    whole: bool
