"""An apply keeps its connections busy: near what latency alone allows, and in proportion to what there is to do."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

import pytest
from benchmarks.applying import LATENCY, Applying, create_by_applying, empty, slow_server
from organisations import user_key
from speed import allowed
from virtual_time import in_virtual_time
from workplace import Workplace

from reconciler.sandbox import SandboxStore, create_app
from reconciler.workflow.planning import Job

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

CONNECTIONS = 32
USERS = 2000
ATTEMPTS = 3
"""A machine with other work may be slow for a while; a fault of design is there in every attempt."""


class Bench:
    """Applies to one server, each time to nothing."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.folder, self.numbers = url, folder, count(1)

    def apply(self, users: int) -> Applying:
        empty(self.url)
        return create_by_applying(self.url, users, CONNECTIONS, self.folder / f"run-{next(self.numbers)}")


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with slow_server(tmp_path) as url:
        yield Bench(url, tmp_path)


def test_creating_takes_one_and_a_half_times_what_latency_alone_takes(bench: Bench) -> None:
    bound = 1.5 * USERS * LATENCY / CONNECTIONS
    found = []
    for _ in range(ATTEMPTS):
        found.append(bench.apply(USERS).spent)
        if found[-1].least <= allowed(bound):
            return
    pytest.fail(f"{bound:.2f} s are allowed: {found}")


def test_twice_as_many_take_little_more_than_twice_as_long(bench: Bench) -> None:
    found = []
    for _ in range(ATTEMPTS):
        few, many = bench.apply(USERS).spent, bench.apply(2 * USERS).spent
        found.append((few, many))
        if min(many.wall / few.wall, many.processor / few.processor) <= 2.2:
            return
    pytest.fail(f"2.2 times as long is allowed: {found}")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Applying]:
    folder = tmp_path_factory.mktemp("counted")
    with slow_server(folder) as url:
        yield Bench(url, folder).apply(USERS)


def test_an_apply_asks_for_nothing_beside_its_creates(made: Applying) -> None:
    reads = dict(made.planned["requests"])
    assert reads.pop("GET Users") == reads.pop("GET Groups") == 1
    assert set(reads.values()) == {1}, "each document of the discovery is read once"
    assert made.applied["requests"] == {**made.planned["requests"], "POST Users": USERS}


def test_every_connection_that_may_be_used_is_used_and_no_more(made: Applying) -> None:
    assert made.applied["most_under_way"] == CONNECTIONS
    assert made.applied["most_connections"] == CONNECTIONS


def test_the_journal_and_the_records_are_written_by_the_hundred(made: Applying) -> None:
    """A commit is what a disk takes longest for."""
    assert 0 < made.commits <= USERS / 50 + 20


@dataclass
class Distant(Workplace):
    """A workplace whose endpoint takes from 10 to 30 ms for each write, of a time that only waiting lets pass."""

    waited: float = 0.0
    took: float = 0.0

    def __post_init__(self) -> None:
        near, latencies = create_app(SandboxStore()), Random(5)  # noqa: S311  no secret depends on it

        async def far(scope: Any, receive: Any, send: Any) -> None:
            if scope["method"] == "POST":
                latency = latencies.uniform(LATENCY / 2, LATENCY * 3 / 2)
                self.waited += latency
                await asyncio.sleep(latency)
            await near(scope, receive, send)

        self.app = far
        super().__post_init__()

    def _run(self, step: Callable[[Job], Awaitable[Any]], *, writing: bool) -> Any:
        async def timed() -> Any:
            found = await self._inside(step, writing=writing)
            self.took = asyncio.get_running_loop().time()
            return found

        return in_virtual_time(timed())


def test_no_connection_ever_waits_for_another(tmp_path: Path) -> None:
    """However long the work at this end takes: what is measured is the waiting for the endpoint."""
    people = "users:\n" + "".join(f"  {user_key(number)}: {{title: Engineer}}\n" for number in range(CONNECTIONS * 20))
    place = Distant(tmp_path, people, concurrency=CONNECTIONS)
    planned = place.plan()
    assert place.waited == place.took == 0
    place.apply(planned)
    assert place.waited / CONNECTIONS <= place.took <= place.waited / CONNECTIONS + LATENCY * 3 / 2
