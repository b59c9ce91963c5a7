"""/Bulk (RFC 7644 §3.7) in front of an endpoint that has none."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from servers.faults import On
from servers.faulty import FaultyServer, Forward, Reply, Request

RESPONSE = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"


async def without_bulk(request: Request, forward: Forward) -> Reply:
    """On ServiceProviderConfig: there is no /Bulk."""
    reply = await forward(request)
    return replace(reply, body=reply.body | {"bulk": {"supported": False}})


def shut_bulk(server: FaultyServer) -> None:
    """Every write comes alone from now on."""
    server.lastingly(On("GET", "/ServiceProviderConfig"), without_bulk)


@dataclass
class BulkDoor:
    """`most` operations and `size` bytes at a time; `shows`: results hold the resources. `done` is what it carried out,
    in order: method, path and status. `spoils` may change the result of one operation, or give None to leave it out.
    """

    most: int = 1000
    announced: int | None = None
    size: int = 1_000_000
    shows: bool = False
    spoils: Callable[[dict[str, Any]], dict[str, Any] | None] = lambda result: result
    done: list[tuple[str, str, int]] = field(default_factory=list)

    def open(self, server: FaultyServer) -> BulkDoor:
        server.lastingly(On("GET", "/ServiceProviderConfig"), self.announce)
        server.lastingly(On("POST", "/Bulk"), self.answer)
        return self

    async def announce(self, request: Request, forward: Forward) -> Reply:
        reply = await forward(request)
        offered = {"supported": True, "maxOperations": self.announced or self.most, "maxPayloadSize": self.size}
        return replace(reply, body=reply.body | {"bulk": offered})

    async def answer(self, request: Request, forward: Forward) -> Reply:
        operations = request.operations
        if len(operations) > self.most or len(json.dumps(request.body, separators=(",", ":"))) > self.size:
            return Reply(413, {"status": "413", "detail": "too large"})
        ids: dict[str, str] = {}
        results = [await self._one(each, ids, request, forward) for each in operations]
        told = [each for each in map(self.spoils, results) if each is not None]
        return Reply(200, {"schemas": [RESPONSE], "Operations": told})

    async def _one(self, operation: dict[str, Any], ids: dict[str, str], bulk: Request, forward: Forward) -> Any:
        text = json.dumps(operation.get("data"))
        for name, id in ids.items():
            text = text.replace(f'"bulkId:{name}"', json.dumps(id))
        path = operation["path"]
        inner = replace(
            bulk, method=operation["method"], path=path, raw_path=f"/v2{path}", body=json.loads(text), query={}
        )
        reply = await forward(inner)
        self.done.append((inner.method, path, reply.status))
        result = {"method": inner.method, "bulkId": operation["bulkId"], "status": str(reply.status)}
        if reply.status == 201:
            ids[operation["bulkId"]] = reply.body["id"]
            result["location"] = f"https://elsewhere.example/scim{path}/{reply.body['id']}"
        if reply.status >= 300 or self.shows:
            result["response"] = reply.body
        return result
