from __future__ import annotations

from typing import Any

import pytest

from reconciler.core.resources import Kind

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


def test_one_listed_group_with_members_is_proof_enough(fake: Any, kit: Any) -> None:
    server = fake(groups_server(kit, 40, single=lambda _: {}, listed={"Members": []}))
    server.run(list_groups)
    assert set(server.calls) == {"GET /Groups"}


def test_a_group_that_goes_meanwhile_leaves_the_listing_incomplete(fake: Any, kit: Any) -> None:
    server = fake(groups_server(kit, 9, single=lambda id_: None if id_ == "g7" else {"members": MEMBERS}))
    listing = server.run(list_groups)
    assert len(listing.resources) == 8
    assert listing.problem == "1 groups were gone when their members were read"


def test_users_are_not_read_one_by_one(fake: Any, kit: Any) -> None:
    server = fake(kit.collection(kit.users(5)))
    server.run(lambda directory: directory.list(Kind.USER))
    assert set(server.calls) == {"GET /Users"}
