"""Filters over desired users: enterprise attributes by their plain names, custom ones, the key."""

from __future__ import annotations

from typing import Any

import pytest
from catalog_trees import TODAY, good_catalog
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.desired.selecting import compile_user_filter, desired_schema, plain_names, user_document
from reconciler.scim.filters import parse_filter

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
PEOPLE = """
    settings: {custom: {country: {}, level: {type: integer}, member: {type: boolean}, tags: {type: list},
                        since: {type: date}, rate: {type: number}}}
    users:
      ann:
        department: Engineering
        manager: bob
        emails: {work: ann@x.example, home: ann@y.example}
        custom: {country: CN, level: 3, member: true, tags: [a, b], since: 2026-02-01, rate: 1.5}
      bob: {userType: Vendor, name: {familyName: Müller}, state: disabled, custom: {country: DE}}
"""
CATALOG = good_catalog(PEOPLE)


def selected(text: str) -> str:
    test = compile_user_filter(parse_filter(text), CATALOG.schema)
    return " ".join(key for key, user in CATALOG.desired.users.items() if test(user_document(user, TODAY)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('department eq "engineering"', "ann"),
        (f'{ENTERPRISE}:department eq "Engineering"', "ann"),
        (f'{ENTERPRISE.upper()}:DEPARTMENT sw "eng"', "ann"),
        (f'{CORE}:userType eq "vendor"', "bob"),
        ('manager eq "bob"', "ann"),
        ('manager.value eq "bob"', "ann"),
        (f'{ENTERPRISE}:manager.value eq "bob"', "ann"),
        (f"{ENTERPRISE}:manager pr", "ann"),
        ('custom.country eq "CN" and not (userType eq "Vendor")', "ann"),
        ('CUSTOM.Country eq "de"', "bob"),
        ("custom.level ge 3", "ann"),
        ("custom.level lt 3", ""),
        ("custom.member eq true", "ann"),
        ('custom.tags eq "b"', "ann"),
        ('custom.since ge "2026-01-01"', "ann"),
        ("custom.rate gt 1", "ann"),
        ('key eq "ANN"', "ann"),
        ("active eq true", "ann"),
        ("active ne true", "bob"),
        ('emails[type eq "home" and value co "y.example"]', "ann"),
        ('emails co "x.example"', "ann"),
        ('name.familyName eq "MÜLLER" or key eq "ann"', "ann bob"),
        ('externalId eq "ann"', "ann"),
        ('externalId eq "ANN"', ""),
        ("not (department pr)", "bob"),
        ("title eq null", "ann bob"),
    ],
)
def test_who_is_selected(text: str, expected: Any) -> None:
    assert selected(text) == expected


conditions = st.recursive(
    st.sampled_from(
        [f'{ENTERPRISE}:department eq "x"', "manager.value pr", 'emails[value eq "a"]', f"{CORE}:title pr"]
    ),
    lambda inner: st.one_of(
        inner.map("not ({})".format),
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(lambda three: "({}) {} ({})".format(*three)),
    ),
    max_leaves=6,
)


@given(conditions)
def test_plain_names_are_plain_and_stay_so(text: str) -> None:
    plain = plain_names(parse_filter(text))
    assert "enterprise" not in str(plain)
    assert plain_names(plain) == plain


def test_other_extensions_are_left_as_they_are() -> None:
    condition = parse_filter('urn:example:User:colour eq "red"')
    assert plain_names(condition) == condition


def test_without_declared_custom_names_any_goes() -> None:
    test = compile_user_filter(parse_filter('custom.anything eq "x"'), desired_schema({}))
    assert test({"custom": {"anything": "X"}})
