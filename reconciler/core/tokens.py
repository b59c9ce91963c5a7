"""What a bearer token says of itself: its end, where it is a JSON Web Token (RFC 7519). Nothing is verified."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode
from datetime import UTC, date, datetime, timedelta
from typing import Any

import orjson

_JWT = re.compile(r"[A-Za-z0-9_-]+\.(?P<claims>[A-Za-z0-9_-]+)\.[A-Za-z0-9_-]*")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def claimed_subject(token: str) -> str | None:
    """The `sub` claim (RFC 7519 §4.1.2): whose token it is; None for tokens that are no JWT or do not say."""
    subject = _claims(token).get("sub")
    return subject if isinstance(subject, str) and subject else None


def _claims(token: str) -> dict[str, Any]:
    found = _JWT.fullmatch(token.strip())
    if found is None:
        return {}
    encoded = found["claims"]
    try:
        claims = orjson.loads(urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)))
    except ValueError:
        return {}
    return claims if isinstance(claims, dict) else {}


def claimed_end(token: str) -> date | None:
    """The day, in UTC, of the `exp` claim (RFC 7519 §4.1.4); None for tokens that are no JWT or have no end."""
    end = _claims(token).get("exp")
    if not isinstance(end, int | float) or isinstance(end, bool):
        return None
    try:
        return (_EPOCH + timedelta(seconds=end)).date()
    except OverflowError:
        return None
