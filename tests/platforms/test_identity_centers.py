"""The life of users and groups on both identity centers: what is planned is done, nothing is refused or left."""

from __future__ import annotations

from pathlib import Path

import pytest
from branches import Branch, branch
from platforms.centers import AWS, HUAWEI, MANAGER, crowd, done, group_of, requests
from platforms.steps import cut

EVERYBODY = ("user:ann.lee create", "user:bob.ray create", "user:cy.day create", "group:eng create")


@pytest.fixture(params=[AWS, HUAWEI])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Branch:
    """PEOPLE, applied."""
    made = branch(tmp_path, request.param)
    done(made, *EVERYBODY)
    return made


def test_creates_everybody_once(place: Branch) -> None:
    assert {name: each["externalId"] for name, each in place.users().items()} == {
        each: each for each in ("ann.lee", "bob.ray", "cy.day")
    }
    assert place.users()["ann.lee"]["emails"] == [{"value": "ann.lee@example.com", "type": "work", "primary": True}]
    assert place.members("Engineering") == {"ann.lee", "bob.ray"}


def test_renames_in_place(place: Branch) -> None:
    before = place.users()["cy.day"]["id"]
    place.replace("  cy.day: {", "  cy.day: {userName: cyrus, ")
    done(place, "user:cy.day update")
    assert place.users()["cyrus"]["id"] == before


def test_disables_and_enables(place: Branch) -> None:
    place.replace("  cy.day: {", "  cy.day: {state: disabled, ")
    done(place, "user:cy.day disable")
    assert place.users()["cy.day"]["active"] is False
    place.replace("  cy.day: {state: disabled, ", "  cy.day: {")
    done(place, "user:cy.day enable")
    assert place.users()["cy.day"]["active"] is True


def test_who_is_taken_out_of_the_manifests_is_disabled(place: Branch) -> None:
    cut(place, "cy.day")
    done(place, "user:cy.day disable")
    assert place.users()["cy.day"]["active"] is False


def test_a_member_who_is_taken_out_of_the_manifests_leaves_the_group_as_well(place: Branch) -> None:
    place.replace("[ann.lee, bob.ray]", "[ann.lee]")
    cut(place, "bob.ray")
    done(place, "user:bob.ray disable", "group:eng remove_members")
    assert place.members("Engineering") == {"ann.lee"}


def test_who_is_absent_is_deleted(place: Branch) -> None:
    place.replace("  bob.ray: {", "  bob.ray: {state: absent, ")
    done(place, "user:bob.ray delete", "group:eng remove_members")
    assert set(place.users()) == {"ann.lee", "cy.day"}
    assert place.members("Engineering") == {"ann.lee"}


def test_members_join_and_leave(place: Branch) -> None:
    place.replace("[ann.lee, bob.ray]", "[bob.ray, cy.day]")
    done(place, "group:eng add_members", "group:eng remove_members")
    assert place.members("Engineering") == {"bob.ray", "cy.day"}


def test_the_last_members_leave(place: Branch) -> None:
    place.replace("[ann.lee, bob.ray]", "[]")
    done(place, "group:eng remove_members")
    assert place.members("Engineering") == set()
    place.replace("members: []", "members: [cy.day]")
    done(place, "group:eng add_members")
    assert place.members("Engineering") == {"cy.day"}


def test_a_group_is_renamed(place: Branch) -> None:
    before = place.groups()["Engineering"]["id"]
    place.replace("displayName: Engineering", "displayName: Engines")
    done(place, "group:eng update")
    assert place.groups()["Engines"]["id"] == before
    assert place.members("Engines") == {"ann.lee", "bob.ray"}


def test_a_group_that_is_taken_out_of_the_manifests_stays(place: Branch) -> None:
    place.people = place.people.partition("groups:")[0]
    done(place, withheld=(("eng", "removed"),))
    assert place.members("Engineering") == {"ann.lee", "bob.ray"}


@pytest.mark.parametrize("reaction", ["delete", "empty"])
def test_a_group_goes_where_the_target_says_so(place: Branch, reaction: str) -> None:
    place.people = place.people.partition("groups:")[0]
    place.target = (f"lifecycle: {{groups: {{onRemove: {reaction}}}}}",)
    done(place, "group:eng delete" if reaction == "delete" else "group:eng remove_members")
    assert [place.members(each) for each in place.groups()] == ([] if reaction == "delete" else [set()])


def test_a_manager_is_set_replaced_and_cleared(place: Branch) -> None:
    for before, after in (("", "manager: ann.lee, "), ("manager: ann.lee", "manager: bob.ray")):
        place.replace(f"  cy.day: {{{before}", f"  cy.day: {{{after}")
        plan = done(place, "user:cy.day update")
        assert [each.path for each in plan.operations[0].changes] == [f"{MANAGER}.value"]
    users = place.users()
    assert users["cy.day"][MANAGER.rpartition(":")[0]]["manager"]["value"] == users["bob.ray"]["id"]


def test_a_manager_who_is_new_comes_first(place: Branch) -> None:
    place.people = place.people.replace("  cy.day: {", "  cy.day: {manager: dee, ")
    place.people = place.people.replace(
        "groups:", "  dee: {name: {givenName: D, familyName: E}, displayName: Dee, emails: dee@example.com}\ngroups:"
    )
    done(place, "user:dee create", "user:cy.day update")


def test_an_email_address_changes(place: Branch) -> None:
    place.replace("emails: cy.day@example.com", "emails: cy@example.org")
    done(place, "user:cy.day update")
    assert place.users()["cy.day"]["emails"] == [{"value": "cy@example.org", "type": "work", "primary": True}]


def test_attributes_come_and_are_cleared(place: Branch) -> None:
    full = "title: Boss, nickName: C, phoneNumbers: '+4930123456', department: D, costCenter: '7', "
    place.replace("  cy.day: {", f"  cy.day: {{{full}")
    done(place, "user:cy.day update")
    assert {*place.users()["cy.day"]} >= {"title", "nickName", "phoneNumbers"}
    place.replace(full, "title: '', nickName: '', phoneNumbers: [], department: '', costCenter: '', ")
    done(place, "user:cy.day update")
    assert {*place.users()["cy.day"]}.isdisjoint({"title", "nickName", "phoneNumbers"})


def test_an_address_changes_in_one_part(place: Branch) -> None:
    place.replace("  cy.day: {", "  cy.day: {addresses: [{type: work, locality: Berlin, country: DE}], ")
    done(place, "user:cy.day update")
    place.replace("locality: Berlin", "locality: Bonn")
    done(place, "user:cy.day update")
    [address] = place.users()["cy.day"]["addresses"]
    assert (address["locality"], address["country"]) == ("Bonn", "DE")


def test_what_somebody_changes_in_the_console_is_put_right(place: Branch) -> None:
    place.edit("ann.lee", displayName="Somebody else", title="stays", active=False)
    plan = done(place, "user:ann.lee update", withheld=(("ann.lee", "disabled_there"),))
    assert [each.path for each in plan.operations[0].changes] == ["displayName"]
    assert place.users()["ann.lee"]["title"] == "stays"


def test_whoever_was_deleted_in_the_console_comes_back_with_memberships(place: Branch) -> None:
    place.console("DELETE", f"/Users/{place.users()['bob.ray']['id']}")
    plan = place.plan().plan
    assert [str(each.situation) for each in plan.operations if each.key == "bob.ray"] == ["lost"]
    done(place, "user:bob.ray create", "group:eng add_members")
    assert place.members("Engineering") == {"ann.lee", "bob.ray"}


def test_whoever_was_deleted_in_the_console_and_taken_out_of_the_manifests_is_forgotten(place: Branch) -> None:
    place.console("DELETE", f"/Users/{place.users()['bob.ray']['id']}")
    place.replace("[ann.lee, bob.ray]", "[ann.lee]")
    cut(place, "bob.ray")
    assert place.plan().plan.operations == ()
    place.apply()
    place.converged()
    assert "user:bob.ray" not in place.known


def test_a_group_that_was_deleted_in_the_console_comes_back_with_its_members(place: Branch) -> None:
    place.console("DELETE", f"/Groups/{place.groups()['Engineering']['id']}")
    done(place, "group:eng create")
    assert place.members("Engineering") == {"ann.lee", "bob.ray"}


def test_members_come_and_go_a_hundred_at_a_time(request: pytest.FixtureRequest, place: Branch) -> None:
    everybody, few = range(230), range(5)
    big = branch(place.folder / "big", place.platform, crowd(230, group_of("all", *everybody)))
    big.folder.mkdir()
    big.apply()
    big.converged()
    assert len(big.members("All")) == 230
    assert [len(each.body["Operations"][0]["value"]) for each in requests(big, "PATCH", "/Groups")] == [100, 30]
    big.vendor.clear_log()
    big.people = crowd(230, group_of("all", *few))
    big.target = ("safety: {limits: {removeMembers: {percent: 100}, removeMembersPerGroup: {percent: 100}}}",)
    big.apply()
    big.converged()
    assert big.members("All") == {f"u{each:03}" for each in few}
    assert len(requests(big, "PATCH", "/Groups")) == 3
