"""What is sent to an endpoint and what comes back, free of HTTP details."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from reconciler.scim.messages import ScimFault


@dataclass(frozen=True, slots=True)
class Request:
    """One write. `path` holds unescaped segments below the base URL, such as ("Users", "2819c223")."""

    method: str
    path: tuple[str, ...]
    body: dict[str, Any] | None = None
    version: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """The endpoint's answer, whatever its status. `fault` is set for 4xx and 5xx."""

    status: int
    document: dict[str, Any] | None = None
    fault: ScimFault | None = None
    etag: str | None = None

    @property
    def succeeded(self) -> bool:
        return 200 <= self.status < 300
