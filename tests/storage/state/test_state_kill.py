"""A run may be killed at any moment."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from reconciler.core.resources import Kind
from reconciler.storage.state.opening import open_state

if TYPE_CHECKING:
    from pathlib import Path

BATCH = 40

RECORD_FOREVER = f"""
import sys
from itertools import count
from reconciler.core.known import Known, Origin
from reconciler.core.resources import Kind
from reconciler.storage.state import store
from reconciler.storage.state.opening import open_state

print("opening", flush=True)
state = open_state(sys.argv[1], create=True)
for generation in count(int(sys.argv[2])):
    values = {{"generation": generation}}
    rows = [
        Known(Kind.USER, f"user{{n}}", f"{{generation}}-{{n}}", Origin.CREATED, values)
        for n in range({BATCH})
    ]
    state.record("prod", rows)
    print(generation, flush=True)
"""


def killed_after(url: str, generation: int, wait_for: int, seconds: float) -> list[str]:
    """Everything that a recording run said before it was killed."""
    command = [sys.executable, "-c", RECORD_FOREVER, url, str(generation)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        said = [child.stdout.readline() for _ in range(wait_for)]
        time.sleep(seconds)
        child.kill()
        return [line.strip() for line in said + child.stdout.read().splitlines()]


def generations(url: str) -> list[int]:
    with closing(open_state(url, create=True)) as state:
        return [each.applied["generation"] for each in state.known("prod") if each.kind is Kind.USER]


def test_every_batch_is_whole_and_none_that_was_confirmed_is_lost(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'state.db'}"
    chance = random.Random(7)  # noqa: S311  chance, not secrecy
    generation = 0
    for _ in range(10):
        said = killed_after(url, generation + 1, wait_for=2, seconds=chance.uniform(0, 0.08))
        found = generations(url)
        assert len(found) == BATCH
        assert len(set(found)) == 1
        assert found[0] in (int(said[-1]), int(said[-1]) + 1)
        generation = found[0]


@pytest.mark.parametrize("seconds", [0.0, 0.05, 0.1, 0.13, 0.16])
def test_a_store_is_made_whole_or_not_at_all(tmp_path: Path, seconds: float) -> None:
    url = f"sqlite:///{tmp_path / 'state.db'}"
    killed_after(url, 1, wait_for=1, seconds=seconds)
    with closing(open_state(url, create=False)) as state:
        before = len(state.known("prod"))
    assert before in (0, BATCH)
    assert len(generations(url)) == before
