"""What the address of a resource tells (RFC 7644 §3.1)."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit


def last_segment(location: str | None) -> str:
    """The id at the end of an address; empty where there is none."""
    try:
        return unquote(urlsplit(location or "").path.rstrip("/").rpartition("/")[2])
    except ValueError:
        return ""
