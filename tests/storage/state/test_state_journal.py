"""What the store forgets of the journal: what old runs did, of which nothing is open any more."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from reconciler.core.journal import Entry, EntryState
from reconciler.core.known import Run
from reconciler.core.resources import Kind
from reconciler.core.vocabulary import Action
from reconciler.errors import ExitCode
from reconciler.storage.state.store import SqlState

THEN = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
LATER = THEN + timedelta(microseconds=1)
ENDED = Run("r", "prod", THEN, "", "1", THEN, {"done": 1}, int(ExitCode.DONE))
FAILED = replace(ENDED, exit=int(ExitCode.PARTIAL))
KILLED = replace(ENDED, ended=None, exit=None, counts={})


def entry(run: Run, state: EntryState, *, action: Action = Action.UPDATE) -> Entry:
    return Entry(run.id, f"user:ann:{action}", 0, Kind.USER, "ann", action, state, {"name": "ann"}, run.started, "1")


def after_pruning(state: SqlState, run: Run, what: Entry, before: datetime = LATER) -> list[Entry]:
    state.record_run(run)
    state.journal(run.target, [what])
    state.prune_journal("prod", before)
    return state.entries(run.target, run.id)


@pytest.mark.parametrize("run", [ENDED, FAILED, KILLED], ids=["ended", "failed", "killed"])
@pytest.mark.parametrize("what", [EntryState.SETTLED, EntryState.FAILED, EntryState.NOT_SENT])
def test_what_old_runs_did_is_forgotten(state: SqlState, run: Run, what: EntryState) -> None:
    assert after_pruning(state, run, entry(run, what)) == []
    assert state.runs("prod") == [run], "that it took place is not"


@pytest.mark.parametrize("what", [EntryState.INTENDED, EntryState.IN_DOUBT])
@pytest.mark.parametrize("run", [FAILED, KILLED], ids=["failed", "killed"])
def test_what_is_in_doubt_stays_with_all_of_its_run(state: SqlState, run: Run, what: EntryState) -> None:
    doubtful, settled = entry(run, what), entry(run, EntryState.SETTLED, action=Action.DISABLE)
    state.journal("prod", [settled])
    assert set(map(repr, after_pruning(state, run, doubtful))) == {repr(doubtful), repr(settled)}
    assert state.unfinished("prod") == [doubtful]


def test_what_a_killed_run_confirmed_and_did_not_record_stays(state: SqlState) -> None:
    confirmed = entry(KILLED, EntryState.CONFIRMED)
    assert after_pruning(state, KILLED, confirmed) == [confirmed]
    assert after_pruning(state, ENDED, confirmed) == []


def test_what_began_later_and_other_targets_stay(state: SqlState) -> None:
    done = entry(ENDED, EntryState.CONFIRMED)
    assert after_pruning(state, ENDED, done, THEN) == [done]
    assert after_pruning(state, ENDED, done, THEN - timedelta(microseconds=1)) == [done]
    elsewhere = replace(ENDED, target="test")
    assert after_pruning(state, elsewhere, done) == [done]
    assert state.entries("prod", ENDED.id) == []


def test_what_is_open_comes_in_the_order_in_which_the_runs_began(state: SqlState) -> None:
    first, second = replace(KILLED, id="r-9"), replace(KILLED, id="r-10", started=LATER)
    for run in (second, first):
        state.record_run(run)
        state.journal("prod", [entry(run, EntryState.INTENDED)])
    assert [each.run for each in state.unfinished("prod")] == ["r-9", "r-10"]
