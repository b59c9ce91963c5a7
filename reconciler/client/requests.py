"""What is sent: URLs below the base URL, headers, bodies."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import quote

import httpx
import orjson

from reconciler import __version__
from reconciler.errors import EndpointError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from reconciler.core.requests import Request

ATTEMPTS = 6
# RFC 9110 §9.2.2: doing it twice has the effect of doing it once.
REPEATABLE_METHODS = frozenset({"GET", "PUT", "DELETE"})
TIMEOUTS = {"connect": 10.0, "read": 60.0, "write": 60.0, "pool": 60.0}
SCIM_HEADERS = {
    "Accept": "application/scim+json, application/json",
    "Accept-Encoding": "gzip, deflate",
    "User-Agent": f"scim-reconciler/{__version__}",
}


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP request before it is sent, as often as it takes.

    `patience` is the greatest number of attempts. `repeatable`: a second attempt does no harm even where the
    first may have been carried out.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)
    patience: int = ATTEMPTS
    repeatable: bool = False

    def to_http(self) -> httpx.Request:
        return httpx.Request(
            self.method,
            _parsed(self.url),
            headers=dict(self.headers),
            content=self.body,
            extensions={"timeout": TIMEOUTS},
        )


@lru_cache(maxsize=64)
def _parsed(url: str) -> httpx.URL:
    """Thousands of creates go to one address."""
    return httpx.URL(url)


@dataclass(frozen=True, slots=True)
class BaseUrl:
    """The SCIM base URL taken apart. `query` is what the base URL itself carries, such as `api-version=2`."""

    origin: str
    path: str
    query: str = ""

    @classmethod
    def parse(cls, text: str) -> BaseUrl:
        """Raises `EndpointError` for anything but http(s) with a host and without credentials in the URL."""
        try:
            url = httpx.URL(text)
        except httpx.InvalidURL as error:
            raise EndpointError(f"the base URL cannot be read: {error}") from None
        if url.scheme not in {"http", "https"} or not url.host:
            raise EndpointError("the base URL must begin with https:// and name a host, such as https://host/scim/v2")
        if url.userinfo:
            raise EndpointError(f"the base URL of {url.host} holds credentials: give them under `auth` instead")
        origin = f"{url.scheme}://{url.netloc.decode()}"
        return cls(origin, url.path.rstrip("/"), url.query.decode())

    def url(self, segments: Sequence[str], parameters: Mapping[str, str] | None = None) -> str:
        """The URL of a path below the base URL; each segment is percent-encoded whole (RFC 3986 §2.1,
        §3.3).
        """
        path = quote(self.path) + "".join("/" + encode_segment(each) for each in segments)
        pairs = [f"{name}={quote(value, safe='')}" for name, value in (parameters or {}).items()]
        query = "&".join([self.query, *pairs] if self.query else pairs)
        return f"{self.origin}{path}?{query}" if query else f"{self.origin}{path}"


def addressable(segment: str) -> bool:
    """Whether a path segment can be sent at all: dots alone climb the path even when percent-encoded."""
    return segment not in {"", ".", ".."}


def encode_segment(segment: str) -> str:
    """Raises `EndpointError` for a segment that no URL can carry.

    >>> encode_segment("a/b?c#d%é")
    'a%2Fb%3Fc%23d%25%C3%A9'
    """
    if not addressable(segment):
        raise EndpointError(f"the id {segment!r} cannot stand in a URL")
    return quote(segment, safe="", errors="replace")


def segments_of(path: str) -> tuple[str, ...]:
    """The segments of a resource type's endpoint: "/Users" becomes ("Users",)."""
    return tuple(each for each in path.split("/") if each)


def to_call(base: BaseUrl, request: Request, headers: Mapping[str, str]) -> Call:
    """The HTTP side of a core request (RFC 7644 §3.1, §3.14)."""
    sent = dict(headers)
    body = None
    if request.body is not None:
        body = orjson.dumps(request.body)
        sent.setdefault("Content-Type", "application/scim+json")
    if request.version:
        sent["If-Match"] = request.version
    repeatable = request.method in REPEATABLE_METHODS
    return Call(request.method, base.url(request.path), sent, body, repeatable=repeatable)


def scim_headers(extra: Mapping[str, str]) -> dict[str, str]:
    """Headers of every SCIM request: ours, overridden by the target's own in whatever case they are written.

    >>> scim_headers({"user-agent": "x"})["User-Agent"]
    'x'
    """
    return SCIM_HEADERS | {name.title(): value for name, value in extra.items()}


def check_header_values(named: Iterable[tuple[str, str]]) -> None:
    """Raises `EndpointError` where a value cannot be sent, without showing it: it may be a secret."""
    for name, value in named:
        if not value.isascii() or not value.isprintable():
            raise EndpointError(f"the value of {name} holds characters that no HTTP header can carry")
