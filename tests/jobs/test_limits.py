"""A plan that would do too much: refused by plan and by apply, let through by a line that somebody reviewed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from house import House, target
from servers.conformance import Server

PEOPLE = "users:\n" + "".join(f"  person{n:02}: {{title: Engineer}}\n" for n in range(12))
HALF = "users:\n" + "".join(f"  person{n:02}: {{title: Engineer}}\n" for n in range(6))


@pytest.fixture
def sandbox(sandbox_url: str) -> Server:
    return Server("sandbox", sandbox_url)


@pytest.fixture
def house(tmp_path: Path, capsys: Any, monkeypatch: Any, sandbox: Server) -> House:
    """Twelve people, applied; then half of their lines are gone."""
    monkeypatch.setenv("TOKEN_THERE", sandbox.token)
    made = House(tmp_path, capsys)
    made.write("targets.yaml", target(sandbox))
    made.write("people.yaml", PEOPLE)
    made.apply()
    made.write("people.yaml", HALF)
    return made


def active(server: Server) -> int:
    with server.client() as client:
        rows = client.get("/Users", params={"count": 100}).json()["Resources"]
    return sum(each["active"] for each in rows)


def test_half_of_the_manifests_deleted_is_refused_and_nothing_is_sent(house: House, sandbox: Server) -> None:
    for command in (("plan",), ("plan", "--exit-code"), ("apply", "--yes")):
        ran = house.run(*command)
        assert ran.code == 3, ran.err
        assert "disable: 6 of 12 users would be disabled or deleted; at most 5 may be" in ran.out
        assert "half: 6 of 12 users would be disabled or deleted: that is half or more" in ran.out
    assert "nothing was sent" in ran.err
    assert active(sandbox) == 12


def test_the_plan_is_saved_all_the_same_and_not_applied(house: House, sandbox: Server) -> None:
    plan = house.root / "plan.json"
    assert house.run("plan", "--out", str(plan)).code == 3
    assert plan.exists()
    ran = house.run("apply", str(plan), "--yes")
    assert (ran.code, "refused by a limit" in ran.err) == (3, True)
    assert active(sandbox) == 12


def with_line(house: House, sandbox: Server, *lines: str) -> None:
    house.write("targets.yaml", target(sandbox, *lines))


def test_the_lines_that_the_refusal_printed_let_it_through(house: House, sandbox: Server) -> None:
    printed = house.run("plan").out
    limits = re.findall(r"limits: \{([^}]+)\}", printed)
    until = re.search(r"until: ([0-9-]+)", printed)
    assert until is not None
    with_line(house, sandbox, f"safety: {{allow: {{limits: {{{', '.join(limits)}}}, until: {until[1]}}}}}")
    house.apply()
    assert active(sandbox) == 6
    house.settled()


def test_a_day_that_has_passed_lets_nothing_through(house: House, sandbox: Server) -> None:
    with_line(house, sandbox, "safety: {allow: {limits: {disable: 6, half: true}, until: 2026-01-01}}")
    assert house.run("apply", "--yes").code == 3


def test_pinned_to_its_operations_it_goes_through_for_these_and_no_others(house: House, sandbox: Server) -> None:
    document: Any = house.run("plan", "--format", "json").json
    pin = f"operations: 'sha256:{document['operationsDigest']}'"
    with_line(house, sandbox, f"safety: {{allow: {{limits: {{disable: 9, half: true}}, until: 2999-12-31, {pin}}}}}")
    house.replace("people.yaml", "  person05: {title: Engineer}\n", "")
    assert house.run("apply", "--yes").code == 3
    assert active(sandbox) == 12
    house.write("people.yaml", HALF)
    house.apply()
    assert active(sandbox) == 6


def test_the_rest_is_done_where_that_is_asked_for(house: House, sandbox: Server) -> None:
    house.replace("people.yaml", "person00: {title: Engineer}", "person00: {title: Boss}")
    ran = house.run("apply", "--yes", "--allow-rest")
    assert ran.code == 3
    assert active(sandbox) == 12
    with sandbox.client() as client:
        rows = client.get("/Users", params={"count": 100}).json()["Resources"]
    assert {each["userName"]: each["title"] for each in rows}["person00"] == "Boss"
