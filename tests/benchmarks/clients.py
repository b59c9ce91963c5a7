"""Ways to send HTTP requests from one process, each behind the same two calls."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import httpx
import orjson
from httpx_aiohttp import AiohttpTransport
from organisations import user_key

from reconciler.client.directory import open_directory
from reconciler.core.endpoint import Endpoint
from reconciler.core.requests import Request
from reconciler.core.resources import Kind
from reconciler.workflow.workers import work_through

Exchange = Callable[[str, str, bytes | None], Awaitable[bytes]]
"""Sends method, path and body; gives the body of the answer."""

HEADERS = {"Content-Type": "application/scim+json", "Accept": "application/scim+json"}


Sending = Callable[[int], Awaitable[int]]


@dataclass(frozen=True)
class Client:
    """`read(n)` reads at least n pages of users, `create(n)` makes n users; both with as many connections as it was
    opened with. They give how many requests that took.
    """

    read: Sending
    create: Sending


Opening = Callable[[str, int], Any]
"""Opens a client for a URL with so many connections, as a context."""


def user(number: int) -> dict[str, Any]:
    """A user of about one kilobyte as JSON."""
    key = user_key(number)
    return {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "externalId": f"E{number:07d}",
        "userName": f"{key}@example.com",
        "name": {"givenName": "Ada", "familyName": f"Kowalski {number}"},
        "displayName": f"Ada Kowalski {number}",
        "title": f"Specialist {number % 17}",
        "emails": [{"value": f"{key}@example.com", "type": "work", "primary": True}],
        "phoneNumbers": [{"value": f"+49 30 {number:07d}", "type": "work"}],
        "preferredLanguage": "de",
        "active": True,
        "profileUrl": f"https://people.example.com/{key}?{'about=' + 'x' * 440}",
    }


def working(exchange: Exchange, connections: int) -> Client:
    """A fixed number of workers, each waiting for its answer before it sends again."""

    async def get(number: int) -> None:
        orjson.loads(await exchange("GET", f"/Users?startIndex={number % 10 * 100 + 1}&count=100", None))

    async def post(number: int) -> None:
        orjson.loads(await exchange("POST", "/Users", orjson.dumps(user(number))))

    return Client(repeated(get, connections), repeated(post, connections))


def repeated(send: Callable[[int], Awaitable[None]], connections: int) -> Sending:
    async def sending(number: int) -> int:
        await work_through(range(number), send, connections)
        return number

    return sending


@asynccontextmanager
async def raw_streams(url: str, connections: int) -> AsyncIterator[Client]:
    """The floor: as little as can be read of an answer to know where it ends."""
    address = urlsplit(url)
    opened = [await asyncio.open_connection(address.hostname, address.port) for _ in range(connections)]
    idle = list(opened)

    async def exchange(method: str, path: str, body: bytes | None) -> bytes:
        reader, writer = connection = idle.pop()
        length = f"Content-Type: application/scim+json\r\nContent-Length: {len(body)}\r\n" if body is not None else ""
        writer.write(f"{method} {path} HTTP/1.1\r\nHost: {address.netloc}\r\n{length}\r\n".encode() + (body or b""))
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        begins = head.index(b"content-length:") + len(b"content-length:")
        answer = await reader.readexactly(int(head[begins : head.index(b"\r", begins)]))
        idle.append(connection)
        return answer

    try:
        yield working(exchange, connections)
    finally:
        for _, writer in opened:
            writer.close()
            await writer.wait_closed()


@asynccontextmanager
async def over_aiohttp(url: str, connections: int) -> AsyncIterator[Client]:
    connector = aiohttp.TCPConnector(limit=connections)
    async with aiohttp.ClientSession(connector=connector, headers=HEADERS) as session:

        async def exchange(method: str, path: str, body: bytes | None) -> bytes:
            async with session.request(method, url + path, data=body) as response:
                return await response.read()

        yield working(exchange, connections)


@asynccontextmanager
async def over_httpx(
    url: str, connections: int, transport: httpx.AsyncBaseTransport | None = None
) -> AsyncIterator[Client]:
    """One client with one pool of connections."""
    limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
    async with httpx.AsyncClient(transport=transport, limits=limits, headers=HEADERS, timeout=60) as client:

        async def exchange(method: str, path: str, body: bytes | None) -> bytes:
            return (await client.request(method, url + path, content=body)).content

        yield working(exchange, connections)


@asynccontextmanager
async def over_httpx_aiohttp(url: str, connections: int) -> AsyncIterator[Client]:
    transport = AiohttpTransport(limits=httpx.Limits(max_connections=connections))
    async with over_httpx(url, connections, transport) as client:
        yield client


@asynccontextmanager
async def over_directory(url: str, connections: int) -> AsyncIterator[Client]:
    """Ours, with everything it does about an answer: retries, pacing, secrets, rows that are judged one by one."""
    directory = open_directory(Endpoint(url, concurrency=connections), today=datetime.now(UTC).date())
    await directory.discover()

    async def read(pages: int) -> int:
        before = directory.requests_sent
        while directory.requests_sent - before < pages:
            await directory.list(Kind.USER)
        return directory.requests_sent - before

    async def post(number: int) -> None:
        await directory.send(Request("POST", ("Users",), user(number)))

    try:
        yield Client(read, repeated(post, connections))
    finally:
        await directory.close()


CLIENTS: dict[str, Opening] = {
    "raw streams (floor)": raw_streams,
    "aiohttp": over_aiohttp,
    "httpx, one pool": over_httpx,
    "httpx over httpx-aiohttp": over_httpx_aiohttp,
    "reconciler": over_directory,
}
