"""What is sent to an endpoint and what comes back, free of HTTP details."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from reconciler.errors import EndpointError, ExitCode

if TYPE_CHECKING:
    from reconciler.scim.messages import ScimFault


@dataclass(frozen=True, slots=True)
class Request:
    """One write. `path` holds unescaped segments below the base URL, such as ("Users", "2819c223")."""

    method: str
    path: tuple[str, ...]
    body: dict[str, Any] | None = field(default=None, repr=False)
    version: str | None = None
    secrets: tuple[str, ...] = field(default=(), repr=False)
    """Texts of the body that no message and no log may show."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The endpoint's answer, whatever its status. `fault` is set for 4xx and 5xx."""

    status: int
    document: dict[str, Any] | None = None
    fault: ScimFault | None = None
    etag: str | None = None
    location: str | None = None
    """Where a created resource lives (RFC 7644 §3.3), as the header says it."""
    date: datetime | None = None
    """When it was given, by the endpoint's own clock (RFC 9110 §6.6.1)."""
    garbled: bool = False
    """It says success with a body that is no SCIM message: something on the way may have given it."""

    @property
    def succeeded(self) -> bool:
        return 200 <= self.status < 300


class InDoubtError(EndpointError):
    """A write was sent and no answer came: it may have been carried out. Look before it is sent again."""


class SendingEndedError(EndpointError):
    """Nothing was sent: this run may not write any more. It is not the endpoint's doing."""

    exit_code = ExitCode.ERROR


class AnsweredError(EndpointError):
    """The endpoint answered a read, and the answer is of no use. `status`: what it answered."""

    def __init__(self, sentence: str, status: int) -> None:
        self.status = status
        super().__init__(sentence)


class FilterNotOfferedError(EndpointError):
    """The endpoint cannot look up by this filter, or ignores it; list instead."""
