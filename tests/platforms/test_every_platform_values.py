"""Values that change hands, and names in any spelling and script, on every platform."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from branches import PEOPLE, Branch, branch
from platforms.deeds import add_stranger
from platforms.laws import nobody_is_there_twice
from platforms.worlds import PLATFORMS, ROOM
from workplace import results

from reconciler.platforms.registry import load_profile

pytestmark = pytest.mark.parametrize("platform", PLATFORMS)

TWO_GROUPS = PEOPLE + "  ops: {displayName: Operations, members: [cy.day]}\n"
ABSENT = "  cy.day: {state: absent, "


def applied(folder: Path, platform: str, people: str = PEOPLE, *lines: str) -> Branch:
    place = branch(folder, platform, people, *lines)
    step(place)
    return place


def step(place: Branch) -> None:
    """One apply without a failure, a refusal or anything left."""
    assert set(results(place.apply()).values()) <= {"done"}
    assert place.refused == []
    assert place.plan().plan.operations == ()
    nobody_is_there_twice(place)


def held(place: Branch) -> set[tuple[str, str]]:
    return {(str(each.key), str(each.reason)) for each in place.plan().plan.held}


def is_unique(platform: str, kind: str, name: str) -> bool:
    profile = load_profile(platform)
    side = profile.users if kind == "user" else profile.groups
    return side is not None and name in side.attributes and side.attributes[name].unique


def test_addresses_that_are_swapped_are_held_where_nobody_can_share_one(tmp_path: Path, platform: str) -> None:
    place = applied(tmp_path, platform)
    for old, new in (
        ("emails: ann.lee@", "emails: x@"),
        ("emails: bob.ray@", "emails: ann.lee@"),
        (": x@", ": bob.ray@"),
    ):
        place.replace(old, new)
    place.replace("displayName: Ann Lee", "displayName: Ann Li")
    step(place)
    circle = {("ann.lee", "name_cycle"), ("bob.ray", "name_cycle")}
    assert held(place) == (circle if is_unique(platform, "user", "emails") else set())
    assert str(place.users()["ann.lee"]["displayName"]).casefold() == "ann li"


def test_group_names_that_are_swapped_are_held_where_no_two_can_be_the_same(tmp_path: Path, platform: str) -> None:
    place = applied(tmp_path, platform, TWO_GROUPS)
    for old, new in ((": Engineering", ": X"), (": Operations", ": Engineering"), (": X", ": Operations")):
        place.replace(old, new)
    step(place)
    circle = {("eng", "name_cycle"), ("ops", "name_cycle")}
    assert held(place) == (circle if is_unique(platform, "group", "displayName") else set())


def test_an_address_and_a_name_are_passed_on_down_a_chain(tmp_path: Path, platform: str) -> None:
    place = applied(tmp_path, platform, TWO_GROUPS)
    for old, new in (
        ("emails: cy.day@", "emails: cyrus@"),
        ("emails: bob.ray@", "emails: cy.day@"),
        ("emails: ann.lee@", "emails: bob.ray@"),
        ("displayName: Operations", "displayName: Ops"),
        ("displayName: Engineering", "displayName: Operations"),
    ):
        place.replace(old, new)
    step(place)
    assert held(place) == set()


def test_a_new_user_takes_the_address_of_one_who_goes(tmp_path: Path, platform: str) -> None:
    place = applied(tmp_path, platform)
    place.replace("  cy.day: {", ABSENT)
    dee = "  dee: {name: {givenName: D, familyName: Day}, displayName: Dee, emails: cy.day@example.com}\n"
    place.replace("groups:", f"{dee}groups:")
    step(place)
    assert "dee" in place.users()


def test_a_new_user_whose_address_somebody_keeps_is_held_where_it_cannot_be_shared(
    tmp_path: Path, platform: str
) -> None:
    place = applied(tmp_path, platform, PEOPLE, "lifecycle: {onRemove: keep}")
    lines = place.people.splitlines(keepends=True)
    place.people = "".join(each for each in lines if "  cy.day:" not in each)
    dee = "  dee: {name: {givenName: D, familyName: Day}, displayName: Dee, emails: cy.day@example.com}\n"
    place.replace("groups:", f"{dee}groups:")
    step(place)
    unique = is_unique(platform, "user", "emails")
    assert held(place) == ({("dee", "disputed")} if unique else set())
    assert ("dee" in place.users()) is not unique


def test_a_group_name_is_taken_from_a_group_that_goes(tmp_path: Path, platform: str) -> None:
    place = applied(tmp_path, platform, TWO_GROUPS)
    place.replace("  ops: {displayName: Operations, members: [cy.day]}", "  ops: {state: absent}")
    place.replace("displayName: Engineering", "displayName: Operations")
    step(place)
    groups = place.vendor.profile.groups
    assert groups is None or "Operations" in place.groups()


def test_a_user_and_a_group_may_have_the_same_key_and_name(tmp_path: Path, platform: str) -> None:
    people = """
users:
  ops: {userName: Operations, name: {givenName: O, familyName: P}, displayName: Operations, emails: o@example.com}
groups:
  ops: {displayName: Operations, members: [ops]}
"""
    place = applied(tmp_path, platform, people)
    assert place.converged().operations == ()
    if place.vendor.profile.groups is not None:
        assert len(place.groups()["Operations"]["members"]) == 1


def test_somebody_whose_name_is_listed_in_another_spelling_is_nobody_new(tmp_path: Path, platform: str) -> None:
    place = branch(tmp_path, platform)
    add_stranger(place, "ANN.LEE", displayName="Ann Lee")
    step(place)
    assert len(place.users()) == 3


def test_names_in_any_script_make_the_round_trip(tmp_path: Path, platform: str) -> None:
    names = ["Zoë O'Hara", "王 小明", 'Ñandú “Q” \\ / ; "', "🙂 emoji", "ﬁne ß İ"]
    users = {
        f"k{number}": {
            "name": {"givenName": each, "familyName": each},
            "displayName": each,
            "emails": f"k{number}@example.com",
        }
        for number, each in enumerate(names)
    }
    groups = {f"g{number}": {"displayName": f"{each} team", "members": ["k0"]} for number, each in enumerate(names)}
    place = applied(tmp_path, platform, json.dumps({"users": users, "groups": groups}, ensure_ascii=False))
    assert place.converged().operations == ()
    assert len(place.users()) == len(names)


def test_several_attributes_change_in_one_request(tmp_path: Path, platform: str) -> None:
    place = applied(tmp_path, platform)
    place.vendor.clear_log()
    place.replace(
        "name: {givenName: Cy, familyName: Day}, displayName: Cy Day, emails: cy.day@",
        "name: {givenName: Cyrus, familyName: Night}, displayName: Cyrus Night, emails: cyrus@",
    )
    step(place)
    sent = [each.request for each in place.vendor.log if each.request.method in {"PUT", "PATCH"}]
    assert len(sent) == 1


def test_120_users_and_a_group_of_them_all(tmp_path: Path, platform: str) -> None:
    """Listings come in pages, members in requests of a hundred at most."""
    keys = [f"u{number:03}" for number in range(120)]
    users = "".join(
        f"  {each}: {{name: {{givenName: U, familyName: X}}, displayName: {each}, emails: {each}@example.com}}\n"
        for each in keys
    )
    text = f"users:\n{users}groups:\n  all: {{displayName: All, members: [%s]}}\n"
    place = applied(tmp_path, platform, text % ", ".join(keys), ROOM)
    assert len(place.users()) == 120
    place.people = text % ", ".join(keys[:5])
    step(place)
    if place.vendor.profile.groups is not None:
        assert place.members("All") == {*keys[:5]}
