"""How listings are answered where it is not by startIndex and count alone (RFC 7644 §3.4.2.4, RFC 9865)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from reconciler.sandbox.exchange import Forward, Quirk, Refusal, Reply, Request, Row
from reconciler.scim.urns import LIST_RESPONSE

_PAGING = frozenset(("startIndex", "count", "cursor"))
_NOT_TAKEN = ("startIndex", "attributes", "excludedAttributes", "sortBy", "sortOrder")


def no_listing() -> Quirk:
    """Nothing is listed without a filter."""

    async def refuse(request: Request, forward: Forward) -> Reply:
        if request.lists and "filter" not in request.query:
            raise Refusal(400, "a filter is needed")
        return await forward(request)

    return refuse


def pages_by_index(most: int) -> Quirk:
    """At most so many rows, whatever `count` says."""

    async def bound(request: Request, forward: Forward) -> Reply:
        if not request.lists:
            return await forward(request)
        count = min(_count(request, most), most)
        return await forward(replace(request, query={**request.query, "count": str(count)}))

    return bound


def one_answer() -> Quirk:
    """Everything at once; paging is not understood and not minded."""

    async def answer(request: Request, forward: Forward) -> Reply:
        return await forward(_unpaged(request) if request.lists else request)

    return answer


def capped_answer(cap: int, *, numbers_as_text: bool) -> Quirk:
    """The first rows, and `totalResults` counts these alone: nothing tells that there are more."""

    async def answer(request: Request, forward: Forward) -> Reply:
        if not request.lists:
            return await forward(request)
        _refuse_parameters(request, _NOT_TAKEN)
        reply = await forward(_unpaged(request))
        rows = reply.rows[: min(_count(request, cap), cap)]
        as_given = str if numbers_as_text and request.kind == "User" else int
        shown = {"startIndex": as_given(1), "itemsPerPage": as_given(len(rows))}
        return reply if reply.refused else replace(reply, body=_list_body(rows, totalResults=len(rows), **shown))

    return answer


def pages_by_cursor(most: int) -> Quirk:
    """RFC 9865 where `cursor` is given, be it empty; else one page whose totalResults tells of the others.

    Pages with a nextCursor hold a row less than was asked for: no page that is short is the last one for that.
    """

    async def page(request: Request, forward: Forward) -> Reply:
        if not request.lists:
            return await forward(request)
        _refuse_parameters(request, _NOT_TAKEN)
        count = min(_count(request, most), most)
        reply = await forward(_unpaged(request))
        if reply.refused:
            return reply
        cursor = request.query.get("cursor")
        if cursor is None:
            rows = reply.rows[:count]
            shown = {"totalResults": len(reply.rows), "startIndex": 1, "itemsPerPage": len(rows)}
            return replace(reply, body=_list_body(rows, **shown))
        return replace(reply, body=_page_after(cursor, reply.rows, count))

    return page


def _page_after(cursor: str, rows: list[Row], count: int) -> dict[str, Any]:
    left = sorted((each for each in rows if f"after:{each['id']}" > cursor), key=lambda each: str(each["id"]))
    if cursor and not cursor.startswith("after:"):
        raise Refusal(400, "the cursor is none of this endpoint's", "invalidCursor")
    if len(left) <= count:
        return _list_body(left, itemsPerPage=len(left))
    shown = left[: max(count - 1, 1)]
    return _list_body(shown, itemsPerPage=len(shown), nextCursor=f"after:{shown[-1]['id']}")


def _list_body(rows: list[Row], **shown: Any) -> dict[str, Any]:
    return {"schemas": [LIST_RESPONSE], **shown, "Resources": rows}


def _unpaged(request: Request) -> Request:
    return replace(request, query={name: each for name, each in request.query.items() if name not in _PAGING})


def _count(request: Request, default: int) -> int:
    try:
        count = int(request.query.get("count", default))
    except ValueError:
        raise Refusal(400, "count is a whole number", "invalidValue") from None
    if count < 1:
        raise Refusal(400, "count is 1 at least", "invalidValue")
    return count


def _refuse_parameters(request: Request, names: Collection[str]) -> None:
    given = [name for name in names if name in request.query]
    if given:
        raise Refusal(400, f"not supported: {', '.join(given)}")
