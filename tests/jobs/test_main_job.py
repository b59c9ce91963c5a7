"""The main job, end to end, over real HTTP on three independent servers."""

from __future__ import annotations

import pytest
from house import House, signatures, target
from servers.conformance import Server

pytestmark = pytest.mark.servers

PEOPLE = """
    defaults:
      users:
        department: Engineering
        emails: "{{ user.key }}@example.com"
    users:
      alice: {name: {givenName: Älice, familyName: 阮}, displayName: Älice 阮, title: Boss}
      bob: {name: {givenName: Bob, familyName: Chen}, manager: alice, title: Engineer}
      carol: {name: {givenName: Carol, familyName: Ω}, manager: dave, state: disabled}
      dave: {name: {givenName: Dave, familyName: O'Neil}, phoneNumbers: {mobile: "+49 30 1234567"}}
    groups:
      ops: {displayName: Operations, members: [bob, dave]}
      eng: {displayName: Ingénierie 工程, members: [alice, bob, carol]}
"""


@pytest.fixture
def house(tmp_path, capsys, monkeypatch, scim_server: Server) -> House:
    monkeypatch.setenv("TOKEN_THERE", scim_server.token)
    made = House(tmp_path, capsys)
    made.write("people.yaml", PEOPLE)
    made.write("targets.yaml", target(scim_server))
    return made


def live_users(server: Server) -> dict[str, dict]:
    with server.client() as client:
        return {each["userName"]: each for each in client.get("/Users", params={"count": 1000}).json()["Resources"]}


def live_members(server: Server, name: str) -> set[str]:
    """UserNames of a group's members as the server shows them."""
    names = {each["id"]: user for user, each in live_users(server).items()}
    with server.client() as client:
        groups = client.get("/Groups", params={"count": 1000}).json()["Resources"]
        [group] = [each for each in groups if each["displayName"] == name]
        members = client.get(f"/Groups/{group['id']}").json().get("members") or []
    return {names[each["value"]] for each in members}


def test_a_saved_plan_applies_and_leaves_nothing_pending(house: House, scim_server: Server, tmp_path):
    """plan --out, apply FILE, plan --exit-code ends with 0."""
    saved = str(tmp_path / "p.json")
    planned = house.run("plan", "--out", saved)
    assert planned.code == 0, planned.err
    applied = house.run("apply", saved, "--yes")
    assert applied.code == 0, applied.out + applied.err
    house.settled()
    users = live_users(scim_server)
    assert set(users) == {"alice", "bob", "carol", "dave"}
    assert users["alice"]["name"]["familyName"] == "阮"
    assert users["carol"]["active"] is False
    assert live_members(scim_server, "Operations") == {"bob", "dave"}
    assert live_members(scim_server, "Ingénierie 工程") == {"alice", "bob", "carol"}


def test_what_a_server_does_not_keep_is_reported_and_not_planned_for_ever(house: House, scim_server: Server):
    report = house.apply()
    house.settled()
    if scim_server.name == "django-scim2":
        lost = {each["path"] for each in report["not_kept"]}
        assert any("enterprise" in each for each in lost) or any(
            "enterprise" in each["what"] for each in house.plan()["dropped"]
        )


def test_a_changed_title_and_moved_members_are_planned_exactly(house: House, scim_server: Server):
    house.apply()
    house.replace("people.yaml", "O'Neil}", "O'Reilly}")
    house.replace("people.yaml", "members: [bob, dave]", "members: [bob, alice]")
    plan = house.plan()
    assert signatures(plan["operations"]) == [
        ("user", "dave", "update"),
        ("group", "ops", "add_members"),
        ("group", "ops", "remove_members"),
    ]
    [change] = plan["operations"][0]["changes"]
    assert (change["path"], change["before"], change["after"]) == ("name.familyName", "O'Neil", "O'Reilly")
    assert change["source"] == "manifests/people.yaml:10"
    [joining], [leaving] = plan["operations"][1]["members"], plan["operations"][2]["members"]
    assert (joining["key"], joining["source"]) == ("user:alice", "manifests/people.yaml:12")
    assert leaving["key"] == "user:dave"
    house.apply()
    house.settled()
    assert live_users(scim_server)["dave"]["name"]["familyName"] == "O'Reilly"
    assert live_members(scim_server, "Operations") == {"bob", "alice"}


def test_leaving_is_one_line_in_one_file(house: House, scim_server: Server):
    house.apply()
    house.replace("people.yaml", "dave: {name", "dave: {state: absent, name")
    plan = house.plan()
    assert ("user", "dave", "delete") in signatures(plan["operations"])
    dropped = {(each["what"], each["reason"]) for each in plan["dropped"]}
    assert ("members of group:ops", "member_absent") in dropped
    house.apply()
    house.settled()
    assert "dave" not in live_users(scim_server)
    assert live_members(scim_server, "Operations") == {"bob"}


def test_somebody_taken_out_of_the_manifests_is_disabled(house: House, scim_server: Server):
    house.apply()
    house.replace(
        "people.yaml",
        '  dave: {name: {givenName: Dave, familyName: O\'Neil}, phoneNumbers: {mobile: "+49 30 1234567"}}\n',
        "",
    )
    refused = house.run("plan")
    assert refused.code == 1
    assert "there is no user 'dave'" in refused.err
    assert refused.err.count("there is no user 'dave'") == 2
    house.replace("people.yaml", "manager: dave, ", "")
    house.replace("people.yaml", "members: [bob, dave]", "members: [bob]")
    assert ("user", "dave", "disable") in signatures(house.plan()["operations"])
    house.apply()
    house.settled()
    assert live_users(scim_server)["dave"]["active"] is False
    assert live_members(scim_server, "Operations") == {"bob"}


def test_a_disabled_user_is_enabled_again_and_a_rename_is_an_update(house: House, scim_server: Server):
    house.apply()
    before = live_users(scim_server)
    house.replace("people.yaml", ", state: disabled", "")
    house.replace("people.yaml", "bob: {name", "bob: {userName: robert, name")
    assert signatures(house.plan()["operations"]) == [("user", "bob", "update"), ("user", "carol", "enable")]
    house.apply()
    house.settled()
    after = live_users(scim_server)
    assert after["robert"]["id"] == before["bob"]["id"]
    assert after["carol"]["active"] is True


def test_an_edit_behind_its_back_is_drift_by_them_and_is_repaired(house: House, scim_server: Server):
    house.apply()
    dave = live_users(scim_server)["dave"]
    with scim_server.client() as client:
        changed = {**dave, "name": {**dave["name"], "familyName": "Mallory"}}
        assert client.put(f"/Users/{dave['id']}", json=changed).status_code == 200
    drift = house.run("drift", "--format", "json")
    assert drift.code == 2
    [operation] = drift.json["operations"]
    assert (operation["key"], operation["by"]) == ("dave", "them")
    house.apply()
    house.settled()
    assert house.run("drift").code == 0


def test_existing_users_are_adopted_and_keep_what_is_not_managed(house: House, scim_server: Server):
    with scim_server.client() as client:
        body = {
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
            "userName": "bob",
            "name": {"givenName": "Robert", "familyName": "Chen"},
            "emails": [{"value": "bob@example.com", "type": "work", "primary": True}],
            "active": True,
        }
        assert client.post("/Users", json=body).status_code == 201
    plan = house.plan()
    actions = [each["action"] for each in plan["operations"] if each["key"] == "bob"]
    assert actions[0] == "adopt"
    assert "create" not in actions
    house.apply()
    house.settled()
    assert len(live_users(scim_server)) == 4
