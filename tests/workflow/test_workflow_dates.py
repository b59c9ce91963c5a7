"""Ten days in a row on a server: every plan foretells what the plans of the days after it do."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from pathlib import Path

from planning_kit import NOW, TODAY, signs
from workplace import Workplace

from reconciler.core.plan import Plan
from reconciler.core.planning.foresight import HORIZON
from reconciler.core.resources import Kind


def day(number: int) -> date:
    return TODAY + timedelta(days=number)


PEOPLE = f"""
users:
  ann: {{}}
  bob: {{until: {day(4)}}}
  cy: {{from: {day(2)}, until: {day(5)}}}
  dee: {{from: {day(3)}}}
  gone: {{}}
  back: {{from: {day(6)}}}
groups:
  ops: {{members: [ann, bob, cy, {{user: dee, from: {day(5)}}}, {{group: inner, until: {day(2)}}}]}}
  inner: {{members: [{{user: ann, until: {day(1)}}}, {{user: back, from: {day(1)}}}]}}
"""
Step = tuple[str, str, str]


def steps(made: Plan) -> set[Step]:
    """What a plan does, without the memberships that somebody who is created takes along."""
    new = {f"user:{each.key}" for each in made.operations if each.action == "create"}
    return {
        (each.key, str(each.action), who)
        for each in made.operations
        for who in ([member.key or "" for member in each.members] if each.kind is Kind.GROUP else [""])
        if who not in new
    }


def foretold(made: Plan) -> dict[date, set[Step]]:
    found: dict[date, set[Step]] = defaultdict(set)
    for each in made.waiting:
        if each.due is not None:
            found[each.due] |= {(each.key, str(each.action), who) for who in each.members or ("",)}
    return found


def test_every_day_brings_what_the_days_before_said(tmp_path: Path) -> None:
    place = Workplace(
        tmp_path, PEOPLE.replace(f"back: {{from: {day(6)}}}", "back: {}"), ["lifecycle: {deleteAfter: 4d}"]
    )
    place.apply()
    place.people = PEOPLE.replace("  gone: {}\n", "")
    assert {"user:gone disable", "user:back disable"} <= set(signs(place.plan().plan.operations))
    place.apply()
    said: dict[date, dict[date, set[Step]]] = {TODAY: foretold(place.settled())}
    happened: dict[date, set[Step]] = {}
    for number in range(1, 10):
        today = day(number)
        place.clock.time = NOW + timedelta(days=number)
        happened[today] = steps(place.plan().plan)
        assert steps(place.plan(due=True).plan) == happened[today]
        place.apply(due=True)
        said[today] = foretold(place.settled())
    for when, rows in said.items():
        later = {each for each in happened if when < each <= when + HORIZON}
        assert {each: rows.get(each, set()) for each in later} == {each: happened[each] for each in later}
    assert happened[day(4)] == {("gone", "delete", "")}
    assert {action for each in happened.values() for _, action, _ in each} == {
        "create",
        "enable",
        "disable",
        "delete",
        "add_members",
        "remove_members",
    }
