"""Who is who, on real servers: names that pass from one person to another, and accounts that others disabled."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from house import House, target
from servers.conformance import Server
from verdicts import told

pytestmark = pytest.mark.servers

DEFAULTS = 'defaults: {users: {emails: "{{ user.key }}@example.com"}}\n'
PEOPLE = "users: {ann: {userName: alee, title: Engineer}, bob: {userName: bchen}, cyd: {userName: cday}}\n"


@pytest.fixture
def house(tmp_path: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch, scim_server: Server) -> House:
    """Three people, applied."""
    monkeypatch.setenv("TOKEN_THERE", scim_server.token)
    made = House(tmp_path, capsys)
    made.write("targets.yaml", target(scim_server))
    people(made, PEOPLE)
    made.apply()
    return made


def people(house: House, text: str) -> None:
    house.write("people.yaml", DEFAULTS + text)


def accounts(server: Server) -> dict[str, tuple[str, bool]]:
    """Id and `active` by login."""
    with server.client() as client:
        rows = client.get("/Users", params={"count": 100}).json()["Resources"]
    return {each["userName"]: (str(each["id"]), each["active"]) for each in rows}


def outcome(house: House) -> tuple[list[str], int]:
    """The rows of the plan, and how an apply of it ends."""
    document = house.plan()
    return told(document), house.run("apply", "--yes").code


def test_an_account_that_somebody_disabled_there_stays_so_and_is_shown_first(house: House, scim_server: Server) -> None:
    id, _ = accounts(scim_server)["cday"]
    with scim_server.client() as client:
        live = client.get(f"/Users/{id}").json()
        assert client.put(f"/Users/{id}", json={**live, "active": False}).status_code == 200
    house.replace("people.yaml", "title: Engineer", "nickName: Annie")
    shown = house.run("plan").out
    assert shown.index("cyd") < shown.index("ann")
    planned, code = outcome(house)
    assert ("withheld user:cyd enable: disabled_there" in planned, code) == (True, 0)
    assert accounts(scim_server)["cday"] == (id, False)
    assert house.run("drift").code == 2
    assert told(house.plan()) == ["withheld user:cyd enable: disabled_there"]


def test_a_new_person_with_a_leavers_login_does_not_get_the_leavers_account(house: House, scim_server: Server) -> None:
    id, _ = accounts(scim_server)["alee"]
    people(house, "users: {bob: {userName: bchen}, cyd: {userName: cday}}\n")
    house.apply()
    people(house, "users: {amy: {userName: alee}, bob: {userName: bchen}, cyd: {userName: cday}}\n")
    planned, code = outcome(house)
    assert (planned, code) == (["held user:amy nothing: disputed"], 5)
    assert accounts(scim_server)["alee"] == (id, False)


def test_nor_in_the_change_that_removes_the_leaver(house: House, scim_server: Server) -> None:
    id, _ = accounts(scim_server)["alee"]
    people(house, "users: {amy: {userName: alee}, bob: {userName: bchen}, cyd: {userName: cday}}\n")
    planned, code = outcome(house)
    assert (planned, code) == (["user:ann disable: removed", "held user:amy nothing: disputed"], 5)
    assert accounts(scim_server)["alee"] == (id, False)


def test_two_who_swap_their_logins_are_held(house: House, scim_server: Server) -> None:
    before = accounts(scim_server)
    people(house, PEOPLE.replace("bchen", "x").replace("alee", "bchen").replace("x}", "alee}"))
    planned, code = outcome(house)
    assert (planned, code) == (
        ["held user:ann update: drifted name_cycle", "held user:bob update: drifted name_cycle"],
        5,
    )
    assert accounts(scim_server) == before


def test_a_login_that_one_gives_up_goes_to_another_in_the_same_change(house: House, scim_server: Server) -> None:
    before = accounts(scim_server)
    people(house, PEOPLE.replace("bchen", "bob.chen").replace("alee", "bchen"))
    planned, code = outcome(house)
    assert (planned, code) == (["user:bob update: drifted", "user:ann update: drifted"], 0)
    after = accounts(scim_server)
    assert (after["bchen"], after["bob.chen"]) == (before["alee"], before["bchen"])
    house.settled()


def test_a_login_that_one_gives_up_goes_to_a_new_person_in_the_same_change(house: House, scim_server: Server) -> None:
    before = accounts(scim_server)
    people(house, PEOPLE.replace("bchen", "bob.chen").replace("users: {", "users: {amy: {userName: bchen}, "))
    planned, code = outcome(house)
    assert (planned, code) == (["user:bob update: drifted", "user:amy create: missing"], 0)
    after = accounts(scim_server)
    assert after["bob.chen"] == before["bchen"]
    assert after["bchen"][0] not in {id for id, _ in before.values()}
    house.settled()


def test_a_key_that_is_used_for_another_person_is_held(house: House, scim_server: Server) -> None:
    people(house, "users: {ann: {userName: alee, externalId: E1}, bob: {userName: bchen}, cyd: {userName: cday}}\n")
    assert house.run("apply", "--yes").code == 0
    before = accounts(scim_server)
    people(house, "users: {ann: {userName: amoor, externalId: E2}, bob: {userName: bchen}, cyd: {userName: cday}}\n")
    planned, code = outcome(house)
    assert (planned, code) == (["held user:ann nothing: identity_changed"], 5)
    assert accounts(scim_server) == before
