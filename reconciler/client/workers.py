"""Bounded concurrency."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable

Item = TypeVar("Item")
Result = TypeVar("Result")


async def in_order(
    items: Iterable[Item], work: Callable[[Item], Coroutine[Any, Any, Result]], width: int
) -> AsyncGenerator[Result, None]:
    """The results in the order of the items, with at most `width` under way and nothing read ahead of them.

    Whoever stops early must close the generator (`contextlib.aclosing`); what is under way is then cancelled.
    """
    under_way: deque[asyncio.Task[Result]] = deque()
    try:
        for item in items:
            under_way.append(asyncio.create_task(work(item)))
            if len(under_way) >= width:
                yield await under_way.popleft()
        while under_way:
            yield await under_way.popleft()
    finally:
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)
