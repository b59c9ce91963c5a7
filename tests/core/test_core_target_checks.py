"""What only a target can tell: values that it would take for the same, names that nothing maps, rules that fail."""

from __future__ import annotations

from typing import Any

import pytest
import yaml_text
from catalog_trees import TARGET, complaints, good_catalog, good_target, load_tree
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.core.expressions import ExpressionError
from reconciler.core.mapping.target_checks import check_target
from reconciler.core.mapping.trials import UNIQUE, Trial
from reconciler.core.resources import Kind
from reconciler.diagnostics import Faults

MAPPED = 'targets: {there: {platform: generic, url: "https://scim.example", mapping: m}}\n'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "users: {ann: {userName: X}, bob: {userName: x}}",
            (
                "2:35: users.bob.userName: 'x' on target there is already that of ann at "
                "manifests/a.yaml:2 (each needs its own)"
            ),
        ),
        (
            "users: {ann: {externalId: e}, bob: {externalId: e}}",
            (
                "2:37: users.bob.externalId: 'e' on target there is already that of ann at "
                "manifests/a.yaml:2 (each needs its own)"
            ),
        ),
        (
            "groups: {a: {displayName: Ops}, b: {displayName: ops}}",
            (
                "2:37: groups.b.displayName: 'ops' on target there is already that of a at "
                "manifests/a.yaml:2 (each needs its own)"
            ),
        ),
        (
            "users: {ann: {userName: bob}, bob: }",
            (
                "2:31: users.bob.userName: 'bob' on target there is already that of ann at "
                "manifests/a.yaml:2 (each needs its own)"
            ),
        ),
    ],
)
def test_two_objects_of_one_name_are_a_fault_that_names_both_places(text: str, expected: Any) -> None:
    assert complaints(TARGET + text) == [f"manifests/a.yaml:{expected}"]


@pytest.mark.parametrize(
    "text",
    [
        "users: {ann: {externalId: e}, bob: {externalId: E}}",
        "users: {ann: {userName: x}, bob: {userName: x, state: absent}}",
        "users: {ann: {externalId: ''}, bob: {externalId: ''}}",
        "users: {ann: {externalId: }, bob: {externalId: }}",
        "users: {ann: {userName: x}}\ngroups: {x: }",
        "users: {ann: {userName: x}, bob: {userName: x, on: {there: {userName: y}}}}",
    ],
)
def test_what_a_target_tells_apart_is_no_duplicate(text: str) -> None:
    assert complaints(TARGET + text) == []


def test_duplicates_are_those_after_the_mapping_and_in_the_scope() -> None:
    text = MAPPED + (
        "users: {ann: {custom: {n: X}}, bob: {custom: {n: x}}, carl: {custom: {n: X}}}\n"
        "scopes: {s: {users: {exclude: [carl]}}}\n"
        "mappings: {m: {extends: generic, users: {attributes: {userName: '{{ user.custom.n }}'}}}}\n"
    )
    scoped = text.replace("mapping: m", "mapping: m, scope: s")
    assert [each.split(": ")[1] for each in complaints(text)] == ["users.bob.userName", "users.carl.userName"]
    assert [each.split(": ")[1] for each in complaints(scoped)] == ["users.bob.userName"]


keys = st.sampled_from(["ann", "Bob", "bob.b", "carl"])
texts = st.sampled_from(["x", "X", "straße", "STRAẞE", "strasse", "y", "e\u0301", "\u00e9"])
people = st.dictionaries(keys, st.fixed_dictionaries({}, optional={"userName": texts, "externalId": texts}))


@given(people)
@settings(max_examples=100, deadline=None)
def test_a_fault_is_found_exactly_where_two_values_compare_equal(users: Any) -> None:
    """userName without regard to case, externalId exactly (RFC 7643 §4.1.1, §3.1)."""
    names = [each.get("userName", key).lower().replace("e\u0301", "\u00e9") for key, each in users.items()]
    ids = [each.get("externalId", key).replace("e\u0301", "\u00e9") for key, each in users.items()]
    repeated = sum(len(each) - len(set(each)) for each in (names, ids))
    assert len(complaints(TARGET + yaml_text.dump({"users": users})[1:-1])) == repeated


@pytest.mark.parametrize(
    ("mapping", "expected"),
    [
        ("{}", ["no rule maps displayName of groups", "no rule maps userName of users"]),
        ("{extends: generic}", []),
        ("{extends: generic, users: {attributes: {userName: null}}}", ["no rule maps userName of users"]),
        ("{extends: generic, groups: {attributes: {displayName: null}}}", ["no rule maps displayName of groups"]),
    ],
)
def test_names_must_be_mapped(mapping: Any, expected: Any) -> None:
    found = complaints(f"{MAPPED}mappings: {{m: {mapping}}}")
    assert sorted(each.split(": ", 2)[2] for each in found) == [
        f"{each} (let the mapping extend generic, or add the rule)" for each in expected
    ]
    assert all(each.startswith("manifests/a.yaml:1:67: targets.there.mapping") for each in found)


def test_a_platform_without_groups_needs_no_name_for_them() -> None:
    catalog = good_catalog(
        f"{MAPPED}mappings: {{m: {{users: {{attributes: {{userName: '{{{{ user.key }}}}'}}}}}}}}\n"
        f"groups: {{a: , b: {{displayName: a}}}}"
    )
    there = good_target(catalog)
    profile = there.profile.model_copy(update={"groups": None})
    faults = Faults()
    check_target(type(there)(there.settings, profile, there.scope, there.rules), catalog, faults)
    assert faults.items == []


def test_a_rule_that_fails_names_everybody_for_whom_it_does() -> None:
    text = MAPPED + (
        "users: {ann: {custom: {n: [1]}}, bob: {custom: {n: x}}, carl: {custom: {n: [2]}, previously: [c]}}\n"
        "mappings: {m: {extends: generic, users: {attributes: {title: '{{ user.custom.n | lower }}'}}}}\n"
    )
    assert [each.split(": ", 1)[1] for each in complaints(text)] == [
        f"mappings.m.users.attributes.title: a list cannot be part of a text (for user {key}) (write … | join(', '))"
        for key in ("ann", "carl")
    ]


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["", "a", "B "]), st.lists, max_leaves=3
)
RULES = [
    "{{ user.custom.a }}",
    "{{ user.custom.a | lower }}",
    "{{ user.custom.a }}-{{ user.custom.b }}",
    "{{ user.custom.a ~ user.custom.b }}",
    "{{ user.title }}",
    "constant",
    "{{ user.custom.a.b }}",
]


@given(values, values, st.lists(st.sampled_from(RULES), min_size=3, max_size=3))
@settings(max_examples=100, deadline=None)
def test_trying_a_mapping_finds_what_running_it_finds(a: Any, b: Any, rules: Any) -> None:
    """Less work, the same values where they must be unique, the same failures."""
    attributes: dict[str, Any] = dict(zip(("title", "externalId", "nickName"), rules, strict=True))
    document = {
        "users": {"ann": {"custom": {"a": a, "b": b}}},
        "mappings": {"m": {"extends": "generic", "users": {"attributes": attributes}}},
        "targets": {"there": {"platform": "generic", "url": "https://scim.example", "mapping": "m"}},
    }
    catalog, faults = load_tree(yaml_text.dump(document))
    assert faults.items == []
    target = good_target(catalog)
    running, trying = Faults(), Faults()
    [wanted] = catalog.mapped(target, running)
    check_target(target, catalog, trying)
    assert trying.ordered() == running.ordered()
    if not running.items:
        from reconciler.core.mapping.mapped import Mapper

        trial = Trial(target.rules[Kind.USER], trying)
        mapper = Mapper(target, catalog.memberships, catalog.today, trying)
        found = trial.values(catalog.desired.users["ann"], mapper)
        assert {path: value for path, value in found.items() if value is not None} == {
            path: wanted.values[path] for path in UNIQUE[Kind.USER] if path in wanted.values
        }


def test_only_expressions_fail() -> None:
    assert issubclass(ExpressionError, ValueError)


def test_a_mapping_that_ends_nobodys_access_is_warned_about() -> None:
    mapping = "mappings: {m: {extends: generic, users: {attributes: {active: null}}}}\n"
    [said] = complaints(MAPPED + mapping + "users: {ann: {state: disabled}}")
    assert "no rule maps active of users: whoever the manifests disable keeps access on this target" in said
    without = MAPPED.replace("mapping: m", "mapping: m, manage: {users: [create, update]}")
    assert complaints(without + mapping + "users: {ann: {}}") == []
