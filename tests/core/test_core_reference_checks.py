"""References between users and groups: unknown ones and circles."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
import yaml_text
from catalog_trees import complaints, load_tree
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.core.desired.circles import MOST_CIRCLES, find_circles
from reconciler.core.manifests import Rule

names = st.sampled_from("abcdef")
graphs = st.dictionaries(names, st.lists(names, max_size=4))


def reachable(start: str, edges: Mapping[str, list[str]]) -> set[str]:
    """Naive: everything that one or more steps lead to."""
    found: set[str] = set()
    front = set(edges.get(start, ()))
    while front - found:
        found |= front
        front = {step for each in front for step in edges.get(each, ())}
    return found


@given(graphs)
@settings(max_examples=200)
def test_circles_are_found_exactly_when_they_exist(edges: Any) -> None:
    in_circles = {each for each in edges if each in reachable(each, edges)}
    circles = find_circles(edges)
    assert bool(circles) == bool(in_circles)
    for circle in circles:
        assert circle[0] == min(circle)
        assert len(set(circle)) == len(circle)
        assert all(step in edges[each] for each, step in zip(circle, [*circle[1:], circle[0]], strict=True))
        assert set(circle) <= in_circles


@given(graphs, st.randoms(use_true_random=False))
def test_the_order_of_the_graph_decides_nothing(edges: Any, shuffle: Any) -> None:
    keys = list(edges)
    shuffle.shuffle(keys)
    assert find_circles({key: edges[key] for key in keys}) == find_circles(edges)


@given(st.dictionaries(names, names))
def test_where_everybody_has_one_manager_every_circle_is_found(managers: Any) -> None:
    found = find_circles({key: [manager] for key, manager in managers.items()})
    in_circles = {key for key in managers if key in reachable(key, {k: [m] for k, m in managers.items()})}
    assert {each for circle in found for each in circle} == in_circles


def test_groups_that_all_hold_each_other_do_not_flood() -> None:
    keys = [f"g{number}" for number in range(60)]
    assert len(find_circles(dict.fromkeys(keys, keys))) == MOST_CIRCLES


def test_long_chains_need_no_recursion() -> None:
    chain = {f"u{number:06}": [f"u{number + 1:06}"] for number in range(50_000)}
    assert find_circles(chain) == []
    chain["u049999"] = ["u000000"]
    assert [len(circle) for circle in find_circles(chain)] == [50_000]


def test_a_long_circle_is_shown_shortened() -> None:
    users = {f"u{number:03}": {"manager": f"u{(number + 1) % 300:03}"} for number in range(300)}
    [found] = complaints(yaml_text.dump({"users": users}))
    assert "u000 → u001 → u002 → u003 → u004 → u005 → … 288 more … → u294 → " in found
    assert found.endswith("→ u299 → u000 (take one of these references out)")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "users:\n  ann: {groups: [op, {group: eng}]}\ngroups: {ops: }",
            [
                "2:18: users.ann.groups: there is no group 'op' (did you mean 'ops'?)",
                "2:22: users.ann.groups: there is no group 'eng' (known here: ops)",
            ],
        ),
        (
            "groups:\n  ops: {members: [an, {user: bob}, {group: eng}]}\nusers: {ann: }",
            [
                "2:19: groups.ops.members: there is no user 'an' (did you mean 'ann'?)",
                "2:23: groups.ops.members: there is no user 'bob' (known here: ann)",
                "2:36: groups.ops.members: there is no group 'eng' (known here: ops)",
            ],
        ),
        ("users:\n  ann: {manager: An}", ["2:9: users.ann.manager: there is no user 'An' (did you mean 'ann'?)"]),
        (
            (
                "users:\n  ann: {on: {'there': {manager: bo}}}\n  bob: \n"
                "targets: {there: {platform: generic, url: 'https://scim.example'}}"
            ),
            ["2:14: users.ann.on.there.manager: there is no user 'bo' (did you mean 'bob'?)"],
        ),
        (
            "users:\n  ann: {manager: ann}",
            ["2:9: users.ann.manager: goes round in a circle: ann → ann (take one of these references out)"],
        ),
        (
            "groups:\n  b: {members: [{group: a}]}\n  a: {members: [{group: b}, {group: a}]}",
            [
                "3:7: groups.a.members: goes round in a circle: a → a (take one of these references out)",
                "3:7: groups.a.members: goes round in a circle: a → b → a (take one of these references out)",
            ],
        ),
    ],
)
def test_every_kind_of_reference_is_checked_at_its_place(text: str, expected: Any) -> None:
    assert complaints(text) == [f"manifests/a.yaml:{each}" for each in expected]


def test_naming_somebody_absent_is_legal() -> None:
    text = """
        users: {gone: {state: absent}, ann: {manager: gone}}
        groups: {ops: {members: [gone]}, old: {state: absent}, all: {members: [{group: old}]}}
    """
    assert complaints(text) == []


def test_deleting_an_entry_that_others_name_lists_their_places() -> None:
    text = """
        users: {ann: {manager: gone, groups: [ops]}}
        groups: {ops: {members: [gone]}}
        scopes: {s: {users: {include: [gone], exclude: [Gone]}}}
        mappings: {m: {users: {attributes: {'manager.value': "{{ id_of('user:gone') }}"}}}}
    """
    places = [each.split(": there is no user ")[0] for each in complaints(text)]
    assert places == [
        "manifests/a.yaml:2:15: users.ann.manager",
        "manifests/a.yaml:3:26: groups.ops.members",
        "manifests/a.yaml:4:32: scopes.s.users.include",
        "manifests/a.yaml:4:49: scopes.s.users.exclude",
        "manifests/a.yaml:5:54: mappings.m.users.attributes.manager.value",
    ]


def test_many_misspelt_names_are_all_reported_and_only_the_first_get_suggestions() -> None:
    users = {f"user{number:05}": {"manager": f"usr{number:05}"} for number in range(3000)}
    _, faults = load_tree(yaml_text.dump({"users": users}))
    assert {each.rule for each in faults.items} == {Rule.UNKNOWN_REFERENCE}
    suggested = sum("did you mean" in each.remedy for each in faults.items)
    assert len(faults.items) == 3000
    assert 5 < suggested < 1000
