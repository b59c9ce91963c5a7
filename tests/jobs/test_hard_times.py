"""An endpoint that throttles, loses answers, and stands behind a proxy with pages of its own, all at once."""

from __future__ import annotations

import json
import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from commands import piped, wait_until
from house import UNLIMITED, House, target
from places import Place
from servers.bulk import shut_bulk
from servers.conformance import TOKEN, Server
from servers.faults import On, answer, answer_html, at_most, drop_after, every, slow_down
from servers.faulty import FaultyServer, Reply, Request
from servers.relay import Relay

from reconciler.sandbox import running_sandbox

PEOPLE = 24
SERVERS = ("scim2-server", "scimmy")


@pytest.fixture(params=SERVERS)
def line(
    request: pytest.FixtureRequest, tmp_path: Path, capsys: Any, monkeypatch: Any
) -> Iterator[tuple[Place, Server]]:
    """A place whose endpoint is a relay to a real server, and that server."""
    server: Server = request.getfixturevalue(f"{request.param.replace('-', '_')}_running")
    server.reset()
    there = Relay(server)
    relay = FaultyServer(there, there.base_path)
    with running_sandbox(relay) as url:
        monkeypatch.setenv("TOKEN_THERE", TOKEN)
        place = Place(House(tmp_path, capsys), relay, Server("relay", url))
        place.house.write("targets.yaml", target(place.server, UNLIMITED))
        yield place, server


def live(server: Server) -> tuple[dict[str, dict[str, Any]], dict[str, set[str]]]:
    """Users by userName, and who is in each group; nobody is there twice."""
    with server.client() as client:
        users = client.get("/Users", params={"count": 1000}).json()["Resources"]
        rows = client.get("/Groups", params={"count": 1000}).json()["Resources"]
        groups = [client.get(f"/Groups/{each['id']}").json() for each in rows]
    assert set(Counter(each["userName"] for each in users).values()) == {1}
    assert set(Counter(each["displayName"] for each in groups).values()) == {1}
    names = {each["id"]: each["userName"] for each in users}
    members = {
        each["displayName"]: {names.get(one["value"], one["value"]) for one in each.get("members") or ()}
        for each in groups
    }
    return {each["userName"]: each for each in users}, members


def trouble(server: FaultyServer, page: int, pause: dict[str, str]) -> None:
    """Every 5th request is too much, the answer to every 7th is lost, and a proxy answers every 9th."""
    server.inject(On(), every(5, answer(429, "slow down", **pause)))
    server.inject(On(), every(7, drop_after()))
    server.inject(On(), every(9, answer_html(page)))


def people(count: int, title: str, *more: str) -> str:
    users = "".join(f"  u{number:02}: {{title: {title}}}\n" for number in range(count))
    return f"users:\n{users}" + "".join(f"  {each}\n" for each in more)


def groups(**members: list[str]) -> str:
    return f"groups: {json.dumps({name: {'members': each} for name, each in members.items()})}\n"


@pytest.mark.slow
@pytest.mark.servers
@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("page", "pause", "bulk"),
    [(200, {"retry_after": "0"}, False), (502, {}, True)],
    ids=["pages as a success, singles", "pages as a 502, bulk"],
)
def test_an_apply_through_all_of_it_ends_well_and_once(
    line: tuple[Place, Server], page: int, pause: dict[str, str], bulk: bool
) -> None:
    place, server = line
    if not bulk:
        shut_bulk(place.faults)
    trouble(place.faults, page, pause)
    place.house.write("people.yaml", people(PEOPLE, "Engineer"))
    place.house.write("groups.yaml", groups(ops=["u00", "u01"], all=[f"u{each:02}" for each in range(PEOPLE)]))
    ends_well(place)
    users, members = live(server)
    assert set(users) == {f"u{each:02}" for each in range(PEOPLE)}
    assert {each["title"] for each in users.values()} == {"Engineer"}
    assert (members["ops"], len(members["all"])) == ({"u00", "u01"}, PEOPLE)
    place.house.write("people.yaml", people(PEOPLE - 4, "Chief", "u20: {state: absent}", "u21: {state: disabled}"))
    place.house.write("groups.yaml", groups(ops=["u01", "u02"], new=["u03"]))
    ends_well(place)
    users, members = live(server)
    assert set(users) == {f"u{each:02}" for each in range(PEOPLE)} - {"u20"}
    assert {name for name, each in users.items() if not each["active"]} == {"u21", "u22", "u23"}
    assert {users[f"u{each:02}"]["title"] for each in range(PEOPLE - 4)} == {"Chief"}
    assert (members["ops"], members["new"]) == ({"u01", "u02"}, {"u03"})


def ends_well(place: Place) -> None:
    """The apply, and whoever looks afterwards, through the same troubles."""
    ran = place.house.run("apply", "--yes")
    assert ran.code == 0, ran.out + ran.err
    place.house.settled()
    drift = place.house.run("drift")
    assert drift.code == 0, drift.out + drift.err


def disables(request: Request) -> list[bool]:
    """Whether each write in a request ends somebody's access, in its order."""
    if request.path == "/Bulk":
        return [is_disable(each["method"], each.get("data")) for each in request.operations]
    return [is_disable(request.method, request.body)]


def is_disable(method: str, body: Any) -> bool:
    return method in ("PATCH", "PUT") and "false" in json.dumps(body)


def carried_out(log: list[tuple[Request, Reply | None]]) -> list[bool]:
    done = [request for request, reply in log if request.method != "GET" and reply is not None and reply.status < 300]
    return [each for request in done for each in disables(request)]


@pytest.mark.slow
@pytest.mark.parametrize("bulk", [False, True], ids=["singles", "bulk"])
@pytest.mark.parametrize("pace", ["", "pace: {rate: 10/s}"], ids=["throttled there", "paced here"])
def test_a_disable_among_two_thousand_creates_comes_first(place: Place, pace: str, bulk: bool) -> None:
    place.house.write("targets.yaml", target(place.server, *([pace] if pace else [])))
    place.house.write("people.yaml", "users:\n  zoe: {}\n")
    place.house.apply()
    place.house.write("people.yaml", people(2000, "Engineer", "zoe: {state: disabled}"))
    place.faults.log.clear()
    place.faults.inject(On(), slow_down(0.02))
    place.faults.inject(On(), at_most(10))
    if not bulk:
        shut_bulk(place.faults)
    with piped("apply", "--yes", cwd=place.house.root) as process:
        wait_until(lambda: len(carried_out(place.faults.log)) >= 10)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
    assert process.returncode == 130
    assert True in carried_out(place.faults.log)[:3]
    with place.server.client() as client:
        [zoe] = client.get("/Users", params={"filter": 'userName eq "zoe"'}).json()["Resources"]
    assert zoe["active"] is False
