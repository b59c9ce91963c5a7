"""Composing one entry: merging, short forms, exceptions, the expressions of defaults."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.core.desired.composing import (
    DefaultsLayer,
    merge_attributes,
    normal_attributes,
    normal_values,
    read_overrides,
)
from reconciler.core.expressions import ExpressionError, Names
from reconciler.core.resources import Kind, ValuesByType

names = st.sampled_from(["title", "department", "name", "custom", "nickName"])
texts = st.sampled_from(["", "a", "b", "c"])
parts = st.dictionaries(st.sampled_from(["givenName", "familyName", "x"]), st.none() | texts)


@st.composite
def attributes(draw: st.DrawFn) -> dict[str, Any]:
    found = draw(st.dictionaries(names, st.none() | texts))
    return {name: draw(st.none() | parts) if name in ("name", "custom") else value for name, value in found.items()}


def names_of(kind: Kind = Kind.USER, **tables: dict[str, str]) -> Names:
    return Names(None, tables, kind)


@given(attributes(), attributes(), attributes())
@settings(max_examples=200)
def test_laying_two_layers_on_one_after_the_other_is_the_naive_model(lowest: Any, middle: Any, top: Any) -> None:
    """The strongest layer that names an attribute, or a part of `name` and `custom`, decides; null means unmanaged."""
    merged = merge_attributes(merge_attributes(merge_attributes({}, lowest), middle), top)
    for name in {*lowest, *middle, *top}:
        expected: Any = None
        for layer in (lowest, middle, top):
            if name not in layer:
                continue
            said = layer[name]
            expected = {**expected, **said} if isinstance(said, dict) and isinstance(expected, dict) else said
            if isinstance(expected, dict):
                expected = {part: value for part, value in expected.items() if value is not None}
        assert merged.get(name) == expected
    assert None not in merged.values()


@given(attributes(), attributes())
def test_the_order_of_keys_decides_nothing(base: Any, over: Any) -> None:
    def turned(layer: dict[str, Any]) -> dict[str, Any]:
        return dict(reversed(layer.items()))

    assert merge_attributes(turned(base), turned(over)) == merge_attributes(base, over)


@given(attributes())
def test_merging_twice_is_merging_once(layer: Any) -> None:
    once = merge_attributes({}, layer)
    assert merge_attributes(once, layer) == once
    assert merge_attributes(once, once) == once


@pytest.mark.parametrize(
    ("written", "long"),
    [
        ("ann@example.com", [{"value": "ann@example.com", "type": "work", "primary": True}]),
        ({"work": "1", "home": None}, [{"value": "1", "type": "work"}]),
        ({"work": {"locality": "Berlin", "country": None}}, [{"locality": "Berlin", "type": "work"}]),
        (["a", {"value": "b", "display": None}], [{"value": "a"}, {"value": "b"}]),
        ([], []),
        ({}, []),
        ("", [{"value": "", "type": "work", "primary": True}]),
    ],
)
def test_short_forms_are_written_out(written: Any, long: Any) -> None:
    assert normal_values(written) == long


def test_only_a_list_claims_to_be_complete() -> None:
    assert isinstance(normal_values("x"), ValuesByType)
    assert isinstance(normal_values({"work": "x"}), ValuesByType)
    assert not isinstance(normal_values(["x"]), ValuesByType)


@given(st.one_of(texts, st.dictionaries(st.sampled_from(["work", "home"]), texts), st.lists(texts, max_size=3)))
def test_the_long_form_is_its_own_long_form(written: Any) -> None:
    once = normal_values(written)
    assert normal_values(once) == once
    assert type(normal_values(once)) is type(once)


def test_control_keys_are_no_attributes() -> None:
    entry = {"title": "x", "groups": ["a"], "state": "active", "from": "2026-01-01", "on": {}, "previously": ["b"]}
    assert normal_attributes(entry) == {"title": "x"}


def test_exceptions_are_ordered_from_the_most_general_to_the_most_exact() -> None:
    on = {"aws-prod": {"title": "3"}, "*": {"title": "0"}, "aws-*": {"title": "2"}, "a*": None}
    assert [each.pattern for each in read_overrides({"on": on})] == ["*", "a*", "aws-*", "aws-prod"]
    assert [each.pattern for each in read_overrides({"on": dict(reversed(on.items()))})] == [
        "*",
        "a*",
        "aws-*",
        "aws-prod",
    ]
    assert read_overrides({"on": None}) == read_overrides({}) == ()


def test_defaults_keep_the_type_of_a_lone_expression() -> None:
    layer = DefaultsLayer({"roles": "{{ user.roles }}", "title": "T"}, names_of())
    assert layer.values_for({"user": {"roles": [{"value": "a"}]}}) == {"roles": [{"value": "a"}], "title": "T"}


def test_constant_defaults_are_the_same_for_everybody() -> None:
    layer = DefaultsLayer({"title": "T", "department": None}, names_of())
    assert layer.values_for({"user": {}}) is layer.values_for({"user": {"key": "x"}})


def test_a_null_part_makes_the_whole_default_unmanaged() -> None:
    layer = DefaultsLayer({"displayName": "{{ user.name.givenName }} {{ user.name.familyName }}"}, names_of())
    assert layer.values_for({"user": {"name": {"givenName": "Ann"}}}) == {"displayName": None}


def test_defaults_may_look_up_tables() -> None:
    layer = DefaultsLayer({"locale": "{{ user.organization | lookup('places') }}"}, names_of(places={"cn": "zh-CN"}))
    assert layer.values_for({"user": {"organization": "cn"}}) == {"locale": "zh-CN"}


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("{{ target.name }}", "target.name is not known in defaults"),
        ("{{ scope.organization }}-x", "scope.organization is not known in defaults"),
        ("{{ user.active }}", "user.active is not known in defaults"),
        ("{{ id_of('user:' ~ user.key) }}", "id_of is not known in defaults"),
        ({"work": "{{ id_of('user:a') }}"}, "id_of is not known in defaults"),
        (["{{ id_of ('user:a') }}"], "id_of is not known in defaults"),
        ("{{ user.titel }}", "user has no attribute 'titel'"),
    ],
)
def test_what_defaults_cannot_know_is_a_fault(value: Any, problem: Any) -> None:
    with pytest.raises(ExpressionError) as caught:
        DefaultsLayer({"nickName": value}, names_of())
    assert caught.value.problem == problem
    assert caught.value.path.split(".")[0] == "nickName"


def test_a_text_that_only_mentions_id_of_is_fine() -> None:
    assert DefaultsLayer({"title": "id_of (x)", "nickName": 5}, names_of()).values_for({}) == {
        "title": "id_of (x)",
        "nickName": 5,
    }


def test_a_default_that_fails_names_its_attribute() -> None:
    layer = DefaultsLayer({"emails": {"work": "{{ user.custom.count | lower }}"}}, names_of())
    with pytest.raises(ExpressionError) as caught:
        layer.values_for({"user": {"custom": {"count": [1]}}})
    assert caught.value.path == "emails.work"
