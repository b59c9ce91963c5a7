"""What a reviewer must be able to read off a plan."""

from __future__ import annotations

import pytest
from house import House, target
from servers.conformance import TOKEN, Server

pytestmark = pytest.mark.servers

PEOPLE = """
    users:
      ann: {title: A, emails: ann@example.com, phoneNumbers: {mobile: "+49 1", work: "+49 2"}}
      bob: {title: B}
    groups:
      ops:
        members: [ann, bob]
"""


@pytest.fixture
def house(tmp_path, capsys, monkeypatch, sandbox_url: str) -> House:
    monkeypatch.setenv("TOKEN_THERE", TOKEN)
    made = House(tmp_path, capsys)
    made.write("people.yaml", PEOPLE)
    made.write("targets.yaml", target(Server("sandbox", sandbox_url)))
    made.apply()
    return made


def test_a_member_that_goes_has_the_line_that_no_longer_names_it(house: House):
    house.replace("people.yaml", "members: [ann, bob]", "members: [ann]")
    [operation] = house.plan()["operations"]
    assert operation["members"][0]["key"] == "user:bob"
    assert operation["members"][0]["source"] == "manifests/people.yaml:7"


def test_what_the_plan_removes_is_not_said_to_stay(house: House):
    house.replace("people.yaml", 'phoneNumbers: {mobile: "+49 1", work: "+49 2"}', "phoneNumbers: []")
    plan = house.plan()
    assert [change["path"] for change in plan["operations"][0]["changes"]] == ["phoneNumbers"]
    assert plan["released"] == []


def test_an_account_that_vanished_there_is_their_change(house: House, sandbox_url: str):
    with Server("sandbox", sandbox_url).client() as client:
        rows = client.get("/Users").json()["Resources"]
        [bob] = [each["id"] for each in rows if each["userName"] == "bob"]
        assert client.delete(f"/Users/{bob}").status_code == 204
    drift = house.run("drift", "--by", "them", "--format", "json")
    assert drift.code == 2
    assert ("bob", "create", "them") in [(o["key"], o["action"], o["by"]) for o in drift.json["operations"]]


def test_an_earlier_key_that_is_still_declared_is_a_fault(house: House):
    house.replace("people.yaml", "bob: {title: B}", "bob: {title: B, previously: [Ann]}")
    ran = house.run("plan")
    assert ran.code == 1
    assert "the earlier key 'Ann' is still declared at manifests/people.yaml:3" in ran.err


def test_a_file_is_read_whatever_the_case_of_its_ending(house: House):
    file = house.root / "manifests" / "people.yaml"
    file.rename(file.with_suffix(".YAML"))
    assert house.plan()["operations"] == []


def test_a_variable_in_a_persons_attribute_is_a_fault(house: House):
    house.replace("people.yaml", "title: B", 'title: "${HOME}"')
    ran = house.run("validate")
    assert ran.code == 1
    assert "users.bob.title: ${…} is not resolved here" in ran.out


def test_a_report_that_cannot_be_written_is_said_before_anything_is_sent(house: House):
    house.replace("people.yaml", "title: B", "title: C")
    ran = house.run("apply", "--yes", "--report", str(house.root / "manifests" / "people.yaml" / "r.json"))
    assert ran.code == 1
    assert "nothing was sent" in ran.err
    assert [each["action"] for each in house.plan()["operations"]] == ["update"]


def test_a_stale_plan_names_its_objects_line_by_line(house: House, tmp_path):
    house.replace("people.yaml", "title: B", "title: C")
    saved = str(tmp_path / "p.json")
    house.run("plan", "--out", saved)
    house.replace("people.yaml", "title: C", "title: D")
    ran = house.run("apply", saved, "--yes")
    assert ran.code == 4
    assert ran.err.splitlines()[-1].strip().startswith("user:bob:update")
