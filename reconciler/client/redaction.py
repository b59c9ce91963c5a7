"""Keeping secrets out of every sentence that leaves the client."""

from __future__ import annotations

import json
from base64 import b64encode
from bisect import insort
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

if TYPE_CHECKING:
    from collections.abc import Iterable

HIDDEN = "***"
SHORTEST_SECRET = 4
SHORTEST_HEADER_SECRET = 8


class Secrets:
    """Everything that must not be shown, in each of the spellings in which a server may echo it."""

    def __init__(self, values: Iterable[str] = ()) -> None:
        self._spellings: list[str] = []
        self._known: set[str] = set()
        for value in values:
            self.add(value)

    def add(self, value: str) -> None:
        """Hides one more value from now on. Values under four characters would hide ordinary text and are
        left.
        """
        if len(value) < SHORTEST_SECRET:
            return
        encoded = b64encode(value.encode()).decode()
        spellings = {value, quote(value, safe=""), quote_plus(value), encoded, encoded.rstrip("=")}
        # As it stands in JSON, with and without letters beyond ASCII, and on a web page.
        spellings |= {json.dumps(value, ensure_ascii=each)[1:-1] for each in (True, False)} | {escape(value)}
        # The longest first: a part that is hidden before the whole would leave the rest readable.
        for spelling in spellings - self._known:
            insort(self._spellings, spelling, key=lambda each: -len(each))
        self._known |= spellings

    def scrub(self, text: str) -> str:
        for spelling in self._spellings:
            text = text.replace(spelling, HIDDEN)
        return text

    def scrub_bytes(self, body: bytes) -> bytes:
        for spelling in self._spellings:
            body = body.replace(spelling.encode(), HIDDEN.encode())
        return body

    def __repr__(self) -> str:
        return f"Secrets({len(self._spellings)} spellings)"
