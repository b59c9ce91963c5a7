"""One run at a time for each target: taking its lock, keeping it with signs of life, sending nothing once it is lost.

The signs of life come from a thread of their own: a lock is held while a person is asked and while a large plan is
worked out, when no event loop gets its turn.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta

from reconciler.core.locks import EXPIRY, HEARTBEAT, Lock, describe_holder
from reconciler.core.requests import Answer, Request, SendingEndedError
from reconciler.core.resources import Kind, Listing, LiveResource, Roster
from reconciler.errors import RunError
from reconciler.scim.provider import Discovery
from reconciler.workflow.ports import Clock, Directory, LockTable, Processes

LOST = "this run's lock on target {target} was {how}: nothing more is sent; plan again once that is sorted out"
SILENT = "this run's lock on target {target} could not be renewed before it ran out: nothing more is sent ({problem})"
POLL = 1.0
"""Seconds between two looks at a lock that somebody else holds."""
FAREWELL = 5.0
"""Seconds that the last sign of life may take to end."""


class LockHeldError(RunError):
    """Somebody else works on the target."""


@dataclass(slots=True)
class Lease:
    """A target's lock in this run's hands. Used by two threads."""

    table: LockTable
    clock: Clock
    lock: Lock
    lost: str = ""
    """Why it is in its hands no more."""
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def beat(self) -> None:
        """Gives a sign of life, or finds out that the lock is lost. Never raises."""
        with self._turn:
            if not self.lost:
                self._renew()

    def problem(self) -> str:
        """Why nothing may be sent; "" while the lock is held. Asks the store only where its time is up."""
        if not self.lost and self.lock.has_run_out(self.clock.now()):
            self.beat()
        return self.lost

    def release(self) -> None:
        """Nobody else's lock is touched. Raises `RunError` where the store fails."""
        with self._turn:
            self.lost = self.lost or "it was given back"
            self.table.release_lock(self.lock.target, self.lock.token)

    def _renew(self) -> None:
        target, now = self.lock.target, self.clock.now()
        try:
            held = self.table.renew_lock(target, self.lock.token, now, now + EXPIRY)
            successor = None if held else self.table.lock_of(target)
        except RunError as error:
            if self.lock.has_run_out(now):
                self.lost = SILENT.format(target=target, problem=error)
            return
        if held:
            self.lock = replace(self.lock, beat=now, expires=now + EXPIRY)
        else:
            how = f"taken over by {describe_holder(successor, now)}" if successor is not None else "removed"
            self.lost = LOST.format(target=target, how=how)


@dataclass(frozen=True, slots=True)
class Locksmith:
    """Takes locks for this process. `tell` is told once for whom a target has to wait, `sleep` takes seconds."""

    table: LockTable
    clock: Clock
    processes: Processes
    sleep: Callable[[float], None]
    tell: Callable[[str], None]

    def take(self, target: str, patience: timedelta = timedelta(0)) -> Lease:
        """The lock of a target, waiting for it as long as `patience`. Raises `LockHeldError`."""
        owner = self.processes.owner()
        deadline = self.clock.now() + patience
        told = False
        while True:
            lock = Lock.of(target, owner, self.clock.now())
            held = self.table.take_lock(lock)
            if held is not None and self.processes.has_ended(held.token):
                held = self.table.take_lock(lock, instead_of=held.token)
            if held is None:
                return Lease(self.table, self.clock, lock)
            left = (deadline - self.clock.now()).total_seconds()
            if left <= 0:
                raise LockHeldError(held_elsewhere(held, self.clock, self.table.place))
            if not told:
                self.tell(f"target {target}: waiting for {describe_holder(held, self.clock.now())}")
                told = True
            self.sleep(min(POLL, left))

    def holder(self, target: str) -> Lock | None:
        """Whoever works on a target; None where nobody does any more."""
        held = self.table.lock_of(target)
        if held is None or held.has_run_out(self.clock.now()) or self.processes.has_ended(held.token):
            return None
        return held


def held_elsewhere(lock: Lock, clock: Clock, place: str) -> str:
    """Who holds a lock, since when and where, and what to do about it."""
    holder = describe_holder(lock, clock.now())
    return (
        f"lock held: target {lock.target} is in the hands of {holder} (state store {place}); "
        f"--lock-wait SECONDS waits for it, `reconciler unlock {lock.target}` removes it"
    )


@contextmanager
def beating(leases: Sequence[Lease], every: timedelta = HEARTBEAT) -> Iterator[None]:
    """Signs of life of all of them, until the block is left."""
    ended = threading.Event()

    def beat() -> None:
        while not ended.wait(every.total_seconds()):
            for lease in leases:
                lease.beat()

    thread = threading.Thread(target=beat, name="signs of life", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(FAREWELL)


@dataclass(frozen=True, slots=True)
class LockedDirectory:
    """An endpoint that is written to only while a lock is held."""

    inner: Directory
    lease: Lease

    async def send(self, request: Request) -> Answer:
        """As the endpoint does it. Raises `SendingEndedError`, before anything is sent, once the lock is lost."""
        problem = self.lease.problem()
        if problem:
            raise SendingEndedError(problem)
        return await self.inner.send(request)

    async def discover(self) -> Discovery:
        return await self.inner.discover()

    async def list(self, kind: Kind) -> Listing:
        return await self.inner.list(kind)

    async def get(self, kind: Kind, id: str) -> LiveResource | None:
        return await self.inner.get(kind, id)

    async def find(self, kind: Kind, attribute: str, value: str) -> tuple[LiveResource, ...]:
        return await self.inner.find(kind, attribute, value)

    async def rosters(
        self, groups: Sequence[str], users: Sequence[str], whole: Container[str] = ()
    ) -> Mapping[str, Roster]:
        return await self.inner.rosters(groups, users, whole)

    async def me(self) -> LiveResource | None:
        return await self.inner.me()

    async def peek(self, kind: Kind) -> int | None:
        return await self.inner.peek(kind)

    @property
    def requests_sent(self) -> int:
        return self.inner.requests_sent

    async def close(self) -> None:
        await self.inner.close()
