"""How long the journal is kept, and how runs are named."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.journal import KEPT_FOR, KEPT_RUNS, is_forgotten, kept_since
from reconciler.core.known import Run, run_id

NOW = datetime(2026, 12, 21, 8, 15, tzinfo=UTC)
AGES = st.lists(st.timedeltas(timedelta(0), timedelta(days=200)), max_size=3 * KEPT_RUNS)


@given(ages=AGES)
def test_neither_more_runs_nor_older_ones_are_kept_than_are_said(ages: list[timedelta]) -> None:
    started = [NOW - each for each in ages]
    since = kept_since(started, NOW)
    kept = [each for each in started if each >= since]
    assert all(NOW - each <= KEPT_FOR for each in kept)
    assert len(set(kept)) <= KEPT_RUNS
    young = sorted((each for each in started if NOW - each <= KEPT_FOR), reverse=True)
    assert set(young[:KEPT_RUNS]) == set(kept), "and no fewer"


@given(moments=st.lists(st.integers(0, 3), max_size=8))
def test_runs_are_never_named_alike_and_sort_by_when_they_began(moments: list[int]) -> None:
    ids: list[str] = []
    for second in sorted(moments):
        ids.append(run_id(NOW + timedelta(seconds=second), "3f2a9c1e" * 8, ids))
    assert len(set(ids)) == len(ids)
    assert ids == sorted(ids)
    assert run_id(NOW, "3f2a9c1e" * 8) == "20261221-081500-3f2a9c1e"


def test_a_run_that_did_nothing_or_was_killed_at_once_is_not_forgotten() -> None:
    assert is_forgotten(Run("1", "there", NOW, "", "", counts={"done": 1}), [])
    assert not is_forgotten(Run("1", "there", NOW, "", "", counts={"done": 0}), [])
    assert not is_forgotten(Run("1", "there", NOW, "", ""), [])
