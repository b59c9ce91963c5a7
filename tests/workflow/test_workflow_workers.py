"""A fixed number of workers on a queue of known work."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.workflow.workers import work_through


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 40), st.integers(-1, 9))
def test_everything_is_done_in_order_and_never_more_than_allowed_at_once(count: int, workers: int) -> None:
    begun: list[int] = []
    ended: list[int] = []
    most = 0

    async def do(item: int) -> None:
        nonlocal most
        begun.append(item)
        most = max(most, len(begun) - len(ended))
        for _ in range(item % 3):
            await asyncio.sleep(0)
        ended.append(item)

    asyncio.run(work_through(range(count), do, workers))
    assert begun == list(range(count))
    assert sorted(ended) == begun
    assert most <= max(1, workers)
    assert most == min(count, max(1, workers)) or workers <= 1 or count <= workers or most > 1


def test_the_first_error_ends_it_and_cancels_what_is_under_way() -> None:
    begun: list[int] = []
    cancelled: list[int] = []

    async def do(item: int) -> None:
        begun.append(item)
        if item == 2:
            raise ValueError("two")
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            cancelled.append(item)
            raise

    with pytest.raises(ValueError, match="two"):
        asyncio.run(asyncio.wait_for(work_through(range(100), do, 3), 5))
    assert begun == [0, 1, 2]
    assert cancelled == [0, 1]


def test_a_cancelled_caller_takes_its_workers_along() -> None:
    cancelled: list[int] = []

    async def do(item: int) -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            cancelled.append(item)
            raise

    with pytest.raises(TimeoutError):
        asyncio.run(asyncio.wait_for(work_through(range(9), do, 2), 0.01))
    assert cancelled == [0, 1]
