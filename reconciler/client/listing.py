"""Reading every page of a collection."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from reconciler.client.failures import AnswerError
from reconciler.client.paging import (
    CursorPaging,
    PageQuery,
    Paging,
    as_promised,
    choose_paging,
    pages_ahead,
)
from reconciler.client.rows import Rows
from reconciler.client.workers import in_order
from reconciler.scim.messages import ListPage, MessageError, read_list

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping, Sequence

    from reconciler.client.transport import Transport
    from reconciler.core.resources import Kind, Listing
    from reconciler.platforms.profile import ListingProfile
    from reconciler.scim.provider import ProviderConfig

# RFC 9865 §2.2; `expiredCursor` is its registered name, the others were seen.
CURSOR_GONE = frozenset({"expiredcursor", "invalidcursor"})
COUNT_REFUSED = frozenset({400, 500, 501})


@dataclass(frozen=True, slots=True)
class Collection:
    """One collection of an endpoint, such as /Users; `parameters` go along with every page."""

    transport: Transport
    kind: Kind
    segments: Sequence[str]
    parameters: Mapping[str, str] = field(default_factory=dict)

    async def page(self, query: PageQuery) -> ListPage:
        """Raises `AnswerError` for an error status and for a body that is no list."""
        body = await self.transport.read(self.segments, {**self.parameters, **query.parameters()})
        try:
            return read_list(body)
        except MessageError as error:
            url = self.transport.base.url(self.segments)
            raise AnswerError(f"GET {url} answered something that is no SCIM list: {error}", 200) from None

    async def first_page(self, query: PageQuery) -> tuple[PageQuery, ListPage]:
        """The first page, and the query that brought it: without `count` where the endpoint refuses that."""
        try:
            return query, await self.page(query)
        except AnswerError as error:
            if query.count is None or error.status not in COUNT_REFUSED or cursor_is_gone(error):
                raise
            try:
                plain = replace(query, count=None)
                return plain, await self.page(plain)
            except AnswerError:
                raise error from None


def cursor_is_gone(error: AnswerError) -> bool:
    return error.fault is not None and (error.fault.scim_type or "").lower() in CURSOR_GONE


Step = tuple[PageQuery, ListPage, int]
"""A page with the query that brought it and the number of its rows that were new."""


async def twice_where_cursors_expire(attempt: Callable[[], Coroutine[Any, Any, Listing]]) -> Listing:
    """A cursor lives for a limited time; the pages read with it are no part of the next listing."""
    try:
        return await attempt()
    except AnswerError as error:
        if not cursor_is_gone(error):
            raise
    return await attempt()


async def list_by_index(collection: Collection, config: ProviderConfig, profile: ListingProfile, width: int) -> Listing:
    """Every row of a collection, with up to `width` pages at once; by cursor where the endpoint has nothing else.

    Raises `AnswerError` when a page cannot be had.
    """

    async def attempt() -> Listing:
        paging = choose_paging(config, profile.page_size)
        rows = Rows(collection.kind, totals=profile.totals)
        query, page = await collection.first_page(paging.first())
        last = (query, page, rows.take(page))
        if width > 1:
            last = await _read_ahead(collection, rows, last, width)
        await read_on(collection, rows, paging, last)
        return rows.judge()

    return await twice_where_cursors_expire(attempt)


async def _read_ahead(collection: Collection, rows: Rows, first: Step, width: int) -> Step:
    """Takes pages that the first one promises, until one is not as promised. Returns the last one taken."""
    query, page, new = first

    async def fetch(ahead: PageQuery) -> tuple[PageQuery, ListPage]:
        return ahead, await collection.page(ahead)

    async with aclosing(in_order(pages_ahead(query, page), fetch, width)) as fetched:
        promising = page
        async for query, page in fetched:
            new = rows.take(page)
            if not new or rows.full or not as_promised(query, page, promising):
                break
    return query, page, new


async def read_on(collection: Collection, rows: Rows, paging: Paging, last: Step) -> None:
    """Takes one page after the other to the end."""
    query, page, new = last
    while True:
        following = paging.following(query, page, new, rows)
        if following is None:
            return
        if following.cursor and not isinstance(paging, CursorPaging):
            paging = CursorPaging(following.count, {following.cursor})
        query = following
        try:
            page = await collection.page(query)
        except AnswerError:
            # Everything promised has come: some servers answer an error for a page behind the last.
            if query.beyond:
                return
            raise
        new = rows.take(page)
