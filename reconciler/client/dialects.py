"""The ways in which platforms list: by index, by cursor, in one answer, or not at all."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.client.failures import AnswerError
from reconciler.client.listing import Collection, list_by_index, read_on, twice_where_cursors_expire
from reconciler.client.paging import CursorPaging, PageQuery, PlainPaging, page_count
from reconciler.client.rows import Rows
from reconciler.core.resources import Listing

if TYPE_CHECKING:
    from reconciler.platforms.profile import ListingProfile
    from reconciler.scim.messages import ListPage
    from reconciler.scim.provider import ProviderConfig

CURSOR_REFUSED = 400
NO_LISTING = "this platform has no listing; everything is looked up one by one"


async def list_all(collection: Collection, config: ProviderConfig, profile: ListingProfile, width: int) -> Listing:
    """Every row of a collection that the platform lists. Raises `AnswerError` when a page cannot be had.

    Where the platform can never be proven to have listed everything, the listing is not complete, and `singly`.
    """
    if profile.paging == "none":
        return Listing(collection.kind, (), complete=False, singly=True, problem=NO_LISTING)
    if profile.paging == "single":
        return await _list_plainly(collection, profile)
    if profile.paging == "cursor":
        return await twice_where_cursors_expire(lambda: _list_by_cursor(collection, config, profile))
    return await list_by_index(collection, config, profile, width)


async def glance(collection: Collection, profile: ListingProfile) -> ListPage:
    """One page of as few rows as the platform lets one ask for. Raises `AnswerError` where it cannot be had."""
    if profile.paging == "index":
        return (await collection.first_page(PageQuery(count=1)))[1]
    if profile.paging == "cursor":
        return (await _first_by_cursor(collection, PageQuery(1, cursor="")))[1]
    return await collection.page(PlainPaging().first())


async def _list_by_cursor(collection: Collection, config: ProviderConfig, profile: ListingProfile) -> Listing:
    paging = CursorPaging(page_count(config, profile.page_size), set())
    query, page = await _first_by_cursor(collection, paging.first())
    if query.cursor is None:
        return await _read_plainly(collection, profile, page)
    rows = Rows(collection.kind, totals=profile.totals)
    await read_on(collection, rows, paging, (query, page, rows.take(page)))
    # More rows than the older listings ever hold are those of one that knows cursors.
    suspicious = rows.pages == 1 and rows.received == profile.cap
    if suspicious and not await _knows_cursors(collection):
        return _cut_off(rows.judge(), rows.received)
    return rows.judge()


async def _knows_cursors(collection: Collection) -> bool:
    """Whether a page that cannot hold everything leads on to another."""
    return (await collection.page(PageQuery(1, cursor=""))).next_cursor is not None


async def _first_by_cursor(collection: Collection, query: PageQuery) -> tuple[PageQuery, ListPage]:
    """The first page with the query that brought it: without any parameter where the endpoint knows no cursor."""
    try:
        return query, await collection.page(query)
    except AnswerError as error:
        if error.status != CURSOR_REFUSED:
            raise
    plain = PlainPaging().first()
    return plain, await collection.page(plain)


async def _list_plainly(collection: Collection, profile: ListingProfile) -> Listing:
    return await _read_plainly(collection, profile, await collection.page(PlainPaging().first()))


async def _read_plainly(collection: Collection, profile: ListingProfile, page: ListPage) -> Listing:
    """Judges an unpaged answer: below the platform's cap nothing can have been cut off."""
    paging = PlainPaging()
    rows = Rows(collection.kind, totals=profile.totals)
    await read_on(collection, rows, paging, (paging.first(), page, rows.take(page)))
    if profile.cap is None:
        return rows.judge()
    rows.end_was_said = True
    full = rows.pages == 1 and rows.received >= profile.cap
    return _cut_off(rows.judge(), rows.received) if full else rows.judge()


def _cut_off(listing: Listing, count: int) -> Listing:
    """What an endpoint that stops after so many rows has listed."""
    problem = f"{count} came, and this platform's listings can be cut off there without a word"
    said = f"{listing.problem}; {problem}" if listing.problem else problem
    return replace(listing, complete=False, singly=True, problem=said)
