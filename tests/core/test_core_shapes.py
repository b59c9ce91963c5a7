from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.known import Learnt, Lesson
from reconciler.core.plan import Change
from reconciler.core.planning.shapes import MEMBER_REMOVAL, able_shapes, first_removal, removal_shapes, update_shapes
from reconciler.core.resources import Kind
from reconciler.platforms.profile import GroupProfile, MemberProfile, MemberRemoval, Profile, Shape
from reconciler.platforms.registry import load_profile
from reconciler.scim.provider import DEFAULT_DISCOVERY, Discovery, ProviderConfig

GENERIC = load_profile("generic")
WITHOUT_PATCH = Discovery(config=ProviderConfig(patch=False))
DAY = date(2026, 11, 21)


def lesson(value: str, kind: Kind = Kind.USER, subject: str | None = None, day: date = DAY) -> Learnt:
    return Learnt(Lesson.WRITE_SHAPE, kind, subject or str(kind), value, day)


def with_groups(groups: GroupProfile | None) -> Profile:
    return GENERIC.model_copy(update={"groups": groups})


lessons = st.lists(
    st.builds(
        Learnt,
        st.sampled_from(Lesson),
        st.sampled_from(Kind),
        st.sampled_from(["user", "group", MEMBER_REMOVAL, "title"]),
        st.sampled_from([*Shape, *MemberRemoval, "unheard of"]),
        st.dates(),
    ),
    max_size=5,
)


@given(st.sampled_from(Kind), lessons, st.sampled_from([DEFAULT_DISCOVERY, WITHOUT_PATCH]))
def test_every_shape_that_may_work_is_tried_once(kind: Kind, learnt: list[Learnt], discovery: Discovery) -> None:
    shapes = update_shapes(kind, GENERIC, discovery, learnt)
    removals = removal_shapes(GENERIC, discovery, learnt)
    without_patch = discovery is WITHOUT_PATCH
    assert sorted(shapes) == ([Shape.PUT] if without_patch else sorted(Shape))
    assert sorted(removals) == ([MemberRemoval.PUT] if without_patch else sorted(MemberRemoval))
    assert first_removal(GENERIC, discovery, learnt) is removals[0]


def test_the_shape_that_last_went_through_comes_first() -> None:
    learnt = [lesson("put", day=date(2026, 1, 1)), lesson("patch_without_path"), lesson("patch", Kind.GROUP)]
    assert update_shapes(Kind.USER, GENERIC, DEFAULT_DISCOVERY, learnt) == [
        Shape.PATCH_WITHOUT_PATH,
        Shape.PUT,
        Shape.PATCH,
    ]
    removal = [lesson("replace", Kind.GROUP, MEMBER_REMOVAL)]
    assert removal_shapes(GENERIC, DEFAULT_DISCOVERY, removal)[0] is MemberRemoval.REPLACE
    assert removal_shapes(GENERIC, DEFAULT_DISCOVERY, learnt)[0] is MemberRemoval.FILTER


def test_a_platform_that_takes_patch_alone_is_sent_patch_whatever_it_announces() -> None:
    patching = GroupProfile(
        updates=(Shape.PATCH,),
        members=MemberProfile(removals=(MemberRemoval.VALUES,)),
        mapping=GENERIC.groups.mapping if GENERIC.groups is not None else GENERIC.users.mapping,
    )
    profile = with_groups(patching)
    assert update_shapes(Kind.GROUP, profile, WITHOUT_PATCH, ()) == [Shape.PATCH]
    assert removal_shapes(profile, WITHOUT_PATCH, ()) == [MemberRemoval.VALUES]


@pytest.mark.parametrize("discovery", [DEFAULT_DISCOVERY, WITHOUT_PATCH])
def test_a_platform_without_groups_has_no_way_to_update_them(discovery: Discovery) -> None:
    profile = with_groups(None)
    assert update_shapes(Kind.GROUP, profile, discovery, ()) == []
    assert removal_shapes(profile, discovery, ()) == []
    assert first_removal(profile, discovery, ()) is MemberRemoval.FILTER


@pytest.mark.parametrize(
    ("path", "able"), [("roles", [Shape.PUT]), ('roles[type eq "x"]', [Shape.PUT]), ("title", [Shape.PATCH, Shape.PUT])]
)
def test_what_no_patch_takes_is_put(path: str, able: list[Shape]) -> None:
    profile = load_profile("aws-identity-center")
    changes = [Change(path="title", after="T"), Change(path=path, after=[])]
    assert able_shapes([Shape.PATCH, Shape.PUT], changes, Kind.USER, profile) == able
    assert able_shapes([Shape.PATCH], changes, Kind.USER, profile) == [Shape.PATCH]
