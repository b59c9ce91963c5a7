"""Applies that are killed in the middle of their requests: running again finishes them, and nothing is sent twice."""

from __future__ import annotations

import asyncio
import random
import signal
import subprocess
import sys
import time
from collections import Counter

import pytest
from commands import PATIENCE, environment, wait_until
from house import target
from places import Place
from servers.bulk import shut_bulk
from servers.faults import On, slow_down
from servers.faulty import Forward, Reply, Request

USERS = 200
GROUPS = 4


@pytest.fixture
def crowd(place: Place) -> Place:
    """Manifests with many users in a few groups, and a server that takes its time."""
    users = "".join(f"  u{number:03}: {{title: T{number}}}\n" for number in range(USERS))
    groups = "".join(
        f"  g{group}: {{members: [{', '.join(f'u{number:03}' for number in range(group, USERS, GROUPS))}]}}\n"
        for group in range(GROUPS)
    )
    place.house.write("targets.yaml", target(place.server, "pace: {concurrency: 8}"))
    place.house.write("people.yaml", f"users:\n{users}groups:\n{groups}")
    place.faults.inject(On("POST"), slow_down(0.02))
    return place


def apply_and_die(place: Place, posts: int, settle: float = 0.0) -> bool:
    """Kills an apply `settle` seconds after so many more POSTs have arrived; False where it ended before."""
    before = len(place.faults.requests_of("POST"))
    manifests = str(place.house.root / "manifests")
    process = subprocess.Popen(
        [sys.executable, "-m", "reconciler", "--manifests", manifests, "apply", "--yes"],
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    with process:
        wait_until(
            lambda: len(place.faults.requests_of("POST")) >= before + posts or process.poll() is not None,
            lambda: "the apply sent too little",
        )
        time.sleep(settle)
        process.send_signal(signal.SIGKILL)
        return process.wait(PATIENCE) == -signal.SIGKILL


def created(place: Place) -> Counter[str]:
    """How often each name was sent in a POST that the server carried out."""
    done = [
        request for request, reply in place.faults.log if request.method == "POST" and (reply is None or reply.rows)
    ]
    return Counter(each.body.get("userName") or each.body.get("displayName") for each in done)


@pytest.fixture
def singly(crowd: Place) -> Place:
    """The same where every write comes alone."""
    shut_bulk(crowd.faults)
    return crowd


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_running_again_finishes_what_was_killed_at_several_moments(singly: Place) -> None:
    crowd = singly
    chance = random.Random(5)  # noqa: S311  the same moments in every run
    deaths = sum(apply_and_die(crowd, chance.randint(10, 60)) for _ in range(4))
    time.sleep(0.2)  # what was under way arrives
    assert deaths >= 2
    ran = crowd.house.run("plan")
    assert "was interrupted" in ran.out
    crowd.house.apply()
    crowd.house.settled()
    assert crowd.user_names() == {f"u{number:03}" for number in range(USERS)}
    assert set(created(crowd).values()) == {1}
    refused = [request.body for request, reply in crowd.faults.log if reply is not None and reply.status == 409]
    assert refused == []
    with crowd.server.client() as client:
        groups = client.get("/Groups", params={"count": 100}).json()["Resources"]
    assert {each["displayName"]: len(each["members"]) for each in groups} == {
        f"g{number}": USERS // GROUPS for number in range(GROUPS)
    }
    listed = crowd.house.run("state", "list", "--format", "json").json
    assert listed["targets"][0]["owned"] == USERS + GROUPS


def test_what_was_forgotten_after_a_kill_is_not_taken_back(singly: Place) -> None:
    crowd = singly
    assert apply_and_die(crowd, 40)
    assert "was interrupted" in crowd.house.run("plan").out
    assert crowd.house.run("state", "forget", "--target", "there", "--yes").code == 0
    assert "was interrupted" not in crowd.house.run("plan").out


@pytest.mark.parametrize("after", [False, True], ids=["before it is carried out", "after it was"])
def test_a_run_that_is_killed_in_a_bulk_request_is_finished_too(crowd: Place, after: bool) -> None:
    async def linger(request: Request, forward: Forward) -> Reply:
        reply = await forward(request) if after else None
        await asyncio.sleep(1.5)
        return reply or Reply(503, None)

    crowd.faults.inject(On("POST", "/Bulk", times=1), linger)
    assert apply_and_die(crowd, 1, settle=0.5)
    time.sleep(1.5)
    assert "was interrupted" in crowd.house.run("plan").out
    crowd.house.apply()
    crowd.house.settled()
    assert crowd.user_names() == {f"u{number:03}" for number in range(USERS)}
    listed = crowd.house.run("state", "list", "--format", "json").json
    assert listed["targets"][0]["owned"] == USERS + GROUPS
