"""Which users and groups a target gets."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any

import pytest
import yaml_text
from catalog_trees import TODAY, good_catalog, good_target
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.core.desired.scopes import (
    EVERYTHING,
    GroupScope,
    Scope,
    UserScope,
    globs,
    is_glob,
    patterns_without_match,
    select_groups,
    select_users,
)

PEOPLE = """
    users:
      ann: {department: A, groups: [ops]}
      bob: {department: B, groups: [inner]}
      carl: {department: A, groups: [inner, eng]}
      svc-1: {department: A, groups: [ops]}
      svc-2: {department: B}
      gone: {department: A, state: absent, groups: [ops]}
      new: {department: B, from: 2027-01-01, groups: [ops]}
    groups:
      ops: {members: [{group: inner}]}
      inner:
      eng: {members: [{user: ann, until: 2020-01-01}, {user: svc-2, from: 2026-01-01, until: 2026-12-31}]}
      vendor: {members: []}
"""
CATALOG = good_catalog(PEOPLE)
KEYS = list(CATALOG.desired.users)
MEMBERS = {
    "ops": {"ann", "svc-1", "gone", "new", "bob", "carl"},
    "inner": {"bob", "carl"},
    "eng": {"carl", "svc-2"},
    "vendor": set(),
}
FILTERS = {
    'department eq "A"': {"ann", "carl", "svc-1", "gone"},
    "active eq true": {"ann", "bob", "carl", "svc-1", "svc-2"},
    'not (department eq "B")': {"ann", "carl", "svc-1", "gone"},
    'key sw "svc-"': {"svc-1", "svc-2"},
    "title pr": set(),
}
patterns = st.sampled_from([*KEYS, "ANN", "svc-*", "*", "?ob", "[ab]*", "nobody", "s*c-?"])
listed = st.lists(patterns, max_size=3).map(tuple)
user_scopes = st.builds(
    UserScope,
    where=st.none() | st.sampled_from(sorted(FILTERS)),
    member_of=st.none() | st.lists(st.sampled_from(sorted(MEMBERS)), max_size=2).map(tuple),
    include=st.none() | listed,
    exclude=listed,
)


def chosen(scope: UserScope) -> set[str]:
    return select_users(Scope("s", scope), CATALOG.desired, CATALOG.memberships, CATALOG.schema, TODAY)


def fitting(given_patterns: tuple[str, ...] | None) -> set[str]:
    return {key for key in KEYS for each in given_patterns or () if fnmatchcase(key, each.lower())}


@given(user_scopes)
@settings(max_examples=200, deadline=None)
def test_selection_is_the_set_expression_of_the_language(scope: Any) -> None:
    """(where AND memberOf, as given) OR include, minus exclude; include alone: only those; nothing of them: all."""
    conditions = []
    if scope.where is not None:
        conditions.append(FILTERS[scope.where])
    if scope.member_of is not None:
        conditions.append(set().union(*(MEMBERS[group] for group in scope.member_of)))
    if conditions:
        wanted = set(KEYS).intersection(*conditions) | fitting(scope.include)
    elif scope.include is not None:
        wanted = fitting(scope.include)
    else:
        wanted = set(KEYS)
    assert chosen(scope) == wanted - fitting(scope.exclude)


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        (UserScope(), set(KEYS)),
        (UserScope(include=()), set()),
        (UserScope(member_of=()), set()),
        (UserScope(include=("ann",)), {"ann"}),
        (UserScope(exclude=("svc-*", "gone", "new")), {"ann", "bob", "carl"}),
        (UserScope(where='department eq "A"', member_of=("inner",)), {"carl"}),
        (UserScope(member_of=("inner", "eng"), include=("NEW",), exclude=("carl",)), {"bob", "svc-2", "new"}),
        (UserScope(include=("ann",), exclude=("ann",)), set()),
    ],
)
def test_selections_of_users(scope: Any, expected: Any) -> None:
    assert chosen(scope) == expected


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        (GroupScope(), {"ops", "inner", "eng", "vendor"}),
        (GroupScope(include=()), set()),
        (GroupScope(include=("*n*",)), {"inner", "eng", "vendor"}),
        (GroupScope(include=("*n*",), exclude=("ENG",)), {"inner", "vendor"}),
        (GroupScope(exclude=("o*",)), {"inner", "eng", "vendor"}),
    ],
)
def test_selections_of_groups(scope: Any, expected: Any) -> None:
    assert select_groups(Scope("s", groups=scope), CATALOG.desired) == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ({}, EVERYTHING.users),
        ({"users": {}}, UserScope()),
        ({"users": {"memberOf": [], "include": []}}, UserScope(member_of=(), include=())),
        ({"users": {"where": "title pr", "exclude": ["a"]}}, UserScope(where="title pr", exclude=("a",))),
    ],
)
def test_scopes_are_read_as_written(written: Any, expected: Any) -> None:
    tree = {
        "scopes": {"s": written},
        "targets": {"there": {"platform": "generic", "url": "https://scim.example", "scope": "s"}},
    }
    assert good_target(good_catalog(yaml_text.dump(tree))).scope == Scope("s", expected)


letters = st.text(alphabet="ab-ß", max_size=6)


@given(letters, st.text(alphabet="ab-ß*?", max_size=6))
@settings(max_examples=200)
def test_globs_are_those_of_the_shell_without_regard_to_case(key: Any, pattern: Any) -> None:
    assert globs([pattern])(key) == fnmatchcase(key.casefold(), pattern.casefold())
    assert globs([pattern.upper()])(key.upper()) == globs([pattern])(key)


@given(st.lists(letters, max_size=4), st.lists(st.text(alphabet="ab*?[]", max_size=4), max_size=4))
def test_patterns_without_match_are_those_that_fit_no_key(keys: Any, given_patterns: Any) -> None:
    found = patterns_without_match(given_patterns, keys)
    assert found == [at for at, each in enumerate(given_patterns) if not any(globs([each])(key) for key in keys)]


def test_what_no_key_can_hold_makes_a_glob() -> None:
    assert [each for each in ("a", "a*", "a?", "[ab]", "a.b-c") if is_glob(each)] == ["a*", "a?", "[ab]"]


def test_a_long_glob_takes_no_time() -> None:
    assert not globs(["*a" * 200 + "*b"])("a" * 1000)
