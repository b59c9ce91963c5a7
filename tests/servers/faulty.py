"""An ASGI application around another one that lets faults at the requests, and keeps a log of them.

The faults themselves, and what all this is for: `servers.faults`.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import parse_qsl, urlencode

import httpx

PREFIX = "/v2"


@dataclass(frozen=True)
class Request:
    """A request as it arrived: `path` decoded and below the base URL, `body` a JSON value or None."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    raw_path: str = ""

    @property
    def operations(self) -> list[dict[str, Any]]:
        """The PATCH operations; empty for any other body."""
        return list(self.body.get("Operations", [])) if isinstance(self.body, dict) else []


@dataclass(frozen=True)
class Reply:
    """An answer: `body` is a JSON value, or text that is sent as it is."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The resources of a listing, or the one resource of another answer; errors have none."""
        if not isinstance(self.body, dict) or self.status >= 400:
            return []
        return list(self.body.get("Resources", [] if "totalResults" in self.body else [self.body]))

    def with_rows(self, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Reply:
        """The same answer, every resource in it changed."""
        if not self.rows:
            return self
        if "Resources" in self.body:
            return replace(self, body=self.body | {"Resources": [change(row) for row in self.rows]})
        return replace(self, body=change(self.body))


class Cut(httpx.RemoteProtocolError):
    """The connection breaks in the middle of an answer's body."""

    def __init__(self, reply: Reply) -> None:
        super().__init__("injected: the connection broke in the middle of a body")
        self.reply = reply


Forward = Callable[[Request], Awaitable[Reply]]
Fault = Callable[[Request, Forward], Awaitable[Reply]]


@dataclass
class On:
    """Which requests a fault meets: by method, path (a glob) and `when`; `times` of them after `skip`."""

    method: str = "*"
    path: str = "*"
    when: Callable[[Request], bool] = lambda _: True
    skip: int = 0
    times: int | None = None
    met: int = 0

    def takes(self, request: Request) -> bool:
        """Whether the fault meets this request; counts it."""
        if not (fnmatchcase(request.method, self.method) and fnmatchcase(request.path, self.path)):
            return False
        if not self.when(request):
            return False
        self.met += 1
        return self.met > self.skip and (self.times is None or self.met <= self.skip + self.times)


class FaultyServer:
    """`log` holds each request as it arrived, with its answer: None where the connection was dropped.

    `base_path` is the path of the base URL, which requests are told without.
    """

    def __init__(self, app: Any, base_path: str = PREFIX) -> None:
        self._app = app
        self.base_path = base_path
        self._faults: list[tuple[On, Fault]] = []
        self._standing: list[tuple[On, Fault]] = []
        self.log: list[tuple[Request, Reply | None]] = []

    def inject(self, on: On, fault: Fault) -> FaultyServer:
        self._faults.append((on, fault))
        return self

    def lastingly(self, on: On, fault: Fault) -> None:
        """What the endpoint is like, healthy or not; every other fault stands before it."""
        self._standing.insert(0, (on, fault))

    def heal(self) -> None:
        """Behave from now on; the log stays."""
        self._faults.clear()

    @property
    def requests(self) -> list[Request]:
        return [request for request, _ in self.log]

    @property
    def writes(self) -> list[Request]:
        """Everything but GET, in the order it arrived."""
        return [each for each in self.requests if each.method != "GET"]

    def requests_of(self, method: str, path: str = "*") -> list[Request]:
        return [each for each in self.requests if each.method == method and fnmatchcase(each.path, path)]

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = await _read(scope, receive, self.base_path)
        forward: Forward = _to_app(self._app, scope, self.base_path)
        for fault in reversed([fault for on, fault in (*self._faults, *self._standing) if on.takes(request)]):
            forward = _through(fault, forward)
        place = len(self.log)
        self.log.append((request, None))
        try:
            reply = await forward(request)
        except Cut as cut:
            await _write(cut.reply, send, only_half=True)
            raise
        except httpx.TransportError:
            # Half an answer makes a real server close the connection; in process the error itself arrives.
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"9")]})
            raise
        self.log[place] = (request, reply)
        await _write(reply, send)


def _through(fault: Fault, forward: Forward) -> Forward:
    return lambda request: fault(request, forward)


async def _read(scope: Any, receive: Any, base_path: str) -> Request:
    content, more = b"", True
    while more:
        message = await receive()
        content += message.get("body", b"")
        more = message.get("more_body", False)
    return Request(
        method=scope["method"],
        path=scope["path"].removeprefix(base_path),
        query=dict(parse_qsl(scope["query_string"].decode(), keep_blank_values=True)),
        headers={name.decode().lower(): value.decode() for name, value in scope["headers"]},
        body=_decoded(content),
        raw_path=scope.get("raw_path", b"").decode(),
    )


def _decoded(content: bytes) -> Any:
    """A JSON value; text where it is none, such as a form."""
    try:
        return json.loads(content) if content else None
    except ValueError:
        return content.decode()


def _to_app(app: Any, scope: Any, base_path: str) -> Forward:
    async def forward(request: Request) -> Reply:
        text = request.body if isinstance(request.body, str) else json.dumps(request.body)
        content = b"" if request.body is None else text.encode()
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": content, "more_body": False}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        inner = dict(scope, method=request.method, query_string=urlencode(request.query).encode())
        inner["headers"] = [(name, value) for name, value in scope["headers"] if name != b"content-length"]
        prefix = base_path if scope["path"].startswith(base_path) else ""
        await app(inner | {"path": prefix + request.path}, receive, send)
        return _reply_of(sent)

    return forward


def _reply_of(messages: list[dict[str, Any]]) -> Reply:
    content = b"".join(each.get("body", b"") for each in messages)
    headers = {name.decode(): value.decode() for name, value in messages[0].get("headers", [])}
    headers = {name: value for name, value in headers.items() if name.lower() != "content-length"}
    return Reply(messages[0]["status"], _decoded(content), headers)


async def _write(reply: Reply, send: Any, *, only_half: bool = False) -> None:
    text = isinstance(reply.body, str)
    content = b"" if reply.body is None else (reply.body if text else json.dumps(reply.body)).encode()
    headers = {"Content-Type": "application/scim+json"} | dict(reply.headers)
    pairs = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    if content or reply.status != 204:
        pairs.append((b"content-length", str(len(content)).encode()))
    await send({"type": "http.response.start", "status": reply.status, "headers": pairs})
    sent = content[: len(content) // 2] if only_half else content
    await send({"type": "http.response.body", "body": sent, "more_body": only_half})
