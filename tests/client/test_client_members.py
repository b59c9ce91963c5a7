from __future__ import annotations

from typing import Any

import pytest

from reconciler.core.resources import Kind
from reconciler.platforms.registry import load_profile

MEMBERS = [{"value": "u1"}]


def list_groups(directory: Any) -> Any:
    return directory.list(Kind.GROUP)


def groups_server(kit: Any, count: int, *, single: Any, listed: Any = None) -> Any:
    """Groups without members in listings; `single(id)` is what a GET adds, or None for 404."""
    rows = [{"id": f"g{place}", "displayName": f"G{place}", **(listed or {})} for place in range(count)]

    def answer(asked: Any) -> Any:
        if asked.path.endswith("/Groups"):
            return kit.page(rows, asked)
        id_ = asked.path.rpartition("/")[2]
        added = single(id_)
        return (404, None) if added is None else (200, {"id": id_, **added})

    return answer


@pytest.mark.parametrize("count", [1, 3, 40])
def test_members_that_listings_leave_out_are_read_group_by_group(fake: Any, kit: Any, count: int) -> None:
    server = fake(groups_server(kit, count, single=lambda _: {"members": MEMBERS}))
    listing = server.run(list_groups)
    assert listing.complete
    assert [each.id for each in listing.resources] == [f"g{place}" for place in range(count)]
    assert all(each.document["members"] == MEMBERS for each in listing.resources)
    assert len([each for each in server.calls if each.startswith("GET /Groups/")]) == count


def test_groups_that_have_no_members_at_all_cost_three_more_reads(fake: Any, kit: Any) -> None:
    server = fake(groups_server(kit, 40, single=lambda _: {}))
    assert server.run(list_groups).complete
    assert len([each for each in server.calls if each.startswith("GET /Groups/")]) == 3


@pytest.mark.parametrize("listed", [{"members": []}, {"Members": None}])
def test_no_members_in_a_listing_may_mean_that_they_are_left_out(fake: Any, kit: Any, listed: Any) -> None:
    server = fake(groups_server(kit, 9, single=lambda _: {"members": MEMBERS}, listed=listed))
    listing = server.run(list_groups)
    assert all(each.document["members"] == MEMBERS for each in listing.resources)
    assert len([each for each in server.calls if each.startswith("GET /Groups/")]) == 9


def test_where_one_group_is_shortened_all_are_read(fake: Any, kit: Any) -> None:
    whole = [{"value": f"u{number}"} for number in range(5)]
    server = fake(groups_server(kit, 9, single=lambda _: {"members": whole}, listed={"members": whole[:2]}))
    listing = server.run(list_groups)
    assert [each.id for each in listing.resources] == [f"g{place}" for place in range(9)]
    assert all(each.document["members"] == whole for each in listing.resources)


def test_beside_groups_that_show_members_only_those_that_show_none_are_read(fake: Any) -> None:
    rows = [{"id": f"g{place}", "displayName": "G", "members": MEMBERS * (place % 2)} for place in range(12)]

    def answer(asked: Any) -> Any:
        if asked.path.endswith("/Groups"):
            return 200, {"totalResults": len(rows), "Resources": rows}
        return 200, {"id": asked.path.rpartition("/")[2], "members": MEMBERS}

    server = fake(answer)
    listing = server.run(list_groups)
    assert [each.document["members"] for each in listing.resources] == [MEMBERS] * 12
    assert {each for each in server.calls if "/Groups/" in each} == {
        "GET /Groups/g1",
        *(f"GET /Groups/g{place}" for place in range(0, 12, 2)),
    }


@pytest.mark.parametrize("status", [400, 403])
def test_where_single_groups_cannot_be_read_the_listing_is_not_believed(fake: Any, kit: Any, status: int) -> None:
    def answer(asked: Any) -> Any:
        rows = [{"id": "g", "displayName": "G", "members": []}]
        return kit.page(rows, asked) if asked.path.endswith("/Groups") else (status, {"detail": "no"})

    listing = fake(answer).run(list_groups)
    assert (len(listing.resources), listing.complete) == (1, False)
    assert "cannot be told" in listing.problem


def test_listed_members_cost_one_more_read(fake: Any, kit: Any) -> None:
    server = fake(groups_server(kit, 40, single=lambda _: {}, listed={"Members": MEMBERS}))
    server.run(list_groups)
    assert [each for each in server.calls if "/Groups/" in each] == ["GET /Groups/g0"]


def test_a_group_that_goes_meanwhile_leaves_the_listing_incomplete(fake: Any, kit: Any) -> None:
    server = fake(groups_server(kit, 9, single=lambda id_: None if id_ == "g7" else {"members": MEMBERS}))
    listing = server.run(list_groups)
    assert len(listing.resources) == 8
    assert listing.problem == "1 groups were gone when their members were read"


def test_users_are_not_read_one_by_one(fake: Any, kit: Any) -> None:
    server = fake(kit.collection(kit.users(5)))
    server.run(lambda directory: directory.list(Kind.USER))
    assert set(server.calls) == {"GET /Users"}


# --- Where listings are known to leave members out
# -----------------------------------------------------------


SINGLY = load_profile("alibaba-cloudsso")


@pytest.mark.parametrize("listed", [{}, {"members": []}, {"members": MEMBERS}])
@pytest.mark.parametrize("count", [0, 1, 9])
def test_every_group_is_read_singly_and_nothing_is_tried_out(fake: Any, kit: Any, listed: Any, count: int) -> None:
    whole = [{"value": "u1"}, {"value": "u2"}]
    server = fake(groups_server(kit, count, single=lambda _: {"members": whole}, listed=listed), profile=SINGLY)
    listing = server.run(list_groups)
    assert listing.complete
    assert all(each.document["members"] == whole for each in listing.resources)
    assert len(listing.resources) == count
    assert sorted(each for each in server.calls if "/Groups/" in each) == [f"GET /Groups/g{x}" for x in range(count)]


def test_a_group_that_is_gone_when_it_is_read_leaves_the_listing_incomplete(fake: Any, kit: Any) -> None:
    server = fake(groups_server(kit, 3, single=lambda id_: None if id_ == "g1" else {}), profile=SINGLY)
    listing = server.run(list_groups)
    assert ([each.id for each in listing.resources], listing.complete) == (["g0", "g2"], False)


@pytest.mark.parametrize("status", [401, 403, 500, 503])
def test_a_group_that_cannot_be_read_is_no_empty_group(fake: Any, kit: Any, status: int) -> None:
    def answer(asked: Any) -> Any:
        rows = [{"id": "g", "displayName": "G"}]
        return kit.page(rows, asked) if asked.path.endswith("/Groups") else (status, {"detail": "no"})

    assert f"answered {status}" in str(fake(answer, profile=SINGLY).failure(list_groups))


def test_a_found_group_is_read_singly_too(fake: Any, kit: Any) -> None:
    server = fake(
        groups_server(kit, 1, single=lambda _: {"members": MEMBERS}, listed={"members": [{"value": "u9"}]}),
        profile=SINGLY,
    )
    [found] = server.run(lambda directory: directory.find(Kind.GROUP, "displayName", "G0"))
    assert found.document["members"] == MEMBERS
