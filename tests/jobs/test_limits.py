"""A plan that would do too much: refused by plan and by apply, let through by a line that somebody reviewed."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest
from house import House, target
from places import Place
from servers.conformance import Server

PEOPLE = "users:\n" + "".join(f"  person{n:02}: {{title: Engineer}}\n" for n in range(12))
HALF = "users:\n" + "".join(f"  person{n:02}: {{title: Engineer}}\n" for n in range(6))


@pytest.fixture
def sandbox(place: Place) -> Server:
    return place.server


@pytest.fixture
def house(place: Place) -> House:
    """Twelve people, applied; then half of their lines are gone."""
    made = place.house
    made.write("targets.yaml", target(place.server))
    made.write("people.yaml", PEOPLE)
    made.apply()
    made.write("people.yaml", HALF)
    place.faults.log.clear()
    return made


def active(server: Server) -> int:
    with server.client() as client:
        rows = client.get("/Users", params={"count": 100}).json()["Resources"]
    return sum(each["active"] for each in rows)


def test_half_of_the_manifests_deleted_is_refused_and_nothing_is_sent(house: House, place: Place) -> None:
    for command in (("plan",), ("plan", "--exit-code"), ("apply", "--yes")):
        ran = house.run(*command)
        assert ran.code == 3, ran.err
        assert "disable: 6 of 12 users would be disabled or deleted; at most 5 may be" in ran.out
        assert "half: 6 of 12 users would be disabled or deleted: that is half or more" in ran.out
    assert "nothing was sent" in ran.err
    assert place.faults.writes == []
    assert active(place.server) == 12


def test_the_plan_is_saved_all_the_same_and_not_applied(house: House, sandbox: Server) -> None:
    plan = house.root / "plan.json"
    assert house.run("plan", "--out", str(plan)).code == 3
    assert plan.exists()
    ran = house.run("apply", str(plan), "--yes")
    assert (ran.code, "refused by a limit" in ran.err) == (3, True)
    assert active(sandbox) == 12


def with_line(house: House, sandbox: Server, *lines: str) -> None:
    house.write("targets.yaml", target(sandbox, *lines))


def printed_line(house: House) -> str:
    """The line of a target that a refused plan prints, its reason filled in."""
    lines = dict.fromkeys(re.findall(r"safety: \{.*\}", house.run("plan").out))
    [line] = lines
    return line.replace("reason: …", "reason: CHG-1182")


def move_day(line: str, days: int) -> str:
    """The line as it would be that many days old: its day comes earlier by them."""
    until = re.search(r"until: ([0-9-]+)", line)
    assert until is not None
    return line.replace(until[1], str(date.fromisoformat(until[1]) - timedelta(days=days)))


def test_the_line_that_the_refusal_printed_lets_it_through(house: House, sandbox: Server) -> None:
    with_line(house, sandbox, printed_line(house))
    house.apply()
    assert active(sandbox) == 6
    house.settled()


@pytest.mark.parametrize(("age", "code", "left"), [(7, 0, 6), (8, 3, 12)])
def test_the_printed_line_holds_on_its_last_day_and_not_a_day_after(
    house: House, sandbox: Server, age: int, code: int, left: int
) -> None:
    with_line(house, sandbox, move_day(printed_line(house), age))
    assert house.run("plan").code == code
    assert house.run("apply", "--yes").code == code
    assert active(sandbox) == left


def test_one_line_is_printed_for_everything_that_is_refused(house: House, sandbox: Server) -> None:
    """Nobody left, users and groups: each limit once, with the number that lets all of it through."""
    house.write("people.yaml", "users: {}")
    with_line(house, sandbox, "lifecycle: {onRemove: delete}")
    line = printed_line(house)
    assert "limits: {delete: 12, disable: 12, half: true, nobody: true}" in line
    with_line(house, sandbox, "lifecycle: {onRemove: delete}", line)
    house.apply()
    assert active(sandbox) == 0


def test_what_a_line_lets_through_already_is_in_the_next_one(house: House, sandbox: Server) -> None:
    line = printed_line(house)
    with_line(house, sandbox, line.replace(", half: true", ""))
    assert printed_line(house) == line


def test_pinned_to_its_operations_it_goes_through_for_these_and_no_others(house: House, sandbox: Server) -> None:
    document: Any = house.run("plan", "--format", "json").json
    pin = f"operations: 'sha256:{document['operationsDigest']}'"
    with_line(house, sandbox, printed_line(house).replace("reason: CHG-1182", f"reason: CHG-1182, {pin}"))
    for others in (
        HALF.replace("  person05: {title: Engineer}\n", ""),
        HALF.replace("person05", "person11"),
        HALF.replace("person00: {title: Engineer}", "person00: {title: Boss}"),
    ):
        house.write("people.yaml", others)
        assert house.run("plan").code == 3
        assert house.run("apply", "--yes").code == 3
        assert active(sandbox) == 12
    house.write("people.yaml", HALF)
    house.apply()
    assert active(sandbox) == 6
    house.settled()


def test_the_rest_is_done_where_that_is_asked_for(house: House, sandbox: Server) -> None:
    house.replace("people.yaml", "person00: {title: Engineer}", "person00: {title: Boss}")
    ran = house.run("apply", "--yes", "--allow-rest")
    assert ran.code == 3
    assert active(sandbox) == 12
    with sandbox.client() as client:
        rows = client.get("/Users", params={"count": 100}).json()["Resources"]
    assert {each["userName"]: each["title"] for each in rows}["person00"] == "Boss"
