from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.marked import FloatText, IntText, source_text
from reconciler.storage.yaml.scalars import PlainScalars, Strings


def resolve(text: str) -> Any:
    return PlainScalars(Strings())[text]


@pytest.mark.parametrize("text", ["", "~", "null", "Null", "NULL"])
def test_null(text: str) -> None:
    assert resolve(text) is None


@pytest.mark.parametrize(("text", "value"), [("true", True), ("TRUE", True), ("False", False)])
def test_booleans(text: str, value: bool) -> None:
    assert resolve(text) is value


@pytest.mark.parametrize(
    "text",
    [
        *("NO", "no", "yes", "on", "off", "y", "n", "tRUE", "nULL"),
        *("2026-12-31", "2026-12-31T00:00:00Z", "12:30", "1_000", "0b11", "0X1F", "0o8", "0x", "1e", "e3", "--1"),
        *(".", "+", "-", "+.", "1.2.3", "inf", ".iNF", "nan", "-.nan", "١٢", "0o17x", "1,5", "=", "a"),
    ],
)
def test_what_the_core_schema_leaves_text(text: str) -> None:
    assert resolve(text) == text
    assert type(resolve(text)) is str


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *(("0012345", 12345), ("+8613800138000", 8613800138000), ("012", 12), ("-0", 0), ("+1", 1)),
        *(("0o17", 15), ("0x1F", 31)),
    ],
)
def test_an_integer_written_unusually_keeps_its_text(text: str, value: int) -> None:
    number = resolve(text)
    assert (type(number), number, number.text) == (IntText, value, text)


@pytest.mark.parametrize(
    ("text", "value"),
    [("1.10", 1.1), ("1.", 1.0), (".5", 0.5), ("1e3", 1000.0), ("-.INF", -math.inf), (".inf", math.inf), ("+1.5", 1.5)],
)
def test_a_number_written_unusually_keeps_its_text(text: str, value: float) -> None:
    number = resolve(text)
    assert (type(number), number, number.text) == (FloatText, value, text)


def test_not_a_number() -> None:
    assert math.isnan(resolve(".NaN"))
    assert resolve(".NaN").text == ".NaN"


def test_a_number_of_more_than_64_characters_stays_text() -> None:
    assert resolve("9" * 64) == int("9" * 64)
    assert resolve("9" * 65) == "9" * 65


@given(st.integers(-(10**60), 10**60) | st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_in_its_usual_form_is_a_plain_one(number: float) -> None:
    resolved = resolve(str(number))
    assert type(resolved) is type(number)
    assert resolved == number


@given(st.from_regex(r"[-+]?[0-9]{1,12}(\.[0-9]{0,6})?([eE][-+]?[0-9]{1,2})?", fullmatch=True))
def test_the_source_text_of_a_number_is_what_was_written(text: str) -> None:
    assert source_text(resolve(text)) == text


@given(st.text())
def test_strings_are_nfc_and_kept_once(text: str) -> None:
    strings = Strings()
    assert strings[text] is strings[text]
    assert strings[strings[text]] == strings[text]


def test_nfc_of_a_decomposed_letter() -> None:
    assert resolve("e\u0301") == Strings()["e\u0301"] == "é"
