from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.client.workers import in_order


class Work:
    def __init__(self, durations: list[int]) -> None:
        self.durations = durations
        self.under_way = 0
        self.most = 0
        self.begun = 0
        self.cancelled = 0

    async def __call__(self, place: int) -> Any:
        self.begun += 1
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        try:
            for _ in range(self.durations[place]):
                await asyncio.sleep(0)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        finally:
            self.under_way -= 1
        return place


@given(durations=st.lists(st.integers(0, 6), max_size=20), width=st.integers(1, 5))
def test_results_come_in_order_and_never_more_than_the_width_is_under_way(durations: list[int], width: int) -> None:
    work = Work(durations)

    async def course() -> Any:
        return [each async for each in in_order(range(len(durations)), work, width)]

    assert asyncio.run(course()) == list(range(len(durations)))
    assert work.most <= width


def test_stopping_early_cancels_what_is_under_way_and_begins_nothing_more() -> None:
    work = Work([1] + [1000] * 99)

    async def course() -> None:
        async with aclosing(in_order(range(100), work, 4)) as results:
            async for _ in results:
                break

    asyncio.run(course())
    assert (work.begun, work.under_way) == (4, 0)
    assert work.cancelled == 3


def test_a_failure_ends_the_rest() -> None:
    async def fail(place: int) -> Any:
        await asyncio.sleep(0)
        if place == 2:
            raise ValueError("two")
        return place

    async def course() -> Any:
        async with aclosing(in_order(range(100), fail, 3)) as results:
            return [each async for each in results]

    with pytest.raises(ValueError, match="two"):
        asyncio.run(course())
