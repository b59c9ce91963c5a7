"""Who owns what across targets, and what scopes and rules selected, on every database."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from reconciler.core.known import Holding, Known, Origin, Selected
from reconciler.core.resources import Kind
from reconciler.storage.state.nothing import NoState

if TYPE_CHECKING:
    from reconciler.storage.state.store import SqlState

DAY = date(2026, 11, 21)


def record(key: str, id: str, origin: Origin = Origin.CREATED, kind: Kind = Kind.USER) -> Known:
    return Known(kind, key, id, origin)


class TestHoldings:
    def test_others_on_the_same_endpoint_count_and_what_is_only_matched_does_not(self, state: SqlState) -> None:
        for name, fingerprint in (("here", "f"), ("east", "f"), ("far", "g")):
            state.bind(name, fingerprint)
            state.record(name, [record("Ann", f"{name}-1"), record("bob", f"{name}-2", Origin.MATCHED)])
        assert state.targets_beside("here", "f") == ["east"]
        assert state.holdings_beside("here", "f") == [Holding("east", Kind.USER, "Ann", "east-1")]
        assert state.holdings_beside("here", "other") == []

    def test_what_each_target_owns_is_counted_by_kind(self, state: SqlState) -> None:
        state.record("east", [record("ann", "1"), record("bob", "2", Origin.ADOPTED)])
        state.record("east", [record("ops", "1", kind=Kind.GROUP)])
        state.record("west", [record("cy", "3", Origin.MATCHED)])
        assert state.owned_counts() == {"east": {Kind.USER: 2, Kind.GROUP: 1}}


class TestSelections:
    FIRST = (Selected("rule", "ops", Kind.USER, 4), Selected("scope", "china", Kind.USER, 12))

    def test_those_of_an_apply_replace_those_before(self, state: SqlState) -> None:
        state.record_selections("there", self.FIRST, DAY)
        assert state.selections("there") == list(self.FIRST)
        state.record_selections("there", self.FIRST[:1], DAY)
        assert state.selections("there") == [self.FIRST[0]]
        assert state.selections("elsewhere") == []

    def test_they_go_along_with_their_target_and_end_with_it(self, state: SqlState) -> None:
        state.record("there", [record("ann", "1")])
        state.record_selections("there", self.FIRST, DAY)
        state.move_target("there", "new")
        assert (state.selections("there"), state.selections("new")) == ([], list(self.FIRST))
        state.forget_target("new")
        assert state.selections("new") == []


def test_without_a_store_nobody_owns_anything() -> None:
    state = NoState()
    state.record_selections("there", TestSelections.FIRST, DAY)
    assert (state.targets_beside("there", "f"), state.holdings_beside("there", "f")) == ([], [])
    assert (state.owned_counts(), state.selections("there")) == ({}, [])
