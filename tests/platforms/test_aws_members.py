"""AWS IAM Identity Center: members that no read of a group shows, told by filters and changed by value alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from branches import Branch, branch
from platforms.centers import AWS, PEOPLE, console_user, done, requests
from workplace import operation

EVERYBODY = ("user:ann.lee create", "user:bob.ray create", "user:cy.day create", "group:eng create")
EXACT = "ownership: {members: exact}"
FORMS = {"add": {"members"}, "remove": {"members"}}


@pytest.fixture(params=[True, False], ids=["new generation", "old generation"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Branch:
    """PEOPLE, applied. Endpoints of the old generation tell of pairs alone."""
    made = branch(tmp_path, AWS, cursors=request.param)
    made.apply()
    made.settled()
    return made


def settled(place: Branch) -> tuple[str, ...]:
    """Nothing is pending. The old generation refuses the filters that it does not have, and nothing but those.

    Gives the notes of the plan.
    """
    plan = place.settled()
    assert place.refused == [] or not place.options.cursors
    assert all(each.request.method == "GET" and "filter" in each.request.query for each in place.vendor.refused)
    return plan.notes


def in_console(place: Branch, action: str, id_: str, group: str = "Engineering") -> None:
    """A person puts somebody into a group, or takes somebody out."""
    path = f'members[value eq "{id_}"]' if action == "remove" else "members"
    value = {} if action == "remove" else {"value": [{"value": id_}]}
    place.patch(f"/Groups/{place.groups()[group]['id']}", {"op": action, "path": path, **value})


def test_members_are_never_read_as_nobody(place: Branch) -> None:
    assert place.plan().plan.operations == ()
    place.replace("[ann.lee, bob.ray]", "[bob.ray]")
    place.apply()
    settled(place)
    assert place.members("Engineering") == {"bob.ray"}


def test_a_member_who_was_taken_out_in_the_console_comes_back(place: Branch) -> None:
    in_console(place, "remove", place.users()["bob.ray"]["id"])
    planned = place.plan()
    [add] = planned.plan.operations
    assert ([each.key for each in add.members], str(add.by)) == (["user:bob.ray"], "them")
    place.apply(planned)
    settled(place)
    assert place.members("Engineering") == {"ann.lee", "bob.ray"}


def test_somebody_of_ours_who_was_put_in_in_the_console_goes(place: Branch) -> None:
    in_console(place, "add", place.users()["cy.day"]["id"])
    planned = place.plan()
    assert [each.id for each in planned.plan.operations] == ["group:eng:remove_members"]
    place.apply(planned)
    settled(place)
    assert place.members("Engineering") == {"ann.lee", "bob.ray"}


def test_strangers_stay(place: Branch) -> None:
    in_console(place, "add", console_user(place, "guest"))
    settled(place)
    place.replace("[ann.lee, bob.ray]", "[cy.day]")
    place.apply()
    settled(place)
    assert place.members("Engineering") == {"cy.day", "guest"}


def test_strangers_go_where_membership_is_exact_and_a_filter_tells_of_them(tmp_path: Path) -> None:
    place = branch(tmp_path, AWS, PEOPLE, EXACT)
    place.apply()
    in_console(place, "add", console_user(place, "guest"))
    plan = done(place, "group:eng remove_members")
    assert [each.key for each in plan.operations[0].members] == [None]
    assert place.members("Engineering") == {"ann.lee", "bob.ray"}


def test_strangers_go_too_where_there_are_more_groups_than_people(tmp_path: Path) -> None:
    """Asking user by user takes fewer requests there, and tells nothing of strangers."""
    groups = "".join(f"  g{each}: {{displayName: G{each}, members: [ann.lee]}}\n" for each in range(5))
    place = branch(tmp_path, AWS, PEOPLE + groups, EXACT)
    place.apply()
    in_console(place, "add", console_user(place, "guest"), "G3")
    done(place, "group:g3 remove_members")
    assert place.members("G3") == {"ann.lee"}


def test_one_group_may_be_exact_and_the_others_not(tmp_path: Path) -> None:
    groups = "".join(f"  g{each}: {{displayName: G{each}, members: [ann.lee]}}\n" for each in range(4))
    strict = "  g9: {displayName: G9, members: [ann.lee], membership: exact}\n"
    place = branch(tmp_path, AWS, PEOPLE + groups + strict)
    place.apply()
    guest = console_user(place, "guest")
    for group in ("G2", "G9"):
        in_console(place, "add", guest, group)
    done(place, "group:g9 remove_members")
    assert (place.members("G2"), place.members("G9")) == ({"ann.lee", "guest"}, {"ann.lee"})


def test_strangers_of_an_exact_group_cannot_be_seen_pair_by_pair(tmp_path: Path) -> None:
    place = branch(tmp_path, AWS, PEOPLE, EXACT, cursors=False)
    place.apply()
    in_console(place, "add", console_user(place, "guest"))
    assert "the endpoint does not tell of strangers in 1 group whose membership is exact: they stay" in settled(place)
    assert place.members("Engineering") == {"ann.lee", "bob.ray", "guest"}


def test_what_is_sent_is_what_the_plan_says(place: Branch) -> None:
    place.replace("[ann.lee, bob.ray]", "[bob.ray, cy.day]")
    planned = place.plan()
    planned_bodies = [each.body for one in planned.plan.operations for each in one.requests]
    place.vendor.clear_log()
    place.apply(planned)
    assert [each.body for each in requests(place, "PATCH")] == planned_bodies
    ann = place.users()["ann.lee"]["id"]
    leaving = operation(planned, "group:eng:remove_members").requests[0].body
    assert leaving["Operations"] == [{"op": "remove", "path": "members", "value": [{"value": ann}]}]


def test_groups_are_changed_by_adding_and_removing_named_members_alone(place: Branch) -> None:
    place.replace("[ann.lee, bob.ray]", "[cy.day]")
    place.replace("displayName: Engineering", "displayName: Engines")
    place.apply()
    settled(place)
    assert requests(place, "PUT") == []
    for each in requests(place, "PATCH", "/Groups"):
        for one in each.body["Operations"]:
            assert names_its_members(one), one


def names_its_members(one: dict[str, Any]) -> bool:
    return one["path"] != "members" or (one["op"] in ("add", "remove") and bool(one["value"]))


def test_nobody_is_removed_while_it_is_not_known_who_is_in(place: Branch) -> None:
    """A new store on an endpoint that is already populated: who is in is asked of the endpoint, not of the store."""
    (place.folder / "state.db").unlink()
    place.replace("[ann.lee, bob.ray]", "[bob.ray]")
    place.apply()
    assert place.members("Engineering") == {"bob.ray"}
    settled(place)


def test_without_a_store_members_converge_as_well(place: Branch) -> None:
    place.state = "none"
    place.replace("[ann.lee, bob.ray]", "[bob.ray, cy.day]")
    place.apply()
    assert place.members("Engineering") == {"bob.ray", "cy.day"}
    settled(place)


def test_many_groups_are_asked_user_by_user_where_that_is_shorter(tmp_path: Path) -> None:
    groups = "".join(f"  g{each}: {{displayName: G{each}, members: [ann.lee]}}\n" for each in range(20))
    place = branch(tmp_path, AWS, PEOPLE + groups)
    place.apply()
    place.vendor.clear_log()
    place.converged()
    filters = [each.query["filter"] for each in requests(place, "GET") if "filter" in each.query]
    assert len(filters) <= 5
    assert all(each.startswith("members.value eq") for each in filters)
