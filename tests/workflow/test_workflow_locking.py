"""A lock in a run's hands: kept, waited for, taken from the dead, and lost; on a real store."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from commands import wait_until
from planning_kit import NOW
from workplace import FixedClock, Workplace, results

from reconciler.core.locks import EXPIRY, Lock, Owner
from reconciler.core.requests import Request, SendingEndedError
from reconciler.errors import ExitCode
from reconciler.storage.state.nothing import NoState
from reconciler.storage.state.opening import open_state
from reconciler.storage.state.store import SqlState
from reconciler.workflow.applying import Stop, apply_plan
from reconciler.workflow.locking import Lease, LockedDirectory, LockHeldError, Locksmith, beating
from reconciler.workflow.planning import Job

MakePlace = Callable[..., Workplace]
SECOND = timedelta(seconds=1)


@dataclass
class Run:
    """One of several runs on one store: its time, and what it was told."""

    store: SqlState
    name: str
    clock: FixedClock = field(default_factory=FixedClock)
    dead: set[str] = field(default_factory=set)
    told: list[str] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)
    meanwhile: Mapping[int, Callable[[], object]] = field(default_factory=dict)

    def owner(self) -> Owner:
        return Owner(self.name, f"{self.name}@here, process 7")

    def has_ended(self, token: str) -> bool:
        return token in self.dead

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.clock.time += timedelta(seconds=seconds)
        self.meanwhile.get(len(self.slept), lambda: None)()

    def take(self, patience: timedelta = timedelta(0)) -> Lease:
        return Locksmith(self.store, self.clock, self, self.sleep, self.told.append).take("there", patience)

    @property
    def holder(self) -> Lock | None:
        return Locksmith(self.store, self.clock, self, self.sleep, self.told.append).holder("there")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlState]:
    with closing(open_state(f"sqlite:///{tmp_path / 'locks.db'}", create=True)) as opened:
        assert isinstance(opened, SqlState)
        yield opened


def runs(store: SqlState) -> tuple[Run, Run]:
    return Run(store, "ann"), Run(store, "bob")


class TestTaking:
    def test_the_second_is_refused_and_told_who_since_when_and_where(self, store: SqlState) -> None:
        ann, bob = runs(store)
        ann.take()
        bob.clock.time = NOW + 5 * SECOND
        with pytest.raises(LockHeldError) as refused:
            bob.take()
        assert str(refused.value) == (
            "lock held: target there is in the hands of ann@here, process 7, since 2026-11-21 12:00:00 UTC, last sign "
            f"of life 5 seconds ago (state store {store.place}); --lock-wait SECONDS waits for it, "
            "`reconciler unlock there` removes it"
        )
        assert refused.value.exit_code is ExitCode.ERROR
        assert (bob.told, bob.slept) == ([], [])

    def test_whoever_waits_gets_it_when_it_is_given_back(self, store: SqlState) -> None:
        ann, bob = runs(store)
        bob.meanwhile = {3: ann.take().release}
        lease = bob.take(10 * SECOND)
        assert store.lock_of("there") == lease.lock
        assert lease.lock.since == NOW + 3 * SECOND
        since = "since 2026-11-21 12:00:00 UTC, last sign of life 0 seconds ago"
        assert bob.told == [f"target there: waiting for ann@here, process 7, {since}"]

    def test_patience_ends(self, store: SqlState) -> None:
        ann, bob = runs(store)
        ann.take()
        with pytest.raises(LockHeldError):
            bob.take(timedelta(seconds=2.5))
        assert bob.slept == [1, 1, 0.5]

    def test_one_that_ran_out_is_taken_and_so_is_one_of_the_dead(self, store: SqlState) -> None:
        ann, bob = runs(store)
        ann.take()
        bob.clock.time = NOW + EXPIRY
        assert bob.take().lock.holder == "bob@here, process 7"
        ann.dead = {"bob"}
        assert ann.take().lock.token == "ann"

    def test_nobody_holds_one_that_ran_out_or_is_of_the_dead(self, store: SqlState) -> None:
        ann, bob = runs(store)
        assert bob.holder is None
        mine = ann.take().lock
        assert bob.holder == mine
        bob.dead = {"ann"}
        assert bob.holder is None
        bob.dead, bob.clock.time = set(), NOW + EXPIRY
        assert bob.holder is None


class TestKeeping:
    def test_signs_of_life_keep_it(self, store: SqlState) -> None:
        ann, bob = runs(store)
        lease = ann.take()
        for _ in range(20):
            ann.clock.time = bob.clock.time = ann.clock.time + EXPIRY - SECOND
            lease.beat()
            assert lease.problem() == ""
            with pytest.raises(LockHeldError):
                bob.take()

    def test_they_come_by_themselves_until_the_block_is_left(self, store: SqlState) -> None:
        ann, _ = runs(store)
        lease = ann.take()
        ann.clock.time += 7 * SECOND
        with beating([lease], every=timedelta(milliseconds=5)):
            wait_until(lambda: _beat(store) == NOW + 7 * SECOND)
        ann.clock.time += 7 * SECOND
        lease.release()
        assert store.lock_of("there") is None

    def test_one_that_was_removed_is_found_out(self, store: SqlState) -> None:
        ann, _ = runs(store)
        lease = ann.take()
        store.release_lock("there", "ann")
        assert lease.problem() == "", "until the next sign of life"
        lease.beat()
        assert lease.problem().startswith("this run's lock on target there was removed: nothing more is sent")

    def test_one_that_ran_out_unseen_is_still_ones_own_unless_somebody_took_it(self, store: SqlState) -> None:
        """A laptop that slept: no thread gave a sign of life, and the first request after it asks."""
        ann, bob = runs(store)
        lease = ann.take()
        ann.clock.time += 10 * EXPIRY
        assert lease.problem() == ""
        bob.clock.time = ann.clock.time + EXPIRY
        bob.take()
        ann.clock.time += 2 * EXPIRY
        assert "was taken over by bob@here, process 7, since" in lease.problem()

    def test_a_store_that_fails_for_a_while_loses_nothing_until_the_time_is_up(self, store: SqlState) -> None:
        ann, _ = runs(store)
        lease = ann.take()
        with closing(sqlite3.connect(store.place)) as damaging:
            damaging.execute("DROP TABLE locks")
        ann.clock.time += EXPIRY - SECOND
        lease.beat()
        assert lease.problem() == ""
        ann.clock.time += SECOND
        assert "could not be renewed before it ran out: nothing more is sent (state store" in lease.problem()

    def test_giving_back_touches_no_successor(self, store: SqlState) -> None:
        ann, bob = runs(store)
        lease = ann.take()
        bob.clock.time += EXPIRY
        theirs = bob.take().lock
        lease.release()
        assert store.lock_of("there") == theirs
        assert lease.problem()

    def test_without_a_store_it_is_always_held(self) -> None:
        clock = FixedClock()
        lease = Lease(NoState(), clock, Lock.of("there", Owner("ann", "ann"), NOW))
        clock.time += 10 * EXPIRY
        assert lease.problem() == ""
        lease.release()


def _beat(store: SqlState) -> datetime | None:
    lock = store.lock_of("there")
    return lock.beat if lock is not None else None


class TestApplying:
    def test_a_run_that_lost_its_lock_sends_nothing_more_and_remembers_what_it_did(self, make_place: MakePlace) -> None:
        place = make_place("users: {a: {}, b: {}, c: {}}", concurrency=1)
        planned = place.plan()
        ann = FixedClock()

        async def step(job: Job) -> Any:
            assert isinstance(job.store, SqlState)
            lease = Run(job.store, "ann", ann).take()

            def lose(done: int) -> None:
                job.store.release_lock("there", "ann")
                lease.beat()

            place.progress.on_advance = lose
            guarded = replace(job, directory=LockedDirectory(job.directory, lease))
            return await apply_plan(guarded, planned, planned.plan.operations, Stop())

        applied = place._run(step, writing=True)
        assert sorted(results(applied).values()) == ["done", "not_sent", "not_sent"]
        assert applied.exit_code is ExitCode.ERROR
        assert applied.report.stopped.startswith("this run's lock on target there was removed")
        assert len(place.server.writes) == 1
        assert list(place.known) == ["user:a"]
        place.progress.on_advance = lambda _: None
        place.apply()
        place.settled()

    def test_every_request_is_asked_about(self, store: SqlState) -> None:
        ann, _ = runs(store)
        lease = ann.take()
        lease.release()
        inner: Any = None
        with pytest.raises(SendingEndedError):
            asyncio.run(LockedDirectory(inner, lease).send(Request("DELETE", ("Users", "1"))))
