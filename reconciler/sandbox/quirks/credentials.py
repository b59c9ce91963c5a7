"""Who may ask: bearer tokens (RFC 6750), and tokens that an OAuth token endpoint gave out (RFC 6749 §4.4)."""

from __future__ import annotations

import hmac
from base64 import b64decode
from binascii import Error as NoBase64
from collections.abc import Collection
from dataclasses import dataclass, field
from secrets import token_urlsafe

from reconciler.sandbox.exchange import Forward, Reply, Request, error_reply
from reconciler.sandbox.options import SandboxOptions


@dataclass(slots=True)
class TokenDesk:
    """Which tokens hold just now. `tokens` may be changed while the sandbox is served, as in a console."""

    options: SandboxOptions
    tokens: set[str]
    issues: bool
    """Whether tokens come from a token endpoint alone."""
    issued: dict[str, float] = field(default_factory=dict)
    """Tokens given out, and when they end."""

    def issue(self) -> str:
        token = token_urlsafe(24)
        self.issued[token] = self.options.clock() + self.options.token_seconds
        return token

    def expire(self) -> None:
        """Ends every token that was given out."""
        self.issued.clear()

    def admits(self, token: str) -> bool:
        if self.issues:
            return self.options.clock() < self.issued.get(token, float("-inf"))
        return not self.tokens or any(hmac.compare_digest(token.encode(), each.encode()) for each in self.tokens)

    def knows_client(self, authorization: str) -> bool:
        """Whether a header carries the client's id and secret (RFC 7617)."""
        scheme, _, given = authorization.partition(" ")
        try:
            pair = b64decode(given.strip(), validate=True)
        except NoBase64:
            return False
        own = f"{self.options.client_id}:{self.options.client_secret}"
        return scheme.lower() == "basic" and hmac.compare_digest(pair, own.encode())


@dataclass(frozen=True, slots=True)
class AskCredentials:
    """401 without a token that holds; `public` are the paths that need none."""

    desk: TokenDesk
    public: Collection[str]

    async def __call__(self, request: Request, forward: Forward) -> Reply:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        is_public = request.method == "GET" and f"/{(request.segments or [''])[0]}" in self.public
        if is_public or (self.desk.admits(token.strip()) and (scheme.lower() == "bearer" or not scheme)):
            return await forward(request)
        refused = error_reply(401, "the credentials are missing or do not hold")
        return Reply(401, refused.body, {"WWW-Authenticate": 'Bearer realm="SCIM"'})


@dataclass(frozen=True, slots=True)
class GiveTokens:
    """The token endpoint: the client in a Basic header, everything else in the query, `expires_in` a text."""

    desk: TokenDesk
    path: str
    scope: str | None

    async def __call__(self, request: Request, forward: Forward) -> Reply:
        if request.path != self.path:
            return await forward(request)
        if request.method != "POST":
            return _oauth_error(405, "invalid_request")
        if not self.desk.knows_client(request.headers.get("authorization", "")):
            return _oauth_error(401, "invalid_client")
        return self._grant(request)

    def _grant(self, request: Request) -> Reply:
        if request.query.get("client_id") != self.desk.options.client_id:
            return _oauth_error(401, "invalid_client")
        if request.query.get("grant_type") != "client_credentials":
            return _oauth_error(400, "unsupported_grant_type")
        if request.query.get("scope", self.scope) != self.scope:
            return _oauth_error(400, "invalid_scope")
        seconds = str(int(self.desk.options.token_seconds))
        body = {"access_token": self.desk.issue(), "token_type": "Bearer", "expires_in": seconds}
        return Reply(200, body, {"Content-Type": "application/json", "Cache-Control": "no-store"})


def _oauth_error(status: int, error: str) -> Reply:
    """RFC 6749 §5.2."""
    return Reply(status, {"error": error}, {"Content-Type": "application/json"})
