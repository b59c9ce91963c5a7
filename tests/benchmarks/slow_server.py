"""A SCIM server that keeps everything in memory, answers each write after a given time, and counts what it is asked.

`GET /counts` tells the counts, `DELETE /counts` begins anew with nothing.
"""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from itertools import count
from typing import Any

import orjson
from aiohttp import web

LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
MOST_ROWS = 100
CONFIG = {
    "patch": {"supported": True},
    "filter": {"supported": True, "maxResults": MOST_ROWS},
    "etag": {"supported": False},
}


class Memory:
    """Users and groups by id, how many requests there were of each method, and how many at a time."""

    def __init__(self, latency: float) -> None:
        self.latency = latency
        self.server = web.Server(self.answer, access_log=None)
        self.forget()

    def forget(self) -> None:
        self.resources: dict[str, dict[str, dict[str, Any]]] = {"Users": {}, "Groups": {}}
        self.numbers = count(1)
        self.requests: Counter[str] = Counter()
        self.under_way = self.most_under_way = self.most_connections = 0

    async def answer(self, request: web.BaseRequest) -> web.Response:
        collection, _, id = request.path.removeprefix("/").partition("/")
        if collection == "counts":
            return self._counted(request)
        self.requests[f"{request.method} {collection}"] += 1
        self.most_connections = max(self.most_connections, len(self.server.connections))
        if request.method == "POST":
            return await self._create(request, collection)
        if collection == "ServiceProviderConfig":
            return reply(CONFIG)
        if collection not in self.resources:
            return reply({"status": "404"}, 404)
        return self._page(request, collection) if not id else self._single(collection, id)

    def _counted(self, request: web.BaseRequest) -> web.Response:
        counts = {
            "requests": self.requests,
            "most_under_way": self.most_under_way,
            "most_connections": self.most_connections,
        }
        if request.method == "DELETE":
            self.forget()
        return reply(counts)

    async def _create(self, request: web.BaseRequest, collection: str) -> web.Response:
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        try:
            body = orjson.loads(await request.read())
            if self.latency:
                await asyncio.sleep(self.latency)
        finally:
            self.under_way -= 1
        body["id"] = str(next(self.numbers))
        self.resources[collection][body["id"]] = body
        return reply(body, 201)

    def _single(self, collection: str, id: str) -> web.Response:
        found = self.resources[collection].get(id)
        return reply(found) if found is not None else reply({"status": "404"}, 404)

    def _page(self, request: web.BaseRequest, collection: str) -> web.Response:
        rows = list(self.resources[collection].values())
        start, size = int(request.query.get("startIndex", 1)), int(request.query.get("count", MOST_ROWS))
        page = rows[start - 1 : start - 1 + min(size, MOST_ROWS)]
        return reply({"schemas": [LIST], "totalResults": len(rows), "startIndex": start, "Resources": page})


def reply(body: Any, status: int = 200) -> web.Response:
    return web.Response(body=orjson.dumps(body), status=status, content_type="application/scim+json")


async def serve(latency: float) -> None:
    memory = Memory(latency)
    runner = web.ServerRunner(memory.server)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(f"listening on http://127.0.0.1:{runner.addresses[0][1]}", flush=True)  # noqa: T201  see servers.processes
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(float(sys.argv[1])))
