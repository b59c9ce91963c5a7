"""Telephone numbers in their international form."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.phones import calling_code, international, is_region, region_of

REGIONS = ("CN", "DE", "US", "GB", "IN")
digits = st.text("0123456789 -()", min_size=1, max_size=18)


@pytest.mark.parametrize(
    ("text", "region", "expected"),
    [
        ("+86 138 0013 8000", None, "+8613800138000"),
        ("138 0013 8000", "CN", "+8613800138000"),
        ("86 138 0013 8000", "CN", "+8613800138000"),
        ("+49 (0) 30 1234567", "CN", "+49301234567"),
        ("00 49 30 1234567", "CN", "+49301234567"),
        ("138 0013 8000", None, None),
        ("+86 1", None, None),
        ("call me", "DE", None),
        ("", "DE", None),
        ("+" * 1000, "DE", None),
    ],
)
def test_a_number_has_one_international_form(text: str, region: str | None, expected: str | None) -> None:
    assert international(text, region) == expected


@given(digits, st.sampled_from([None, *REGIONS]))
def test_the_international_form_is_its_own(text: str, region: str | None) -> None:
    found = international(text, region)
    if found is not None:
        assert international(found) == found == international(found, "FR")


@given(digits, st.sampled_from(REGIONS))
def test_a_number_begins_with_its_calling_code(text: str, region: str) -> None:
    found = international(text, region)
    if found is not None:
        code = calling_code(found)
        assert code is not None
        assert found.startswith(f"+{code}")


@pytest.mark.parametrize(
    ("text", "code"), [("+86 138 0013 8000", "86"), ("+1 212 555 0100", "1"), ("138 0013 8000", None), ("+", None)]
)
def test_only_a_number_with_plus_has_a_calling_code(text: str, code: str | None) -> None:
    assert calling_code(text) == code


@pytest.mark.parametrize(
    ("code", "region"),
    [("86", "CN"), ("49", "DE"), ("1", "US"), ("999", None), ("800", None), ("CN", None), ("", None)],
)
def test_a_calling_code_belongs_to_a_region(code: str, region: str | None) -> None:
    assert region_of(code) == region


def test_regions_are_two_capital_letters() -> None:
    assert is_region("DE")
    assert not is_region("de")
    assert not is_region("Germany")
