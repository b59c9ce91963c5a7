"""Prints what requests and applies cost, beside other clients: `PYTHONPATH=tests python -m benchmarks`.

Numbers of one machine at one time; compare them within one run. The server is a process of its own on the same machine.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from itertools import count
from pathlib import Path
from statistics import median
from typing import NamedTuple

from benchmarks.applying import LATENCY, create_by_applying, empty, slow_server
from benchmarks.clients import CLIENTS, Client, Opening, over_httpx, over_httpx_aiohttp, raw_streams
from speed import Spent, spending

from reconciler.cli.wiring import tune_collector

AT_ONCE = (1, 8, 32, 64)
AT_ONCE_FROM_AFAR = (16, 32, 64)
USERS_IN_PAGES = 1000

Course = Callable[[Client, int], Awaitable[int]]


class Sizes(NamedTuple):
    pages: int
    creates: int
    users: Sequence[int]
    repeats: int


def parse_sizes(arguments: Sequence[str]) -> Sizes:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="What requests and applies cost.")
    parser.add_argument(
        "--pages", type=int, default=200, help="pages that each client reads at least (default %(default)s)"
    )
    parser.add_argument("--creates", type=int, default=2000, help="users that each client makes (default %(default)s)")
    parser.add_argument(
        "--users", type=int, nargs="+", default=[2000, 4000], help="users made with a latency (default 2000 4000)"
    )
    parser.add_argument("--repeats", type=int, default=3, help="medians are of so many (default %(default)s)")
    return Sizes(**vars(parser.parse_args(arguments)))


def say(text: str = "", end: str = "\n") -> None:
    print(text, end=end, flush=True)  # noqa: T201  this is a command


def say_row(name: str, cells: Sequence[str]) -> None:
    say(f"{name:28}" + "".join(f"{each:>18}" for each in cells))


def middle(measured: Sequence[Spent]) -> Spent:
    return Spent(median(each.wall for each in measured), median(each.processor for each in measured))


async def read(client: Client, number: int) -> int:
    return await client.read(number)


async def create(client: Client, number: int) -> int:
    return await client.create(number)


async def measure(opening: Opening, url: str, connections: int, course: Course, number: int) -> Spent:
    """What each request of a course takes, its connections opened before."""
    async with opening(url, connections) as client:
        await course(client, connections)
        with spending() as spent:
            requests = await course(client, number)
    return each_of(spent, requests)


def each_of(spent: Spent, requests: int) -> Spent:
    return Spent(spent.wall / requests, spent.processor / requests)


async def fill(url: str) -> None:
    empty(url)
    async with raw_streams(url, 8) as client:
        await client.create(USERS_IN_PAGES)


def compare_requests(url: str, sizes: Sizes) -> None:
    courses: dict[str, tuple[Course, int]] = {
        "GET of a page of 100 users": (read, sizes.pages),
        "POST of a user of 1 KB": (create, sizes.creates),
    }
    for title, (course, number) in courses.items():
        say(f"\n{title}: requests a second (microseconds of the client's processor time for each)")
        say_row("connections", [str(each) for each in AT_ONCE])
        for name, opening in CLIENTS.items():
            cells = []
            for connections in AT_ONCE:
                measured = []
                for _ in range(sizes.repeats):
                    asyncio.run(fill(url))
                    measured.append(asyncio.run(measure(opening, url, connections, course, number)))
                spent = middle(measured)
                cells.append(f"{1 / spent.wall:,.0f} ({spent.processor * 1e6:,.0f})")
            say_row(name, cells)


def compare_applies(url: str, sizes: Sizes, folder: Path) -> None:
    """What only sends, beside a whole apply: it also keeps a journal and checks and records what came back."""
    numbers = count(1)

    def sent(opening: Opening) -> Callable[[int, int], Spent]:
        return lambda users, connections: asyncio.run(measure(opening, url, connections, create, users))

    def applied(users: int, connections: int) -> Spent:
        return each_of(create_by_applying(url, users, connections, folder / f"run-{next(numbers)}").spent, users)

    ways = {
        "httpx, one pool": sent(over_httpx),
        "httpx over httpx-aiohttp": sent(over_httpx_aiohttp),
        "reconciler, a whole apply": applied,
    }
    say(f"\nCreates that take {LATENCY * 1000:.0f} ms each: times as long as users x latency / connections")
    headings = [(users, connections) for users in sizes.users for connections in AT_ONCE_FROM_AFAR]
    say_row("users / connections", [f"{users} / {connections}" for users, connections in headings])
    for name, way in ways.items():
        cells = []
        for users, connections in headings:
            measured = []
            for _ in range(sizes.repeats):
                empty(url)
                measured.append(way(users, connections).wall)
            cells.append(f"{median(measured) * connections / LATENCY:.2f}")
        say_row(name, cells)


def main(arguments: Sequence[str]) -> None:
    sizes = parse_sizes(arguments)
    tune_collector()
    load = os.getloadavg()[0]
    say(f"{os.cpu_count()} processors, load {load:.1f}, medians of {sizes.repeats}")
    with tempfile.TemporaryDirectory() as folder:
        with slow_server(Path(folder), 0) as url:
            compare_requests(url, sizes)
        with slow_server(Path(folder)) as url:
            compare_applies(url, sizes, Path(folder))


if __name__ == "__main__":
    main(sys.argv[1:])
