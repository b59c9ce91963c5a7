"""One exchange: a request goes out, its response comes back whole. Hosts, redirects and body size are judged
here.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import httpx

from reconciler.client import failures
from reconciler.client.network import FAILURES, distrusted, nothing_was_sent
from reconciler.client.reasons import reason_of
from reconciler.client.responses import BodyTooLargeError, Reply, read_body
from reconciler.core.events import Exchange, Watch, unwatched

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.client.redaction import Secrets
    from reconciler.client.requests import Call

REDIRECTS = frozenset({301, 302, 303, 307, 308})
# RFC 9110 §15.4: only these keep the method and the body.
REDIRECTS_OF_WRITES = frozenset({307, 308})
MAX_REDIRECTS = 3


class ConnectionFault(Exception):  # noqa: N818  the field's word for it; never leaves the client
    """No complete answer came. `sent`: the request may have reached the server. `final`: trying again is no
    use.
    """

    def __init__(self, reason: str, *, sent: bool, final: bool = False) -> None:
        self.reason = reason
        self.sent = sent
        self.final = final
        super().__init__(reason)


class Wire:
    """Sends to the allowed hosts only. `hosts` None allows every host; an entry may be a host or
    `host:port`.
    """

    def __init__(
        self,
        network: httpx.AsyncBaseTransport,
        hosts: frozenset[str] | None,
        secrets: Secrets,
        watch: Watch = unwatched,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._network = network
        self._hosts = None if hosts is None else {each.strip().lower() for each in hosts}
        self._secrets = secrets
        self._watch = watch
        self._monotonic = monotonic
        self.sent = 0

    async def carry(self, call: Call) -> Reply:
        """Follows redirects within the same origin; those of writes where the method stays.

        Raises `ConnectionFault`, and `EndpointError` for a host that is not allowed or a redirect to
        elsewhere.
        """
        for _ in range(MAX_REDIRECTS + 1):
            reply = await self._watched(call)
            if reply.status not in REDIRECTS:
                return reply
            call = replace(call, url=self._next_url(call, reply))
        raise failures.redirected(call.url, reply.status, httpx.URL(call.url))

    async def _watched(self, call: Call) -> Reply:
        began, sent_before = self._monotonic(), self.sent
        try:
            reply = await self._exchange(call)
        except ConnectionFault as fault:
            if self.sent > sent_before:
                self._tell(call, None, began, fault.reason)
            raise
        self._tell(call, reply.status, began)
        return reply

    def _tell(self, call: Call, status: int | None, began: float, problem: str = "") -> None:
        if self._watch is unwatched:
            return
        url, shown = httpx.URL(call.url), self._secrets.scrub
        path, query = shown(url.path), shown(url.query.decode())
        self._watch(Exchange(call.method, url.host, path, query, status, self._monotonic() - began, problem))

    async def _exchange(self, call: Call) -> Reply:
        try:
            request = call.to_http()
            self._check_host(request.url)
            self.sent += 1
            response = await self._network.handle_async_request(request)
            try:
                body = await read_body(response)
            finally:
                await response.aclose()
        except BodyTooLargeError:
            if call.method == "GET":
                raise failures.too_large(call.url, response.status_code) from None
            raise ConnectionFault("the answer is larger than 64 MiB", sent=True, final=True) from None
        except FAILURES as error:
            reason = self._secrets.scrub(reason_of(error))
            raise ConnectionFault(reason, sent=not nothing_was_sent(error), final=distrusted(error)) from None
        return Reply(response.status_code, call.url, response.headers, body)

    def _check_host(self, url: httpx.URL) -> None:
        if self._hosts is not None and self._hosts.isdisjoint({url.host.lower(), url.netloc.decode().lower()}):
            raise failures.forbidden_host(url.host)

    @staticmethod
    def _next_url(call: Call, reply: Reply) -> str:
        current = httpx.URL(call.url)
        try:
            target = current.join(reply.headers.get("location", ""))
        except httpx.InvalidURL:
            raise failures.redirected(call.url, reply.status, None) from None
        # Credentials travel with the request: a redirect may change the path, never who receives them.
        same = (target.scheme, target.netloc, target.userinfo) == (current.scheme, current.netloc, b"")
        if not same or (call.method != "GET" and reply.status not in REDIRECTS_OF_WRITES):
            raise failures.redirected(call.url, reply.status, target)
        return str(target)

    async def close(self) -> None:
        await self._network.aclose()
