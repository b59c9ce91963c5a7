"""Three targets from one set of manifests: each holds what its scope and mapping say, none waits for another."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from house import House, signatures
from servers.conformance import TOKEN, Server

from reconciler.sandbox import SandboxStore, create_app, running_sandbox

pytestmark = pytest.mark.servers

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

MANIFESTS = """
    settings: {custom: {country: {type: string, enum: [CN, DE], required: true}}}
    users:
      Ann: {displayName: Ann Åberg, title: Head, custom: {country: DE}, emails: ann@example.com}
      bo: {displayName: 陈波, title: Engineer, custom: {country: CN}, manager: Ann, emails: bo@example.com}
      cai: {displayName: 蔡, title: Engineer, custom: {country: CN}, manager: bo, state: disabled}
      dora: {displayName: Dora, userType: Vendor, custom: {country: CN}}
    groups:
      engineering: {displayName: Engineering, members: [bo, cai, Ann]}
      leads: {displayName: Leads, members: [Ann]}
    scopes:
      china:
        users: {where: 'custom.country eq "CN" and not (userType eq "Vendor")'}
        groups: {include: [engineering]}
      engineers: {users: {memberOf: [engineering]}}
      people: {users: {exclude: [dora]}, groups: {include: []}}
    mappings:
      chinese:
        extends: generic
        users:
          match: [userName]
          attributes:
            userName: "{{ user.key | lower }}@cn.example.com"
            title: "{{ user.title | upper }}"
            externalId: null
            displayName: "{{ user.displayName }} ({{ user.custom.country }})"
    targets:
      base: {abstract: true, platform: generic, auth: {bearer: "${TOKEN}"}}
      china: {extends: base, environment: production, url: "${URL_CHINA}", scope: china, mapping: chinese}
      engineers: {extends: base, environment: production, url: "${URL_ENGINEERS}", scope: engineers}
      trial: {extends: base, environment: test, url: "${URL_TRIAL}", scope: people, manage: {users: [create, update]}}
"""


@pytest.fixture
def servers(monkeypatch: pytest.MonkeyPatch, scimmy_running: Server) -> Iterator[dict[str, Server]]:
    """Two sandboxes and scimmy, empty; the manifests find them through their variables."""
    scimmy_running.reset()
    with ExitStack() as stack:
        found = {"trial": scimmy_running}
        for name in ("china", "engineers"):
            store = stack.enter_context(SandboxStore())
            found[name] = Server(name, stack.enter_context(running_sandbox(create_app(store, TOKEN))))
        monkeypatch.setenv("TOKEN", TOKEN)
        for name, server in found.items():
            monkeypatch.setenv(f"URL_{name.upper()}", server.url)
        yield found


@pytest.fixture
def house(tmp_path: Path, capsys: pytest.CaptureFixture[str], servers: dict[str, Server]) -> House:
    made = House(tmp_path, capsys)
    made.write("all.yaml", MANIFESTS)
    return made


def rows(server: Server, collection: str, key: str) -> dict[str, Any]:
    with server.client() as client:
        found = client.get(f"/{collection}", params={"count": 1000}).json().get("Resources", [])
        return {each[key]: client.get(f"/{collection}/{each['id']}").json() for each in found}


def held(server: Server) -> tuple[dict[str, Any], dict[str, set[str]]]:
    """Users by userName, and the userNames of each group's members by displayName."""
    users = rows(server, "Users", "userName")
    names = {each["id"]: name for name, each in users.items()}
    groups = rows(server, "Groups", "displayName")
    return users, {name: {names[m["value"]] for m in group.get("members", [])} for name, group in groups.items()}


def test_each_target_holds_what_its_scope_and_its_mapping_say(house: House, servers: dict[str, Server]) -> None:
    house.apply("--all")

    users, groups = held(servers["china"])
    assert set(users) == {"bo@cn.example.com", "cai@cn.example.com"}
    assert users["bo@cn.example.com"]["title"] == "ENGINEER"
    assert users["bo@cn.example.com"]["displayName"] == "陈波 (CN)"
    assert "externalId" not in users["bo@cn.example.com"]
    assert users["cai@cn.example.com"]["active"] is False
    assert groups == {"Engineering": set(users)}

    users, groups = held(servers["engineers"])
    assert set(users) == {"Ann", "bo", "cai"}
    assert users["bo"]["title"] == "Engineer"
    assert users["bo"]["externalId"] == "bo"
    assert users["bo"][ENTERPRISE]["manager"]["value"] == users["Ann"]["id"]
    assert groups == {"Engineering": {"Ann", "bo", "cai"}, "Leads": {"Ann"}}

    users, groups = held(servers["trial"])
    assert set(users) >= {"ann", "bo"} or set(users) >= {"Ann", "bo"}
    assert not any(name.lower() == "dora" for name in users)
    assert groups == {}

    house.settled("--all")


def test_plans_are_made_together_and_saved_one_file_each(house: House, servers: dict[str, Server]) -> None:
    out = house.root / "plans"
    ran = house.run("plan", "--all", "--out", str(out))
    assert ran.code == 0, ran.err
    assert sorted(each.name for each in out.iterdir()) == ["china.json", "engineers.json", "trial.json"]
    shown = [line for line in ran.out.splitlines() if line.startswith("Plan for ")]
    assert [line.split()[2] for line in shown] == ["china", "engineers", "trial"]
    plans = {file.stem: json.loads(file.read_text()) for file in out.iterdir()}
    assert {name: plan["target"] for name, plan in plans.items()} == {name: name for name in plans}
    assert ("user", "Ann", "create") not in signatures(plans["china"]["operations"])
    assert ("user", "Ann", "create") in signatures(plans["trial"]["operations"])

    for name in ("china", "trial"):
        # The first apply begins the state store; the other plan was made before there was one, and holds.
        applied = house.run("apply", str(out / f"{name}.json"), "--yes")
        assert applied.code == 0, applied.err
    assert house.run("apply", str(out / "china.json"), "--yes").code == 4
    assert held(servers["engineers"]) == ({}, {})
    house.settled("china", "trial")
    assert house.run("plan", "--all", "--exit-code").code == 2


def test_an_environment_selects_its_targets(house: House, servers: dict[str, Server]) -> None:
    reports = house.apply("--env", "production")["reports"]
    assert [each["target"] for each in reports] == ["china", "engineers"]
    assert held(servers["trial"]) == ({}, {})
    plan = house.plan("--env", "test")
    assert plan["target"] == "trial"
    rows = house.run("targets", "--env", "production", "--format", "json").json
    assert [(each["name"], each["environment"]) for each in rows] == [
        ("china", "production"),
        ("engineers", "production"),
    ]
    house.settled("--env", "production")
    house.settled("chi*", "eng*")


def test_a_target_must_be_named_where_there_are_several(house: House) -> None:
    for command in (("plan",), ("apply", "--yes"), ("drift",), ("check",)):
        ran = house.run(*command)
        assert ran.code == 64
        assert "name a target: china, engineers, trial; or --all, or --env NAME" in ran.err


@pytest.mark.parametrize("variable", ["URL_CHINA", "URL_ENGINEERS", "URL_TRIAL"])
def test_one_that_cannot_be_reached_does_not_keep_the_others_from_theirs(
    house: House, servers: dict[str, Server], monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    gone = variable.removeprefix("URL_").lower()
    monkeypatch.setenv(variable, "http://127.0.0.1:1/v2")
    out = house.root / "plans"
    planned = house.run("plan", "--all", "--exit-code", "--out", str(out))
    assert planned.code == 6, "unreachable comes before pending"
    assert f"Error: target {gone}: http://127.0.0.1:1/v2" in planned.err
    assert {each.stem for each in out.iterdir()} == set(servers) - {gone}

    applied = house.run("apply", "--all", "--yes")
    assert applied.code == 6
    for name in set(servers) - {gone}:
        assert f"Applied to {name}: " in applied.out
        house.settled(name)
    assert held(servers[gone]) == ({}, {})

    monkeypatch.setenv(variable, servers[gone].url)
    house.apply("--all")
    house.settled("--all")


def test_one_unset_variable_is_said_of_its_target_alone(
    house: House, servers: dict[str, Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("URL_CHINA")
    ran = house.run("plan", "--all", "--exit-code")
    assert ran.code == 1
    assert "target china: ${URL_CHINA} is not set or empty" in ran.err
    assert "Plan for engineers" in ran.out
    house.apply("engineers")


def test_one_mapping_that_fails_for_its_data_is_a_fault_of_the_manifests(
    house: House, servers: dict[str, Server]
) -> None:
    """Nothing is planned for anybody: what is wrong with one target's manifests is found before anything is sent."""
    house.replace("all.yaml", "{{ user.key | lower }}@cn.example.com", "everybody")
    ran = house.run("apply", "--all", "--yes")
    assert ran.code == 1
    assert "userName" in ran.err
    assert all(held(each) == ({}, {}) for each in servers.values())
