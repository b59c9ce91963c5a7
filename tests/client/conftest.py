"""A SCIM server in a few lines: one function from request to answer, behind httpx's ASGI transport."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from urllib.parse import parse_qsl

import httpx
import orjson
import pytest

from reconciler.client.directory import open_directory
from reconciler.client.pacing import Timer
from reconciler.core.endpoint import BearerToken, Endpoint
from reconciler.platforms.capabilities import with_capabilities
from reconciler.platforms.registry import load_profile

BASE = "https://scim.example/scim/v2"
TODAY = date(2026, 11, 21)


@dataclass
class Asked:
    method: str
    host: str
    path: str
    raw_path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return orjson.loads(self.body)

    @property
    def token(self) -> Any:
        return self.headers.get("authorization", "").removeprefix("Bearer ")


@dataclass
class Fake:
    """`answer(asked)` gives (status, body[, headers]); an exception that it raises breaks the connection
    off.
    """

    answer: object
    endpoint: Endpoint
    asked: list[Asked] = field(default_factory=list)
    sleeps: list[float] = field(default_factory=list)

    async def app(self, scope: Any, receive: Any, send: Any) -> None:
        body = (await receive()).get("body", b"")
        headers = {name.decode(): value.decode("latin-1") for name, value in scope["headers"]}
        raw = scope["raw_path"].decode()
        query = dict(parse_qsl(scope["query_string"].decode(), keep_blank_values=True))
        asked = Asked(scope["method"], headers["host"], scope["path"], raw, query, headers, body)
        self.asked.append(asked)
        # Gives up the turn, as a real network does: without it nothing ever overlaps.
        await asyncio.sleep(0)
        status, answer, *extra = self.answer(asked)
        content = answer if isinstance(answer, bytes) else b"" if answer is None else orjson.dumps(answer)
        sent = {"content-type": "application/scim+json"} | (extra[0] if extra else {})
        pairs = [(name.encode(), value.encode()) for name, value in sent.items()]
        await send({"type": "http.response.start", "status": status, "headers": pairs})
        await send({"type": "http.response.body", "body": content})

    async def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)

    def run(self, *steps: Any) -> Any:
        """Runs steps, each a function of the directory, on one open directory; the result of the last."""

        async def course() -> Any:
            transport = httpx.ASGITransport(app=self.app)
            directory = open_directory(
                self.endpoint, transport=transport, timer=Timer(self.sleep, lambda: sum(self.sleeps)), today=TODAY
            )
            try:
                result = None
                for step in steps:
                    result = await step(directory)
                return result
            finally:
                await directory.close()

        return asyncio.run(course())

    def failure(self, *steps: Any) -> Any:
        """The error that the steps end with."""
        with pytest.raises(Exception) as caught:  # noqa: PT011  the caller looks at it
            self.run(*steps)
        return caught.value

    @property
    def calls(self) -> Any:
        return [f"{each.method} {each.path.removeprefix('/scim/v2')}" for each in self.asked]


def collection(rows: list[Any], path: str = "/Users") -> Any:
    """A well-behaved collection under `path` with the rows; anything else is 404."""

    def answer(asked: Any) -> Any:
        if asked.path != f"/scim/v2{path}":
            return missing(asked)
        return page(rows, asked)

    return answer


def page(rows: list[Any], asked: Any, size: int = 100, total: int | None = None) -> Any:
    """One page as RFC 7644 §3.4.2.4 has it, of at most `size` rows."""
    start = max(1, int(asked.query.get("startIndex", 1)))
    count = min(size, int(asked.query.get("count", size)))
    chosen = rows[start - 1 : start - 1 + count]
    body = {"totalResults": len(rows) if total is None else total, "startIndex": start, "Resources": chosen}
    return 200, {"schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], **body}


def missing(asked: Any) -> Any:
    return 404, {"detail": f"no {asked.path}", "status": "404"}


def users(count: int, first: int = 0) -> Any:
    return [{"id": f"u{place}", "userName": f"user{place}"} for place in range(first, first + count)]


def make_fake(answer: Any, **settings: Any) -> Any:
    settings = {"url": BASE, "tokens": (BearerToken("sesame-1"),), **settings}
    page_size = settings.pop("page_size", None)
    if page_size is not None:
        settings["profile"] = with_capabilities(load_profile("generic"), {"listing.pageSize": page_size})
    return Fake(answer, Endpoint(**settings))


@pytest.fixture(scope="session")
def fake() -> Any:
    return make_fake


class Kit:
    """What the tests of this layer share."""

    base = BASE
    today = TODAY
    collection = staticmethod(collection)
    page = staticmethod(page)
    missing = staticmethod(missing)
    users = staticmethod(users)


@pytest.fixture(scope="session")
def kit() -> Any:
    return Kit
