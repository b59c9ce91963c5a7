"""Trying again where that cannot do harm (RFC 9110 §9.2.2, §10.2.3; RFC 6585 §4)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from math import isfinite
from random import uniform
from typing import TYPE_CHECKING

from reconciler.client import failures
from reconciler.client.wire import ConnectionFault, Wire
from reconciler.core.requests import InDoubtError

if TYPE_CHECKING:
    from reconciler.client.requests import Call
    from reconciler.client.responses import Reply
    from reconciler.errors import EndpointError

Sleep = Callable[[float], Awaitable[object]]

LONGEST_WAIT = 120.0
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 20.0
# A 500 is often the server's firm opinion of one request, not a bad moment.
ATTEMPTS_ON_500 = 3


def retry_after(reply: Reply) -> float | None:
    """The seconds that a server asks to wait, at most 120; None where it does not say.

    A date is taken relative to the server's own `Date`, so that clocks need not agree.
    """
    text = reply.headers.get("retry-after", "").strip()
    if not text:
        return None
    try:
        seconds = float(text)
    except ValueError:
        seconds = _seconds_until(text, reply.headers.get("date", ""))
    return min(max(seconds, 0.0), LONGEST_WAIT) if isfinite(seconds) else None


def _seconds_until(text: str, server_date: str) -> float:
    try:
        until = parsedate_to_datetime(text)
        now = parsedate_to_datetime(server_date) if server_date else datetime.now(UTC)
        return (until - now).total_seconds()
    except (ValueError, TypeError):
        return float("nan")


def backoff(attempt: int) -> float:
    """Full jitter: anywhere between nothing and a bound that doubles with each attempt (the first is 1)."""
    bound = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** (attempt - 1))
    return uniform(0.0, bound)  # noqa: S311  it spreads load, it hides nothing


def pause_after_reply(call: Call, reply: Reply, attempt: int) -> float | None:
    """The seconds to wait before the call is sent again; None where this reply stands.

    After 429, and 503 with Retry-After, the server says that it did nothing: any method goes again. After
    other 5xx only what may be done twice.
    """
    asked = retry_after(reply)
    untouched = reply.status == 429 or (reply.status == 503 and asked is not None)
    if not untouched and not (call.repeatable and reply.status in {500, 502, 503, 504}):
        return None
    if attempt >= min(call.patience, ATTEMPTS_ON_500 if reply.status == 500 else call.patience):
        return None
    return backoff(attempt) if asked is None else asked


def pause_after_fault(call: Call, fault: ConnectionFault, attempt: int) -> float | None:
    """The seconds to wait before the call is sent again; None where it must not or need not be."""
    if fault.final or attempt >= call.patience or (fault.sent and not call.repeatable):
        return None
    return backoff(attempt)


class Persistence:
    """Carries a call out, as often as is safe and useful."""

    def __init__(self, wire: Wire, sleep: Sleep) -> None:
        self._wire = wire
        self._sleep = sleep

    async def carry(self, call: Call) -> Reply:
        """The last reply. Raises `EndpointError` when none came, `InDoubtError` when the write may have been
        done.
        """
        doubtful = False
        attempt = 1
        while True:
            try:
                reply = await self._wire.carry(call)
            except ConnectionFault as fault:
                doubtful = doubtful or fault.sent
                pause = pause_after_fault(call, fault, attempt)
                if pause is None:
                    raise ending(call, fault, doubtful=doubtful) from None
            else:
                pause = pause_after_reply(call, reply, attempt)
                if pause is None:
                    return reply
            await self._sleep(pause)
            attempt += 1

    @property
    def sent(self) -> int:
        """Requests that went out, repetitions and redirects included."""
        return self._wire.sent

    async def close(self) -> None:
        await self._wire.close()


def ending(call: Call, fault: ConnectionFault, *, doubtful: bool) -> EndpointError:
    """The error that a call ends with when no attempt brought an answer."""
    if not doubtful:
        return failures.unreachable(call.url, fault.reason)
    if call.method == "GET":
        return failures.lost(call.url, fault.reason)
    return InDoubtError(
        f"{call.method} {failures.shown(call.url)} was sent and not answered: {fault.reason} "
        "(it may or may not have been carried out)"
    )
