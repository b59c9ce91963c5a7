"""Which users and groups a target gets."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from typing import Any

from reconciler.core.desired.composing import GLOB_SIGNS
from reconciler.core.desired.composition import Desired
from reconciler.core.desired.memberships import Memberships
from reconciler.core.desired.selecting import Test, compile_user_filter, user_document
from reconciler.core.resources import DesiredUser
from reconciler.scim.filters import parse_filter
from reconciler.scim.schemas import ResourceSchema


@dataclass(frozen=True, slots=True)
class UserScope:
    """(`where` and `member_of`, as given) or `include`, minus `exclude`; `include` alone: only those; nothing: all.

    None is not given; an empty `member_of` or `include` is, and nobody is among them.
    """

    where: str | None = None
    member_of: tuple[str, ...] | None = None
    include: tuple[str, ...] | None = None
    exclude: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GroupScope:
    """`include` None is all; an empty one is none."""

    include: tuple[str, ...] | None = None
    exclude: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Scope:
    name: str = ""
    users: UserScope = UserScope()
    groups: GroupScope = GroupScope()
    organization: str | None = None


EVERYTHING = Scope()


def is_glob(pattern: str) -> bool:
    """Whether a pattern can stand for several keys; keys themselves hold none of these characters."""
    return any(sign in GLOB_SIGNS for sign in pattern)


def globs(patterns: Iterable[str]) -> Callable[[str], bool]:
    """Whether a key is one of the patterns, without regard to case.

    >>> globs(["svc-*"])("SVC-scim")
    True
    """
    folded = [each.casefold() for each in patterns]
    exact = frozenset(each for each in folded if not is_glob(each))
    wild = [each for each in folded if each not in exact]

    def matches(key: str) -> bool:
        key = key.casefold()
        return key in exact or any(_fits(key, each) for each in wild)

    return matches


def _fits(key: str, pattern: str) -> bool:
    """Globs of stars only are searched for part by part: compiling takes longer than matching a thousand times."""
    first, *others = pattern.split("*")
    if not others or "?" in pattern or "[" in pattern:
        return fnmatchcase(key, pattern)
    *middle, last = others
    if len(key) < len(first) + len(last) or not (key.startswith(first) and key.endswith(last)):
        return False
    at, end = len(first), len(key) - len(last)
    for part in middle:
        found = key.find(part, at, end)
        if found < 0:
            return False
        at = found + len(part)
    return True


def select_users(
    scope: Scope, desired: Desired, memberships: Memberships, schema: ResourceSchema, today: date
) -> set[str]:
    """Keys of the users in scope, absent ones included where they match."""
    rule = scope.users
    excluded = globs(rule.exclude)
    chosen = _chooser(rule, memberships, schema, today)
    return {key for key, user in desired.users.items() if chosen(user) and not excluded(key)}


def select_groups(scope: Scope, desired: Desired) -> set[str]:
    """Keys of the groups in scope."""
    included = globs(scope.groups.include) if scope.groups.include is not None else _everybody
    excluded = globs(scope.groups.exclude)
    return {key for key in desired.groups if included(key) and not excluded(key)}


def _everybody(_: Any) -> bool:
    return True


def _chooser(
    rule: UserScope, memberships: Memberships, schema: ResourceSchema, today: date
) -> Callable[[DesiredUser], bool]:
    included = globs(rule.include or ())
    tests: list[Callable[[DesiredUser], bool]] = []
    if rule.where is not None:
        tests.append(_filter_test(compile_user_filter(parse_filter(rule.where), schema), today))
    if rule.member_of is not None:
        members = frozenset().union(*(memberships.users_within(group) for group in rule.member_of))
        tests.append(lambda user: user.key in members)
    if not tests:
        return _everybody if rule.include is None else lambda user: included(user.key)
    return lambda user: included(user.key) or all(test(user) for test in tests)


def _filter_test(test: Test, today: date) -> Callable[[DesiredUser], bool]:
    return lambda user: test(user_document(user, today))


def patterns_without_match(patterns: Sequence[str], keys: Iterable[str]) -> list[int]:
    """Places of the patterns that select nobody."""
    folded = {key.casefold() for key in keys}
    return [at for at, each in enumerate(patterns) if not _selects_somebody(each.casefold(), folded)]


def _selects_somebody(pattern: str, folded: set[str]) -> bool:
    return any(_fits(key, pattern) for key in folded) if is_glob(pattern) else pattern in folded
