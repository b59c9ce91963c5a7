"""What is recorded is known, on every database; laws first."""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import count
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.core.known import Known, Learnt, Lesson, Origin, Run
from reconciler.core.resources import Kind
from reconciler.errors import RefusedError, RunError
from reconciler.storage.state.opening import open_existing_state, open_state
from reconciler.storage.state.rows import folded, last_of_each

if TYPE_CHECKING:
    from pathlib import Path

    from reconciler.storage.state.store import SqlState

LAW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
TARGETS = (f"target-{number}" for number in count())

words = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def objects(keys: st.SearchStrategy[str], ids: st.SearchStrategy[str]) -> st.SearchStrategy[Known]:
    return st.builds(
        Known,
        kind=st.sampled_from(Kind),
        key=keys,
        id=ids,
        origin=st.sampled_from(Origin),
        applied=st.dictionaries(words, values, max_size=4),
        name=st.text(st.characters(exclude_categories=["Cs", "Cc"])),
        last_seen_desired=st.none() | st.dates(min_value=date(2000, 1, 1)),
    )


distinct = st.lists(
    objects(words, words),
    max_size=8,
    unique_by=(lambda each: (each.kind, folded(each.key)), lambda each: (each.kind, each.id)),
)
crowded = st.lists(objects(st.sampled_from(["a", "A", "b", "c"]), st.sampled_from("123")), max_size=6)


def in_order(known: list[Known]) -> list[Known]:
    return sorted(known, key=lambda each: (each.kind, folded(each.key)))


def reduced(batch: list[Known]) -> list[Known]:
    """What counts of one batch, found from its end."""
    kept: list[Known] = []
    keys = set()
    for each in reversed(batch):
        if (each.kind, folded(each.key)) not in keys and (each.kind, each.id) not in {(k.kind, k.id) for k in kept}:
            kept.append(each)
        keys.add((each.kind, folded(each.key)))
    return kept


def remembered(batches: list[list[Known]]) -> list[Known]:
    """The store's rules on a plain list."""
    rows: list[Known] = []
    for batch in batches:
        kept = reduced(batch)
        keys = {(each.kind, folded(each.key)) for each in batch}
        ids = {(each.kind, each.id) for each in kept}
        rows = [row for row in rows if (row.kind, folded(row.key)) not in keys and (row.kind, row.id) not in ids]
        rows += kept
    return in_order(rows)


@LAW
@given(known=distinct)
def test_what_is_recorded_is_known_exactly(state: SqlState, known: list[Known]) -> None:
    target = next(TARGETS)
    state.record(target, known)
    assert state.known(target) == in_order(known)


@LAW
@given(known=distinct, data=st.data())
def test_recording_again_in_any_order_changes_nothing(state: SqlState, known: list[Known], data: st.DataObject) -> None:
    target = next(TARGETS)
    state.record(target, known)
    state.record(target, data.draw(st.permutations(known)))
    assert state.known(target) == in_order(known)


@LAW
@given(batches=st.lists(crowded, max_size=4))
def test_keys_and_ids_stay_unique_however_they_change_hands(state: SqlState, batches: list[list[Known]]) -> None:
    target = next(TARGETS)
    for batch in batches:
        state.record(target, batch)
    assert state.known(target) == remembered(batches)


@LAW
@given(known=distinct.filter(bool), data=st.data())
def test_forgetting_removes_exactly_one(state: SqlState, known: list[Known], data: st.DataObject) -> None:
    target = next(TARGETS)
    state.record(target, known)
    gone = data.draw(st.sampled_from(known))
    state.forget(
        target,
        gone.kind,
        gone.key.swapcase() if folded(gone.key.swapcase()) == folded(gone.key) else gone.key,
    )
    assert state.known(target) == in_order([each for each in known if each is not gone])


@given(known=crowded)
def test_a_batch_is_reduced_to_its_last_holders(known: list[Known]) -> None:
    kept, lost = last_of_each(known)
    assert in_order(kept) == in_order(reduced(known))
    assert set(lost) == {(each.kind, folded(each.key)) for each in known} - {
        (each.kind, folded(each.key)) for each in kept
    }


lessons = st.builds(
    Learnt, st.sampled_from(Lesson), st.sampled_from(Kind), words, words, st.dates(min_value=date(2000, 1, 1)), words
)


@LAW
@given(
    learnt=st.lists(lessons, max_size=6, unique_by=lambda each: (each.lesson, each.kind, each.subject, each.key)),
    since=st.dates(),
)
def test_lessons_are_known_while_they_are_young_enough(state: SqlState, learnt: list[Learnt], since: date) -> None:
    target = next(TARGETS)
    state.learn(target, learnt)
    state.learn(target, learnt)
    assert set(state.learnt(target, since)) == {each for each in learnt if each.day >= since}


# In a zone with summer time, moments that come twice equal nothing in another zone (PEP 495).
OFFSETS = st.integers(-12, 14).map(lambda hours: timezone(timedelta(hours=hours)))

runs = st.builds(
    Run,
    id=words,
    target=st.just("prod"),
    started=st.datetimes(min_value=datetime(2000, 1, 1), timezones=OFFSETS),  # noqa: DTZ001  it gets one
    plan=words,
    tool=words,
    ended=st.none() | st.datetimes(min_value=datetime(2000, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    counts=st.dictionaries(words, st.integers(0, 10**9), max_size=3),
    exit=st.none() | st.integers(0, 255),
)


@LAW
@given(recorded=st.lists(runs, max_size=5))
def test_runs_are_known_by_their_last_word_the_latest_first(state: SqlState, recorded: list[Run]) -> None:
    target = next(TARGETS)
    recorded = [replace(each, target=target) for each in recorded]
    for each in recorded:
        state.record_run(each)
    last = {each.id: each for each in recorded}.values()
    assert state.runs(target) == sorted(last, key=lambda each: (each.started, each.id), reverse=True)


pairs = st.tuples(words, words).filter(lambda pair: folded(pair[0]) != folded(pair[1]))


@LAW
@given(known=distinct, keys=pairs, kind=st.sampled_from(Kind))
def test_a_moved_record_is_the_same_under_its_new_key(
    state: SqlState, known: list[Known], keys: tuple[str, str], kind: Kind
) -> None:
    target, (old, new) = next(TARGETS), keys
    rest = [each for each in known if (each.kind, folded(each.key)) not in {(kind, folded(old)), (kind, folded(new))}]
    one = Known(kind, old, "an id of its own", Origin.CREATED, {"active": True}, "One", date(2026, 9, 1))
    state.record(target, [*rest, one])
    state.move(target, kind, old, new)
    assert state.known(target) == in_order([*rest, replace(one, key=new)])
    state.move(target, kind, new, old)
    assert state.known(target) == in_order([*rest, one])


@LAW
@given(known=distinct, learnt=st.lists(lessons, max_size=4), recorded=st.lists(runs, max_size=3))
def test_a_moved_target_is_the_same_under_its_new_name(
    state: SqlState, known: list[Known], learnt: list[Learnt], recorded: list[Run]
) -> None:
    old, new = next(TARGETS), next(TARGETS)
    state.bind(old, "0123")
    state.record(old, known)
    state.learn(old, learnt)
    for each in recorded:
        state.record_run(replace(each, target=old))
    before = (state.fingerprint(old), state.known(old), state.learnt(old, date.min), len(state.runs(old)))
    state.move_target(old, new)
    assert (state.fingerprint(new), state.known(new), state.learnt(new, date.min), len(state.runs(new))) == before
    assert (state.fingerprint(old), state.known(old), state.learnt(old, date.min), state.runs(old)) == (
        None,
        [],
        [],
        [],
    )
    assert old not in state.targets()
    assert new in state.targets()


ALICE = Known(Kind.USER, "alice", "1", Origin.CREATED, {"userName": "alice", "active": True}, "Alice", date(2026, 9, 1))


def test_a_store_is_the_same_when_it_is_opened_again(state_url: str) -> None:
    with closing(open_state(state_url, create=True)) as state:
        state.bind("prod", "0123456789abcdef")
        state.record("prod", [ALICE])
        state.learn("prod", [Learnt(Lesson.NOT_KEPT, Kind.USER, "title", "", date(2026, 9, 1))])
        lineage = state.lineage
    for create in (False, True):
        with closing(open_state(state_url, create=create)) as state:
            assert state.known("prod") == [ALICE]
            assert state.fingerprint("prod") == "0123456789abcdef"
            assert [each.subject for each in state.learnt("prod", date(2026, 9, 1))] == ["title"]
            assert state.lineage == lineage


def test_the_lineage_begins_with_the_first_record_and_stays(state_url: str) -> None:
    with closing(open_state(state_url, create=True)) as state:
        assert state.lineage == "none"
        state.record("prod", [])
        state.learn("prod", [])
        assert state.lineage == "none"
        state.bind("prod", "0123456789abcdef")
        first = state.lineage
        state.record("prod", [ALICE])
        state.forget("prod", Kind.USER, "alice")
        assert state.lineage == first
    assert len(first) == 32
    int(first, 16)


def test_targets_do_not_see_each_other(state: SqlState) -> None:
    state.bind("prod", "a")
    state.bind("test", "b")
    state.record("prod", [ALICE])
    state.record("test", [ALICE])
    state.forget("prod", Kind.USER, "alice")
    assert (state.fingerprint("prod"), state.fingerprint("test"), state.fingerprint("new")) == (
        "a",
        "b",
        None,
    )
    assert (state.known("prod"), state.known("test")) == ([], [ALICE])


def test_a_renamed_key_takes_the_record_of_its_id_over(state: SqlState) -> None:
    renamed = Known(Kind.USER, "alice.ng", "1", Origin.CREATED)
    group = Known(Kind.GROUP, "alice", "1", Origin.ADOPTED)
    state.record("prod", [ALICE, group])
    state.record("prod", [renamed])
    assert state.known("prod") == [group, renamed]


def test_a_key_keeps_its_latest_spelling(state: SqlState) -> None:
    state.record("prod", [ALICE])
    state.record("prod", [Known(Kind.USER, "Alice", "1", Origin.CREATED)])
    assert [each.key for each in state.known("prod")] == ["Alice"]


def test_two_keys_may_swap_their_ids(state: SqlState) -> None:
    one, two = (Known(Kind.USER, key, id_, Origin.CREATED) for key, id_ in [("a", "1"), ("b", "2")])
    state.record("prod", [one, two])
    swapped = [Known(Kind.USER, "a", "2", Origin.CREATED), Known(Kind.USER, "b", "1", Origin.CREATED)]
    state.record("prod", swapped)
    assert state.known("prod") == swapped


def test_text_that_is_not_unicode_is_kept_in_values_replaced_in_names_and_refused_in_keys(
    state: SqlState,
) -> None:
    odd = Known(Kind.USER, "odd", "7", Origin.MATCHED, {"displayName": "a\ud800"}, name="a\ud800\x00")
    state.record("prod", [odd])
    (found,) = state.known("prod")
    assert found.applied == odd.applied
    assert found.name == "a\ufffd\ufffd"
    with pytest.raises(RunError, match="not valid Unicode"):
        state.record("prod", [ALICE, Known(Kind.USER, "bob", "\ud800", Origin.MATCHED)])
    assert state.known("prod") == [found]


def test_ten_thousand_objects_take_less_than_a_second(state: SqlState) -> None:
    many = [
        Known(
            Kind.USER,
            f"user{n}",
            f"id{n}",
            Origin.CREATED,
            {"userName": f"user{n}", "active": True, "title": "x" * 40},
        )
        for n in range(10_000)
    ]
    for _ in range(2):
        begun = time.process_time()
        state.record("prod", many)
        assert time.process_time() - begun < 1
    assert len(state.known("prod")) == 10_000


def test_a_store_opened_for_reading_cannot_be_written(state_url: str) -> None:
    open_state(state_url, create=True).close()
    with closing(open_state(state_url, create=False)) as state:
        with pytest.raises(RunError):
            state.record("prod", [ALICE])
        assert state.known("prod") == []


UNDELETABLE = Learnt(Lesson.UNDELETABLE, Kind.USER, "user", "protected", date(2026, 9, 1), "alice")
NOT_KEPT = Learnt(Lesson.NOT_KEPT, Kind.USER, "title", "", date(2026, 9, 1))
RUN = Run("20260901-080000-abcd", "prod", datetime(2026, 9, 1, 8, tzinfo=UTC), "abcd", "1.0")


def test_what_was_learnt_of_an_object_goes_where_its_record_goes(state: SqlState) -> None:
    state.record("prod", [ALICE])
    state.learn("prod", [UNDELETABLE, NOT_KEPT, replace(UNDELETABLE, key="al", value="of somebody before")])
    state.move("prod", Kind.USER, "alice", "al")
    assert state.learnt("prod", date.min) == [NOT_KEPT, replace(UNDELETABLE, key="al")]
    state.forget("prod", Kind.USER, "al")
    assert state.learnt("prod", date.min) == [NOT_KEPT]


def test_a_key_moves_to_another_spelling_of_itself(state: SqlState) -> None:
    state.record("prod", [ALICE])
    state.learn("prod", [UNDELETABLE])
    state.move("prod", Kind.USER, "alice", "Alice")
    assert [each.key for each in state.known("prod")] == ["Alice"]
    assert [each.key for each in state.learnt("prod", date.min)] == ["Alice"]


def test_nothing_moves_to_where_something_is(state: SqlState) -> None:
    bob = Known(Kind.USER, "bob", "2", Origin.ADOPTED)
    state.record("prod", [ALICE, bob])
    with pytest.raises(RefusedError, match=r"target prod: user:bob has a record already"):
        state.move("prod", Kind.USER, "alice", "BOB")
    state.bind("test", "0123")
    with pytest.raises(RefusedError, match=r"target test: something is recorded of it already"):
        state.move_target("prod", "test")
    assert state.known("prod") == [ALICE, bob]


def test_a_forgotten_target_has_its_runs_and_nothing_else(state: SqlState) -> None:
    state.bind("prod", "0123")
    state.record("prod", [ALICE])
    state.learn("prod", [NOT_KEPT])
    state.record_run(RUN)
    state.record("test", [ALICE])
    assert state.targets() == ["prod", "test"]
    state.forget_target("prod")
    assert (state.fingerprint("prod"), state.known("prod"), state.learnt("prod", date.min)) == (None, [], [])
    assert state.runs("prod") == [RUN]
    assert state.targets() == ["test"]
    assert state.known("test") == [ALICE]


def test_a_target_without_its_endpoint_keeps_its_records(state: SqlState) -> None:
    state.bind("prod", "0123")
    state.record("prod", [ALICE])
    state.unbind("prod")
    assert (state.fingerprint("prod"), state.known("prod")) == (None, [ALICE])


def test_a_store_without_a_database_is_not_made_by_whoever_tidies_it_up(state_url: str, tmp_path: Path) -> None:
    with closing(open_existing_state(state_url)) as state:
        assert (state.lineage, state.targets(), state.runs("prod")) == ("none", [], [])
        state.move("prod", Kind.USER, "alice", "al")
        state.move_target("prod", "test")
        state.unbind("prod")
        state.forget_target("prod")
        state.record_run(RUN)
    assert list(tmp_path.iterdir()) == []
    open_state(state_url, create=True).close()
    with closing(open_existing_state(state_url)) as state:
        state.record("prod", [ALICE])
        assert state.targets() == ["prod"]
