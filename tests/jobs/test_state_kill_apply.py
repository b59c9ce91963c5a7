"""An apply that is killed at a write to the store: the next one starts from a consistent store and does the rest."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import closing
from itertools import count
from pathlib import Path

import pytest
from commands import PATIENCE, ROOT, environment
from house import target
from places import Place

from reconciler.storage.state.opening import open_state

DEADLY_APPLY = """
import sys
from deadly_writes import die_at
from reconciler.cli.main import main

die_at(int(sys.argv[1]))
main(sys.argv[2:])
"""
STRIDE = 23
"""Every moment would take minutes; between them, all rounds go through each kind of write."""


@pytest.fixture
def place(place: Place, state_url: str) -> Place:
    place.house.state = state_url
    place.house.write("targets.yaml", target(place.server))
    return place


def people(place: Place, number: int) -> set[str]:
    """Manifests with somebody who comes, somebody who leaves and a group that changes, in each round."""
    names = ["ann", f"new{number}", f"new{number + 1}"]
    users = ", ".join(f"{name}: {{title: Number {number}}}" for name in names)
    place.house.write("people.yaml", f"users: {{{users}}}\ngroups: {{ops: {{members: [new{number + 1}]}}}}\n")
    return set(names)


def apply_and_die(place: Place, state_url: str, moment: int) -> int:
    """The exit code of an apply that is killed at a moment of its work with the store."""
    arguments = ("--manifests", str(place.house.root / "manifests"), "--state", state_url, "apply", "--yes")
    done = subprocess.run(
        [sys.executable, "-c", DEADLY_APPLY, str(moment), *arguments],
        env=environment(PYTHONPATH=os.pathsep.join([str(ROOT), str(Path(__file__).parents[1])])),
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert done.returncode in (0, -signal.SIGKILL), done.stderr
    return done.returncode


def assert_runs_are_whole(state_url: str) -> None:
    with closing(open_state(state_url, create=False)) as store:
        for run in store.runs("there"):
            assert (run.ended is None) == (run.exit is None) == (not run.counts)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_next_run_starts_from_a_consistent_store(place: Place, state_url: str) -> None:
    seen: set[str] = set()
    for number in count():
        wanted = people(place, number)
        seen |= wanted
        code = apply_and_die(place, state_url, 2 + STRIDE * number)
        assert_runs_are_whole(state_url)
        assert place.house.run("state", "list").code == 0
        place.house.apply()
        place.house.settled()
        document = place.house.run("state", "list", "--format", "json").json
        [there] = document["targets"]
        active = {each["key"] for each in there["objects"] if each["kind"] == "user" and each["goneSince"] is None}
        assert active == wanted
        assert there["owned"] == len(seen) + 1, "whoever was made is owned, once"
        if code == 0:
            break
    assert place.user_names() == seen
    assert number > 2
