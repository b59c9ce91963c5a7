"""A SCIM server that misbehaves as told: scripted faults around any ASGI application, with a log of requests.

    faulty = FaultyServer(create_app(store))
    faulty.inject(On("GET", "/Users", times=1), answer(429, retry_after="60"))
    faulty.inject(On("PATCH", "/Groups/*", when=has_value_filter), answer(501))
    faulty.inject(On("POST", "/Users", skip=2, times=1), drop_after())
    ... talk to it, through httpx.ASGITransport(faulty) or running_sandbox(faulty) ...
    assert [each.path for each in faulty.requests_of("PATCH")] == [...]

A fault is a function of a request and of what forwards it: it can answer itself, change the request,
change the reply, or lose either. Where several match a request, the one injected first is the outermost.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING, Any

import httpx
from servers.faulty import Fault, FaultyServer, Forward, On, Reply, Request

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "Fault",
    "FaultyServer",
    "Forward",
    "On",
    "Reply",
    "Request",
    "answer",
    "answer_html",
    "answer_nothing",
    "at_most",
    "carries_more_than",
    "drop_after",
    "drop_attributes",
    "drop_before",
    "error_after",
    "every",
    "has_path",
    "has_removal",
    "has_value_filter",
    "ignore_query",
    "leave_out",
    "page_size",
    "repeat_first_page",
    "shrink_total",
    "slow_down",
    "touches",
    "truncate_listing",
]


def answer(status: int, detail: str = "injected", scim_type: str | None = None, **headers: str) -> Fault:
    """A SCIM error (RFC 7644 §3.12) in the server's place; `retry_after="60"` is the header Retry-After."""
    body: dict[str, Any] = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": str(status)}
    body |= {"detail": detail} | ({"scimType": scim_type} if scim_type else {})
    sent = {name.replace("_", "-").title(): value for name, value in headers.items()}
    return _constant(Reply(status, body, sent))


def answer_html(status: int, page: str = "<html><body><h1>Bad Gateway</h1></body></html>") -> Fault:
    """What a proxy says in the server's place."""
    return _constant(Reply(status, page, {"Content-Type": "text/html"}))


def answer_nothing(status: int) -> Fault:
    """A status without a body in the server's place."""
    return _constant(Reply(status))


def slow_down(seconds: float) -> Fault:
    """The server takes its time before it does anything."""

    async def fault(request: Request, forward: Forward) -> Reply:
        await asyncio.sleep(seconds)
        return await forward(request)

    return fault


def every(number: int, fault: Fault) -> Fault:
    """The fault meets every so many-th of the requests that it is asked about."""
    asked = count(1)

    async def chosen(request: Request, forward: Forward) -> Reply:
        return await (fault if next(asked) % number == 0 else _forwarded)(request, forward)

    return chosen


async def _forwarded(request: Request, forward: Forward) -> Reply:
    return await forward(request)


def at_most(rate: int) -> Fault:
    """429 to whatever comes beyond so many requests within a second, and nothing is done."""
    met: deque[float] = deque(maxlen=rate)

    async def fault(request: Request, forward: Forward) -> Reply:
        now = time.monotonic()
        if len(met) == rate and now - met[0] < 1:
            return await answer(429, "slow down")(request, forward)
        met.append(now)
        return await forward(request)

    return fault


def drop_before() -> Fault:
    """The connection breaks before the server sees the request."""

    async def fault(_request: Request, _forward: Forward) -> Reply:
        raise httpx.RemoteProtocolError("injected: the connection broke")

    return fault


def drop_after() -> Fault:
    """The server does what was asked, and the connection breaks before its answer arrives."""

    async def fault(request: Request, forward: Forward) -> Reply:
        await forward(request)
        raise httpx.RemoteProtocolError("injected: the connection broke")

    return fault


def error_after(status: int) -> Fault:
    """The server does what was asked, and an error is answered all the same."""

    async def fault(request: Request, forward: Forward) -> Reply:
        await forward(request)
        return await answer(status)(request, forward)

    return fault


def truncate_listing(rows: int) -> Fault:
    """Only the first `rows` resources of the whole listing ever arrive; totalResults tells the truth."""

    async def fault(request: Request, forward: Forward) -> Reply:
        reply = await forward(request)
        start = int(request.query.get("startIndex") or 1)
        return _cut(reply, max(0, rows - start + 1))

    return fault


def page_size(rows: int) -> Fault:
    """No page is longer than `rows`, whatever `count` asks for; totalResults tells the truth."""

    async def fault(request: Request, forward: Forward) -> Reply:
        return _cut(await forward(request), rows)

    return fault


def ignore_query(*names: str) -> Fault:
    """Query parameters that the server does not heed: `filter` finds everyone, `count` changes nothing."""

    async def fault(request: Request, forward: Forward) -> Reply:
        heeded = {name: value for name, value in request.query.items() if name not in names}
        return await forward(replace(request, query=heeded))

    return fault


def repeat_first_page() -> Fault:
    """Every page is the first one."""
    return ignore_query("startIndex")


def shrink_total(total: int | None = None) -> Fault:
    """totalResults is `total`, by default the length of the page itself."""

    async def fault(request: Request, forward: Forward) -> Reply:
        reply = await forward(request)
        if not isinstance(reply.body, dict) or "totalResults" not in reply.body:
            return reply
        said = len(reply.rows) if total is None else total
        return replace(reply, body=reply.body | {"totalResults": said})

    return fault


def leave_out(*names: str) -> Fault:
    """Attributes that answers never show, `members` for one; the server keeps them."""

    async def fault(request: Request, forward: Forward) -> Reply:
        return (await forward(request)).with_rows(lambda row: _without(row, names))

    return fault


def drop_attributes(*names: str) -> Fault:
    """Attributes (or whole extension URNs) that are accepted with a success and never kept."""

    async def fault(request: Request, forward: Forward) -> Reply:
        if not isinstance(request.body, dict):
            return await forward(request)
        if request.method != "PATCH":
            return await forward(replace(request, body=_without(request.body, names)))
        kept = [each for each in (_operation_without(one, names) for one in request.operations) if each]
        if kept:
            return await forward(replace(request, body=request.body | {"Operations": kept}))
        return await forward(replace(request, method="GET", body=None))

    return fault


def has_path(request: Request) -> bool:
    """A PATCH with at least one operation that names its path."""
    return any("path" in each for each in request.operations)


def has_value_filter(request: Request) -> bool:
    """A PATCH with at least one path like `members[value eq "1"]`."""
    return any("[" in each.get("path", "") for each in request.operations)


def has_removal(request: Request) -> bool:
    """A PATCH with at least one remove."""
    return any(str(each.get("op")).lower() == "remove" for each in request.operations)


def touches(attribute: str) -> Callable[[Request], bool]:
    """A PATCH with at least one operation on `attribute`, by its path or in its value."""

    def check(request: Request) -> bool:
        return any(_operation_without(each, (attribute,)) != each for each in request.operations)

    return check


def carries_more_than(count: int, attribute: str = "members") -> Callable[[Request], bool]:
    """A body or a PATCH operation with more than `count` values of `attribute`."""

    def check(request: Request) -> bool:
        bodies = [request.body if isinstance(request.body, dict) else {}]
        for each in request.operations:
            value = each.get("value")
            bodies.append({attribute: value} if each.get("path") == attribute else value)
        return any(len(each.get(attribute) or []) > count for each in bodies if isinstance(each, dict))

    return check


def _constant(reply: Reply) -> Fault:
    async def fault(_request: Request, _forward: Forward) -> Reply:
        return reply

    return fault


def _cut(reply: Reply, rows: int) -> Reply:
    if not isinstance(reply.body, dict) or "Resources" not in reply.body:
        return reply
    kept = reply.rows[:rows]
    return replace(reply, body=reply.body | {"Resources": kept, "itemsPerPage": len(kept)})


def _without(document: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    gone = {each.lower() for each in names}
    kept = {name: value for name, value in document.items() if name.lower() not in gone}
    if "schemas" in kept:
        kept["schemas"] = [urn for urn in kept["schemas"] if urn.lower() not in gone]
    return kept


def _operation_without(operation: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any] | None:
    path, value = operation.get("path"), operation.get("value")
    if path is not None:
        return None if any(_is_under(path.lower(), name.lower()) for name in names) else operation
    if isinstance(value, dict):
        kept = _without(value, names)
        return operation | {"value": kept} if kept else None
    return operation


def _is_under(path: str, name: str) -> bool:
    return path == name or path.startswith((f"{name}.", f"{name}[", f"{name}:"))
