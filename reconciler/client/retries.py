"""Trying again where that cannot do harm (RFC 9110 §9.2.2, §10.2.3; RFC 6585 §4)."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from math import isfinite
from random import uniform
from typing import TYPE_CHECKING

from reconciler.client import failures
from reconciler.client.pacing import REAL_TIME, Gate, Timer
from reconciler.client.wire import ConnectionFault, Wire
from reconciler.core.requests import InDoubtError

if TYPE_CHECKING:
    from reconciler.client.requests import Call
    from reconciler.client.responses import Reply
    from reconciler.errors import EndpointError

LONGEST_WAIT = 3600.0
"""Seconds. An endpoint that asks for more is not waited for: its answer stands."""
RESETS = ("ratelimit-reset", "x-ratelimit-reset", "x-rate-limit-reset")
EARLIEST_EPOCH = 1e9
"""What is greater counts the seconds since 1970, as in Okta's `X-Rate-Limit-Reset`."""
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 20.0
# A 500 is often the server's firm opinion of one request, a web page the answer of a wrong address.
ATTEMPTS_ON_500 = 3
PATIENCE_WITH_LIMITS = 3


def retry_after(reply: Reply) -> float | None:
    """The seconds that a server asks to wait; None where it does not say.

    A date is taken relative to the server's own `Date`, so that clocks need not agree. Where a rate is limited and
    nothing else is said, the moment counts at which the limit starts anew.
    """
    text = reply.headers.get("retry-after", "").strip()
    if not text and reply.status == 429:
        text = next((reply.headers[name].strip() for name in RESETS if name in reply.headers), "")
    if not text:
        return None
    try:
        seconds = float(text)
        seconds = seconds if seconds < EARLIEST_EPOCH else seconds - _server_time(reply).timestamp()
    except ValueError:
        seconds = _seconds_until(text, reply)
    return max(seconds, 0.0) if isfinite(seconds) else None


def _seconds_until(text: str, reply: Reply) -> float:
    try:
        return (parsedate_to_datetime(text) - _server_time(reply)).total_seconds()
    except (ValueError, TypeError):
        return float("nan")


def _server_time(reply: Reply) -> datetime:
    """Raises ValueError for a date that is none."""
    date = reply.headers.get("date", "")
    return parsedate_to_datetime(date) if date else datetime.now(UTC)


def backoff(attempt: int) -> float:
    """Full jitter: anywhere between nothing and a bound that doubles with each attempt (the first is 1)."""
    bound = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** (attempt - 1))
    return uniform(0.0, bound)  # noqa: S311  it spreads load, it hides nothing


def pause_after_reply(call: Call, reply: Reply, attempt: int) -> float | None:
    """The seconds to wait before the call is sent again; None where this reply stands. `attempt`: how many ended alike.

    After 429, and 503 with Retry-After, the server says that it did nothing: any method goes again. After
    other 5xx only what may be done twice.
    """
    asked = retry_after(reply)
    troubled = reply.status in {500, 502, 503, 504} or (call.method == "GET" and is_html(reply))
    if not had_enough(reply) and not (call.repeatable and troubled):
        return None
    if attempt >= _attempts(call, reply) or (asked is not None and asked > LONGEST_WAIT):
        return None
    return backoff(attempt) if asked is None else asked


def had_enough(reply: Reply) -> bool:
    """Whether a server did nothing because it was asked too much (RFC 6585 §4, RFC 9110 §15.6.4)."""
    return reply.status == 429 or (reply.status == 503 and retry_after(reply) is not None)


def is_html(reply: Reply) -> bool:
    """Whether something on the way answered in the server's place: a portal, a proxy."""
    return reply.succeeded and reply.body.lstrip()[:1] == b"<"


def _attempts(call: Call, reply: Reply) -> int:
    if reply.status == 500 or reply.succeeded:
        return min(call.patience, ATTEMPTS_ON_500)
    # Every attempt waits its turn: only an endpoint that never lets anything through is given up.
    return call.patience * PATIENCE_WITH_LIMITS if reply.status == 429 else call.patience


def pause_after_fault(call: Call, fault: ConnectionFault, attempt: int) -> float | None:
    """The seconds to wait before the call is sent again; None where it must not or need not be."""
    if fault.final or attempt >= call.patience or (fault.sent and not call.repeatable):
        return None
    return backoff(attempt)


class _Trouble(StrEnum):
    """What attempts are counted by: who was asked to wait has not heard the server's opinion yet."""

    LIMIT = "limit"
    OPINION = "opinion"
    PASSING = "passing"


def _trouble(reply: Reply) -> _Trouble:
    if had_enough(reply):
        return _Trouble.LIMIT
    return _Trouble.OPINION if reply.status == 500 or reply.succeeded else _Trouble.PASSING


class Persistence:
    """Carries a call out, as often as is safe and useful, and each time only when its turn has come."""

    def __init__(self, wire: Wire, timer: Timer = REAL_TIME, gate: Gate | None = None) -> None:
        self._wire = wire
        self._timer = timer
        self._gate = gate

    async def carry(self, call: Call) -> Reply:
        """The last reply. Raises `EndpointError` when none came, `InDoubtError` when the write may have been
        done.
        """
        doubtful = False
        attempts: Counter[_Trouble] = Counter()
        while True:
            try:
                reply = await self._in_turn(call)
            except ConnectionFault as fault:
                doubtful = doubtful or fault.sent
                attempts[_Trouble.PASSING] += 1
                pause = pause_after_fault(call, fault, attempts[_Trouble.PASSING])
                if pause is None:
                    raise ending(call, fault, doubtful=doubtful) from None
            else:
                trouble = _trouble(reply)
                attempts[trouble] += 1
                pause = pause_after_reply(call, reply, attempts[trouble])
                if pause is None:
                    return reply
            await self._timer.sleep(pause)

    async def _in_turn(self, call: Call) -> Reply:
        gate = self._gate
        if gate is None:
            return await self._wire.carry(call)
        era = await gate.enter()
        enough = False
        try:
            reply = await self._wire.carry(call)
            enough = had_enough(reply)
        finally:
            gate.leave(era, enough=enough)
        if enough and (asked := retry_after(reply)) is not None and asked <= LONGEST_WAIT:
            gate.quiet(asked)
        return reply

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
