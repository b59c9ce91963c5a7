"""Where a value comes from."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from wanted_kit import FILE, rules_of, wanted_group, wanted_user

from reconciler.core.mapping.sourcing import source_of
from reconciler.diagnostics import SourceMark


@pytest.mark.parametrize(
    ("value", "line"),
    [
        ("{{ user.title }}", 2),
        ("{{ user.email }}", 3),
        ("{{ user.name.givenName }}", 4),
        ("{{ user.custom.country }}", 5),
        ("{{ target.name ~ user.title }}", 2),
    ],
)
def test_a_value_comes_from_the_line_of_the_attribute_that_it_was_made_of(value: str, line: int) -> None:
    lines = {"title": 2, "emails": 3, "name.givenName": 4, "custom.country": 5}
    [rule] = rules_of({"title": value}, {}).rules
    assert source_of(wanted_user({}, lines), rule) == SourceMark(FILE, line, 1)


def test_a_constant_comes_from_its_rule_and_anything_else_from_the_entry() -> None:
    [rule] = rules_of({"title": "x"}, {}).rules
    assert source_of(wanted_user({}), rule) == SourceMark("mapping.yaml", 1, 1)
    assert source_of(wanted_user({}), None) == SourceMark(FILE, 1, 1)


@pytest.mark.parametrize(
    ("more", "line"),
    [({}, 6), ({"expired": True}, 7), ({"started": False}, 8), ({"expired": True, "started": False}, 7)],
)
def test_whether_somebody_is_active_comes_from_the_line_that_decides_it(more: dict[str, Any], line: int) -> None:
    [rule] = rules_of({"active": "{{ user.active }}"}, {"active": True}).rules
    wanted = wanted_user({}, {"state": 6, "until": 7, "from": 8}, **more)
    assert source_of(wanted, rule) == SourceMark(FILE, line, 1)


def test_a_group_is_there_by_its_state() -> None:
    [rule] = rules_of({"active": "{{ user.active }}"}, {"active": True}).rules
    group = wanted_group({}, {"state": 6})
    of_group = replace(rule, template=replace(rule.template, names_used=("group.active",)))
    assert source_of(group, of_group) == SourceMark(FILE, 6, 1)


@pytest.mark.parametrize(("lines", "line"), [({"displayName": 2, "userName": 3}, 2), ({"userName": 3}, 3), ({}, 1)])
def test_of_several_attributes_the_first_that_is_written_is_the_source(lines: dict[str, int], line: int) -> None:
    [rule] = rules_of({"displayName": "{{ user.displayName or user.userName }}"}, {}).rules
    assert source_of(wanted_user({}, lines), rule) == SourceMark(FILE, line, 1)
