"""`--only` and `--exclude`: some operations of a plan, the rest shown as not selected."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from planning_kit import circumstances, group, known, plan_of, rows_of, target_text, user

from reconciler.core.planning.selection import Selection, check_selection, select_operations
from reconciler.core.resources import Kind, Ref
from reconciler.errors import UsageError

TEXT = """
users: {ann: {title: Boss}, bob: {manager: ann}, new: {manager: newer}, newer: {}}
groups: {ops: {members: [ann, new]}, eng: {members: [ann, bob]}, fresh: {members: [ann, new, {group: eng}]}}
"""
LIVE = [user("1", "ann"), user("2", "bob")]
GROUPS = [group("g1", "ops", "2"), group("g2", "eng")]
RECORDS = [
    known("ann", "1"),
    known("bob", "2"),
    known("ops", "g1", Kind.GROUP),
    known("eng", "g2", Kind.GROUP),
]


def selected(
    only: Any = (),
    exclude: Any = (),
    *,
    text: Any = TEXT,
    live: Any = LIVE,
    groups: Any = GROUPS,
    records: Any = RECORDS,
) -> Any:
    tree = {"p.yaml": text, "t.yaml": target_text()}
    told = circumstances(selection=Selection(tuple(only), tuple(exclude)))
    return plan_of(tree, live, groups, records, told=told)


def contents(plan: Any) -> dict[str, list[str]]:
    return {each.id: [one.key or one.id or "" for one in each.members] for each in plan.operations}


def test_nothing_given_is_everything() -> None:
    plan = selected()
    assert contents(plan) == {
        "user:ann:update": [],
        "user:new:create": [],
        "user:newer:create": [],
        "user:bob:update": [],
        "user:new:update:references": [],
        "group:fresh:create": ["user:ann", "user:new", "group:eng"],
        "group:eng:add_members": ["user:ann", "user:bob"],
        "group:ops:add_members": ["user:ann", "user:new"],
        "group:ops:remove_members": ["user:bob"],
    }
    assert (plan.withheld, plan.selection) == ((), ())


def test_a_user_takes_its_own_memberships_along() -> None:
    plan = selected(["user:ann"])
    assert contents(plan) == {
        "user:ann:update": [],
        "group:eng:add_members": ["user:ann"],
        "group:ops:add_members": ["user:ann"],
    }
    assert plan.selection == ("--only user:ann",)
    assert rows_of(plan.withheld) == {
        ("bob", "update", "not_selected"),
        ("new", "create", "not_selected"),
        ("new", "update", "not_selected"),
        ("newer", "create", "not_selected"),
        ("fresh", "create", "not_selected"),
        ("eng", "add_members", "not_selected"),
        ("ops", "add_members", "not_selected"),
        ("ops", "remove_members", "not_selected"),
    }
    assert [each.detail for each in plan.withheld if each.key == "eng"] == ["1 members"]


def test_a_user_leaves_its_groups_too() -> None:
    assert contents(selected(["user:bob"])) == {
        "user:bob:update": [],
        "group:eng:add_members": ["user:bob"],
        "group:ops:remove_members": ["user:bob"],
    }


def test_a_group_gets_only_those_who_are_there() -> None:
    plan = selected(["group:ops"])
    assert contents(plan) == {"group:ops:add_members": ["user:ann"], "group:ops:remove_members": ["user:bob"]}
    assert contents(selected(["group:fresh"])) == {"group:fresh:create": ["user:ann", "group:eng"]}


def test_those_created_beside_it_come_along() -> None:
    assert contents(selected(["group:ops", "user:new"])) == {
        "user:new:create": [],
        "group:ops:add_members": ["user:ann", "user:new"],
        "group:ops:remove_members": ["user:bob"],
    }


def test_a_reference_to_somebody_who_is_not_created_is_not_sent() -> None:
    plan = selected(["user:new"])
    assert contents(plan) == {"user:new:create": [], "group:ops:add_members": ["user:new"]}
    both = selected(["user:new*"])
    assert "user:new:update:references" in contents(both)


def test_excluding_a_user_leaves_its_memberships_as_they_are() -> None:
    plan = selected((), ["user:ann"])
    assert contents(plan)["group:eng:add_members"] == ["user:bob"]
    assert "user:ann:update" not in contents(plan)
    assert contents(plan)["group:fresh:create"] == ["user:new", "group:eng"]


def test_excluding_a_group_leaves_its_members_as_they_are() -> None:
    assert not any(id.startswith("group:ops") for id in contents(selected((), ["group:o*"])))
    assert contents(selected(["user:ann"], ["group:ops"])) == {
        "user:ann:update": [],
        "group:eng:add_members": ["user:ann"],
    }


def test_exclude_counts_more_than_only() -> None:
    assert contents(selected(["user:*"], ["user:*"])) == {}


def test_members_whom_nobody_knows_go_with_their_group() -> None:
    live, groups = [*LIVE, user("9", "zed")], [group("g1", "ops", "9")]
    text = "users: {ann: {}, bob: {}}\ngroups: {ops: {members: [ann], membership: exact}}"
    records = [RECORDS[0], RECORDS[1], RECORDS[2]]
    assert contents(selected(["group:ops"], text=text, live=live, groups=groups, records=records)) == {
        "group:ops:add_members": ["user:ann"],
        "group:ops:remove_members": ["9"],
    }
    assert contents(selected(["user:ann"], text=text, live=live, groups=groups, records=records)) == {
        "group:ops:add_members": ["user:ann"]
    }


def test_a_name_whose_bearer_was_not_selected_is_not_taken() -> None:
    text = "users: {ann: {userName: bob}, bob: {userName: robert}}"
    plan = selected(["user:ann"], text=text, groups=(), records=RECORDS[:2])
    assert contents(plan) == {}
    assert rows_of(plan.held) == {("ann", "update", "disputed")}
    assert list(contents(selected(["user:*"], text=text, groups=(), records=RECORDS[:2]))) == [
        "user:bob:update",
        "user:ann:update",
    ]


PATTERNS = st.sampled_from(["user:ann", "user:n*", "group:ops", "group:*", "user:*", "user:bob", "group:fresh"])


@given(st.lists(PATTERNS, max_size=2), st.lists(PATTERNS, max_size=2))
def test_everything_is_selected_or_said_not_to_be(only: Any, exclude: Any) -> None:
    whole = selected()
    operations, rows = select_operations(whole.operations, Selection(tuple(only), tuple(exclude)))
    kept = {each.id: each for each in operations}
    for each in whole.operations:
        full = each.id in kept and kept[each.id].members == each.members
        said = [row for row in rows if (row.key, row.action) == (each.key, each.action)]
        assert full or said
    created = {f"{each.kind}:{each.key}" for each in operations if each.action == "create"}
    for each in operations:
        assert all(one.id is not None or one.key in created for one in each.members)


def test_patterns_that_name_nobody_are_wrong_usage() -> None:
    known_keys = [Ref(Kind.USER, "ann"), Ref(Kind.GROUP, "ops")]
    check_selection(Selection(("user:ANN", "group:o*"), ("user:a*",)), known_keys)
    for pattern, words in (
        ("ann", "write user:KEY or group:KEY"),
        ("user:", "write user:KEY or group:KEY"),
        ("team:ops", "write user:KEY or group:KEY"),
        ("user:an", "no user is called 'an'.*ann"),
        ("group:ann", "no group is called 'ann'"),
        ("user:zzzzzzzz", "no user is called 'zzzzzzzz'"),
    ):
        with pytest.raises(UsageError, match=words):
            check_selection(Selection((), (pattern,)), known_keys)
