from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.requests import FilterNotOfferedError
from reconciler.core.resources import Kind
from reconciler.errors import EndpointError
from reconciler.platforms.registry import load_profile
from reconciler.scim.filters.parser import parse_filter


def find(value: str, attribute: str = "userName", kind: Kind = Kind.USER) -> Any:
    return lambda directory: directory.find(kind, attribute, value)


def listed(rows: list[Any]) -> Any:
    return 200, {"totalResults": len(rows), "Resources": rows}


@given(value=st.text(st.characters(exclude_categories=["Cs"]), max_size=30))
def test_the_filter_says_exactly_the_value(fake: Any, value: str) -> None:
    server = fake(lambda _: listed([]))
    assert server.run(find(value)) == ()
    assert parse_filter(server.asked[0].query["filter"]).value == value


def test_rows_are_checked_again_whatever_the_filter_returned(fake: Any, kit: Any) -> None:
    rows = [
        *kit.users(3),
        {"id": "x", "userName": "ANN"},
        {"id": "y", "userName": "annette"},
        {"userName": "ann"},
        None,
    ]
    found = fake(lambda _: listed(rows)).run(find("ann"))
    assert [each.id for each in found] == ["x"]


@pytest.mark.parametrize(
    ("attribute", "document"),
    [
        ("emails.value", {"emails": [{"value": "b@x"}, {"value": "A@x"}]}),
        ('emails[type eq "work"].value', {"emails": [{"type": "work", "value": "a@X"}]}),
        ("externalId", {"EXTERNALID": "a@x"}),
        (
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber",
            {"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"employeeNumber": "a@x"}},
        ),
    ],
)
def test_any_attribute_can_be_looked_up(fake: Any, attribute: str, document: Any) -> None:
    server = fake(lambda _: listed([{"id": "a", **document}, {"id": "b"}]))
    assert [each.id for each in server.run(find("a@x", attribute))] == ["a"]


def test_a_value_in_another_unicode_form_is_the_same(fake: Any) -> None:
    server = fake(lambda _: listed([{"id": "a", "userName": "zoe\u0308"}]))
    assert len(server.run(find("ZO\u00cb"))) == 1


def test_a_filter_that_is_ignored_is_read_for_five_pages(fake: Any, kit: Any) -> None:
    server = fake(kit.collection(kit.users(1000)))
    assert server.run(find("user450"))[0].id == "u450"
    assert len(server.asked) == 5


def test_nothing_among_five_pages_of_many_says_nothing(fake: Any, kit: Any) -> None:
    server = fake(kit.collection(kit.users(1000)))
    error = server.failure(find("user700"))
    assert isinstance(error, FilterNotOfferedError)
    assert "the filter is ignored: none of 500 rows" in str(error)


def test_nothing_among_all_rows_is_nothing(fake: Any, kit: Any) -> None:
    assert fake(kit.collection(kit.users(250))).run(find("nobody")) == ()


@pytest.mark.parametrize("status", [400, 404, 405, 500, 501])
def test_a_filter_that_is_refused_says_so(fake: Any, status: int) -> None:
    error = fake(lambda _: (status, {"detail": "no filters here"})).failure(find("ann"))
    assert isinstance(error, FilterNotOfferedError)
    assert "no filters here" in str(error)


@pytest.mark.parametrize("status", [401, 403, 503])
def test_other_failures_say_nothing_of_the_filter(fake: Any, status: int) -> None:
    error = fake(lambda _: (status, None)).failure(find("ann"))
    assert isinstance(error, EndpointError)
    assert not isinstance(error, FilterNotOfferedError)


def test_a_found_group_comes_with_its_members(fake: Any) -> None:
    group = {"id": "g", "displayName": "Staff"}

    def answer(asked: Any) -> Any:
        return listed([group]) if asked.path.endswith("/Groups") else (200, {**group, "members": [{"value": "u1"}]})

    found = fake(answer).run(find("staff", "displayName", Kind.GROUP))
    assert found[0].document["members"] == [{"value": "u1"}]


def test_no_query_is_shown_in_an_error(fake: Any) -> None:
    error = fake(lambda _: (403, None)).failure(find("ann@private.example"))
    assert "ann@private" not in str(error)


# --- What a platform offers
# ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("platform", "kind", "attribute", "offered"),
    [
        ("generic", Kind.USER, "emails.value", True),
        ("alibaba-ram", Kind.USER, "USERNAME", True),
        ("alibaba-ram", Kind.USER, "Id", True),
        ("alibaba-ram", Kind.USER, "emails.value", False),
        ("alibaba-ram", Kind.GROUP, "displayName", False),
        ("huawei-identity-center", Kind.USER, "externalId", False),
        ("huawei-identity-center", Kind.GROUP, "displayname", True),
        ("aws-identity-center", Kind.GROUP, "externalId", True),
        ("aws-identity-center", Kind.USER, "id", False),
    ],
)
def test_a_platform_is_asked_by_no_attribute_that_it_does_not_offer(
    fake: Any, platform: str, kind: Kind, attribute: str, offered: bool
) -> None:
    server = fake(lambda _: listed([]), profile=load_profile(platform))
    if offered:
        assert server.run(find("ann", attribute, kind)) == ()
        assert server.asked[0].query["filter"] == f'{attribute} eq "ann"'
    else:
        error = server.failure(find("ann", attribute, kind))
        assert isinstance(error, FilterNotOfferedError)
        assert str(error) == f"this platform does not look {kind}s up by {attribute}"
        assert server.asked == []


UNPAGED = ["aws-identity-center", "huawei-identity-center", "volcengine-identity-center", "alibaba-ram"]


@pytest.mark.parametrize("platform", UNPAGED)
def test_where_nothing_is_paged_by_index_the_filter_goes_alone(fake: Any, platform: str) -> None:
    server = fake(lambda _: listed([{"id": "a", "userName": "Ann"}]), profile=load_profile(platform))
    assert [each.id for each in server.run(find("ann"))] == ["a"]
    assert [each.query for each in server.asked] == [{"filter": 'userName eq "ann"'}]


def test_a_cursor_among_what_was_found_is_followed(fake: Any, kit: Any) -> None:
    def answer(asked: Any) -> Any:
        if "cursor" in asked.query:
            return 200, {"Resources": [{"id": "a", "userName": "ann"}]}
        return 200, {"Resources": kit.users(2), "nextCursor": "x"}

    server = fake(answer, profile=load_profile("aws-identity-center"))
    assert [each.id for each in server.run(find("ann"))] == ["a"]
    assert server.asked[1].query == {"filter": 'userName eq "ann"', "cursor": "x"}


@pytest.mark.parametrize("platform", UNPAGED)
@pytest.mark.parametrize("total", [{}, {"totalResults": 50}, {"totalResults": 70}])
def test_others_who_came_instead_may_be_the_first_of_many(fake: Any, kit: Any, platform: str, total: Any) -> None:
    server = fake(lambda _: (200, {"Resources": kit.users(50), **total}), profile=load_profile(platform))
    if (platform, total) == ("volcengine-identity-center", {"totalResults": 50}):
        assert server.run(find("ann")) == ()  # It lists everything, and these are as many as there are.
    else:
        assert "the filter is ignored" in str(server.failure(find("ann")))


@pytest.mark.parametrize("platform", UNPAGED)
def test_nobody_at_all_is_nobody(fake: Any, platform: str) -> None:
    assert fake(lambda _: (200, {"Resources": []}), profile=load_profile(platform)).run(find("ann")) == ()
