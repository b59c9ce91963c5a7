"""How fast requests may go: so many in any stretch of time, and never more than an endpoint bears at once."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.core.events import Say, unheard

if TYPE_CHECKING:
    from reconciler.core.manifests.parsing import Rate

Sleep = Callable[[float], Awaitable[object]]

MARGIN = 0.02
"""Part of a stretch that is waited longer: what leaves evenly does not arrive so."""

MOST_MARGIN = 1.0
"""Seconds."""

SLOWER = 0.7
"""What the number of requests at a time is multiplied by when the endpoint has had enough."""

WORTH_SAYING = 5.0
"""Seconds of waiting from which somebody may wonder."""


@dataclass(frozen=True, slots=True)
class Timer:
    """The passing of time. `monotonic` gives seconds and never goes back."""

    sleep: Sleep = asyncio.sleep
    monotonic: Callable[[], float] = time.monotonic


REAL_TIME = Timer()


class Window:
    """At most `amount` requests in any `seconds` seconds, whenever these begin.

    A bucket that fills steadily would let through twice as many in its first stretch, which an endpoint that counts
    by the hour refuses.
    """

    def __init__(self, rate: Rate) -> None:
        self._amount = rate.amount
        self._seconds = rate.seconds + min(MOST_MARGIN, rate.seconds * MARGIN)
        self._taken: deque[float] = deque()

    def next_place(self, now: float) -> float:
        """The earliest moment, not before `now`, at which one more request may go."""
        if len(self._taken) < self._amount:
            return now
        return max(now, self._taken[-self._amount] + self._seconds)

    def take(self, moment: float) -> None:
        """Uses up one place at a moment that `next_place` named."""
        self._taken.append(moment)
        if len(self._taken) > self._amount:
            self._taken.popleft()


class Budgets:
    """Several windows at once: all of them have room, or nothing goes."""

    def __init__(self, rates: Iterable[Rate]) -> None:
        self._windows = [Window(each) for each in rates]

    def reserve(self, now: float) -> float:
        """Takes the next place and gives the seconds until it comes."""
        moment = now
        for each in self._windows:
            moment = each.next_place(moment)
        for each in self._windows:
            each.take(moment)
        return moment - now


class Gate:
    """Lets requests through: at most `ceiling` at a time, fewer after the endpoint had enough, none while it asks for
    quiet.

    The number grows by one after as many good answers as it is, and shrinks by a factor: additive increase,
    multiplicative decrease. Requests that were under way together count as one sign of having had enough.
    """

    def __init__(self, ceiling: int, rates: Iterable[Rate] = (), timer: Timer = REAL_TIME, say: Say = unheard) -> None:
        self.limit = ceiling = max(1, ceiling)
        self._ceiling = ceiling
        self._budgets = Budgets(rates)
        self._timer = timer
        self._say = say
        self._running = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._era = 0
        self._good = 0
        self._quiet_until = 0.0

    async def enter(self) -> int:
        """Waits until one more request may go; `leave` wants the number that this gives."""
        await self._queue()
        try:
            await self._wait(self._budgets.reserve(self._timer.monotonic()))
            slept_for = None
            while self._quiet_until != slept_for and self._quiet_until > self._timer.monotonic():
                slept_for = self._quiet_until
                await self._timer.sleep(slept_for - self._timer.monotonic())
        except BaseException:
            self._let_go()
            raise
        return self._era

    def leave(self, era: int, *, enough: bool) -> None:
        """A request that entered in an era has ended. `enough`: the endpoint said that it was one too many."""
        if enough and era == self._era:
            self.limit = max(1, int(self.limit * SLOWER))
            self._era += 1
            self._good = 0
        elif not enough:
            self._good += 1
            if self._good >= self.limit:
                self.limit = min(self._ceiling, self.limit + 1)
                self._good = 0
        self._let_go()

    def quiet(self, seconds: float) -> None:
        """Nothing goes for so many seconds."""
        until = self._timer.monotonic() + seconds
        if until <= self._quiet_until:
            return
        self._quiet_until = until
        if seconds >= WORTH_SAYING:
            self._say(f"the endpoint asks to wait {seconds:,.0f} seconds")

    async def _wait(self, seconds: float) -> None:
        if seconds <= 0:
            return
        if seconds >= WORTH_SAYING:
            self._say(f"waiting {seconds:,.0f} seconds: the target's pace allows no request before")
        await self._timer.sleep(seconds)

    async def _queue(self) -> None:
        """First come, first served."""
        if self._running < self.limit and not self._waiting:
            self._running += 1
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._let_go()
            raise

    def _let_go(self) -> None:
        self._running -= 1
        while self._waiting and self._running < self.limit:
            turn = self._waiting.popleft()
            if not turn.done():
                self._running += 1
                turn.set_result(None)
