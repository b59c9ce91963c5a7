"""Everything below SCIM: credentials over retries over one exchange."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from reconciler.client import failures
from reconciler.client.authentication import Anonymous, BearerTokens, ClientCredentials, Credentials
from reconciler.client.network import Network
from reconciler.client.pacing import REAL_TIME, Gate, Timer
from reconciler.client.redaction import SHORTEST_HEADER_SECRET, Secrets
from reconciler.client.requests import (
    ATTEMPTS,
    BaseUrl,
    Call,
    check_header_values,
    scim_headers,
    to_call,
)
from reconciler.client.responses import Reply, decode, fault_of
from reconciler.client.retries import Persistence
from reconciler.client.wire import Wire
from reconciler.core.events import NO_LISTENERS, Listeners

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    import httpx

    from reconciler.core.endpoint import Endpoint
    from reconciler.core.requests import Request


class Transport:
    """Exchanges with one endpoint. Every method raises `EndpointError` when no answer came at all.

    `welcomed` is True once the endpoint has accepted anything.
    """

    def __init__(self, endpoint: Endpoint, through: Persistence, credentials: Credentials, secrets: Secrets) -> None:
        self.base = BaseUrl.parse(endpoint.url)
        self.secrets = secrets
        self.welcomed = False
        self._headers = scim_headers(endpoint.headers)
        self._through = through
        self._credentials = credentials

    async def write(self, request: Request) -> Reply:
        """Raises `InDoubtError` when the write was sent and not answered."""
        return await self._authorised(to_call(self.base, request, self._headers))

    async def read(
        self, segments: Sequence[str], parameters: Mapping[str, str] | None = None, patience: int = ATTEMPTS
    ) -> Any:
        """The decoded body of a GET. Raises `AnswerError` for an error status or a body that is not JSON."""
        url = self.base.url(segments, parameters)
        reply = await self._authorised(Call("GET", url, self._headers, patience=patience, repeatable=True))
        if not reply.succeeded:
            raise self.refusal("GET", reply)
        try:
            body = decode(reply)
        except ValueError:
            raise failures.not_scim(reply, "the body is not JSON") from None
        if body is None:
            raise failures.not_scim(reply, "the body is empty")
        return body

    def refusal(self, method: str, reply: Reply) -> failures.AnswerError:
        return failures.refusal(method, reply, fault_of(reply, self.secrets), self._credentials.hint)

    async def _authorised(self, call: Call) -> Reply:
        """The reply to the first credentials that are not refused with 401, else the last refusal."""
        refused: list[str] = []
        reply: Reply | None = None
        while (authorization := await self._credentials.authorization(refused)) is not None:
            signed = {"Authorization": authorization} if authorization else {}
            reply = await self._through.carry(replace(call, headers={**call.headers, **signed}))
            if reply.status != 401:
                self._credentials.accepted(authorization)
                self.welcomed = self.welcomed or reply.succeeded
                break
            refused.append(authorization)
        if reply is None:
            raise failures.no_credentials(call.url)
        return reply

    @property
    def sent(self) -> int:
        """Requests that went out, for tokens as well."""
        return self._through.sent

    async def close(self) -> None:
        await self._through.close()


def open_transport(
    endpoint: Endpoint,
    network: httpx.AsyncBaseTransport | None,
    today: date,
    timer: Timer = REAL_TIME,
    listeners: Listeners = NO_LISTENERS,
) -> Transport:
    """Over the real network where no transport is given. Raises `EndpointError` for values that cannot be
    sent.
    """
    check_header_values(endpoint.headers.items())
    secrets = known_secrets(endpoint)
    gate = Gate(endpoint.concurrency, endpoint.rates, timer, listeners.say)
    through = Persistence(
        Wire(network or Network(), endpoint.hosts, secrets, listeners.watch, timer.monotonic), timer, gate
    )
    credentials: Credentials = Anonymous()
    if endpoint.oauth2 is not None:
        credentials = ClientCredentials(endpoint.oauth2, through, secrets, timer.monotonic)
    elif endpoint.tokens:
        credentials = BearerTokens(endpoint.tokens, today)
    return Transport(endpoint, through, credentials, secrets)


def known_secrets(endpoint: Endpoint) -> Secrets:
    """Everything in an endpoint's settings that must not be shown. Short header values are no secrets."""
    secrets = Secrets(each.token.strip() for each in endpoint.tokens)
    if endpoint.oauth2 is not None:
        secrets.add(endpoint.oauth2.client_secret)
    for value in endpoint.headers.values():
        if len(value) >= SHORTEST_HEADER_SECRET:
            secrets.add(value)
    return secrets
