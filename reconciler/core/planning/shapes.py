"""Which request shapes to try on an endpoint, most promising first."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from reconciler.core.known import Learnt, Lesson
from reconciler.core.resources import Kind
from reconciler.platforms.profile import MemberRemoval, Profile, Shape
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


def first_shape(kind: Kind, profile: Profile, discovery: Discovery, learnt: Iterable[Learnt]) -> Shape:
    shapes = update_shapes(kind, profile, discovery, learnt)
    return shapes[0] if shapes else Shape.PATCH


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


def _lessons(learnt: Iterable[Learnt], kind: Kind, subject: str) -> list[Learnt]:
    """The latest first."""
    found = [
        each for each in learnt if each.lesson is Lesson.WRITE_SHAPE and each.kind is kind and each.subject == subject
    ]
    return sorted(found, key=lambda each: each.day, reverse=True)


def _first(offered: list[Form], preferred: list[Form]) -> list[Form]:
    return list(dict.fromkeys([*(each for each in preferred if each in offered), *offered]))
