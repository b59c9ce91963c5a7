"""Names and patterns that choose users, groups and targets."""

from __future__ import annotations

from typing import Any

import pytest
from catalog_trees import complaints

PEOPLE = "users: {ann: {title: A}, bob: {state: disabled}, gone: {state: absent, title: Z}}\ngroups: {ops: , eng: }\n"
TARGETS = 'targets: {aws-1: {platform: generic, url: "https://scim.example"}, base: {abstract: true}}\n'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "scopes: {s: {users: {include: [ann, 'b*', 'x*'], exclude: ['svc-*']}}}",
            [
                "3:43: scopes.s.users.include: warning: 'x*' selects nobody",
                "3:60: scopes.s.users.exclude: warning: 'svc-*' selects nobody",
            ],
        ),
        (
            "scopes: {s: {users: {include: [anne]}, groups: {include: [opps]}}}",
            [
                "3:32: scopes.s.users.include: there is no user 'anne' (did you mean 'ann'?)",
                "3:59: scopes.s.groups.include: there is no group 'opps' (did you mean 'ops'?)",
            ],
        ),
        ("scopes: {s: {users: {include: [ANN, '*'], exclude: [gone]}, groups: {exclude: ['*']}}}", []),
        (
            "scopes: {s: {users: {memberOf: [ops, opps]}}}",
            [
                "3:38: scopes.s.users.memberOf: there is no group 'opps' (did you mean 'ops'?)",
            ],
        ),
        (
            "scopes: {s: {users: {where: 'title eq \"Z\"'}}}",
            [
                "3:22: scopes.s.users.where: warning: the filter selects nobody",
            ],
        ),
        ("scopes: {s: {users: {where: 'title eq \"A\"'}}, t: {users: {}}, u: {groups: {}}}", []),
    ],
)
def test_scopes(text: str, expected: Any) -> None:
    assert complaints(PEOPLE + text) == [f"manifests/a.yaml:{each}" for each in expected]


def test_filters_of_groups_that_select_nobody_are_warned_about() -> None:
    text = "users: {ann: {title: A}}\ngroups: {a: {membersWhere: 'title eq \"B\"'}, b: {membersWhere: 'title pr'}}"
    assert complaints(text) == ["manifests/a.yaml:2:14: groups.a.membersWhere: warning: the filter selects nobody"]


def test_patterns_for_no_target_are_warned_about_at_their_place() -> None:
    text = TARGETS + (
        "users: {ann: {on: {'aws-*': {}, 'gcp-*': {}, aws-2: {}}}}\ngroups:\n"
        "  ops: {on: {base: {displayName: x}, AWS-1: {}}}\n"
    )
    assert complaints(text) == [
        "manifests/a.yaml:2:33: users.ann.on: warning: 'gcp-*' fits no target",
        "manifests/a.yaml:2:46: users.ann.on: warning: 'aws-2' fits no target (did you mean 'aws-1'?)",
        "manifests/a.yaml:4:14: groups.ops.on: warning: 'base' fits no target (known here: aws-1)",
    ]
