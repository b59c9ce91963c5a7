"""Which request shapes to try on an endpoint, most promising first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

from reconciler.core.comparing.attributes import base_of
from reconciler.core.known import Learnt, Lesson
from reconciler.core.plan import Change
from reconciler.core.resources import Kind
from reconciler.platforms.profile import MemberRemoval, Profile, Shape
from reconciler.scim.paths import parse_path
from reconciler.scim.provider import Discovery

Form = TypeVar("Form")

MEMBER_REMOVAL = "members"
"""Under this subject a lesson says how members are removed; under a kind's own name how it is updated."""


def update_shapes(kind: Kind, profile: Profile, discovery: Discovery, learnt: Iterable[Learnt]) -> list[Shape]:
    """The shape that last went through, then the others; PATCH only where it may be offered."""
    side = profile.users if kind is Kind.USER else profile.groups
    offered = list(side.updates) if side is not None else []
    if discovery.config.patch is False:
        offered = [shape for shape in offered if shape is Shape.PUT] or offered
    return _first(
        offered, [Shape(each.value) for each in _lessons(learnt, kind, str(kind)) if each.value in set(Shape)]
    )


def able_shapes(shapes: Sequence[Shape], changes: Iterable[Change], kind: Kind, profile: Profile) -> list[Shape]:
    """Those of some shapes that can bring all the changes about: what no PATCH takes is put, where that is possible."""
    side = profile.users if kind is Kind.USER else profile.groups
    stubborn = {name.casefold() for name, each in (side.attributes if side else {}).items() if not each.patch}
    whole = bool(stubborn) and any(base_of(parse_path(each.path)).casefold() in stubborn for each in changes)
    able = [each for each in shapes if each is Shape.PUT or not whole]
    return able or list(shapes)


def removal_shapes(profile: Profile, discovery: Discovery, learnt: Iterable[Learnt]) -> list[MemberRemoval]:
    """How members may be removed, the way that last went through first."""
    offered = list(profile.groups.members.removals) if profile.groups is not None else []
    if discovery.config.patch is False:
        offered = [each for each in offered if each is MemberRemoval.PUT] or offered
    learned = _lessons(learnt, Kind.GROUP, MEMBER_REMOVAL)
    return _first(offered, [MemberRemoval(each.value) for each in learned if each.value in set(MemberRemoval)])


def first_removal(profile: Profile, discovery: Discovery, learnt: Iterable[Learnt]) -> MemberRemoval:
    removals = removal_shapes(profile, discovery, learnt)
    return removals[0] if removals else MemberRemoval.FILTER


def members_at_once(profile: Profile, learnt: Iterable[Learnt]) -> int:
    """How many members one request may carry: what the platform documents, or less where less was learnt."""
    known = profile.groups.members.largest_request if profile.groups is not None else 1
    found = (each for each in learnt if each.lesson is Lesson.MEMBERS_AT_ONCE and each.value.isdecimal())
    return max(1, min((known, *(int(each.value) for each in found))))


def _lessons(learnt: Iterable[Learnt], kind: Kind, subject: str) -> list[Learnt]:
    """The latest first."""
    found = [
        each for each in learnt if each.lesson is Lesson.WRITE_SHAPE and each.kind is kind and each.subject == subject
    ]
    return sorted(found, key=lambda each: each.day, reverse=True)


def _first(offered: list[Form], preferred: list[Form]) -> list[Form]:
    return list(dict.fromkeys([*(each for each in preferred if each in offered), *offered]))
