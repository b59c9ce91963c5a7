"""`reconciler undo`: a plan that puts back what a run replaced, shown, asked about and applied like any other."""

from __future__ import annotations

from typing import Any

import pytest
from house import UNLIMITED, target
from places import Place

BEFORE = """
users:
  ann: {title: Boss, emails: ann@example.com}
  bob: {title: Clerk}
  cy: {title: Guard}
groups:
  ops: {members: [ann, bob]}
  all: {members: [cy]}
"""
AFTER = """
users:
  ann: {title: Head, emails: ann@example.org}
  bob: {state: disabled}
  cy: {state: absent}
  dee: {title: New}
groups:
  ops: {members: [ann, dee]}
  all: {members: [ann]}
  new: {members: [ann]}
"""


@pytest.fixture
def place(place: Place) -> Place:
    """Two runs: the second one changes, disables, deletes, creates, and moves people between groups."""
    place.house.write("targets.yaml", target(place.server, UNLIMITED))
    place.house.write("people.yaml", BEFORE)
    place.house.apply()
    place.house.write("people.yaml", AFTER)
    place.house.apply()
    return place


def latest(place: Place) -> str:
    return str(place.house.run("history", "--format", "json").json["runs"][0]["id"])


def users(place: Place) -> dict[str, dict[str, Any]]:
    with place.server.client() as client:
        return {each["userName"]: each for each in client.get("/Users").json()["Resources"]}


def members(place: Place) -> dict[str, set[str]]:
    names = {each["id"]: name for name, each in users(place).items()}
    with place.server.client() as client:
        rows = client.get("/Groups").json()["Resources"]
    return {each["displayName"]: {names[one["value"]] for one in each.get("members") or []} for each in rows}


def test_puts_back_everything_that_can_be_put_back(place: Place) -> None:
    ran = place.house.run("undo", latest(place), "--yes")
    assert ran.code == 0, ran.out + ran.err
    assert "the manifests must follow" in ran.out
    assert "user dee  put back to what it was before the run" in ran.out
    assert "as the manifests want it" not in ran.out
    there = users(place)
    assert (there["ann"]["title"], there["ann"]["emails"][0]["value"]) == ("Boss", "ann@example.com")
    assert {name for name, each in there.items() if each["active"]} == {"ann", "bob", "cy"}
    assert there["cy"]["title"] == "Guard"
    assert members(place) == {"ops": {"ann", "bob"}, "all": {"cy"}}


def test_leaves_nothing_to_do_once_the_manifests_follow(place: Place) -> None:
    assert place.house.run("undo", latest(place), "--yes").code == 0
    place.house.write("people.yaml", BEFORE)
    place.house.settled()
    listed = place.house.run("state", "list", "--format", "json").json["targets"][0]
    assert {each["key"] for each in listed["objects"] if each["owned"]} >= {"ann", "bob", "cy", "ops", "all"}


def test_is_done_again_by_the_next_apply_where_they_do_not(place: Place) -> None:
    place.house.run("undo", latest(place), "--yes")
    place.house.apply()
    assert users(place)["ann"]["title"] == "Head"
    assert "cy" not in users(place)


def test_holds_what_moved_on_since(place: Place) -> None:
    ann = users(place)["ann"]
    with place.server.client() as client:
        assert client.put(f"/Users/{ann['id']}", json={**ann, "title": "Queen"}).status_code == 200
    ran = place.house.run("undo", latest(place), "--yes")
    assert ran.code == 5
    assert "title: not as the run left it" in ran.out
    there = users(place)["ann"]
    assert (there["title"], there["emails"][0]["value"]) == ("Queen", "ann@example.com")


def test_can_be_saved_reviewed_and_applied(place: Place) -> None:
    file = place.house.root / "undo.json"
    writes = len(place.faults.writes)
    assert place.house.run("undo", latest(place), "--out", str(file)).code == 0
    assert len(place.faults.writes) == writes
    assert place.house.run("show", str(file)).code == 0
    assert place.house.run("apply", str(file), "--yes").code == 0
    assert users(place)["ann"]["title"] == "Boss"
    again = place.house.run("apply", str(file), "--yes")
    assert again.code == 4


def test_that_is_saved_is_stale_after_an_edit(place: Place) -> None:
    file = place.house.root / "undo.json"
    place.house.run("undo", latest(place), "--out", str(file))
    ann = users(place)["ann"]
    with place.server.client() as client:
        client.put(f"/Users/{ann['id']}", json={**ann, "title": "Queen"})
    writes = len(place.faults.writes)
    ran = place.house.run("apply", str(file), "--yes")
    assert ran.code == 4
    assert "user:ann" in ran.err
    assert len(place.faults.writes) == writes


def test_is_judged_by_the_limits(place: Place) -> None:
    place.house.write("targets.yaml", target(place.server, "safety: {limits: {create: {atMost: 0}}}"))
    writes = len(place.faults.writes)
    ran = place.house.run("undo", latest(place), "--yes")
    assert ran.code == 3
    assert len(place.faults.writes) == writes


def test_of_a_run_that_there_is_not_is_wrong_usage(place: Place) -> None:
    assert place.house.run("undo", "2000", "--yes").code == 64
