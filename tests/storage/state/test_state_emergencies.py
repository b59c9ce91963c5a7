"""Who is kept inactive after an emergency: remembered until it is ended, whatever else is forgotten."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from reconciler.core.known import Emergency, Known, Origin
from reconciler.core.resources import Kind
from reconciler.storage.state.nothing import NoState

if TYPE_CHECKING:
    from reconciler.storage.state.store import SqlState

FIRST, LATER = date(2026, 11, 21), date(2026, 12, 1)
ALICE, BOB = Emergency("Alice", FIRST), Emergency("bob", FIRST)


def test_they_are_kept_by_target_and_key_without_regard_to_case(state: SqlState) -> None:
    assert state.emergencies("prod") == []
    state.declare_emergencies("prod", [])
    assert state.lineage == "none"
    state.declare_emergencies("prod", [BOB, ALICE])
    state.declare_emergencies("test", [BOB])
    assert state.emergencies("prod") == [ALICE, BOB]
    assert state.targets_in_emergency() == ["prod", "test"]
    state.declare_emergencies("prod", [Emergency("ALICE", LATER)])
    assert state.emergencies("prod") == [Emergency("ALICE", LATER), BOB]
    state.end_emergency("prod", "alice")
    state.end_emergency("prod", "nobody")
    assert state.emergencies("prod") == [BOB]
    assert state.emergencies("test") == [BOB]


def test_what_is_forgotten_of_an_object_or_a_target_ends_none(state: SqlState) -> None:
    state.record("prod", [Known(Kind.USER, "bob", "1", Origin.CREATED)])
    state.declare_emergencies("prod", [BOB])
    state.forget("prod", Kind.USER, "bob")
    state.forget_target("prod")
    assert state.targets() == []
    assert state.emergencies("prod") == [BOB]


def test_they_go_along_with_a_key_and_with_a_target(state: SqlState) -> None:
    state.record("prod", [Known(Kind.USER, "bob", "1", Origin.CREATED), Known(Kind.GROUP, "bob", "2", Origin.CREATED)])
    state.declare_emergencies("prod", [ALICE, BOB])
    state.move("prod", Kind.GROUP, "bob", "eng")
    assert state.emergencies("prod") == [ALICE, BOB]
    state.move("prod", Kind.USER, "bob", "Robert")
    assert state.emergencies("prod") == [ALICE, Emergency("Robert", FIRST)]
    state.declare_emergencies("test", [Emergency("alice", LATER)])
    state.move_target("prod", "test")
    assert state.emergencies("test") == [ALICE, Emergency("Robert", FIRST)]
    assert state.targets_in_emergency() == ["test"]


def test_without_a_store_nobody_is_held() -> None:
    nothing = NoState()
    nothing.declare_emergencies("prod", [BOB])
    nothing.end_emergency("prod", "bob")
    assert nothing.emergencies("prod") == []
    assert nothing.targets_in_emergency() == []
