from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.render.neutral import clip, phrase_value, visible

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=10)


@given(st.text(st.characters()))
def test_what_is_visible_is_one_printable_line(text: str) -> None:
    assert len(visible(text).splitlines()) <= 1
    assert visible(visible(text)) == visible(text)


@given(st.text(st.characters(categories=("L", "N", "P", "S"))))
def test_letters_digits_and_signs_stay_as_they_are(text: str) -> None:
    assert visible(text) == text


@given(JSON)
def test_a_value_reads_back_as_itself(value: Any) -> None:
    phrase = phrase_value(value)
    if not any(each in phrase for each in ("\\x", "\\u", "\\U", "id of ", "…")):
        assert json.loads(phrase) == value


@pytest.mark.parametrize(
    ("value", "phrase"),
    [
        ("a\nb", '"a\\nb"'),
        ("a\x1b[31m", '"a\\u001b[31m"'),
        ("Zoë 李", '"Zoë 李"'),
        ({"$ref": "user:bob"}, "id of user:bob"),
        ({"$ref": "https://x/Users/1"}, '{"$ref": "https://x/Users/1"}'),
        ([1, None, True], "[1, null, true]"),
    ],
)
def test_values_are_json_on_one_line(value: Any, phrase: Any) -> None:
    assert phrase_value(value) == phrase


def test_a_value_without_bottom_is_cut() -> None:
    value: list[object] = []
    for _ in range(5000):
        value = [value]
    assert phrase_value(value) == "[" * 20 + "…" + "]" * 20


def test_a_clipped_text_says_how_long_it_was() -> None:
    assert clip("x" * 5000, 3) == "xxx… (5,000 characters)"
    assert clip("xxx", 3) == "xxx"
