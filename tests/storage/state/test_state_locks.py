"""One run at a time for each target, on every database, whatever happens at the same moment."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.core.locks import EXPIRY, Lock, Owner, describe_holder
from reconciler.storage.state.nothing import NoState
from reconciler.storage.state.opening import open_state

if TYPE_CHECKING:
    from reconciler.storage.state.store import SqlState

NOW = datetime(2026, 11, 21, 12, 0, 3, tzinfo=UTC)
LAW = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
TARGETS = (f"target-{number}" for number in count())
ROUNDS = 15
CROWD = 8

moments = st.datetimes(
    min_value=datetime(2000, 1, 1),  # noqa: DTZ001  it gets a zone
    max_value=datetime(2100, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)


def lock(token: str, since: datetime = NOW, target: str = "there") -> Lock:
    return Lock.of(target, Owner(token, f"{token}@here, process 1"), since)


@LAW
@given(first=moments, second=moments)
def test_a_lock_is_taken_over_exactly_from_the_moment_it_runs_out(
    state: SqlState, first: datetime, second: datetime
) -> None:
    target = next(TARGETS)
    mine, theirs = lock("ann", first, target), lock("bob", second, target)
    assert state.take_lock(mine) is None
    assert state.take_lock(theirs) == (None if second >= first + EXPIRY else mine)
    assert state.lock_of(target) == (theirs if mine.has_run_out(second) else mine)


@LAW
@given(started=moments, beats=st.lists(st.integers(0, 10_000_000), max_size=5))
def test_a_renewed_lock_lives_as_long_as_it_was_last_said(state: SqlState, started: datetime, beats: list[int]) -> None:
    target = next(TARGETS)
    mine = lock("ann", started, target)
    state.take_lock(mine)
    for microseconds in beats:
        beat = mine.beat + timedelta(microseconds=microseconds)
        mine = replace(mine, beat=beat, expires=beat + EXPIRY)
        assert state.renew_lock(target, "ann", mine.beat, mine.expires)
    assert state.lock_of(target) == mine
    assert state.take_lock(lock("bob", mine.expires - timedelta(microseconds=1), target)) == mine
    assert state.take_lock(lock("bob", mine.expires, target)) is None


def test_only_its_own_token_renews_and_releases(state: SqlState) -> None:
    mine = lock("ann")
    state.take_lock(mine)
    assert not state.renew_lock("there", "bob", NOW, NOW + EXPIRY)
    assert not state.release_lock("there", "bob")
    assert not state.release_lock("elsewhere", "ann")
    assert state.lock_of("there") == mine
    assert state.release_lock("there", "ann")
    assert state.lock_of("there") is None
    assert not state.renew_lock("there", "ann", NOW, NOW + EXPIRY)
    assert not state.release_lock("there", "ann")


def test_one_that_was_taken_over_is_lost(state: SqlState) -> None:
    state.take_lock(lock("ann"))
    theirs = lock("bob", NOW + EXPIRY)
    state.take_lock(theirs)
    assert not state.renew_lock("there", "ann", theirs.beat, theirs.expires)
    assert not state.release_lock("there", "ann")
    assert state.lock_of("there") == theirs


def test_the_lock_of_the_dead_is_taken_by_its_token_and_no_other(state: SqlState) -> None:
    dead, mine = lock("ann"), lock("bob")
    state.take_lock(dead)
    assert state.take_lock(mine, instead_of="cy") == dead
    assert state.take_lock(mine, instead_of="ann") is None
    assert state.take_lock(lock("cy"), instead_of="ann") == mine


def test_targets_are_locked_one_by_one(state: SqlState) -> None:
    for target in ("here", "there"):
        assert state.take_lock(lock("ann", target=target)) is None
    assert state.release_lock("here", "ann")
    assert state.lock_of("there") is not None


def test_a_lock_is_no_record(state: SqlState) -> None:
    """A plan that was made on an empty store applies while it still is empty."""
    state.take_lock(lock("ann"))
    state.renew_lock("there", "ann", NOW, NOW + EXPIRY)
    assert (state.lineage, state.targets()) == ("none", [])
    state.release_lock("there", "ann")
    assert state.lineage == "none"


def test_whoever_comes_first_gets_it_and_nobody_else(state_url: str) -> None:
    """Several stores at the same moment, again and again: a new lock, one that ran out, one of the dead."""
    with crowd_at(state_url) as crowd:
        for number in range(ROUNDS):
            winners = crowd.take(f"new-{number}", NOW, instead_of="")
            assert len(winners) == 1
            again = crowd.take(f"new-{number}", NOW + timedelta(seconds=1), instead_of="")
            assert again == []
            late = crowd.take(f"new-{number}", NOW + EXPIRY, instead_of="")
            assert len(late) == 1
            after_death = crowd.take(f"new-{number}", NOW + EXPIRY, instead_of=late[0])
            assert len(after_death) == 1


class Crowd:
    """Stores of their own that all reach for one lock at the same moment."""

    def __init__(self, stores: list[SqlState], threads: ThreadPoolExecutor) -> None:
        self.stores, self.threads = stores, threads
        self.tokens = count()

    def take(self, target: str, now: datetime, instead_of: str) -> list[str]:
        """The tokens of those who got it."""
        barrier = threading.Barrier(len(self.stores))
        tokens = [str(next(self.tokens)) for _ in self.stores]

        def reach(store: SqlState, token: str) -> Lock | None:
            barrier.wait()
            return store.take_lock(lock(token, now, target), instead_of=instead_of)

        answers = list(self.threads.map(reach, self.stores, tokens))
        winners = [token for token, held in zip(tokens, answers, strict=True) if held is None]
        holder = self.stores[0].lock_of(target)
        assert holder is not None
        assert {each for each in answers if each is not None} <= {holder}
        return winners


@contextmanager
def crowd_at(url: str) -> Iterator[Crowd]:
    with ExitStack() as stack:
        stores = [stack.enter_context(closing(open_state(url, create=True))) for _ in range(CROWD)]
        threads = stack.enter_context(ThreadPoolExecutor(CROWD))
        yield Crowd([each for each in stores if not isinstance(each, NoState)], threads)


def test_without_a_store_everybody_has_every_lock() -> None:
    store = NoState()
    assert store.take_lock(lock("ann")) is None
    assert store.take_lock(lock("bob")) is None
    assert store.renew_lock("there", "ann", NOW, NOW)
    assert store.lock_of("there") is None
    assert not store.release_lock("there", "ann")


@pytest.mark.parametrize(("quiet", "words"), [(0, "0 seconds"), (1, "1 second"), (75, "75 seconds"), (-3, "0 seconds")])
def test_the_holder_is_told_with_its_last_sign_of_life(quiet: int, words: str) -> None:
    told = describe_holder(lock("ann"), NOW + timedelta(seconds=quiet))
    assert told == f"ann@here, process 1, since 2026-11-21 12:00:03 UTC, last sign of life {words} ago"
