"""A scope or rule that selected several and selects nobody: refused, unless it is for dates or somebody allows it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from planning_kit import TODAY
from workplace import Workplace

PEOPLE = """
settings: {custom: {country: {type: string}}}
users:
  a: {custom: {country: CN}, department: Ops}
  b: {custom: {country: CN}, department: Ops}
  c: {custom: {country: CN}, department: Ops}
  d: {custom: {country: CN}, department: Ops}
  e: {department: Sales}
groups:
  ops: {displayName: Ops, membersWhere: 'department eq "Ops"'}
scopes:
  china: {users: {where: 'custom.country eq "CN"', include: [e]}}
"""
ROOM = (
    "safety: {limits: {disable: {percent: 100}, removeMembers: {percent: 100}, removeMembersPerGroup: {percent: 100}}"
)


def target(allow: str = "") -> tuple[str, ...]:
    return ("scope: china", f"{ROOM}{', allow: ' + allow if allow else ''}}}")


@pytest.fixture
def place(tmp_path: Path, state_url: str) -> Workplace:
    made = Workplace(tmp_path, PEOPLE, target(), state=state_url)
    made.apply()
    return made


def refusals(place: Workplace) -> dict[str, tuple[str, ...]]:
    return {each.name: each.operations for each in place.plan().plan.refused}


class TestRule:
    def test_a_rule_that_selects_nobody_any_more_is_refused(self, place: Workplace) -> None:
        place.replace('eq "Ops"\'', 'eq "Opps"\'')
        [refusal] = place.plan().plan.refused
        assert (refusal.name, refusal.operations) == ("emptied", ("group:ops:remove_members",))
        assert refusal.detail == "membersWhere of group ops selected 4 users at the last apply and selects nobody now"
        assert refusal.allow.startswith("safety: {allow: {limits: {emptied: true}, until: ")

    def test_what_is_allowed_goes_through_and_is_the_usual_state_from_then_on(self, place: Workplace) -> None:
        place.replace('eq "Ops"\'', 'eq "Opps"\'')
        place.target = target(f"{{limits: {{emptied: true}}, until: {TODAY}}}")
        assert refusals(place) == {}
        place.apply()
        place.target = target()
        place.settled()
        assert refusals(place) == {}

    def test_an_apply_that_did_something_else_does_not_make_it_usual(self, place: Workplace) -> None:
        place.replace('eq "Ops"\'', 'eq "Opps"\'')
        place.apply(only=["user:e"])
        assert refusals(place).keys() == {"emptied"}

    def test_fewer_than_four_may_go(self, place: Workplace) -> None:
        place.replace("d: {custom: {country: CN}, department: Ops}", "d: {custom: {country: CN}, department: Sales}")
        place.apply()
        place.replace('eq "Ops"\'', 'eq "Opps"\'')
        assert refusals(place) == {}


class TestScope:
    def test_a_scope_that_selects_nobody_any_more_is_refused_with_whoever_leaves(self, place: Workplace) -> None:
        place.replace(", include: [e]", ", exclude: [e]")
        place.apply()
        place.replace('country eq "CN"', 'country eq "CNN"')
        found = refusals(place)
        assert found["emptied"] == tuple(f"user:{each}:disable" for each in "abcd")

    def test_also_where_nobody_has_to_be_disabled_for_half_to_hold(self, place: Workplace) -> None:
        place.target = ("scope: china", f"{ROOM}}}", "lifecycle: {onLeave: keep}")
        place.replace(", include: [e]", "")
        place.replace('country eq "CN"', 'country eq "CNN"')
        assert "half" not in refusals(place)

    def test_dates_are_another_cause(self, tmp_path: Path) -> None:
        text = PEOPLE.replace("department: Ops}", f"department: Ops, until: {TODAY}}}").replace(
            'country eq "CN"', 'country eq "CN" and active eq true'
        )
        place = Workplace(tmp_path, text.replace(", include: [e]", ""), target())
        place.apply()
        place.clock.time += timedelta(days=1)
        assert "emptied" not in refusals(place)

    def test_without_a_store_nothing_is_remembered(self, tmp_path: Path) -> None:
        place = Workplace(tmp_path, PEOPLE, target(), state="none")
        place.apply()
        place.replace('eq "Ops"\'', 'eq "Opps"\'')
        assert "emptied" not in refusals(place)
