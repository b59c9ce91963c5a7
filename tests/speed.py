"""How long something takes, judged fairly on a machine that has other work as well."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median


@dataclass
class Spent:
    """Seconds by the clock, and seconds of processor time: on a busy machine only the latter says something."""

    wall: float = 0.0
    processor: float = 0.0

    @property
    def least(self) -> float:
        return min(self.wall, self.processor)


@contextmanager
def spending() -> Iterator[Spent]:
    """What this process spends inside; filled in at the end."""
    spent, began, before = Spent(), time.perf_counter(), time.process_time()
    yield spent
    spent.wall, spent.processor = time.perf_counter() - began, time.process_time() - before


FIXED_WORK_IDLE = 0.34
"""Processor seconds of `fixed_work` on the idle machine that the bounds were set on."""


def fixed_work() -> float:
    """Processor seconds of a piece of work that never changes: how fast the machine is at this moment."""
    began = time.process_time()
    made = {str(number): (number, {"value": number}) for number in range(300_000)}
    sorted(made.values(), key=lambda each: -each[0])
    return time.process_time() - began


def allowed(seconds: float) -> float:
    """A bound, and more of it where others want the processors too: caches and clock rates suffer as well."""
    load = os.getloadavg()[0] / (os.cpu_count() or 1)
    beside_others = 1.5 if os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1") != "1" else 1.0
    return seconds * max(beside_others, load, median(fixed_work() for _ in range(3)) / FIXED_WORK_IDLE)
