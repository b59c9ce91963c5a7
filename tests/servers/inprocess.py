"""Calling an ASGI application without a network."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from reconciler.sandbox import AsgiApp

BASE_URL = "http://sandbox.example/v2"


class Caller:
    """Sends single requests to `app`; paths are relative to its base URL, bodies are JSON documents."""

    def __init__(self, app: AsgiApp, token: str | None = None) -> None:
        self._app = app
        self._headers = {"Content-Type": "application/scim+json"}
        if token is not None:
            self._headers["Authorization"] = f"Bearer {token}"

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """`headers` with underscores for hyphens: `If_Match='W/"1"'`."""
        return asyncio.run(self._send(method, path, body, headers))

    async def _send(self, method: str, path: str, body: Any, headers: dict[str, str]) -> httpx.Response:
        given = self._headers | {name.replace("_", "-"): value for name, value in headers.items()}
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=self._app)) as client:
            url = path if "://" in path else BASE_URL + path
            return await client.request(method, url, json=body, headers=given)
