"""One request and its answer, as quirks see them; ASGI's messages are read and written here alone."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias
from urllib.parse import parse_qsl

import orjson

from reconciler.scim.urns import ERROR

Row: TypeAlias = dict[str, Any]

KINDS: Mapping[str, str] = {"Users": "User", "Groups": "Group"}
"""Endpoints and the names of what they serve (RFC 7643 §6)."""


class Refusal(Exception):  # noqa: N818 - the endpoint's answer, no fault of the program
    """An answer of the endpoint that is an error (RFC 7644 §3.12)."""

    def __init__(self, status: int, detail: str, scim_type: str | None = None) -> None:
        super().__init__(detail)
        self.reply = error_reply(status, detail, scim_type)


@dataclass(frozen=True, slots=True)
class Request:
    """`path` is decoded and below the base URL, names of `headers` are in lower case, `body` is a JSON value."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    base_url: str = ""

    @property
    def segments(self) -> list[str]:
        return [each for each in self.path.split("/") if each]

    @property
    def kind(self) -> str | None:
        """The resource type that it is about, "User" or "Group"; None for everything else."""
        return KINDS.get(self.segments[0]) if self.segments else None

    @property
    def id(self) -> str | None:
        """The resource that it is about, if it is about a single one."""
        return self.segments[1] if len(self.segments) > 1 and self.kind is not None else None

    @property
    def lists(self) -> bool:
        """Whether it asks for everything of a kind."""
        return self.method == "GET" and self.kind is not None and self.id is None

    @property
    def operations(self) -> list[Row]:
        """The operations of a PATCH; empty for any other body."""
        given = self.body.get("Operations") if self.method == "PATCH" and isinstance(self.body, dict) else None
        return [each for each in given if isinstance(each, dict)] if isinstance(given, list) else []

    def with_operations(self, operations: list[Row]) -> Request:
        return replace(self, body={**self.body, "Operations": operations})


@dataclass(frozen=True, slots=True)
class Reply:
    """`body` is a JSON value that nobody changes, as it may be shared, or None."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def refused(self) -> bool:
        return self.status >= 400

    @property
    def rows(self) -> list[Row]:
        """The resources of a listing."""
        found = self.body.get("Resources") if isinstance(self.body, dict) else None
        return found if isinstance(found, list) else []


Forward: TypeAlias = Callable[[Request], Awaitable[Reply]]
Quirk: TypeAlias = Callable[[Request, Forward], Awaitable[Reply]]
"""What a platform does with a request instead of, or around, what the plain endpoint does."""


def through(quirks: list[Quirk], forward: Forward) -> Forward:
    """The endpoint behind some quirks, the outermost first."""
    for quirk in reversed(quirks):
        forward = _behind(quirk, forward)
    return forward


def _behind(quirk: Quirk, forward: Forward) -> Forward:
    async def answer(request: Request) -> Reply:
        try:
            return await quirk(request, forward)
        except Refusal as refusal:
            return refusal.reply

    return answer


def error_reply(status: int, detail: str, scim_type: str | None = None) -> Reply:
    body = {"schemas": [ERROR], "status": str(status), "detail": detail}
    return Reply(status, body if scim_type is None else {**body, "scimType": scim_type})


async def read_request(scope: Any, receive: Any, base_path: str) -> Request:
    """An ASGI request whose path is below the origin; a body that is no JSON is a text."""
    content, more = b"", True
    while more:
        message = await receive()
        content += message.get("body", b"")
        more = message.get("more_body", False)
    headers = {name.decode().lower(): value.decode() for name, value in scope["headers"]}
    host = headers.get("host") or "{}:{}".format(*(scope.get("server") or ("localhost", 80)))
    return Request(
        method=scope["method"],
        path=scope["path"],
        query=dict(parse_qsl(scope["query_string"].decode(), keep_blank_values=True)),
        headers=headers,
        body=_json(content),
        base_url=f"{scope['scheme']}://{host}{base_path}",
    )


def _json(content: bytes) -> Any:
    try:
        return orjson.loads(content) if content else None
    except ValueError:
        return content.decode(errors="replace")


async def write_reply(reply: Reply, send: Any) -> None:
    content = b"" if reply.body is None else orjson.dumps(reply.body)
    headers = {"content-type": "application/scim+json", **{name.lower(): each for name, each in reply.headers.items()}}
    if content or reply.status != 204:
        headers["content-length"] = str(len(content))
    pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": reply.status, "headers": pairs})
    await send({"type": "http.response.body", "body": content})
