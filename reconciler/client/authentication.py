"""Credentials: which `Authorization` a request carries, and what comes next when one is refused."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from typing import TYPE_CHECKING, Protocol
from urllib.parse import quote_plus, urlencode

from reconciler.client import failures
from reconciler.client.requests import SCIM_HEADERS, Call, check_header_values
from reconciler.client.responses import Reply, decode, fault_of
from reconciler.core.requests import InDoubtError
from reconciler.errors import EndpointError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from datetime import date

    from reconciler.client.redaction import Secrets
    from reconciler.client.retries import Persistence
    from reconciler.core.endpoint import BearerToken, OAuth2

RENEWAL_MARGIN = 60.0
LIFETIME_UNSAID = 3600.0
PASSING = frozenset({408, 429, 500, 502, 503, 504})
"""Answers of a token URL that say nothing of the client, so that the next request may ask again."""


class TokenError(EndpointError):
    """No token could be had. What a token URL answers says nothing of the resource that the token was for."""


class Credentials(Protocol):
    """`authorization` gives the next header value that is not among those refused in this exchange, else
    None.

    An empty value means that no header is sent.
    """

    hint: str

    async def authorization(self, refused: Collection[str]) -> str | None: ...

    def accepted(self, authorization: str) -> None:
        """Remembers a value that was not refused, so that the next request begins with it."""


class Anonymous:
    """No credentials, or such as stand in the target's own headers."""

    hint = ""

    async def authorization(self, refused: Collection[str]) -> str | None:
        return None if refused else ""

    def accepted(self, authorization: str) -> None:
        """There is nothing to remember."""


class BearerTokens:
    """Static tokens (RFC 6750 §2.1), tried in order; those whose day has passed, declared or claimed, come last."""

    def __init__(self, tokens: Collection[BearerToken], today: date) -> None:
        ends = [(each.last_day, each.token.strip()) for each in tokens]
        values = [(end is not None and end < today, value) for end, value in ends]
        self._values = [f"Bearer {value}" for _, value in sorted(values, key=lambda pair: pair[0]) if value]
        check_header_values(("the token", each) for each in self._values)
        past = [str(end) for end, _ in ends if end is not None and end < today]
        self.hint = f"a token of this target expired on {', '.join(past)}" if past else ""

    async def authorization(self, refused: Collection[str]) -> str | None:
        return next((each for each in self._values if each not in refused), None)

    def accepted(self, authorization: str) -> None:
        if self._values[0] != authorization and authorization in self._values:
            self._values.remove(authorization)
            self._values.insert(0, authorization)


class ClientCredentials:
    """OAuth 2.0 client credentials (RFC 6749 §4.4). One token request at a time, shared by everybody who
    waits. A refusal stands for the whole run: asking again with the same secret may lock the client out.
    """

    hint = "the token came from the OAuth2 token URL just now: check the client's scope"

    def __init__(self, grant: OAuth2, through: Persistence, secrets: Secrets, clock: Callable[[], float]) -> None:
        self._grant = grant
        self._through = through
        self._secrets = secrets
        self._clock = clock
        self._value = ""
        self._good_until = 0.0
        self._renewing = asyncio.Lock()
        self._refusal = ""

    async def authorization(self, refused: Collection[str]) -> str | None:
        # A second fresh token that is refused as well says that freshness is not the matter.
        if len(refused) >= 2:
            return None
        async with self._renewing:
            if not self._value or self._value in refused or self._clock() >= self._good_until:
                await self._renew_or_fail()
        return None if self._value in refused else self._value

    def accepted(self, authorization: str) -> None:
        """The current token is the one that is used next anyway."""

    async def _renew_or_fail(self) -> None:
        if self._refusal:
            raise TokenError(self._refusal)
        try:
            await self._renew()
        except failures.AnswerError as error:
            if error.status not in PASSING:
                self._refusal = str(error)
            raise TokenError(str(error)) from None
        except InDoubtError as error:
            raise TokenError(f"no OAuth2 token could be had: {error}") from None

    async def _renew(self) -> None:
        reply = await self._through.carry(self._token_call())
        if not reply.succeeded:
            raise self._no_token(reply)
        try:
            document = decode(reply)
        except ValueError:
            document = None
        token = document.get("access_token") if isinstance(document, dict) else None
        if not isinstance(document, dict) or not isinstance(token, str) or not token.strip():
            raise failures.AnswerError(f"{failures.shown(reply.url)} gave no access_token", reply.status)
        self._secrets.add(token.strip())
        check_header_values([("the access token", token.strip())])
        self._value = f"Bearer {token.strip()}"
        seconds = lifetime(document.get("expires_in"))
        self._good_until = self._clock() + seconds - min(RENEWAL_MARGIN, seconds / 2)

    def _token_call(self) -> Call:
        grant = self._grant
        url, form = grant.token_url, {"grant_type": "client_credentials"}
        form |= {"scope": grant.scope} if grant.scope else {}
        headers = {
            **SCIM_HEADERS,
            "Accept": "application/json",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        if grant.send == "basic":
            # RFC 6749 §2.3.1: both parts are form-encoded before they are joined.
            pair = f"{quote_plus(grant.client_id)}:{quote_plus(grant.client_secret)}"
            headers["Authorization"] = "Basic " + b64encode(pair.encode()).decode()
            self._secrets.add(pair)
        if grant.send == "body" or grant.parameters == "query":
            form["client_id"] = grant.client_id
        if grant.parameters == "query":
            url, form = with_query(url, form), {}
        if grant.send == "body":
            # Never into the URL: logs keep those.
            form["client_secret"] = grant.client_secret
        return Call("POST", url, headers, urlencode(form).encode(), repeatable=True)

    def _no_token(self, reply: Reply) -> failures.AnswerError:
        fault = fault_of(reply, self._secrets)
        return failures.AnswerError(
            f"the OAuth2 token URL {failures.shown(reply.url)} answered {reply.status}: {fault.detail} "
            "(check clientId, clientSecret, scope and `send`)",
            reply.status,
            fault,
        )


def with_query(url: str, parameters: Mapping[str, str]) -> str:
    """The URL with parameters after those that it already has.

    >>> with_query("https://login.example/token?v=1", {"scope": "/acs/scim"})
    'https://login.example/token?v=1&scope=%2Facs%2Fscim'
    """
    base, _, query = url.partition("#")[0].partition("?")
    return f"{base}?{'&'.join(filter(None, [query.strip('&'), urlencode(parameters)]))}"


def lifetime(expires_in: object) -> float:
    """Seconds that a token lasts; some servers send the number as text, and some send nothing (RFC 6749
    §5.1).
    """
    try:
        seconds = float(str(expires_in))
    except ValueError:
        return LIFETIME_UNSAID
    return seconds if 0.0 < seconds < float("inf") else LIFETIME_UNSAID
