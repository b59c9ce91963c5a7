from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.deciding.references import (
    encode_references,
    holds_reference,
    marked_reference,
    markers_as_text,
    markers_in,
    parse_reference,
    replace_references,
    resolve_markers,
    text_as_markers,
)
from reconciler.core.resources import Kind, Ref

keys = st.text(st.characters(codec="utf-8", exclude_characters=":"), min_size=1, max_size=5)
refs = st.builds(Ref, st.sampled_from(Kind), keys)
plain = st.one_of(st.none(), st.booleans(), st.integers(), st.text(st.characters(exclude_characters="\0"), max_size=5))
names = st.text(max_size=4).filter(lambda each: each != "$ref")


def nested(leaves: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.recursive(leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3))


values = nested(st.one_of(plain, refs))


def refs_in(value: Any) -> list[Ref]:
    if isinstance(value, Ref):
        return [value]
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    return [found for each in inside for found in refs_in(each)]


@given(refs)
def test_a_reference_reads_back_from_its_text(ref: Ref) -> None:
    assert parse_reference(str(ref)) == ref


@given(values)
def test_encoded_references_resolve_to_what_replacing_them_gives(value: Any) -> None:
    ids = {str(each): f"id of {each}" for each in refs_in(value)}
    encoded = encode_references(value)
    assert markers_in(encoded) == [str(each) for each in refs_in(value)]
    assert resolve_markers(encoded, ids) == replace_references(value, lambda ref: ids[str(ref)])
    assert markers_in(resolve_markers(encoded, ids)) == []


@given(values)
def test_markers_written_as_text_read_back(value: Any) -> None:
    encoded = encode_references(value)
    assert text_as_markers(markers_as_text(encoded)) == encoded
    assert markers_in(markers_as_text(encoded)) == []


@given(values)
def test_a_value_holds_a_reference_exactly_when_one_is_in_it(value: Any) -> None:
    assert holds_reference(value) == bool(refs_in(value))
    assert holds_reference(encode_references(value)) is False


@given(nested(plain))
def test_a_value_without_references_stays_as_it_is(value: Any) -> None:
    assert encode_references(value) == resolve_markers(value, {}) == replace_references(value, str) == value


def test_an_id_that_is_not_known_raises() -> None:
    with pytest.raises(KeyError):
        resolve_markers([{"value": {"$ref": "user:ann"}}], {})


@pytest.mark.parametrize(
    "value",
    [
        "user:ann",
        {"$ref": "https://x.org/Users/7"},
        {"$ref": "../Users/7"},
        {"$ref": 7},
        {"$ref": "user:a", "x": 1},
        {},
    ],
)
def test_what_endpoints_write_under_ref_is_no_marker(value: Any) -> None:
    assert marked_reference(value) is None


@pytest.mark.parametrize("text", ["ann", "user:", ":ann", "robot:ann", ""])
def test_other_texts_are_no_references(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  the text itself is the message
        parse_reference(text)
