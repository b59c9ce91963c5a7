"""The clock and the environment, as the inner layers see them."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

LARGEST_SECRET = 64 * 1024


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


class Environment:
    """`${NAME}` from this process's environment, `${file:PATH}` relative to the directory above the manifests."""

    def __init__(self, base: Path) -> None:
        self._base = base

    def variable(self, name: str) -> str | None:
        return os.environ.get(name)

    def file(self, path: str) -> str | None:
        try:
            with (self._base / path).open(encoding="utf-8") as secret:
                return secret.read(LARGEST_SECRET).rstrip("\r\n")
        except (OSError, ValueError):
            return None
