from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from reconciler.core.resources import Kind
from reconciler.errors import EndpointError, ExitCode


def list_users(directory: Any) -> Any:
    return directory.list(Kind.USER)


def list_groups(directory: Any) -> Any:
    return directory.list(Kind.GROUP)


def ids(listing: Any) -> Any:
    return [each.id for each in listing.resources]


def numbers(count: int) -> Any:
    return [f"u{place}" for place in range(count)]


# --- Hazards: each a server that does one thing wrong
# -----------------------------------------------------------


def capped_total(kit: Any, rows: list[Any]) -> Any:
    return lambda asked: kit.page(rows, asked, total=min(len(rows), 100))


def small_pages(kit: Any, rows: list[Any]) -> Any:
    return lambda asked: kit.page(rows, asked, size=30)


def count_refused(status: int) -> Any:
    def hazard(kit: Any, rows: list[Any]) -> Any:
        def answer(asked: Any) -> Any:
            return (status, {"detail": "count?"}) if "count" in asked.query else kit.page(rows, asked, size=40)

        return answer

    return hazard


def count_and_index_ignored(kit: Any, rows: list[Any]) -> Any:
    return lambda _: (200, {"totalResults": len(rows), "Resources": rows})


def off_by_one(kit: Any, rows: list[Any]) -> Any:
    """Counts from 0 behind the first page: every further page begins a row too early."""

    def answer(asked: Any) -> Any:
        start = int(asked.query["startIndex"])
        asked.query["startIndex"] = str(start if start == 1 else start - 1)
        return kit.page(rows, asked)

    return answer


def wrong_items_per_page(kit: Any, rows: list[Any]) -> Any:
    def answer(asked: Any) -> Any:
        status, body = kit.page(rows, asked, size=60)
        return status, {**body, "itemsPerPage": 100}

    return answer


def short_pages_inside(kit: Any, rows: list[Any]) -> Any:
    """Every second page is shorter than the others."""

    def answer(asked: Any) -> Any:
        return kit.page(rows, asked, size=100 if int(asked.query["startIndex"]) % 200 == 1 else 70)

    return answer


def error_behind_the_last(kit: Any, rows: list[Any]) -> Any:
    def answer(asked: Any) -> Any:
        if int(asked.query["startIndex"]) > max(1, len(rows)):
            return 400, {"detail": "startIndex is too large"}
        return kit.page(rows, asked)

    return answer


def no_resources_behind_the_last(kit: Any, rows: list[Any]) -> Any:
    def answer(asked: Any) -> Any:
        status, body = kit.page(rows, asked)
        return status, {name: value for name, value in body.items() if value != []}

    return answer


def numbers_as_text(kit: Any, rows: list[Any]) -> Any:
    def answer(asked: Any) -> Any:
        status, body = kit.page(rows, asked)
        return status, {**body, "totalResults": str(body["totalResults"])}

    return answer


def byte_order_mark(kit: Any, rows: list[Any]) -> Any:
    import orjson

    return lambda asked: (200, b"\xef\xbb\xbf" + orjson.dumps(kit.page(rows, asked)[1]))


COMPLETE_IN_SPITE = [
    small_pages,
    count_refused(400),
    count_refused(500),
    count_refused(501),
    count_and_index_ignored,
    off_by_one,
    wrong_items_per_page,
    short_pages_inside,
    error_behind_the_last,
    no_resources_behind_the_last,
    numbers_as_text,
    byte_order_mark,
]


@pytest.mark.parametrize("hazard", COMPLETE_IN_SPITE, ids=lambda each: each.__qualname__)
@pytest.mark.parametrize("count", [0, 1, 40, 99, 101, 250, 300])
@pytest.mark.parametrize("concurrency", [1, 8])
def test_a_listing_is_whole_in_spite_of_a_hazard(
    fake: Any, kit: Any, hazard: Any, count: int, concurrency: int
) -> None:
    server = fake(hazard(kit, kit.users(count)), concurrency=concurrency)
    listing = server.run(list_users)
    assert ids(listing) == numbers(count)
    assert listing.complete, listing.problem
    assert listing.total == count


def test_a_total_capped_at_the_page_size_is_read_on_and_not_believed(fake: Any, kit: Any) -> None:
    listing = fake(capped_total(kit, kit.users(250))).run(list_users)
    assert ids(listing) == numbers(250)
    assert not listing.complete
    assert "totalResults says 100" in listing.problem


def test_a_total_capped_at_a_page_smaller_than_asked_for_is_read_on(fake: Any, kit: Any) -> None:
    rows = kit.users(120)
    listing = fake(lambda asked: kit.page(rows, asked, size=50, total=50)).run(list_users)
    assert ids(listing) == numbers(120)
    assert not listing.complete


def test_the_same_page_for_ever_ends_and_is_not_complete(fake: Any, kit: Any) -> None:
    rows = kit.users(100)
    server = fake(lambda _: (200, {"totalResults": 350, "Resources": rows}), concurrency=1)
    listing = server.run(list_users)
    assert len(listing.resources) == 100
    assert not listing.complete
    assert len(server.asked) == 2


def test_one_full_page_is_looked_behind_and_complete(fake: Any, kit: Any) -> None:
    server = fake(kit.collection(kit.users(100)))
    assert server.run(list_users).complete
    assert [each.query["startIndex"] for each in server.asked] == ["1", "101"]


def test_a_full_page_that_comes_again_is_not_the_whole_truth_though_its_total_agrees(fake: Any, kit: Any) -> None:
    rows = kit.users(100)
    listing = fake(lambda _: (200, {"totalResults": 100, "Resources": rows})).run(list_users)
    assert listing.problem == "startIndex is ignored, and the one page that comes is full"


def test_an_empty_page_in_the_middle_is_not_complete(fake: Any, kit: Any) -> None:
    def answer(asked: Any) -> Any:
        return kit.page(kit.users(100), asked, total=250)

    listing = fake(answer).run(list_users)
    assert len(listing.resources) == 100
    assert listing.problem == "100 came, but totalResults says 250"


def test_a_server_that_gives_no_total_is_not_complete(fake: Any, kit: Any) -> None:
    def answer(asked: Any) -> Any:
        status, body = kit.page(kit.users(130), asked)
        return status, {"Resources": body["Resources"]}

    listing = fake(answer).run(list_users)
    assert len(listing.resources) == 130
    assert (listing.complete, listing.total) == (False, None)
    assert "no totalResults" in listing.problem


def test_a_bare_list_is_read(fake: Any, kit: Any) -> None:
    listing = fake(lambda _: (200, kit.users(3))).run(list_users)
    assert ids(listing) == numbers(3)
    assert not listing.complete


def test_ids_that_come_twice_are_kept_once_and_not_complete(fake: Any, kit: Any) -> None:
    rows = kit.users(150)
    rows[120] = rows[7]
    listing = fake(lambda asked: kit.page(rows, asked)).run(list_users)
    assert len(ids(listing)) == len(set(ids(listing))) == 149
    assert "1 ids came more than once, such as u7" in listing.problem


def test_a_total_that_shrinks_is_not_complete(fake: Any, kit: Any) -> None:
    rows = kit.users(250)

    def answer(asked: Any) -> Any:
        later = int(asked.query["startIndex"]) > 1
        return kit.page(rows[:-1] if later else rows, asked)

    listing = fake(answer).run(list_users)
    assert "totalResults shrank from 250 to 249" in listing.problem


def test_a_total_that_grows_with_its_row_is_complete(fake: Any, kit: Any) -> None:
    def answer(asked: Any) -> Any:
        later = int(asked.query["startIndex"]) > 1
        return kit.page(kit.users(251 if later else 250), asked)

    listing = fake(answer).run(list_users)
    assert listing.complete, listing.problem
    assert len(listing.resources) == 251


def test_rows_that_cannot_be_understood_hold_nobody_up(fake: Any, kit: Any) -> None:
    rows = [
        {"id": "a", "userName": "ann"},
        {"userName": "without"},
        "what",
        None,
        {"ID": 7, "UserName": "seven"},
        {"id": {"x": 1}, "displayName": "odd"},
        {"id": "..", "userName": "climber"},
        {"id": True},
    ]
    listing = fake(lambda asked: kit.page(rows, asked)).run(list_users)
    assert ids(listing) == ["a", "7"]
    assert listing.resources[1].document == {"ID": 7, "UserName": "seven"}
    assert [each.name for each in listing.unreadable] == ["without", None, None, "odd", "climber", None]
    assert listing.unreadable[4].id == ".."
    assert listing.complete, listing.problem


@pytest.mark.parametrize("concurrency", [1, 8])
def test_a_page_that_fails_ends_the_listing_with_an_error(fake: Any, kit: Any, concurrency: int) -> None:
    def answer(asked: Any) -> Any:
        if int(asked.query["startIndex"]) > 150:
            return 503, {"detail": "overloaded"}
        return kit.page(kit.users(500), asked)

    server = fake(answer, concurrency=concurrency)
    error = server.failure(list_users)
    assert isinstance(error, EndpointError)
    said = "answered 503: overloaded (the endpoint is not available: try later)"
    assert str(error) == f"GET https://scim.example/scim/v2/Users {said}"


def test_a_listing_that_is_no_list_is_an_error(fake: Any) -> None:
    error = fake(lambda _: (200, {"hello": "world"})).failure(list_users)
    assert "no SCIM list" in str(error)
    assert error.exit_code is ExitCode.UNREACHABLE


def test_a_page_without_a_body_is_an_error(fake: Any) -> None:
    assert "the body is empty" in str(fake(lambda _: (200, None)).failure(list_users))


@pytest.mark.parametrize("status", [404, 501])
def test_an_endpoint_without_groups_gives_an_incomplete_empty_listing(fake: Any, status: int) -> None:
    listing = fake(lambda _: (status, None)).run(list_groups)
    assert (listing.resources, listing.complete, listing.offered) == ((), False, False)
    assert listing.problem == f"the endpoint has no /Groups ({status})"


def test_an_endpoint_without_users_is_an_error_with_a_remedy(fake: Any, kit: Any) -> None:
    error = fake(kit.missing).failure(list_users)
    assert "is the base URL complete, such as …/scim/v2?" in str(error)


def test_pages_are_asked_for_at_once_and_no_more_often_than_needed(fake: Any, kit: Any) -> None:
    server = fake(lambda asked: kit.page(kit.users(950), asked), concurrency=4)
    assert server.run(list_users).complete
    assert [int(each.query["startIndex"]) for each in server.asked] == list(range(1, 950, 100))
    assert {each.query["count"] for each in server.asked} == {"100"}


def test_the_page_size_keeps_to_what_the_endpoint_announces(fake: Any, kit: Any) -> None:
    def answer(asked: Any) -> Any:
        if asked.path.endswith("/ServiceProviderConfig"):
            return 200, {"filter": {"supported": True, "maxResults": 20}}
        return kit.collection(kit.users(50))(asked)

    server = fake(answer)
    listing = server.run(lambda directory: directory.discover(), list_users)
    assert listing.complete
    assert {each.query["count"] for each in server.asked if each.path.endswith("/Users")} == {"20"}


# --- Cursors (RFC 9865)
# -----------------------------------------------------------------------------------------


def by_cursor(rows: list[Any], size: int = 10, *, total: bool = True, hiccup: Any = None) -> Any:
    """Pages by cursor alone; `hiccup(cursor, seen)` may answer instead."""
    seen = []

    def answer(asked: Any) -> Any:
        if asked.path.endswith("/ServiceProviderConfig"):
            return 200, {"pagination": {"cursor": True, "index": False, "maxPageSize": size}}
        if not asked.path.endswith("/Users"):
            return 404, None
        cursor = asked.query["cursor"]
        seen.append(cursor)
        instead = hiccup(cursor, seen) if hiccup else None
        if instead is not None:
            return instead
        start = int(cursor.removeprefix("c") or 0)
        body = {"Resources": rows[start : start + size]} | ({"totalResults": len(rows)} if total else {})
        return 200, body | ({"nextCursor": f"c{start + size}"} if start + size < len(rows) else {})

    return answer


def discovered(directory: Any) -> Any:
    return directory.discover()


@pytest.mark.parametrize("total", [True, False])
@pytest.mark.parametrize("count", [0, 7, 10, 35])
def test_cursors_are_followed_to_the_end(fake: Any, kit: Any, total: bool, count: int) -> None:
    server = fake(by_cursor(kit.users(count), total=total))
    listing = server.run(discovered, list_users)
    assert ids(listing) == numbers(count)
    assert listing.complete, listing.problem
    assert not any("startIndex" in each.query for each in server.asked)


def test_a_cursor_that_repeats_ends_the_listing_incomplete(fake: Any, kit: Any) -> None:
    def hiccup(cursor: Any, _: Any) -> Any:
        return (200, {"Resources": kit.users(10, 10), "nextCursor": "c10"}) if cursor == "c10" else None

    listing = fake(by_cursor(kit.users(35), hiccup=hiccup)).run(discovered, list_users)
    assert "a cursor came back a second time" in listing.problem


def test_ever_new_cursors_with_the_same_rows_end_the_listing_incomplete(fake: Any, kit: Any) -> None:
    def hiccup(_: Any, seen: Any) -> Any:
        return 200, {"Resources": kit.users(10), "nextCursor": f"x{len(seen)}"}

    listing = fake(by_cursor(kit.users(35), hiccup=hiccup)).run(discovered, list_users)
    assert "the same rows again" in listing.problem
    assert len(listing.resources) == 10


@pytest.mark.parametrize("scim_type", ["expiredCursor", "invalidCursor"])
def test_an_expired_cursor_begins_the_listing_once_more(fake: Any, kit: Any, scim_type: str) -> None:
    def hiccup(cursor: Any, seen: Any) -> Any:
        expired = cursor == "c20" and seen.count("c20") == 1
        return (400, {"scimType": scim_type, "detail": "too late"}) if expired else None

    listing = fake(by_cursor(kit.users(35), hiccup=hiccup)).run(discovered, list_users)
    assert ids(listing) == numbers(35)
    assert listing.complete, listing.problem


def test_a_cursor_that_expires_twice_is_an_error(fake: Any, kit: Any) -> None:
    def hiccup(cursor: Any, _: Any) -> Any:
        return (400, {"scimType": "expiredCursor", "detail": "too late"}) if cursor == "c20" else None

    assert "too late" in str(fake(by_cursor(kit.users(35), hiccup=hiccup)).failure(discovered, list_users))


def test_a_cursor_given_without_being_asked_for_is_followed(fake: Any, kit: Any) -> None:
    rows = kit.users(25)

    def answer(asked: Any) -> Any:
        start = int(asked.query.get("cursor", "0"))
        following = {"nextCursor": str(start + 10)} if start + 10 < 25 else {}
        return 200, {"totalResults": 25, "Resources": rows[start : start + 10], **following}

    listing = fake(answer).run(list_users)
    assert ids(listing) == numbers(25)
    assert listing.complete, listing.problem


# --- The law
# ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Habits:
    """How a made-up server pages. `overlap`: rows that a further page repeats. `total`: what it reports."""

    rows: int
    size: int
    total: str
    overlap: int
    ignores_index: bool
    limit: int | None


HABITS = st.builds(
    Habits,
    rows=st.integers(0, 40),
    size=st.integers(1, 12),
    total=st.sampled_from(["true", "page", "none", "less", "more"]),
    overlap=st.integers(0, 3),
    ignores_index=st.booleans(),
    limit=st.none() | st.integers(0, 40),
)


def behave(habits: Any, rows: list[Any]) -> Any:
    totals = {"true": len(rows), "none": None, "less": max(0, len(rows) - 3), "more": len(rows) + 2}

    def answer(asked: Any) -> Any:
        size = min(habits.size, int(asked.query["count"]))
        start = 1 if habits.ignores_index else int(asked.query["startIndex"])
        begin = start - 1 - (habits.overlap if start > 1 else 0)
        chosen = rows[max(0, begin) : max(0, begin) + size]
        # Rows that are withheld under a total that agrees leave no trace at all.
        if habits.limit is not None and habits.total in {"true", "more"} and start > habits.limit:
            chosen = []
        total = len(chosen) if habits.total == "page" else totals[habits.total]
        return 200, {"Resources": chosen} | ({} if total is None else {"totalResults": total})

    return answer


@settings(max_examples=150, deadline=None)
@given(habits=HABITS, page_size=st.integers(1, 15), concurrency=st.integers(1, 4))
@example(Habits(24, 12, "page", 0, ignores_index=False, limit=None), 15, 4)
@example(Habits(24, 12, "true", 1, ignores_index=False, limit=None), 12, 4)
def test_a_listing_has_every_id_once_or_says_that_it_is_incomplete(
    fake: Any, kit: Any, habits: Any, page_size: int, concurrency: int
) -> None:
    rows = kit.users(habits.rows)
    listing = fake(behave(habits, rows), page_size=page_size, concurrency=concurrency).run(list_users)
    found = ids(listing)
    assert len(found) == len(set(found))
    # Nothing tells a server that has no paging and few users from one that cuts its only page and its total.
    one_page = habits.ignores_index or habits.overlap >= habits.size
    undecidable = one_page and habits.total in {"page", "less"} and habits.size < page_size
    if listing.complete:
        assert undecidable or sorted(found) == sorted(numbers(habits.rows))
    else:
        assert listing.problem
    if habits.total == "true" and not habits.overlap and not habits.ignores_index and habits.limit is None:
        assert listing.complete, listing.problem
        assert found == numbers(habits.rows)
