from __future__ import annotations

import math
import unicodedata
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.scim.attributes import Attribute
from reconciler.scim.paths import parse_path
from reconciler.scim.schemas import RFC_GROUP, RFC_USER
from reconciler.scim.urns import ENTERPRISE_USER
from reconciler.scim.values import (
    canonical,
    digest,
    equal,
    read_boolean,
    read_decimal,
    read_instant,
    read_integer,
)


def attribute(text: str) -> Attribute:
    found = RFC_USER.attribute(parse_path(text)) or RFC_GROUP.attribute(parse_path(text))
    assert found is not None
    return found


scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.floats(),
    st.sampled_from(["", "a", "A", "ß", "SS", "é", "e\u0301", "true", "1", "2011-05-13T04:42:34Z", "2011-05-13"]),
    st.text(max_size=3),
)
junk = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["value", "Type", "type", "primary", "display", "$ref", "x"]), inner, max_size=4
        ),
    ),
    max_leaves=8,
)
attributes = st.sampled_from(
    [
        None,
        *RFC_USER.attributes.values(),
        *RFC_GROUP.attributes.values(),
        attribute("meta"),
        attribute("meta.created"),
        attribute(f"{ENTERPRISE_USER}:manager"),
        Attribute("floor", "integer"),
        Attribute("share", "decimal"),
        Attribute("floors", "integer", multi_valued=True),
    ]
)


@given(junk, junk, attributes)
def test_equality_is_that_of_canonical_values(left: Any, right: Any, definition: Attribute | None) -> None:
    assert equal(left, left, definition)
    assert canonical(left, definition) == canonical(left, definition)
    assert equal(left, right, definition) == equal(right, left, definition)
    same = canonical(left, definition) == canonical(right, definition)
    # Python holds true equal to 1; only values without a definition are worth the telling apart.
    assert equal(left, right, definition) == (same or (definition is not None and left == right))
    hash(canonical(left, definition))


@given(st.lists(junk, max_size=5), st.randoms(use_true_random=False), attributes)
def test_the_order_and_number_of_values_is_irrelevant(
    values: list[Any], random: Any, definition: Attribute | None
) -> None:
    if definition is not None and not definition.multi_valued:
        return
    shuffled = [*values, *values[:2]]
    random.shuffle(shuffled)
    assert equal(values, shuffled, definition)


@given(st.text(), st.booleans())
def test_texts_are_equal_in_every_unicode_form(text: str, case_exact: bool) -> None:
    definition = Attribute("x", case_exact=case_exact)
    for form in ("NFC", "NFD"):
        assert equal(text, unicodedata.normalize(form, text), definition)
    assert case_exact or equal(text, text.lower(), definition)


SAME: list[tuple[str, Any, Any]] = [
    ("userName", "Ann", "aNN"),
    ("title", "ΟΔΌΣ Ünal ẞ", "οδόσ ÜNAL ß"),
    ("title", None, ""),
    ("title", "5", 5),
    ("title", ["x"], "x"),
    ("id", "5", 5),
    ("active", True, "True"),
    ("active", " false ", False),
    ("name", {"givenName": "Ann", "middleName": None, "x": ""}, {"GIVENNAME": "ann"}),
    ("name", {}, None),
    ("name", {"givenName": ""}, None),
    ("emails", [], None),
    ("emails", [{}], None),
    ("emails", "a@x", [{"value": "A@x"}]),
    ("emails", ["a@x"], [{"value": "a@x", "primary": False, "$ref": "x"}]),
    ("emails", [{"value": "a", "type": "Work"}], [{"type": "work", "value": "a", "primary": "false"}]),
    ("emails", [{"value": "a"}, {"value": "b"}], [{"value": "b"}, {"value": "a"}, {"value": "A"}]),
    ("schemas", "urn:a", ["urn:a"]),
    ("members", [{"value": "1", "display": "Ann", "$ref": "/Users/1"}], [{"value": "1"}]),
    (f"{ENTERPRISE_USER}:manager", {"value": "1", "displayName": "Bob"}, {"value": "1"}),
    (f"{ENTERPRISE_USER}:manager", "1", {"value": "1"}),
    ("meta.created", "2011-05-13T04:42:34Z", "2011-05-13T06:42:34.000+02:00"),
    ("meta.created", "2011-05-13T04:42:34", "2011-05-13T04:42:34Z"),
    ("meta.created", "Yesterday", "yesterday"),
]
DIFFERENT: list[tuple[str, Any, Any]] = [
    ("externalId", "e1", "E1"),
    ("members", [{"value": "a"}], [{"value": "A"}]),
    ("members", [{"value": "a", "type": "User"}], [{"value": "a"}]),
    ("active", False, None),
    ("active", "yes", True),
    ("emails", [{"value": "a", "display": "x"}], [{"value": "a"}]),
    ("emails", [{"value": "a", "primary": True}], [{"value": "a"}]),
    ("emails", [{"value": "a"}], [{"value": "a"}, {"value": "b"}]),
    ("emails", [["a"]], [["b"]]),
    ("groups", [{"value": "1", "display": "x"}], [{"value": "1", "display": "y"}]),
    ("meta.created", "2011-05-13T04:42:34Z", "2011-05-13T04:42:35Z"),
    ("title", ["a", "b"], "a"),
    ("photos.value", "https://x/A", "https://x/a"),
]


@pytest.mark.parametrize(("text", "left", "right"), SAME)
def test_the_same_value_in_two_writings(text: str, left: Any, right: Any) -> None:
    assert equal(left, right, attribute(text))


@pytest.mark.parametrize(("text", "left", "right"), DIFFERENT)
def test_two_values(text: str, left: Any, right: Any) -> None:
    assert not equal(left, right, attribute(text))


def test_numbers_of_a_typed_attribute_may_come_as_texts() -> None:
    assert equal("7", 7.0, Attribute("floor", "integer"))
    assert equal("0.50", 0.5, Attribute("share", "decimal"))
    assert not equal("seven", 7, Attribute("floor", "integer"))


def test_without_a_definition_values_compare_by_their_own_type() -> None:
    assert equal({"A": "X", "n": [1, 2.0]}, {"a": "x", "n": [2, 1]}, None)
    assert not equal(True, 1, None)
    assert not equal("1", 1, None)
    assert equal(math.nan, float("nan"), None)
    assert equal((1,), [1], None)
    assert canonical(b"x", None) == "b'x'"
    assert canonical({1: "x"}, None) == frozenset({("1", "x")})


def nested(depth: int) -> Any:
    value: Any = []
    for _ in range(depth):
        value = [value]
    return value


def test_depth_is_bounded() -> None:
    cyclic: dict[str, Any] = {}
    cyclic["self"] = cyclic
    hash(canonical(cyclic, None))
    assert canonical(nested(5000), None) != canonical([], None)
    assert equal(nested(5000), nested(5001), Attribute("title"))


@pytest.mark.parametrize(
    ("value", "boolean", "integer", "decimal"),
    [
        (True, True, None, None),
        ("FALSE", False, None, None),
        (1, True, 1, 1),
        (0, False, 0, 0),
        ("1", True, 1, 1),
        ("0", False, 0, 0),
        (2, None, 2, 2),
        ("no", None, None, None),
        (3, None, 3, 3),
        ("3", None, 3, 3),
        (3.0, None, 3, 3),
        (3.5, None, None, 3.5),
        ("3.5", None, None, 3.5),
        ("x", None, None, None),
        ("9" * 400, None, None, None),
        (math.inf, None, None, None),
        (None, None, None, None),
        ([], None, None, None),
    ],
)
def test_scalars_are_read_leniently(value: Any, boolean: Any, integer: Any, decimal: Any) -> None:
    assert (read_boolean(value), read_integer(value), read_decimal(value)) == (boolean, integer, decimal)


@pytest.mark.parametrize("value", [None, 5, "", "2011", "not a date at all", "0001-01-01T00:00:00+14:00"])
def test_what_is_no_instant_is_none(value: Any) -> None:
    assert read_instant(value) is None


json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=5)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)),
    max_leaves=10,
)


def reordered(value: Any, form: Literal["NFC", "NFD"]) -> Any:
    if isinstance(value, dict):
        return {reordered(key, form): reordered(each, form) for key, each in reversed(value.items())}
    if isinstance(value, list):
        return [reordered(each, form) for each in value]
    return unicodedata.normalize(form, value) if isinstance(value, str) else value


@settings(max_examples=100)
@given(json_values)
def test_a_digest_does_not_depend_on_the_order_of_keys_or_the_unicode_form(value: Any) -> None:
    composed = reordered(value, "NFC")
    assert digest(composed) == digest(reordered(composed, "NFD")) == digest(reordered(composed, "NFC"))


def test_digests() -> None:
    assert digest({"b": 1, "a": []}) == digest({"a": (), "b": 1})
    assert digest({"a": 1}) != digest({"a": "1"})
    assert digest(frozenset({"b", "a"})) == digest(["a", "b"])
    assert digest("\ud800") != digest("")
    assert len(digest(None)) == 64


@pytest.mark.parametrize("other", ["ann@b.example", "ANN@c.example", "ann", "Ann@"])
def test_where_a_service_puts_its_own_domain_what_stands_behind_the_at_says_nothing(other: str) -> None:
    name = Attribute("userName", own_domain=True)
    assert equal("ann@a.example", other, name)
    assert not equal("bob@a.example", other, name)
    assert equal("ann@a.example", other, Attribute("userName")) is False
    assert equal("@a.example", "@b.example", name) is False
