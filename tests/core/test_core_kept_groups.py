"""Groups that were taken out of the manifests: kept, with whom they still grant something, emptied, deleted."""

from __future__ import annotations

from typing import Any

import pytest
from planning_kit import group, known, plan_of, rows_of, signs, target_text, user

from reconciler.core.plan import Plan
from reconciler.core.resources import Kind

PEOPLE = "users: {ann: {}, bob: {}, off: {state: disabled}}\n"
LIVE = [user("1", "ann"), user("2", "bob"), user("3", "off", active=False), user("4", "stranger")]
RECORDS = [known("ann", "1"), known("bob", "2"), known("off", "3", active=False)]


def plan(*members: str, lines: Any = (), text: str = PEOPLE, inner: Any = ()) -> Plan:
    there = [group("9", "ops", *members), *([group("8", "inner", *inner)] if inner else [])]
    records = [*RECORDS, known("ops", "9", Kind.GROUP, members=list(members))]
    return plan_of({"p.yaml": text, "t.yaml": target_text(*lines)}, LIVE, there, records)


def detail(made: Plan) -> str:
    assert made.operations == ()
    [row] = made.withheld
    assert (row.key, row.action, str(row.reason)) == ("ops", None, "removed")
    return row.detail


def test_a_kept_group_names_whom_it_still_grants_something() -> None:
    assert detail(plan("1", "2", "3", "4")) == (
        "kept, as the target's lifecycle says; what it grants it still grants to 3 people: ann, bob, id 4"
    )


def test_people_in_groups_within_count_and_inactive_ones_do_not() -> None:
    assert detail(plan("3", "8", inner=["2"])).endswith("still grants to 1 person: bob")
    assert detail(plan("3")).endswith("nobody active is known to be in it")


def test_of_many_people_some_are_named() -> None:
    names = [f"u{n:02}" for n in range(14)]
    live = [user(each, each) for each in names]
    records = [*(known(each, each) for each in names), known("ops", "9", Kind.GROUP, members=names)]
    made = plan_of(
        "users: {" + ", ".join(f"{each}: {{}}" for each in names) + "}", live, [group("9", "ops", *names)], records
    )
    assert detail(made).endswith("to 14 people: u00, u01, u02, u03, u04, u05, u06, u07, u08, u09, and 4 more")


@pytest.mark.parametrize("side", ["onRemove", "onLeave"])
def test_the_same_for_a_group_that_left_the_scope_or_the_manifests(side: str) -> None:
    leaves = side == "onLeave"
    text = PEOPLE + ("groups: {ops: {members: [ann]}}\nscopes: {s: {groups: {include: []}}}" if leaves else "")
    scope = ["scope: s"] if leaves else []
    situation = "left_scope" if leaves else "removed"
    kept = plan("1", "2", lines=scope, text=text)
    assert rows_of(kept.withheld) == {("ops", None, situation)}
    assert kept.withheld[0].detail.endswith("2 people: ann, bob")
    emptied = plan("1", "2", lines=[*scope, f"lifecycle: {{groups: {{{side}: empty}}}}"], text=text)
    assert signs(emptied.operations) == ["group:ops remove_members"]
    assert [each.key for each in emptied.operations[0].members] == ["user:ann", "user:bob"]
    deleted = plan("1", "2", lines=[*scope, f"lifecycle: {{groups: {{{side}: delete}}}}"], text=text)
    assert signs(deleted.operations) == ["group:ops delete"]
    assert deleted.summary["groups"] == [{"group": "ops", "gained": 0, "lost": 2, "nested": False}]
