"""A fixed number of workers on a queue of known work: never everything at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

Item = TypeVar("Item")


async def work_through(items: Iterable[Item], do: Callable[[Item], Awaitable[None]], workers: int) -> None:
    """Calls `do` for every item with at most `workers` calls under way, begun in the order given.

    The first exception ends the work: calls under way are cancelled and it is raised.
    """
    waiting = iter(items)

    async def worker() -> None:
        for item in waiting:
            await do(item)

    tasks = [asyncio.create_task(worker()) for _ in range(max(1, workers))]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
