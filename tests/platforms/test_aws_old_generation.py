"""Endpoints of AWS IAM Identity Center that know no cursor: fifty rows and no more, everybody else looked up singly."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from branches import Branch, branch
from planning_kit import signs
from platforms.centers import AWS, console_user, crowd, group_of, looked_up, person, requests, unlisted
from servers.faults import answer
from servers.faulty import On
from workplace import results

from reconciler.errors import EndpointError

PEOPLE = crowd(60, group_of("all", *range(3)))
LATER = ("groups.value", "members.value")


@pytest.fixture
def place(tmp_path: Path) -> Branch:
    """60 users and a group, applied."""
    made = branch(tmp_path, AWS, PEOPLE, cursors=False)
    made.apply()
    settled(made)
    made.vendor.clear_log()
    return made


def settled(place: Branch) -> Any:
    """Nothing is pending; nothing was refused but the filters of the later generation."""
    plan = place.settled()
    refused = [each.request for each in place.vendor.refused if each.status != 404]
    assert all(each.query.get("filter", "").startswith(LATER) for each in refused)
    return plan


def test_nobody_beyond_the_fiftieth_is_made_again(place: Branch) -> None:
    plan = settled(place)
    assert requests(place, "POST") == []
    assert len(looked_up(place)) == 10
    assert not plan.read["users"].complete
    assert plan.read["groups"].complete


def test_without_a_store_they_are_found_by_name(place: Branch) -> None:
    (place.folder / "state.db").unlink()
    planned = place.plan()
    assert {str(each.action) for each in planned.plan.operations} == {"adopt"}
    place.apply(planned)
    assert len(place.known) == 61
    settled(place)
    assert requests(place, "POST") == []


def test_more_than_fifty_groups_are_looked_up_as_well(tmp_path: Path) -> None:
    groups = [group_of(f"g{each:02}", 0) for each in range(60)]
    place = branch(tmp_path, AWS, crowd(2, *groups), cursors=False)
    place.apply()
    plan = settled(place)
    assert not plan.read["groups"].complete
    assert len(requests(place, "POST", "/Groups")) == 60


def test_whoever_is_beyond_drifts_and_is_put_right(place: Branch) -> None:
    name = unlisted(place)[0]
    place.edit(name, displayName="Somebody else")
    planned = place.plan()
    assert signs(planned.plan.operations) == [f"user:{name} update"]
    place.apply(planned)
    settled(place)


def test_whoever_is_beyond_is_renamed_in_place(place: Branch) -> None:
    name = unlisted(place)[0]
    before = place.users()[name]["id"]
    place.replace(f"  {name}: {{", f"  {name}: {{userName: renamed, ")
    place.apply()
    settled(place)
    assert place.users()["renamed"]["id"] == before


@pytest.mark.parametrize("beyond", [True, False])
def test_a_removal_is_carried_out_once_the_user_was_looked_up(place: Branch, beyond: bool) -> None:
    out_of_sight = unlisted(place)
    name = next(each for each in sorted(place.users(), reverse=True) if (each in out_of_sight) is beyond)
    live = place.users()[name]["id"]
    place.vendor.clear_log()
    place.replace(person(name), "")
    planned = place.plan()
    assert signs(planned.plan.operations) == [f"user:{name} disable"]
    assert live in looked_up(place)
    place.apply(planned)
    settled(place)
    assert place.users()[name]["active"] is False


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_look_up_that_fails_removes_nobody_and_makes_nobody_again(place: Branch, status: int) -> None:
    name = unlisted(place)[-1]
    place.replace(person(name), "")
    place.people = place.people.replace("groups:", person("newcomer") + "groups:")
    looking_up = On("GET", when=lambda each: each.path.startswith("/Users/") or "filter" in each.query)
    place.server.inject(looking_up, answer(status))
    place.vendor.clear_log()
    with suppress(EndpointError):
        place.apply()
    assert [each for each in place.vendor.log if each.request.method != "GET"] == []
    place.server.heal()
    planned = place.plan()
    assert sorted(signs(planned.plan.operations)) == ["user:newcomer create", f"user:{name} disable"]
    assert {*results(place.apply(planned)).values()} == {"done"}
    settled(place)


def test_a_stranger_beyond_who_has_the_name_is_adopted_and_not_refused(place: Branch) -> None:
    before = console_user(place, "newcomer")
    place.people = place.people.replace("groups:", person("newcomer") + "groups:")
    place.apply()
    settled(place)
    assert place.users()["newcomer"]["id"] == before
    assert [each for each in place.vendor.refused if each.request.method != "GET"] == []


def test_exactly_fifty_may_be_all_and_may_be_more(tmp_path: Path) -> None:
    place = branch(tmp_path, AWS, crowd(50), cursors=False)
    place.apply()
    assert not settled(place).read["users"].complete
    place.replace(person("u049"), "")
    place.apply()
    settled(place)
    assert place.users()["u049"]["active"] is False


def test_exactly_fifty_of_the_new_generation_are_all(tmp_path: Path) -> None:
    place = branch(tmp_path, AWS, crowd(50))
    place.apply()
    assert settled(place).read["users"].complete
