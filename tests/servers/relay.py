"""A server that hands every request to another one over real HTTP: what `FaultyServer` stands around."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from servers.conformance import Server

# Each hop has headers of its own (RFC 9110 §7.6.1), and the body comes decoded.
_OF_THE_HOP = frozenset({"host", "connection", "content-length", "content-encoding", "transfer-encoding"})


class Relay:
    """An ASGI application. Paths stay as they are: servers name their own, from the root of their host."""

    def __init__(self, server: Server) -> None:
        self._server = httpx.URL(server.url)
        self.base_path = self._server.path
        # Made once, since a client reads all certificates; nothing stays open between requests.
        self._client = httpx.AsyncClient(timeout=30, limits=httpx.Limits(max_keepalive_connections=0))

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        content, more = b"", True
        while more:
            message = await receive()
            content += message.get("body", b"")
            more = message.get("more_body", False)
        query = b"?" + scope["query_string"] if scope["query_string"] else b""
        url = self._server.copy_with(raw_path=scope["raw_path"] + query)
        headers = [(name, value) for name, value in scope["headers"] if name.decode() not in _OF_THE_HOP]
        reply = await self._client.request(scope["method"], url, headers=headers, content=content)
        kept = [(name, value) for name, value in reply.headers.raw if name.decode().lower() not in _OF_THE_HOP]
        await send({"type": "http.response.start", "status": reply.status_code, "headers": kept})
        await send({"type": "http.response.body", "body": reply.content})
