from __future__ import annotations

import copy
import pickle

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, TypeAdapter

from reconciler.core.marked import (
    LINE_SHIFT,
    FloatText,
    IntText,
    MarkedDict,
    MarkedList,
    locate,
    path_text,
    source_text,
    unpack,
)
from reconciler.diagnostics import SourceMark

FILE = "manifests/users/ann.yaml"


def place(line: int, column: int) -> int:
    return (line - 1) << LINE_SHIFT | (column - 1)


def document() -> MarkedDict:
    """users: / ann: / title: Lead / emails: [a, b], indented by two."""
    emails = MarkedList(["a", "b"], FILE, [place(4, 13), place(4, 14), place(4, 17)])
    ann = MarkedDict(
        {"title": "Lead", "emails": emails},
        FILE,
        [place(3, 5), place(3, 5), place(3, 12), place(4, 5), place(4, 13)],
    )
    users = MarkedDict({"ann": ann}, FILE, [place(2, 3), place(2, 3), place(3, 5)])
    return MarkedDict({"users": users}, FILE, [place(1, 1), place(1, 1), place(2, 3)])


@given(st.integers(1, 2**26), st.integers(1, 2**26))
def test_a_place_survives_packing(line: int, column: int) -> None:
    assert unpack("f", place(line, column)) == SourceMark("f", line, column)


@given(st.lists(st.text(max_size=5), unique=True), st.text(max_size=5))
def test_every_key_has_its_own_places_and_an_unknown_key_the_mappings(keys: list[str], other: str) -> None:
    marks = [place(9, 9), *(place(n + 10, column) for n in range(len(keys)) for column in (1, 5))]
    marked = MarkedDict(dict.fromkeys(keys), "f", marks)
    assert [marked.mark_of(key) for key in keys] == [SourceMark("f", n + 10, 1) for n in range(len(keys))]
    assert [marked.value_mark(key) for key in keys] == [SourceMark("f", n + 10, 5) for n in range(len(keys))]
    if other not in keys:
        assert marked.mark_of(other) == marked.value_mark(other) == marked.mark == SourceMark("f", 9, 9)


def test_containers_read_as_plain_ones() -> None:
    plain = {"users": {"ann": {"title": "Lead", "emails": ["a", "b"]}}}
    assert document() == plain
    assert orjson.loads(orjson.dumps(document())) == plain


def test_a_mapping_made_without_marks_still_answers() -> None:
    assert MarkedDict({"a": 1}).mark_of("a") == SourceMark("", 1, 1)
    assert MarkedList([1]).mark_of(0) == SourceMark("", 1, 1)


@pytest.mark.parametrize(("index", "column"), [(0, 14), (1, 17), (2, 13), (-1, 13)])
def test_an_item_has_its_place_and_an_unknown_one_the_lists(index: int, column: int) -> None:
    assert document()["users"]["ann"]["emails"].mark_of(index) == SourceMark(FILE, 4, column)


@pytest.mark.parametrize(
    ("loc", "line", "column"),
    [
        ((), 1, 1),
        (("users",), 1, 1),
        (("users", "ann"), 2, 3),
        (("users", "ann", "title"), 3, 5),
        (("users", "ann", "title", "str"), 3, 5),
        (("users", "ann", "emails", "list[str]", 1), 4, 17),
        (("users", "ann", "emails", 7), 4, 5),
        (("users", "ann", "missing"), 2, 3),
        (("users", "bob", "[key]"), 1, 1),
    ],
)
def test_locate_finds_the_deepest_place_that_exists(loc: tuple[str | int, ...], line: int, column: int) -> None:
    assert locate(document(), loc) == SourceMark(FILE, line, column)


def test_locate_in_an_unmarked_value_names_no_file() -> None:
    assert locate({"a": 1}, ["a"]) == SourceMark("", 1)


def test_path_text_writes_indexes_in_brackets() -> None:
    assert path_text(["users", "ann", "emails", 0, "value"]) == "users.ann.emails[0].value"
    assert path_text([]) == ""
    assert path_text([0, "a"]) == "[0].a"


class Ann(BaseModel):
    title: str
    emails: list[str]


def test_pydantic_validates_the_containers_as_they_are() -> None:
    adapter = TypeAdapter(dict[str, Ann])
    assert adapter.validate_python(document()["users"], strict=True)["ann"].emails == ["a", "b"]


@pytest.mark.parametrize("number", [IntText(12345, "0012345"), FloatText(1.1, "1.10")])
def test_a_number_keeps_its_text_when_copied_and_remains_a_number(number: IntText | FloatText) -> None:
    assert source_text(number) == number.text
    assert [copy.deepcopy(number).text, pickle.loads(pickle.dumps(number)).text] == [number.text] * 2  # noqa: S301
    assert orjson.loads(orjson.dumps({"n": number}, default=float)) == {"n": number}
    assert isinstance(TypeAdapter(int | float).validate_python(number), int | float)


def test_the_text_of_an_ordinary_number_is_its_str() -> None:
    assert source_text(7) == "7"
    assert source_text(1.5) == "1.5"


def test_a_copy_of_a_document_keeps_its_places() -> None:
    assert locate(copy.deepcopy(document()), ["users", "ann", "title"]) == SourceMark(FILE, 3, 5)
