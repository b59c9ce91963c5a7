"""Mappings over what they extend: order, unknown parents, circles."""

from __future__ import annotations

from typing import Any

import pytest
import yaml_text
from catalog_trees import complaints, good_catalog, load_tree, values_of
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.core.desired.circles import find_circles, parents_first
from reconciler.core.manifests import Manifests
from reconciler.core.mapping.layering import builtin_layers, check_extends, mapping_order
from reconciler.core.resources import Kind
from reconciler.diagnostics import Faults
from reconciler.platforms.registry import load_profile, platform_names

names = st.sampled_from("abcde")
parents = st.dictionaries(names, st.lists(names, max_size=3, unique=True), min_size=1)

PLATFORMS = ", ".join(platform_names())


def manifests(extends: dict[str, list[str]]) -> Manifests:
    mappings = {name: {"extends": each} for name, each in extends.items()}
    return load_tree(yaml_text.dump({"mappings": mappings}))[0].manifests


@given(parents)
@settings(max_examples=100, deadline=None)
def test_parents_come_before_their_children_each_once(extends: Any) -> None:
    declared = manifests(extends)
    if find_circles(extends):
        return
    for name in extends:
        order = mapping_order(name, declared)
        assert order[-1] == name
        assert len(set(order)) == len(order)
        for child in order:
            assert all(order.index(parent) < order.index(child) for parent in extends.get(child, ()))


@given(parents)
@settings(max_examples=100, deadline=None)
def test_mappings_are_sound_exactly_without_circles_and_unknown_parents(extends: Any) -> None:
    faults = Faults()
    unknown = {parent for each in extends.values() for parent in each} - set(extends)
    sound = check_extends(extends, manifests(extends), faults)
    assert sound == (not faults.items) == (not unknown and not find_circles(extends))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "mappings: {m: {extends: generik}}",
            ["1:25: mappings.m.extends: there is no mapping 'generik' to extend (did you mean 'generic'?)"],
        ),
        (
            "mappings: {m: {extends: [generic, n]}}",
            [f"1:35: mappings.m.extends: there is no mapping 'n' to extend (known here: {PLATFORMS})"],
        ),
        ("mappings: {m: {extends: m}}", ["1:25: mappings.m.extends: extends itself: m → m (take one of them out)"]),
        (
            "mappings: {m: {extends: [n]}, n: {extends: m}}",
            ["1:25: mappings.m.extends: extends itself: m → n → m (take one of them out)"],
        ),
    ],
)
def test_faults_of_extends_are_placed(text: str, expected: Any) -> None:
    assert complaints(text) == [f"manifests/a.yaml:{each}" for each in expected]


def test_faults_of_extends_stop_the_target_and_hide_what_follows_from_them() -> None:
    text = 'mappings: {m: {extends: nope}}\ntargets: {t: {platform: generic, url: "https://scim.example", mapping: m}}'
    assert complaints(text) == [
        f"manifests/a.yaml:1:25: mappings.m.extends: there is no mapping 'nope' to extend (known here: {PLATFORMS})"
    ]


def test_later_parents_lie_over_earlier_ones_and_the_mapping_over_all() -> None:
    def rules(**attributes: str | None) -> dict[str, object]:
        return {"users": {"attributes": attributes}}

    document = {
        "users": {"ann": {"title": "T"}},
        "mappings": {
            "base": {"extends": "generic", **rules(title="base", locale="base", nickName="base")},
            "one": {"extends": "base", **rules(locale="one", timezone="one")},
            "two": {"extends": "base", **rules(timezone="two", userType=None)},
            "m": {"extends": ["one", "two"], **rules(nickName=None, displayName="m")},
        },
        "targets": {"there": {"platform": "generic", "url": "https://scim.example", "mapping": "m"}},
    }
    values = values_of(yaml_text.dump(document), "ann")
    wanted = {"title": "base", "locale": "one", "timezone": "two", "displayName": "m", "nickName": None}
    assert {name: values.get(name) for name in wanted} == wanted
    assert values["userName"] == "ann"


def test_the_strongest_match_list_holds() -> None:
    text = """
        mappings: {a: {extends: generic, users: {match: [userName]}}, b: {extends: a, groups: {match: [displayName]}}}
        targets: {there: {platform: generic, url: "https://scim.example", mapping: b}}
    """
    from catalog_trees import good_target

    rules = good_target(good_catalog(text)).rules
    assert {str(kind): each.match for kind, each in rules.items()} == {"user": ("userName",), "group": ("displayName",)}


def test_long_chains_of_mappings_need_no_recursion() -> None:
    chain = {f"m{number}": [f"m{number + 1}"] for number in range(3000)} | {"m3000": []}
    assert mapping_order("m0", manifests(chain))[0] == "m3000"


def test_a_platform_without_groups_has_no_layer_for_them() -> None:
    profile = load_profile("generic")
    assert set(builtin_layers(profile)) == set(Kind)
    assert set(builtin_layers(profile.model_copy(update={"groups": None}))) == {Kind.USER}


chains = st.dictionaries(names, st.lists(names, max_size=3, unique=True), min_size=1)


@given(chains)
def test_everything_that_is_led_to_comes_first_and_once(edges: dict[str, list[str]]) -> None:
    for name, parents in edges.items():
        order = parents_first(name, lambda each: edges.get(each, ()))
        assert len(set(order)) == len(order)
        assert name in order
        assert set(order) >= set(parents)
