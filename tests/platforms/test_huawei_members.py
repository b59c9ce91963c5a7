"""Huawei Cloud IAM Identity Center: members that nothing shows. Unknown is not empty, and nobody is removed blindly."""

from __future__ import annotations

from pathlib import Path

import pytest
from branches import Branch, branch
from planning_kit import signs
from platforms.centers import HUAWEI, PEOPLE, console_user, done, requests
from servers.faults import answer
from servers.faulty import On

from reconciler.scim.urns import GROUP

NOTE = "the platform does not show the members of 1 group"


@pytest.fixture
def place(tmp_path: Path) -> Branch:
    """PEOPLE, applied."""
    made = branch(tmp_path, HUAWEI)
    made.apply()
    made.vendor.clear_log()
    return made


def in_console(place: Branch, action: str, id_: str) -> None:
    path = f'members[value eq "{id_}"]' if action == "remove" else "members"
    value = {} if action == "remove" else {"value": [{"value": id_}]}
    place.patch(f"/Groups/{place.groups()['Engineering']['id']}", {"op": action, "path": path, **value})


def changed_groups(place: Branch) -> list[dict[str, object]]:
    """The operations on members that were sent."""
    return [one for each in requests(place, "PATCH", "/Groups") for one in each.body["Operations"]]


def test_what_did_not_change_here_is_not_sent(place: Branch) -> None:
    assert any(each.startswith(NOTE) for each in place.converged().notes)
    place.replace("  cy.day: {", "  cy.day: {title: T, ")
    done(place, "user:cy.day update")
    assert changed_groups(place) == []


def test_what_changed_here_is_sent_and_names_each_who_leaves(place: Branch) -> None:
    ids = {name: each["id"] for name, each in place.users().items()}
    place.replace("[ann.lee, bob.ray]", "[bob.ray, cy.day]")
    planned = place.plan()
    bodies = [each.body for one in planned.plan.operations for each in one.requests]
    place.apply(planned)
    place.converged()
    assert [each.body for each in requests(place, "PATCH", "/Groups")] == bodies
    assert changed_groups(place) == [
        {"op": "add", "path": "members", "value": [{"value": ids["cy.day"]}]},
        {"op": "remove", "path": f'members[value eq "{ids["ann.lee"]}"]'},
    ]


def test_what_changes_in_the_console_cannot_be_seen_and_is_left(place: Branch) -> None:
    in_console(place, "add", console_user(place, "guest"))
    in_console(place, "add", place.users()["cy.day"]["id"])
    in_console(place, "remove", place.users()["bob.ray"]["id"])
    place.converged()
    assert place.members("Engineering") == {"ann.lee", "cy.day", "guest"}


def test_strangers_stay_even_where_membership_is_exact(place: Branch) -> None:
    in_console(place, "add", console_user(place, "guest"))
    place.target = ("ownership: {members: exact}",)
    place.converged()
    place.replace("[ann.lee, bob.ray]", "[]")
    done(place, "group:eng remove_members")
    assert place.members("Engineering") == {"guest"}


def test_a_group_that_is_there_is_adopted_by_its_name_and_loses_nobody(tmp_path: Path) -> None:
    place = branch(tmp_path, HUAWEI, PEOPLE)
    guest, ann = console_user(place, "guest"), console_user(place, "cy.day")
    members = [{"value": guest}, {"value": ann}]
    place.console("POST", "/Groups", {"schemas": [GROUP], "displayName": "Engineering", "members": members})
    planned = place.plan()
    assert [each for each in signs(planned.plan.operations) if each.startswith("group:")] == [
        "group:eng adopt",
        "group:eng update",
        "group:eng add_members",
    ]
    assert any(each.startswith(NOTE) for each in planned.plan.notes)
    place.apply(planned)
    place.converged()
    assert place.members("Engineering") == {"ann.lee", "bob.ray", "cy.day", "guest"}


def test_a_store_that_was_lost_removes_nobody_and_says_so(place: Branch) -> None:
    (place.folder / "state.db").unlink()
    place.replace("[ann.lee, bob.ray]", "[bob.ray]")
    planned = place.plan()
    assert any(each.startswith(NOTE) for each in planned.plan.notes)
    assert not any(str(each.action) == "remove_members" for each in planned.plan.operations)
    place.apply(planned)
    place.converged()
    assert place.members("Engineering") == {"ann.lee", "bob.ray"}
    place.replace("members: [bob.ray]", "members: []")
    done(place, "group:eng remove_members")
    assert place.members("Engineering") == {"ann.lee"}


def test_without_a_store_members_are_blocked_and_the_plan_says_so(place: Branch) -> None:
    place.state = "none"
    place.replace("[ann.lee, bob.ray]", "[bob.ray, cy.day]")
    plan = place.plan().plan
    assert plan.operations == ()
    [row] = [each for each in plan.withheld if each.key == "eng"]
    assert (str(row.reason), str(row.action)) == ("blocked", "add_members")
    assert "no record" in row.detail
    assert any(each.startswith(NOTE) for each in plan.notes)
    place.apply()
    assert place.members("Engineering") == {"ann.lee", "bob.ray"}


def test_without_a_store_a_new_group_gets_its_members(tmp_path: Path) -> None:
    place = branch(tmp_path, HUAWEI)
    place.state = "none"
    place.apply()
    assert place.members("Engineering") == {"ann.lee", "bob.ray"}
    place.converged(withheld=(("eng", "blocked"),))


def test_a_removal_that_was_refused_is_tried_again(place: Branch) -> None:
    place.server.inject(On("PATCH", "/Groups/*"), answer(500))
    place.replace("[ann.lee, bob.ray]", "[bob.ray]")
    place.apply()
    assert place.members("Engineering") == {"ann.lee", "bob.ray"}
    place.server.heal()
    done(place, "group:eng remove_members")
    assert place.members("Engineering") == {"bob.ray"}


def test_whoever_is_made_again_joins_again_and_nobody_is_removed_who_is_gone(place: Branch) -> None:
    place.console("DELETE", f"/Users/{place.users()['bob.ray']['id']}")
    done(place, "user:bob.ray create", "group:eng add_members")
    assert [each["op"] for each in changed_groups(place)] == ["add"]


def test_a_group_of_ours_may_be_emptied_as_far_as_it_is_known(place: Branch) -> None:
    in_console(place, "add", console_user(place, "guest"))
    place.people = place.people.partition("groups:")[0]
    place.target = ("lifecycle: {groups: {onRemove: empty}}",)
    done(place, "group:eng remove_members")
    assert place.members("Engineering") == {"guest"}


def test_a_group_that_was_renamed_in_the_console_is_followed_and_named_again(place: Branch) -> None:
    live = place.groups()["Engineering"]["id"]
    place.patch(f"/Groups/{live}", {"op": "replace", "path": "displayName", "value": "Renamed"})
    done(place, "group:eng update")
    assert place.groups()["Engineering"]["id"] == live
    assert place.members("Engineering") == {"ann.lee", "bob.ray"}
