"""A run may be killed at any moment: between any two statements, and whenever chance has it."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from deadly_writes import DAY, WRITES, write

from reconciler.core.resources import Kind
from reconciler.storage.state.opening import open_state

if TYPE_CHECKING:
    from reconciler.storage.state.store import SqlState

DEADLY = Path(__file__).parents[2] / "deadly_writes.py"
BATCH = 40

RECORD_FOREVER = f"""
import sys
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from reconciler.core.known import Known, Origin, Run
from reconciler.core.resources import Kind
from reconciler.storage.state.opening import open_state

print("opening", flush=True)
now = datetime.now(UTC)
state = open_state(sys.argv[1], create=True)
for generation in count(int(sys.argv[2])):
    run = Run(str(generation), "prod", now, "plan", "tool")
    state.record_run(run)
    values = {{"generation": generation}}
    rows = [
        Known(Kind.USER, f"user{{n}}", f"{{generation}}-{{n}}", Origin.CREATED, values)
        for n in range({BATCH})
    ]
    state.record("prod", rows)
    state.record_run(replace(run, ended=now))
    print(generation, flush=True)
"""  # noqa: S608  it is Python


@dataclass(frozen=True)
class Found:
    """The generations of the rows, and of the runs that have begun and ended."""

    rows: list[int]
    begun: set[int]
    ended: set[int]


def killed_after(url: str, generation: int, wait_for: int, seconds: float) -> list[str]:
    """Everything that a recording run said before it was killed."""
    command = [sys.executable, "-c", RECORD_FOREVER, url, str(generation)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        said = [child.stdout.readline() for _ in range(wait_for)]
        time.sleep(seconds)
        child.kill()
        return [line.strip() for line in said + child.stdout.read().splitlines()]


def found_in(url: str) -> Found:
    with closing(open_state(url, create=True)) as state:
        rows = [each.applied["generation"] for each in state.known("prod") if each.kind is Kind.USER]
        runs = state.runs("prod")
    ended = {int(each.id) for each in runs if each.ended is not None}
    return Found(rows, {int(each.id) for each in runs}, ended)


def test_every_batch_is_whole_and_none_that_was_confirmed_is_lost(state_url: str) -> None:
    chance = random.Random(7)  # noqa: S311  chance, not secrecy
    generation = confirmed = 0
    for _ in range(8):
        said = killed_after(state_url, generation + 1, wait_for=2, seconds=chance.uniform(0, 0.08))
        found = found_in(state_url)
        confirmed = int(said[-1])
        generation = found.rows[0]
        assert found.rows == [generation] * BATCH
        assert generation in (confirmed, confirmed + 1)
        assert confirmed in found.ended
        assert found.ended <= found.begun
        assert max(found.ended) <= generation <= max(found.begun) <= confirmed + 1


@pytest.mark.parametrize("seconds", [0.0, 0.1, 0.16])
def test_a_store_is_made_whole_or_not_at_all(state_url: str, seconds: float) -> None:
    killed_after(state_url, 1, wait_for=1, seconds=seconds)
    with closing(open_state(state_url, create=False)) as state:
        before = len(state.known("prod"))
    assert before in (0, BATCH)
    assert len(found_in(state_url).rows) == before


def killed_everywhere(*arguments: str) -> list[int]:
    """How many writes were confirmed by a run that was killed at its first statement, at its second, and so on."""
    command = [sys.executable, str(DEADLY), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=100)
    confirmed = json.loads(done.stdout)
    assert isinstance(confirmed, list)
    return confirmed


def snapshot(state: SqlState, number: int) -> Any:
    """Everything that is known of the targets of one run."""
    targets = (f"old-{number}", f"new-{number}")
    known = [state.known(each) for each in targets]
    learnt = [[(one.lesson, one.key) for one in state.learnt(each, DAY)] for each in targets]
    runs = [[(one.id, one.ended is None) for one in state.runs(each)] for each in targets]
    later = [
        (state.emergencies(each), state.selections(each), state.failures(each), state.entries(each, "noon"))
        for each in targets
    ]
    return known, learnt, runs, later, [state.fingerprint(each) for each in targets]


@pytest.mark.timeout(180)
def test_between_any_two_statements_a_write_is_whole_or_not_there(state_url: str) -> None:
    with closing(open_state(state_url, create=True)) as state:
        steps = [snapshot(state, 0)]
        for step in WRITES:
            write(state, 0, step)
            steps.append(snapshot(state, 0))
    confirmed = killed_everywhere("write", state_url)
    assert confirmed == sorted(confirmed)
    assert confirmed[-1] == len(WRITES), "the last one was not killed any more"
    assert len(confirmed) > 3 * len(WRITES), "each of several moments"
    with closing(open_state(state_url, create=True)) as state:
        for number, count in enumerate(confirmed, start=1):
            as_of_0 = json.loads(json.dumps(snapshot(state, number), default=str).replace(f"-{number}", "-0"))
            whole = [json.loads(json.dumps(each, default=str)) for each in steps[count : count + 2]]
            assert as_of_0 in whole, f"killed at moment {number}, after {count} writes"


@pytest.mark.timeout(180)
def test_between_any_two_statements_of_its_making_a_store_is_there_or_not(state_url: str) -> None:
    confirmed = killed_everywhere("open", state_url)
    assert confirmed[-1] == 1
    assert set(confirmed[:-1]) <= {0, 1}
    with closing(open_state(state_url, create=True)) as state:
        for step in WRITES:
            write(state, 0, step)
