"""An event loop whose time passes as soon as nobody has anything left to do."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from reconciler.client.pacing import Timer


class VirtualLoop(asyncio.SelectorEventLoop):
    """Sleeping takes no real time. For work that waits for nothing but the clock."""

    def __init__(self) -> None:
        super().__init__()
        self.moment = 0.0
        self._selector = _Leap(self._selector, self)

    def time(self) -> float:
        return self.moment


class _Leap:
    def __init__(self, selector: Any, loop: VirtualLoop) -> None:
        self._inner = selector
        self._loop = loop

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def select(self, timeout: float | None = None) -> Any:
        if timeout:
            self._loop.moment += timeout
        return self._inner.select(0 if timeout is not None else None)


def in_virtual_time(course: Coroutine[Any, Any, Any]) -> Any:
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(course)


def virtual_timer() -> Timer:
    """The timer of the loop that is running."""
    return Timer(asyncio.sleep, asyncio.get_running_loop().time)
