"""Failing objects are kept as they are told, on every database, and go with their records."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.core.failures import Failure, Refusal
from reconciler.core.resources import Kind
from reconciler.core.vocabulary import Action
from reconciler.storage.state.nothing import NoState

if TYPE_CHECKING:
    from reconciler.storage.state.store import SqlState

LAW = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
TARGETS = (f"target-{number}" for number in count())

words = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12)
moments = st.datetimes(min_value=datetime(2000, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  it gets a zone
failures = st.builds(
    Failure,
    refusal=st.builds(
        Refusal,
        kind=st.sampled_from(Kind),
        key=words,
        action=st.sampled_from(Action),
        digest=words,
        status=st.none() | st.integers(400, 599),
        detail=words,
    ),
    attempts=st.integers(1, 1000),
    first=moments,
    last=moments,
    next=moments,
)
several = st.lists(failures, max_size=6, unique_by=lambda each: each.subject)


def in_order(found: list[Failure]) -> list[Failure]:
    return sorted(found, key=lambda each: each.subject)


@LAW
@given(recorded=several, data=st.data())
def test_what_is_recorded_is_found_and_what_is_settled_is_not(
    state: SqlState, recorded: list[Failure], data: st.DataObject
) -> None:
    target = next(TARGETS)
    state.record_failures(target, recorded, [])
    state.record_failures(target, recorded, [])
    assert state.failures(target) == in_order(recorded)
    settled = data.draw(st.lists(st.sampled_from(recorded), unique=True)) if recorded else []
    state.record_failures(target, [], settled)
    assert state.failures(target) == in_order([each for each in recorded if each not in settled])


NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
ANN = Failure(Refusal(Kind.USER, "Ann", Action.UPDATE, "d", 422, "no"), 2, NOW, NOW, NOW)


def test_it_goes_with_its_record(state: SqlState) -> None:
    state.record_failures("there", [ANN], [])
    state.move_target("there", "here")
    assert (state.failures("there"), state.failures("here")) == ([], [ANN])
    state.move("here", Kind.USER, "ann", "anna")
    assert state.failures("here") == []
    for forget in (lambda: state.forget("here", Kind.USER, "ANN"), lambda: state.forget_target("here")):
        state.record_failures("here", [ANN], [])
        forget()
        assert state.failures("here") == []


def test_nothing_to_say_is_no_record(state: SqlState) -> None:
    state.record_failures("there", [], [])
    assert state.lineage == "none"
    NoState().record_failures("there", [ANN], [])
    assert NoState().failures("there") == []
