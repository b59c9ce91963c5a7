"""Listings of platforms that do not page by index, and listings that may have been cut off."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.core.resources import Kind
from reconciler.errors import EndpointError
from reconciler.platforms.registry import load_profile

BY_CURSOR = load_profile("aws-identity-center")
CAPPED = load_profile("huawei-identity-center")
ALL_AT_ONCE = load_profile("volcengine-identity-center")
UNLISTED = load_profile("alibaba-ram")


def list_users(directory: Any) -> Any:
    return directory.list(Kind.USER)


def list_groups(directory: Any) -> Any:
    return directory.list(Kind.GROUP)


def peek(directory: Any) -> Any:
    return directory.peek(Kind.USER)


def ids(listing: Any) -> Any:
    return [each.id for each in listing.resources]


def by_cursor(rows: list[Any], sizes: Any = (100,)) -> Any:
    """Pages by cursor, of these sizes in turn but never more than `count`; no totals."""

    def answer(asked: Any) -> Any:
        if "cursor" not in asked.query or "startIndex" in asked.query:
            return 400, {"detail": "unexpected query"}
        start, turn = (int(each) for each in (asked.query["cursor"] or "0-0").split("-"))
        end = start + min(sizes[turn % len(sizes)], int(asked.query.get("count", "100")))
        following = {"nextCursor": f"{end}-{turn + 1}"} if end < len(rows) else {}
        return 200, {"Resources": rows[start:end], **following}

    return answer


def older(rows: list[Any], cap: int = 50, **body: Any) -> Any:
    """Knows neither cursors nor pages, and stops after `cap` rows."""
    return lambda _: (200, {"Resources": rows[:cap], **body})


def refusing(*parameters: str, then: Any) -> Any:
    def answer(asked: Any) -> Any:
        if set(parameters) & set(asked.query):
            return 400, {"schema": ["urn:ietf:params:scim:api:messages:2.0:Error"], "detail": "unknown parameter"}
        return then(asked)

    return answer


# --- By cursor
# -----------------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(count=st.integers(0, 230), sizes=st.lists(st.integers(0, 60), min_size=1, max_size=4))
def test_cursors_are_followed_to_the_end_whatever_the_size_of_pages(
    fake: Any, kit: Any, count: int, sizes: Any
) -> None:
    server = fake(by_cursor(kit.users(count), [*sizes, 25]), profile=BY_CURSOR)
    listing = server.run(list_users)
    assert ids(listing) == [f"u{place}" for place in range(count)]
    assert (listing.complete, listing.singly, listing.problem) == (True, False, "")
    assert server.asked[0].query == {"cursor": "", "count": "100"}
    assert not any("startIndex" in each.query for each in server.asked)


@pytest.mark.parametrize("total", [2, 49])
def test_a_total_of_one_page_says_nothing_against_a_listing_by_cursor(fake: Any, kit: Any, total: int) -> None:
    def answer(asked: Any) -> Any:
        status, body = by_cursor(kit.users(70), [49])(asked)
        return status, {**body, "totalResults": total}

    assert fake(answer, profile=BY_CURSOR).run(list_users).complete


def test_a_total_that_promises_more_does(fake: Any, kit: Any) -> None:
    def answer(asked: Any) -> Any:
        status, body = by_cursor(kit.users(70), [49])(asked)
        return status, {**body, "totalResults": 71}

    listing = fake(answer, profile=BY_CURSOR).run(list_users)
    assert (listing.complete, listing.problem) == (False, "70 came, but totalResults says 71")


@pytest.mark.parametrize("count", [49, 51, 100])
def test_where_cursors_are_known_a_single_page_is_the_whole(fake: Any, kit: Any, count: int) -> None:
    server = fake(by_cursor(kit.users(count)), profile=BY_CURSOR)
    assert server.run(list_users).complete
    assert len(server.asked) == 1


def test_as_many_rows_as_older_listings_hold_are_doubted_and_one_request_settles_it(fake: Any, kit: Any) -> None:
    server = fake(by_cursor(kit.users(50)), profile=BY_CURSOR)
    assert server.run(list_users).complete
    assert [each.query["count"] for each in server.asked] == ["100", "1"]


@pytest.mark.parametrize("total", [{}, {"totalResults": 50}, {"totalResults": 80}])
def test_an_older_listing_that_ignores_cursors_is_not_the_whole_truth(fake: Any, kit: Any, total: Any) -> None:
    listing = fake(older(kit.users(80), **total), profile=BY_CURSOR).run(list_users)
    assert (len(listing.resources), listing.complete, listing.singly) == (50, False, True)
    assert "50 came, and this platform's listings can be cut off there" in listing.problem


def test_an_older_listing_below_its_cap_is_complete(fake: Any, kit: Any) -> None:
    listing = fake(older(kit.users(49)), profile=BY_CURSOR).run(list_users)
    assert (listing.complete, listing.singly) == (True, False)


@pytest.mark.parametrize(("count", "whole"), [(0, True), (49, True), (50, False), (80, False)])
def test_where_cursors_are_refused_one_plain_request_follows(fake: Any, kit: Any, count: int, whole: bool) -> None:
    server = fake(refusing("cursor", "count", then=older(kit.users(count))), profile=BY_CURSOR)
    listing = server.run(list_users)
    assert (listing.complete, listing.singly) == (whole, not whole)
    assert [each.query for each in server.asked] == [{"cursor": "", "count": "100"}, {}]


@pytest.mark.parametrize("status", [401, 403, 404, 429])
def test_no_other_refusal_is_one_of_cursors(fake: Any, status: int) -> None:
    error = fake(lambda _: (status, None), profile=BY_CURSOR).failure(list_users)
    assert isinstance(error, EndpointError)
    assert f"answered {status}" in str(error)


def test_a_cursor_that_expires_begins_the_listing_once_more(fake: Any, kit: Any) -> None:
    expired = []

    def answer(asked: Any) -> Any:
        if asked.query["cursor"].startswith("40-") and not expired:
            expired.append(asked)
            return 400, {"scimType": "expiredCursor"}
        return by_cursor(kit.users(70), [20])(asked)

    listing = fake(answer, profile=BY_CURSOR).run(list_users)
    assert (len(listing.resources), listing.complete) == (70, True)


def test_a_page_that_fails_ends_the_listing_with_an_error(fake: Any, kit: Any) -> None:
    def answer(asked: Any) -> Any:
        return (503, None) if asked.query["cursor"] else by_cursor(kit.users(70), [20])(asked)

    assert "answered 503" in str(fake(answer, profile=BY_CURSOR).failure(list_users))


# --- In one answer
# -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("profile", [CAPPED, ALL_AT_ONCE], ids=lambda each: each.name)
@pytest.mark.parametrize("kind", Kind)
def test_a_single_answer_is_asked_for_without_parameters(fake: Any, kit: Any, profile: Any, kind: Kind) -> None:
    def answer(asked: Any) -> Any:
        last = asked.path.rpartition("/")[2]
        return 200, {"id": last} if last.startswith("u") else {"totalResults": 20, "Resources": kit.users(20)}

    server = fake(answer, profile=profile)
    listing = server.run(lambda directory: directory.list(kind))
    assert (len(listing.resources), listing.complete, listing.singly) == (20, True, False)
    assert [each.query for each in server.asked if not each.path.rpartition("/")[2].startswith("u")] == [{}]


@pytest.mark.parametrize("total", [{}, {"totalResults": 50}, {"totalResults": "50"}])
def test_an_answer_as_long_as_the_cap_proves_nothing(fake: Any, kit: Any, total: Any) -> None:
    listing = fake(older(kit.users(70), **total), profile=CAPPED).run(list_users)
    assert (len(listing.resources), listing.complete, listing.singly) == (50, False, True)
    assert listing.problem == "50 came, and this platform's listings can be cut off there without a word"


def test_an_answer_below_the_cap_is_whole_without_a_total_and_not_against_one(fake: Any, kit: Any) -> None:
    assert fake(older(kit.users(49)), profile=CAPPED).run(list_users).complete
    listing = fake(older(kit.users(49), totalResults=52), profile=CAPPED).run(list_users)
    assert (listing.complete, listing.singly) == (False, False)


def test_without_a_cap_a_total_has_to_agree(fake: Any, kit: Any) -> None:
    """That an unfiltered GET brings everything is documented; that it does so without a total is not."""
    rows = kit.users(120)
    assert fake(older(rows, 999, totalResults=120), profile=ALL_AT_ONCE).run(list_users).complete
    for total in ({}, {"totalResults": 121}):
        listing = fake(older(rows, 999, **total), profile=ALL_AT_ONCE).run(list_users)
        assert (listing.complete, listing.singly) == (False, False)


@pytest.mark.parametrize("paging", ["index", "single"])
def test_a_platform_that_is_known_to_give_no_totals_needs_none(fake: Any, kit: Any, paging: str) -> None:
    listing = ALL_AT_ONCE.listing.model_copy(update={"totals": False, "paging": paging})
    profile = ALL_AT_ONCE.model_copy(update={"listing": listing})

    def answer(asked: Any) -> Any:
        rows = kit.users(120)
        return 200, {"Resources": kit.page(rows, asked)[1]["Resources"] if paging == "index" else rows}

    found = fake(answer, profile=profile).run(list_users)
    assert (len(found.resources), found.complete) == (120, True)


def test_a_cursor_that_nobody_asked_for_is_followed_all_the_same(fake: Any, kit: Any) -> None:
    def answer(asked: Any) -> Any:
        rows = kit.users(60)
        return 200, {"Resources": rows[50:]} if asked.query else {"Resources": rows[:50], "nextCursor": "x"}

    listing = fake(answer, profile=CAPPED).run(list_users)
    assert (len(listing.resources), listing.complete) == (60, True)


# --- Not at all
# ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", Kind)
def test_where_there_is_no_listing_nothing_is_asked(fake: Any, kit: Any, kind: Kind) -> None:
    server = fake(kit.missing, profile=UNLISTED)
    listing = server.run(lambda directory: directory.list(kind))
    assert (listing.resources, listing.complete) == ((), False)
    assert (listing.singly, listing.offered) == ((True, True) if kind is Kind.USER else (False, False))
    assert listing.problem
    assert server.asked == []


# --- Testing a connection
# ------------------------------------------------------------------------------------


NOBODY = 'userName eq "00000000-0000-0000-0000-000000000000"'


@pytest.mark.parametrize(
    ("profile", "query", "count"),
    [
        ("generic", {"count": "1"}, 70),
        ("alibaba-idaas", {"count": "1"}, 70),
        ("aws-identity-center", {"cursor": "", "count": "1"}, None),
        ("huawei-identity-center", {}, None),
        ("volcengine-identity-center", {}, 70),
        ("alibaba-ram", {"filter": NOBODY}, None),
    ],
)
def test_a_look_at_the_endpoint_is_taken_in_the_way_of_its_platform(
    fake: Any, kit: Any, profile: str, query: Any, count: int | None
) -> None:
    server = fake(lambda _: (200, {"totalResults": 70, "Resources": kit.users(1)}), profile=load_profile(profile))
    assert server.run(peek) == count
    assert [each.query for each in server.asked] == [query]


def test_an_older_endpoint_is_looked_at_without_a_cursor(fake: Any, kit: Any) -> None:
    server = fake(refusing("cursor", then=older(kit.users(3))), profile=BY_CURSOR)
    server.run(peek)
    assert [each.query for each in server.asked] == [{"cursor": "", "count": "1"}, {}]


@pytest.mark.parametrize("profile", ["generic", "aws-identity-center", "huawei-identity-center", "alibaba-ram"])
@pytest.mark.parametrize("status", [401, 403, 404, 503])
def test_a_look_that_fails_is_an_error_everywhere(fake: Any, profile: str, status: int) -> None:
    error = fake(lambda _: (status, None), profile=load_profile(profile)).failure(peek)
    assert isinstance(error, EndpointError)
    assert f"answered {status}" in str(error)
