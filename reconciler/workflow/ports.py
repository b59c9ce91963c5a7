"""The edges as the workflow sees them. `client`, `storage` and `cli` provide them; tests provide their own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Container, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime
from typing import Any, Protocol

from reconciler.core.failures import Failure
from reconciler.core.journal import Entry
from reconciler.core.known import Emergency, Holding, Known, Learnt, Run, Selected
from reconciler.core.locks import Lock, Owner
from reconciler.core.mapping.password_sources import Obstacle
from reconciler.core.requests import Answer, Request
from reconciler.core.resources import Kind, Listing, LiveResource, Roster
from reconciler.scim.provider import Discovery

Pause = Callable[[float], Awaitable[object]]
"""Lets some seconds pass."""


class Directory(Protocol):
    """One SCIM endpoint. Every method raises `EndpointError` when it cannot be reached or refuses the credentials."""

    async def discover(self) -> Discovery:
        """What the endpoint says of itself; never fails for missing discovery, which is answered with defaults."""

    async def list(self, kind: Kind) -> Listing:
        """Every resource of a kind. A listing that breaks off raises; one that contradicts itself is not `complete`."""

    async def get(self, kind: Kind, id: str) -> LiveResource | None:
        """One resource by id; None only when the endpoint says that it does not exist (404, 410)."""

    async def find(self, kind: Kind, attribute: str, value: str) -> tuple[LiveResource, ...]:
        """Resources whose attribute equals a value, re-checked locally against what the filter returned."""

    async def rosters(
        self, groups: Sequence[str], users: Sequence[str], whole: Container[str] = ()
    ) -> Mapping[str, Roster]:
        """Who is in some groups, on platforms that only filters tell. `users`: ids of everybody who matters; `whole`:
        groups of which strangers matter as well.

        Groups that no way of asking tells about are missing.
        """

    async def send(self, request: Request) -> Answer:
        """Carries out one write and returns the answer, whatever its status."""

    async def me(self) -> LiveResource | None:
        """The account that the credentials belong to; None where the endpoint does not tell."""

    async def peek(self, kind: Kind) -> int | None:
        """Reads one resource at most, which proves that the kind can be read; how many there are, if it says."""

    @property
    def requests_sent(self) -> int:
        """How many requests went out so far, reads and repetitions included."""

    async def close(self) -> None: ...


class LockTable(Protocol):
    """One lock at most for each target, shared by everybody who uses the store. Raises `RunError` where it fails."""

    @property
    def place(self) -> str:
        """The store as people know it, without a password."""

    def take_lock(self, lock: Lock, *, instead_of: str = "") -> Lock | None:
        """None where it is taken now, else the one that somebody else holds.

        It is taken where there is none, where the present one has run out, or where that has the token `instead_of`.
        """

    def renew_lock(self, target: str, token: str, beat: datetime, expires: datetime) -> bool:
        """False where the lock is not that token's any more."""

    def release_lock(self, target: str, token: str) -> bool:
        """False where the lock is not that token's any more; whoever has it keeps it."""

    def lock_of(self, target: str) -> Lock | None:
        """Whoever took a target last and did not give it back, run out or not."""


class StateStore(LockTable, Protocol):
    """What is remembered between runs. Raises `RunError` when the store is damaged or cannot be opened."""

    @property
    def lineage(self) -> str:
        """Identifies this store for good; "none" while it is missing or empty."""

    def fingerprint(self, target: str) -> str | None:
        """The endpoint that the target's records belong to; None where nothing was applied yet."""

    def bind(self, target: str, fingerprint: str) -> None:
        """Records which endpoint the target's records belong to."""

    def known(self, target: str) -> list[Known]: ...

    def record(self, target: str, known: Sequence[Known]) -> None:
        """Inserts or replaces by kind and key, all or none."""

    def forget(self, target: str, kind: Kind, key: str) -> None: ...

    def learnt(self, target: str, since: date) -> list[Learnt]:
        """Facts not older than `since`."""

    def learn(self, target: str, lessons: Sequence[Learnt]) -> None: ...

    def emergencies(self, target: str) -> list[Emergency]: ...

    def declare_emergencies(self, target: str, emergencies: Sequence[Emergency]) -> None:
        """Inserts or replaces by key, all or none."""

    def end_emergency(self, target: str, key: str) -> None: ...

    def selections(self, target: str) -> list[Selected]:
        """How many each scope and rule selected at the last apply."""

    def record_selections(self, target: str, selected: Sequence[Selected], day: date) -> None:
        """Replaces those of the apply before, all or none."""

    def targets_beside(self, target: str, fingerprint: str) -> list[str]:
        """The other targets whose records are about an endpoint."""

    def holdings_beside(self, target: str, fingerprint: str) -> list[Holding]:
        """What other targets own on an endpoint."""

    def failures(self, target: str) -> list[Failure]:
        """The objects that failed at their last attempt."""

    def record_failures(self, target: str, failing: Sequence[Failure], settled: Iterable[Failure]) -> None:
        """Inserts or replaces some and removes others, all or none."""

    def record_run(self, run: Run) -> None:
        """Inserts or replaces by target and id: once when it begins, once when it has ended."""

    def runs(self, target: str) -> list[Run]:
        """The applies to a target, the latest first."""

    def journal(self, target: str, entries: Sequence[Entry]) -> None:
        """Inserts or replaces by run and operation, all or none; on disk when it returns."""

    def entries(self, target: str, run: str) -> list[Entry]:
        """What a run did, in its order."""

    def unfinished(self, target: str) -> list[Entry]:
        """What is in doubt, and what runs that never ended confirmed, in the order in which it was sent."""

    def prune_journal(self, target: str, before: datetime) -> None:
        """Forgets what runs did that began before a time; of one that left anything unfinished nothing is forgotten."""

    def close(self) -> None: ...


class Processes(Protocol):
    def owner(self) -> Owner:
        """Who this run is, with a token of its own."""

    def has_ended(self, token: str) -> bool:
        """Whether the process that a token was made by is certainly gone; False for those of other machines."""


class Passwords(Protocol):
    """The first passwords of one target's new users. None is ever kept, shown or remembered."""

    def obstacle(self, key: str) -> Obstacle | None:
        """Why the user with a key would get no usable one; None where nothing is in the way."""

    def password(self, key: str) -> str:
        """A password for the user with a key. Raises `PasswordError` where `obstacle` names something."""


class Clock(Protocol):
    def now(self) -> datetime:
        """The current time, aware, in UTC."""


class Telemetry(Protocol):
    """Told what a run does, for machines; `workflow.telemetry.Untold` tells nobody."""

    def doing(self, what: str, **facts: str | int) -> AbstractContextManager[dict[str, Any]]:
        """A stretch of the run. What is put into the value that it gives belongs to it as well."""


class Progress(Protocol):
    """Told about the course of a run; shows it or does not."""

    def begin(self, what: str, total: int | None) -> None: ...

    def expect(self, seconds: float) -> None:
        """How long what has begun is going to take, by what is known beforehand."""

    def advance(self, count: int = 1) -> None: ...

    def say(self, sentence: str) -> None: ...

    def end(self) -> None: ...
