"""What can be wrong with a listing although the server behind it is well: faults on its pages.

    faulty.inject(listing_of("/Users", skip=1, times=1), empty_page(total=0))

`small_pages` goes in last, as the innermost: the others then meet many pages.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from servers.faulty import Cut, Fault, Forward, On, Reply, Request

if TYPE_CHECKING:
    from collections.abc import Callable


def is_listing(request: Request) -> bool:
    """Whether a collection is asked for as a whole, and not for who bears a name."""
    return request.method == "GET" and request.path.count("/") == 1 and "filter" not in request.query


def listing_of(path: str, **chosen: Any) -> On:
    """The pages of a collection: `skip` and `times` count them as they are asked for."""
    return On("GET", path, when=is_listing, **chosen)


def small_pages(rows: int) -> Fault:
    """Pages of a few rows, as if `count` asked for them."""

    async def fault(request: Request, forward: Forward) -> Reply:
        return await forward(replace(request, query={**request.query, "count": str(rows)}))

    return fault


def hide(*names: str) -> Fault:
    """A listing that leaves some objects out and whose count agrees with that."""
    return _filtered(lambda row: row.get("userName", row.get("displayName")) not in names, agree=True)


def keep_to(*names: str) -> Fault:
    """A page that brings these objects only; its count tells the truth."""
    return _filtered(lambda row: row.get("userName", row.get("displayName")) in names, agree=False)


def first_rows(rows: int) -> Fault:
    """The listing ends after some rows, and its count agrees with that."""

    async def fault(request: Request, forward: Forward) -> Reply:
        reply = await forward(request)
        start = int(request.query.get("startIndex") or 1)
        return _listed(reply, reply.rows[: max(0, rows - start + 1)], total=rows)

    return fault


def empty_page(total: int | None) -> Fault:
    """200 and nobody; without `totalResults` where `total` is None."""

    async def fault(request: Request, forward: Forward) -> Reply:
        return _listed(await forward(request), [], total)

    return fault


def untold_total() -> Fault:
    """No `totalResults`."""

    async def fault(request: Request, forward: Forward) -> Reply:
        reply = await forward(request)
        return _listed(reply, reply.rows, None)

    return fault


def dwindling_total() -> Fault:
    """Each page says that there is one object less than the page before it said; all rows come."""
    asked = 0

    async def fault(request: Request, forward: Forward) -> Reply:
        nonlocal asked
        reply = await forward(request)
        said = reply.body.get("totalResults", 0) - asked if isinstance(reply.body, dict) else 0
        asked += 1
        return _listed(reply, reply.rows, said)

    return fault


def without_ids() -> Fault:
    """Objects that do not say which they are."""

    async def fault(request: Request, forward: Forward) -> Reply:
        reply = await forward(request)
        return reply.with_rows(lambda row: {name: value for name, value in row.items() if name != "id"})

    return fault


def cut_in_the_middle() -> Fault:
    """The server answers, and the connection breaks before the whole body has come."""

    async def fault(request: Request, forward: Forward) -> Reply:
        raise Cut(await forward(request))

    return fault


def _filtered(kept: Callable[[dict[str, Any]], bool], *, agree: bool) -> Fault:
    async def fault(request: Request, forward: Forward) -> Reply:
        reply = await forward(request)
        rows = [row for row in reply.rows if kept(row)]
        return _listed(reply, rows, len(rows) if agree else reply.body.get("totalResults"))

    return fault


def _listed(reply: Reply, rows: list[dict[str, Any]], total: int | None) -> Reply:
    """The answer with other rows and another total; an error stays as it is."""
    if reply.status != 200 or not isinstance(reply.body, dict):
        return reply
    body = {name: value for name, value in reply.body.items() if name != "totalResults"}
    told = {} if total is None else {"totalResults": total}
    return replace(reply, body={**body, **told, "Resources": rows, "itemsPerPage": len(rows)})
