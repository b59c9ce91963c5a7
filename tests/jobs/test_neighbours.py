"""Two targets on one endpoint, from the command line: handing over, and a target that leaves the manifests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from house import House, token_variable
from servers.conformance import Server

PEOPLE = """
    users: {{ann: {{}}, bob: {{}}, cy: {{}}}}
    scopes:
      east: {{users: {{include: [{east}]}}}}
      west: {{users: {{include: [{west}]}}}}
"""


def targets(server: Server, *names: str) -> str:
    lines = ["targets:"]
    for name in names:
        token = f"${{{token_variable(name)}}}"
        lines += [
            f"  {name}:",
            "    platform: generic",
            f"    url: {server.url}",
            f'    auth: {{bearer: "{token}"}}',
            f"    scope: {name}",
        ]
    return "\n".join([*lines, ""])


@pytest.fixture
def sandbox(sandbox_url: str) -> Server:
    return Server("sandbox", sandbox_url)


@pytest.fixture
def house(tmp_path: Path, capsys: Any, monkeypatch: Any, sandbox: Server) -> House:
    for name in ("east", "west"):
        monkeypatch.setenv(token_variable(name), sandbox.token)
    made = House(tmp_path, capsys)
    made.write("targets.yaml", targets(sandbox, "east", "west"))
    made.write("people.yaml", PEOPLE.format(east="ann, bob", west="cy"))
    made.apply("--all")
    return made


def test_whoever_moves_to_another_target_keeps_the_account(house: House, sandbox: Server) -> None:
    house.write("people.yaml", PEOPLE.format(east="bob", west="cy, ann"))
    shown = house.run("plan", "--all").out
    assert "target west desires it" in shown
    house.apply("--all")
    house.settled("--all")
    with sandbox.client() as client:
        rows = client.get("/Users", params={"count": 100}).json()["Resources"]
    assert all(each["active"] for each in rows)
    assert len(rows) == 3


def test_a_target_that_left_the_manifests_is_named_with_what_it_owns(house: House, sandbox: Server) -> None:
    house.write("targets.yaml", targets(sandbox, "west"))
    assert "no longer in the manifests" not in house.run("plan", "west").out
    for form in ("text", "markdown"):
        shown = house.run("plan", "--all", "--format", form).out
        assert "Targets that are recorded and no longer in the manifests" in shown
        assert "east: still owns 2 users and 0 groups, and nothing is done to them" in shown
        assert "`reconciler state forget --target east`" in shown
    ran = house.run("plan", "--all", "--format", "json")
    assert "east: still owns 2 users" in ran.err
    assert ran.json["operations"] == []


def test_what_it_owned_goes_to_whom_it_is_given(house: House, sandbox: Server) -> None:
    house.write("people.yaml", PEOPLE.format(east="", west="cy, ann, bob"))
    house.write("targets.yaml", targets(sandbox, "west"))
    assert "target east owns it as user:ann" in house.run("plan", "west").out
    assert house.run("state", "forget", "--target", "east", "--yes").code == 0
    house.apply("west")
    house.settled("--all")
    assert "no longer in the manifests" not in house.run("plan", "--all").out
