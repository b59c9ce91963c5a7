from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from virtual_time import in_virtual_time, virtual_timer

from reconciler.client.pacing import Budgets, Gate, Timer
from reconciler.core.events import unheard
from reconciler.core.manifests.parsing import Rate

RATES = st.builds(Rate, st.integers(1, 8), st.sampled_from([1, 60]))


@given(rates=st.lists(RATES, max_size=3), gaps=st.lists(st.floats(0, 30), max_size=60))
def test_no_stretch_of_time_sees_more_than_its_rate(rates: list[Rate], gaps: list[float]) -> None:
    budgets, now, gone = Budgets(rates), 0.0, []
    for gap in gaps:
        now += gap
        gone.append(now + budgets.reserve(now))
    for rate in rates:
        for place, first in enumerate(gone):
            assert sum(first <= each < first + rate.seconds for each in gone[place:]) <= rate.amount


@given(rates=st.lists(RATES, max_size=2), count=st.integers(1, 40))
def test_nothing_waits_longer_than_it_must(rates: list[Rate], count: int) -> None:
    budgets = Budgets(rates)
    moments = [budgets.reserve(0.0) for _ in range(count)]
    assert moments == sorted(moments)
    if not rates or all(count <= each.amount for each in rates):
        assert set(moments) == {0.0}
    if len(rates) == 1:
        stretches = (count - 1) // rates[0].amount
        assert moments[-1] == pytest.approx(stretches * rates[0].seconds, rel=0.021)


class Server:
    """Bears so many requests at a time and answers each after a second; more are refused at once."""

    def __init__(self, bears: int) -> None:
        self.bears = bears
        self.under_way = 0
        self.most = 0
        self.refusals = 0
        self.served = 0

    async def ask(self) -> bool:
        if self.under_way >= self.bears:
            await asyncio.sleep(0.01)
            self.refusals += 1
            return False
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        await asyncio.sleep(1)
        self.under_way -= 1
        self.served += 1
        return True


async def insist(gate: Gate, server: Server) -> None:
    while True:
        era = await gate.enter()
        served = await server.ask()
        gate.leave(era, enough=not served)
        if served:
            return
        await asyncio.sleep(0.5)


@given(ceiling=st.integers(1, 12), bears=st.integers(1, 12), count=st.integers(0, 60))
def test_everybody_is_served_and_never_more_than_the_ceiling_at_a_time(ceiling: int, bears: int, count: int) -> None:
    server = Server(bears)

    async def course() -> Gate:
        gate = Gate(ceiling, timer=virtual_timer())
        await asyncio.gather(*(insist(gate, server) for _ in range(count)))
        return gate

    gate = in_virtual_time(course())
    assert server.served == count
    assert server.most <= ceiling
    assert 1 <= gate.limit <= ceiling
    if bears >= ceiling:
        assert server.refusals == 0


def test_an_endpoint_that_bears_less_is_not_kept_being_asked_for_more() -> None:
    server = Server(4)

    async def course() -> float:
        gate = Gate(32, timer=virtual_timer())
        await asyncio.gather(*(insist(gate, server) for _ in range(400)))
        return asyncio.get_running_loop().time()

    took = in_virtual_time(course())
    assert server.served == 400
    # 28 at the very first, then about one each time the number was raised once too often.
    assert server.refusals < 130
    assert took < 1.7 * 400 / 4


def test_requests_that_were_under_way_together_count_once() -> None:
    gate = Gate(10)
    eras = asyncio.run(_enter(gate, 10))
    for era in eras:
        gate.leave(era, enough=True)
    assert gate.limit == 7


def test_the_number_grows_back_one_by_one_up_to_the_ceiling() -> None:
    gate = Gate(4)

    async def course() -> list[int]:
        gate.leave(await gate.enter(), enough=True)
        seen = []
        for _ in range(12):
            gate.leave(await gate.enter(), enough=False)
            seen.append(gate.limit)
        return seen

    assert asyncio.run(course()) == [2, 3, 3, 3, 4, 4, 4, 4, 4, 4, 4, 4]


async def _enter(gate: Gate, count: int) -> list[int]:
    return [await gate.enter() for _ in range(count)]


def test_while_an_endpoint_asks_for_quiet_nothing_goes_and_it_is_said() -> None:
    said: list[str] = []

    async def course() -> list[float]:
        gate, clock = Gate(8, timer=virtual_timer(), say=said.append), asyncio.get_running_loop().time
        gone = []

        async def go() -> None:
            era = await gate.enter()
            gone.append(clock())
            gate.leave(era, enough=False)

        gate.quiet(30)
        going = asyncio.gather(*(go() for _ in range(5)))
        await asyncio.sleep(10)
        gate.quiet(60)
        await going
        return gone

    assert in_virtual_time(course()) == [70.0] * 5
    assert said == ["the endpoint asks to wait 30 seconds", "the endpoint asks to wait 60 seconds"]


def test_a_wait_for_the_pace_is_said_where_it_is_long() -> None:
    said: list[str] = []

    async def course() -> None:
        gate = Gate(8, [Rate(1, 60)], virtual_timer(), said.append)
        for _ in range(2):
            gate.leave(await gate.enter(), enough=False)

    in_virtual_time(course())
    assert said == ["waiting 61 seconds: the target's pace allows no request before"]


@given(abandoned=st.sets(st.integers(0, 9)), at=st.floats(0, 12))
def test_whoever_gives_up_waiting_leaves_the_place_to_others(abandoned: set[int], at: float) -> None:
    done: list[Any] = []

    async def go(gate: Gate, number: int) -> None:
        era = await gate.enter()
        try:
            await asyncio.sleep(1)
            done.append(number)
        finally:
            gate.leave(era, enough=False)

    async def course() -> None:
        gate = Gate(1, timer=virtual_timer())
        tasks = [asyncio.create_task(go(gate, number)) for number in range(10)]
        await asyncio.sleep(at)
        for number in abandoned:
            tasks[number].cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.wait_for(go(gate, 10), 5)

    in_virtual_time(course())
    assert set(range(11)) - abandoned <= set(done)


def test_by_default_nobody_hears_of_waiting() -> None:
    assert unheard("waiting") is None
    assert Timer().monotonic() > 0
