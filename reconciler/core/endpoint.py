"""Where and how to reach a target, with every `${…}` already resolved. No repr of these values shows a secret."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from typing import Literal

from reconciler.core.manifests.parsing import Rate
from reconciler.core.tokens import claimed_end
from reconciler.platforms.profile import Profile
from reconciler.platforms.registry import load_profile


@dataclass(frozen=True, slots=True)
class BearerToken:
    """`expires`: the declared last day."""

    token: str = field(repr=False)
    expires: date | None = None

    @property
    def last_day(self) -> date | None:
        """The last day on which it works: the earlier of what is declared and what the token itself claims."""
        ends = (self.expires, claimed_end(self.token))
        return min((each for each in ends if each is not None), default=None)


@dataclass(frozen=True, slots=True)
class OAuth2:
    """Client credentials (RFC 6749 §4.4). `send` says where the client's secret goes."""

    token_url: str
    client_id: str
    client_secret: str = field(repr=False)
    scope: str | None = None
    send: Literal["basic", "body"] = "basic"
    parameters: Literal["form", "query"] = "form"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """`url` is the SCIM base URL without a trailing slash. `tokens` are tried in order when one is refused.

    `hosts`, where given, are the only hosts that anything may be sent to (`RECONCILER_HOSTS`).
    """

    url: str
    tokens: tuple[BearerToken, ...] = ()
    oauth2: OAuth2 | None = None
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    hosts: frozenset[str] | None = None
    concurrency: int = 8
    rates: tuple[Rate, ...] = ()
    """Requests in a time at most, all of them in force."""
    profile: Profile = field(default_factory=lambda: load_profile("generic"), repr=False)
    """How the endpoint is spoken to."""

    @property
    def fingerprint(self) -> str:
        """Tells one endpoint from another without giving the URL away: 16 hexadecimal digits."""
        return sha256(self.url.casefold().encode()).hexdigest()[:16]
