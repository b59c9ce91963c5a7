"""What comes back: bounded, decoded leniently, turned into core values."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

import orjson

from reconciler.core.requests import Answer
from reconciler.scim.messages import ScimFault, read_error

if TYPE_CHECKING:
    from collections.abc import AsyncIterable

    import httpx

    from reconciler.client.redaction import Secrets

MAX_BODY = 64 * 1024 * 1024
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class BodyTooLargeError(Exception):
    """The body is larger than `MAX_BODY` bytes after decompression."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One HTTP response, read to its end."""

    status: int
    url: str
    headers: httpx.Headers = field(repr=False)
    body: bytes = field(repr=False)

    @property
    def succeeded(self) -> bool:
        return 200 <= self.status < 300

    @property
    def content_type(self) -> str:
        value: str = self.headers.get("content-type", "")
        return value.partition(";")[0].strip().lower()


async def read_body(response: httpx.Response, limit: int = MAX_BODY) -> bytes:
    """The decompressed body. Raises `BodyTooLargeError` as soon as more than `limit` bytes have come."""
    chunks: list[bytes] = []
    size = 0
    # What is not compressed needs none of httpx's decoding, which costs as much as the exchange.
    compressed = "content-encoding" in response.headers
    stream = response.aiter_bytes() if compressed else cast("AsyncIterable[bytes]", response.stream)
    async for chunk in stream:
        size += len(chunk)
        if size > limit:
            raise BodyTooLargeError
        chunks.append(chunk)
    return b"".join(chunks)


def decode(reply: Reply) -> Any:
    """The JSON value of a body; None when it is empty. Raises `ValueError` for anything that is not JSON."""
    body = reply.body.removeprefix(BYTE_ORDER_MARK).strip()
    return orjson.loads(body) if body else None


def fault_of(reply: Reply, secrets: Secrets) -> ScimFault:
    """The error that a body describes, in whatever form, with every secret hidden.

    The body is scrubbed before it is read as well: a detail that is cut short could keep half of a secret.
    """
    fault = read_error(reply.status, secrets.scrub_bytes(reply.body), reply.content_type or None)
    return ScimFault(fault.status, fault.scim_type, secrets.scrub(fault.detail))


def to_answer(reply: Reply, secrets: Secrets) -> Answer:
    """Never raises: a body that is no JSON object leaves `document` None."""
    etag = reply.headers.get("etag")
    if not reply.succeeded:
        return Answer(reply.status, None, fault_of(reply, secrets), etag)
    garbled = False
    try:
        document = decode(reply)
    except ValueError:
        document, garbled = None, True
    found = document if isinstance(document, dict) else None
    location = reply.headers.get("location")
    return Answer(reply.status, found, None, etag, location, _moment(reply.headers.get("date")), garbled)


@lru_cache(maxsize=8)
def _moment(text: str | None) -> datetime | None:
    """An HTTP date; None for what is none, and for one without a time zone."""
    try:
        found = parsedate_to_datetime(text) if text is not None else None
    except ValueError:
        return None
    return found if found is not None and found.tzinfo is not None else None
