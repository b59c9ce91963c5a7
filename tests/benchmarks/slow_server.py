"""A SCIM server that keeps everything in memory and answers each write after a given time."""

from __future__ import annotations

import asyncio
import sys
from itertools import count
from typing import Any

import orjson
from aiohttp import web

LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
CONFIG = {"patch": {"supported": True}, "filter": {"supported": True, "maxResults": 1000}, "etag": {"supported": False}}


class Memory:
    """Users and groups by id, and how many requests there were of each method."""

    def __init__(self, latency: float) -> None:
        self.latency = latency
        self.resources: dict[str, dict[str, dict[str, Any]]] = {"Users": {}, "Groups": {}}
        self.numbers = count(1)

    async def answer(self, request: web.BaseRequest) -> web.Response:
        collection, _, id = request.path.removeprefix("/").partition("/")
        if request.method == "POST":
            await asyncio.sleep(self.latency)
            body = orjson.loads(await request.read())
            body["id"] = str(next(self.numbers))
            self.resources[collection][body["id"]] = body
            return reply(body, 201)
        if collection == "ServiceProviderConfig":
            return reply(CONFIG)
        if collection not in self.resources:
            return reply({"status": "404"}, 404)
        return self._page(request, collection) if not id else self._single(collection, id)

    def _single(self, collection: str, id: str) -> web.Response:
        found = self.resources[collection].get(id)
        return reply(found) if found is not None else reply({"status": "404"}, 404)

    def _page(self, request: web.BaseRequest, collection: str) -> web.Response:
        rows = list(self.resources[collection].values())
        start, size = int(request.query.get("startIndex", 1)), int(request.query.get("count", 100))
        page = rows[start - 1 : start - 1 + size]
        return reply({"schemas": [LIST], "totalResults": len(rows), "startIndex": start, "Resources": page})


def reply(body: Any, status: int = 200) -> web.Response:
    return web.Response(body=orjson.dumps(body), status=status, content_type="application/scim+json")


async def serve(latency: float) -> None:
    memory = Memory(latency)
    runner = web.ServerRunner(web.Server(memory.answer, access_log=None))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(runner.addresses[0][1], flush=True)  # noqa: T201  whoever started it waits for this line
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(float(sys.argv[1])))
