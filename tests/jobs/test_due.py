"""`apply --due`: a job that runs every day does what a reached date causes, and leaves the rest to be reviewed.

The day passes by a change of time zone: between the two that are used here it is always another day.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from house import House, target
from servers.conformance import Server

WEST, EAST = "Etc/GMT+12", "Etc/GMT-14"


@pytest.fixture
def sandbox(sandbox_url: str) -> Server:
    return Server("sandbox", sandbox_url)


@pytest.fixture
def house(tmp_path: Path, capsys: Any, monkeypatch: Any, sandbox: Server) -> House:
    """Applied in the west; there Ann's last day is today, and Zoe's first is tomorrow."""
    monkeypatch.setenv("TOKEN_THERE", sandbox.token)
    today = (datetime.now(UTC) - timedelta(hours=12)).date()
    tomorrow = today + timedelta(days=1)
    made = House(tmp_path, capsys)
    made.write("targets.yaml", target(sandbox))
    made.write("settings.yaml", f"settings: {{timezone: {WEST}}}\n")
    made.write(
        "people.yaml",
        f"""
        users:
          ann: {{title: Engineer, until: {today}}}
          bob: {{title: Engineer}}
          cy: {{title: Engineer}}
          dee: {{title: Engineer}}
          zoe: {{title: Engineer, from: {tomorrow}}}
        groups:
          ops: {{members: [bob, {{user: cy, until: {today}}}, {{user: dee, from: {tomorrow}}}, zoe]}}
        """,
    )
    made.apply()
    return made


def a_day_later(house: House) -> None:
    house.replace("settings.yaml", WEST, EAST)


def there(server: Server) -> tuple[dict[str, bool], dict[str, str], set[str]]:
    """Who is active, everybody's title, and who is in the group."""
    with server.client() as client:
        rows = client.get("/Users", params={"count": 100}).json()["Resources"]
        [ops] = client.get("/Groups").json()["Resources"]
    names = {each["id"]: each["userName"] for each in rows}
    members = {names[each["value"]] for each in ops.get("members", [])}
    return {n["userName"]: n["active"] for n in rows}, {n["userName"]: n["title"] for n in rows}, members


def test_only_what_the_date_causes_is_done(house: House, sandbox: Server) -> None:
    house.replace("people.yaml", "bob: {title: Engineer}", "bob: {title: Manager}")
    a_day_later(house)
    ran = house.run("apply", "--due", "--yes")
    assert ran.code == 0, ran.err
    assert "selected: --due" in ran.out
    assert "user bob  would update: left out by --only, --exclude or --due" in ran.out
    active, titles, members = there(sandbox)
    assert active == {"ann": False, "bob": True, "cy": True, "dee": True, "zoe": True}
    assert titles["bob"] == "Engineer"
    assert members == {"bob", "dee", "zoe"}
    assert house.run("apply", "--due", "--yes").code == 0
    assert [each["key"] for each in house.plan()["operations"]] == ["bob"]
    house.apply()
    house.settled()


def test_before_the_day_nothing_is_due(house: House, sandbox: Server) -> None:
    house.replace("people.yaml", "bob: {title: Engineer}", "bob: {title: Manager}")
    before = there(sandbox)
    ran = house.run("apply", "--due", "--yes", "--format", "json")
    assert (ran.code, ran.json["outcomes"]) == (0, [])
    assert there(sandbox) == before


def test_the_limit_of_what_is_due_is_kept(house: House, sandbox: Server) -> None:
    house.write("targets.yaml", target(sandbox, "safety: {limits: {due: {atMost: 0}}}"))
    a_day_later(house)
    before = there(sandbox)
    ran = house.run("apply", "--due", "--yes")
    assert ran.code == 3
    assert "due: 2 of 4 users would be changed because of a date; at most 0 may be" in ran.out
    assert there(sandbox) == before


def test_it_goes_with_only_and_not_with_a_saved_plan(house: House, sandbox: Server) -> None:
    a_day_later(house)
    assert house.run("apply", "--due", "--only", "user:ann", "--yes").code == 0
    active, _, members = there(sandbox)
    assert (active["ann"], "zoe" in active, members) == (False, False, {"bob", "cy"})
    saved = house.root / "plan.json"
    house.run("plan", "--out", str(saved))
    ran = house.run("apply", str(saved), "--due", "--yes")
    assert ran.code == 64
    assert "a saved plan is applied whole: leave out --only, --exclude and --due" in ran.err
