"""`custom` against `settings.custom`."""

from __future__ import annotations

from typing import Any

import pytest
from manifest_trees import faults_of

from reconciler.core.manifests import Settings, check_custom
from reconciler.core.marked import IntText
from reconciler.diagnostics import SourceMark

HERE = SourceMark("manifests/a.yaml", 3, 5)


def problems(declared: dict[str, Any], value: Any) -> list[str]:
    settings = Settings.model_validate({"custom": {"x": declared}})
    return [each.rule for each in check_custom("alice", {"x": value}, settings, HERE)]


@pytest.mark.parametrize(
    ("declared", "value"),
    [
        ({}, "text"),
        ({}, None),
        ({}, ""),
        ({"type": "integer"}, IntText(12, "0012")),
        ({"type": "number"}, 1.5),
        ({"type": "number"}, 2),
        ({"type": "boolean"}, False),
        ({"type": "date"}, "2026-12-31"),
        ({"type": "list"}, ["a", "b"]),
        ({"type": "list", "pattern": "^[ab]$"}, ["a", "b"]),
        ({"enum": ["CN", "DE"]}, "CN"),
        ({"type": "integer", "enum": [1, 2]}, 2),
        ({"pattern": "B[0-9]"}, "a B1"),
        ({"required": True}, "x"),
    ],
)
def test_fits(declared: dict[str, Any], value: Any) -> None:
    assert problems(declared, value) == []


@pytest.mark.parametrize(
    ("declared", "value"),
    [
        ({}, ["a"]),
        ({"type": "integer"}, True),
        ({"type": "integer"}, 1.5),
        ({"type": "number"}, "2"),
        ({"type": "boolean"}, "true"),
        ({"type": "date"}, "20261231"),
        ({"type": "date"}, "2026-02-30"),
        ({"type": "list"}, "a"),
        ({"type": "list"}, [1]),
        ({"enum": ["CN"]}, "cn"),
        ({"pattern": "^B"}, "aB"),
        ({"required": True}, None),
        ({"required": True}, ""),
    ],
)
def test_does_not_fit(declared: dict[str, Any], value: Any) -> None:
    assert problems(declared, value) == ["invalid-custom"]


def test_number_for_text_is_shown_as_it_was_written() -> None:
    settings = Settings.model_validate({"custom": {"x": {}}})
    (found,) = check_custom("alice", {"x": IntText(12, "0012")}, settings, HERE)
    assert (found.rule, found.remedy, found.mark) == ("quote-it", 'quote it: "0012"', HERE)


def test_without_declarations_anything_goes() -> None:
    assert check_custom("alice", {"x": object()}, Settings()) == []


def test_numbers_that_look_like_texts_are_faults_where_nothing_is_declared() -> None:
    (found,) = faults_of("users: {alice: {custom: {code: 0017, size: 17, name: x}}}")
    assert (found.rule, found.path) == ("quote-it", "users.alice.custom.code")


def test_unknown_names_wait_for_nothing_else_in_the_entry() -> None:
    text = "settings: {custom: {x: {}}}\nusers: {alice: {custom: {y: 1}, on: {a: 1, b: {title: t}}}, bob: 1}"
    assert {each.rule for each in faults_of(text)} == {"wrong-type", "unknown-custom"}


def test_filter_that_does_not_parse_is_reported_once() -> None:
    text = "settings: {custom: {x: {}}}\ngroups: {eng: {membersWhere: 'custom.y is 3'}, ops: {membersWhere: 5}}"
    assert [each.rule for each in faults_of(text)] == ["invalid-filter", "quote-it"]


def test_hostile_pattern_takes_no_time() -> None:
    assert problems({"pattern": "^(a+)+$"}, "a" * 5000 + "!") == ["invalid-custom"]
