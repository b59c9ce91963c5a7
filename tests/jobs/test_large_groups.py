"""Groups of several hundred members, on every server: created, changed by deltas, settled."""

from __future__ import annotations

import pytest
from house import UNLIMITED, House, target
from servers.conformance import Server

pytestmark = pytest.mark.servers

COUNT = 350


def organisation(members: list[int]) -> str:
    users = "".join(
        f"  p{number:03d}: {{name: {{givenName: P, familyName: Q{number}}}, emails: p{number:03d}@example.com}}\n"
        for number in range(COUNT)
    )
    chosen = ", ".join(f"p{number:03d}" for number in members)
    return f"users:\n{users}groups:\n  everyone: {{displayName: Everyone, members: [{chosen}]}}\n"


def test_members_come_and_go_by_the_hundred(tmp_path, capsys, monkeypatch, scim_server: Server):
    monkeypatch.setenv("TOKEN_THERE", scim_server.token)
    house = House(tmp_path, capsys)
    house.write("targets.yaml", target(scim_server, UNLIMITED))
    house.write("people.yaml", organisation(list(range(COUNT - 50))))
    house.apply()
    house.settled()
    assert count_members(scim_server) == COUNT - 50
    house.write("people.yaml", organisation(list(range(100, COUNT))))
    plan = house.plan()
    moved = {each["action"]: len(each["members"]) for each in plan["operations"]}
    assert moved == {"add_members": 50, "remove_members": 100}
    house.apply()
    house.settled()
    assert count_members(scim_server) == COUNT - 100


def count_members(server: Server) -> int:
    with server.client() as client:
        [group] = client.get("/Groups").json()["Resources"]
        return len(client.get(f"/Groups/{group['id']}").json()["members"])
