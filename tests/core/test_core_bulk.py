"""Which writes go together, and when that pays."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from planning_kit import plan_of

from reconciler.core.comparing.attributes import AttributeView
from reconciler.core.plan import Operation
from reconciler.core.planning.bulk import MOST_OPERATIONS, Preparer, Terms, gather, pays, terms_of
from reconciler.core.resources import Kind, Listing
from reconciler.platforms.profile import Shape
from reconciler.platforms.registry import load_profile
from reconciler.scim.provider import DEFAULT_DISCOVERY, ProviderConfig

GENERIC = load_profile("generic")
PEOPLE = "users: {%s}\ngroups: {g: {members: [%s]}}"


def preparer(**profile: Any) -> Preparer:
    schemas = DEFAULT_DISCOVERY.schemas
    views = {Kind.USER: AttributeView(schemas["User"]), Kind.GROUP: AttributeView(schemas["Group"])}
    collections = {Kind.USER: ("Users",), Kind.GROUP: ("Groups",)}
    return Preparer(GENERIC.model_copy(update=profile), views, collections, lambda _kind, _changes: [Shape.PATCH])


def creates(count: int) -> list[Operation]:
    keys = [f"u{number}" for number in range(count)]
    return list(plan_of(PEOPLE % (", ".join(f"{key}: {{}}" for key in keys), ", ".join(keys))).operations)


def empty(pages: int = 1, resources: int = 0) -> dict[Kind, Listing]:
    listings = {}
    for kind in Kind:
        listings[kind] = Listing(kind, (None,) * resources, pages=pages)  # type: ignore[arg-type]  only counted
    return listings


@pytest.mark.parametrize(
    ("config", "profile", "expected"),
    [
        ({}, {}, None),
        ({"bulk": False}, {}, None),
        ({"bulk": True}, {}, Terms(MOST_OPERATIONS, 1024 * 1024)),
        ({"bulk": True, "bulk_max_operations": 50, "bulk_max_payload": 9000}, {}, Terms(50, 9000)),
        ({"bulk": True, "bulk_max_operations": 100_000}, {}, Terms(MOST_OPERATIONS, 1024 * 1024)),
        ({"bulk": True, "bulk_max_operations": 1}, {}, None),
        ({"bulk": True}, {"bulk": False}, None),
        ({"bulk": False}, {"bulk": True}, Terms(MOST_OPERATIONS, 1024 * 1024)),
    ],
)
def test_the_profile_comes_before_discovery(config: Any, profile: Any, expected: Terms | None) -> None:
    assert terms_of(GENERIC.model_copy(update=profile), ProviderConfig(**config)) == expected


@given(count=st.integers(1, 30), most=st.integers(1, 40))
def test_whatever_has_room_goes_and_the_rest_waits_in_order(count: int, most: int) -> None:
    operations = [each for each in creates(count) if each.kind is Kind.USER]
    writes, left = gather(operations, {}, preparer(), Terms(most, 10**9))
    assert [*(each.operation for each in writes), *left] == operations
    assert len(writes) == min(most, len(operations))


def test_what_the_same_request_creates_is_named_by_its_bulk_id() -> None:
    writes, _ = gather(creates(1), {}, preparer(), Terms(100, 10**9))
    [group] = [each.request.body for each in writes if each.request.path == ("Groups",)]
    assert group is not None
    assert [each["value"] for each in group["members"]] == ["bulkId:0000"]


def test_who_names_several_new_ones_waits_for_their_ids() -> None:
    """Of several references in one resource some endpoints resolve the last alone."""
    writes, left = gather(creates(2), {}, preparer(), Terms(100, 10**9))
    assert [each.request.path for each in writes] == [("Users",), ("Users",)]
    assert left == []


def test_a_group_waits_for_ids_that_nothing_tells() -> None:
    [group] = [each for each in creates(2) if each.kind is Kind.GROUP]
    assert gather([group], {"user:u0": "1"}, preparer(), Terms(100, 10**9)) == ([], [])
    [write] = gather([group], {"user:u0": "1", "user:u1": "2"}, preparer(), Terms(100, 10**9))[0]
    assert write.request.body is not None
    assert [each["value"] for each in write.request.body["members"]] == ["1", "2"]


def test_even_one_that_is_too_large_goes_alone_in_a_request() -> None:
    writes, left = gather(creates(3), {}, preparer(), Terms(100, 10))
    assert (len(writes), len(left)) == (1, 3)


@pytest.mark.parametrize(
    ("count", "pages", "resources", "expected"),
    [(2, 1, 0, False), (3, 1, 0, False), (5, 1, 0, True), (5, 40, 4000, False), (200, 40, 4000, True)],
)
def test_it_pays_where_looking_at_everything_costs_less(count: int, pages: int, resources: int, expected: bool) -> None:
    users = [each for each in creates(count) if each.kind is Kind.USER]
    writes, _ = gather(users, {}, preparer(), Terms(1000, 10**9))
    assert pays(writes, empty(pages, resources)) is expected


def test_nothing_never_pays() -> None:
    assert not pays([], empty())
