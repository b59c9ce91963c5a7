"""What may be different from one sandbox of a platform to the next."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from secrets import token_urlsafe


def _random() -> str:
    return token_urlsafe(24)


@dataclass(frozen=True, slots=True)
class SandboxOptions:
    """Credentials are random where none are given, but for bearer tokens: without any every request is taken."""

    tokens: tuple[str, ...] = ()
    """Bearer tokens that are taken from the start, where the platform takes bearer tokens."""
    client_id: str = "sandbox"
    """OAuth client credentials, where the platform wants them (RFC 6749 §4.4)."""
    client_secret: str = field(default_factory=_random)
    token_seconds: float = 3599
    """How long a token lasts that the token endpoint gave out."""
    domain: str = "example.onaliyun.com"
    """What takes the place of the domain behind a userName's @, where the platform has one of its own."""
    password_length: int = 8
    """Characters that a password has at least, where the platform takes passwords."""
    custom_namespace: str = "urn:ietf:params:scim:schemas:extension:customfield:2.0:User"
    """The extension that holds the organisation's own attributes, where the platform has one of its own."""
    cursors: bool = True
    """False: an endpoint of the older generation, where a listing by cursor came later (RFC 9865)."""
    clock: Callable[[], float] = time.monotonic
    """Seconds, by which tokens grow old."""
