"""Each row of the table of situations, by name: how it comes about, what the plan says, what apply makes of it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest
from planning_kit import USER
from servers.listings import listing_of, without_ids
from verdicts import apply_and_see, situation_of
from workplace import Workplace

from reconciler.core.vocabulary import Situation

MakePlace = Callable[..., Workplace]

pytestmark = pytest.mark.usefixtures("on_both")


@pytest.fixture
def ann(make_place: MakePlace) -> Workplace:
    """Ann, created here."""
    place = make_place("users: {ann: {title: Engineer}}")
    place.apply()
    return place


def somebody(place: Workplace, name: str, **values: Any) -> str:
    """The id of a user whom somebody else made there."""
    made = place.call("POST", "/Users", {"schemas": [USER], "userName": name, "active": True, **values})
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


def remove(place: Workplace, name: str) -> None:
    assert place.call("DELETE", f"/Users/{place.users()[name]['id']}").status_code == 204


def test_unreadable_is_held_where_it_may_be_a_desired_one(ann: Workplace) -> None:
    somebody(ann, "new")
    ann.people = "users: {new: {}}"
    ann.state = "none"
    ann.server.inject(listing_of("/Users"), without_ids())
    assert situation_of(ann, "new") is Situation.UNREADABLE
    planned, sent = apply_and_see(ann)
    assert planned == ["held user:new nothing: unreadable"]
    assert sent == []
    assert ann.plan().plan.read["users"].unreadable == 2, "ann, who is nobody's business here, is counted"


def test_disputed_is_held_and_names_everybody(make_place: MakePlace) -> None:
    place = make_place("users: {ann: {}}")
    ids = {somebody(place, name, externalId="ann") for name in ("first", "second")}
    assert situation_of(place, "ann") is Situation.DISPUTED
    [row] = place.plan().plan.held
    assert all(id in row.detail for id in ids)
    planned, sent = apply_and_see(place)
    assert planned == ["held user:ann nothing: disputed"]
    assert sent == []


def test_disputed_too_where_a_name_is_held_by_another_key(ann: Workplace) -> None:
    ann.people = "users: {anne: {userName: ann}}"
    assert situation_of(ann, "anne") is Situation.DISPUTED
    [row] = ann.plan().plan.held
    assert row.detail == "userName held by ann"
    planned, sent = apply_and_see(ann)
    assert planned == ["user:ann disable: removed", "held user:anne nothing: disputed"]
    assert sent == ["PATCH /Users/*"]
    assert ann.users().keys() == {"ann"}


def test_identity_changed_is_held(ann: Workplace) -> None:
    before = ann.users()
    ann.people = "users: {ann: {userName: zoe, externalId: E9}}"
    assert situation_of(ann, "ann") is Situation.IDENTITY_CHANGED
    planned, sent = apply_and_see(ann)
    assert planned == ["held user:ann nothing: identity_changed"]
    assert sent == []
    assert ann.users() == before


def test_waiting_is_left_alone(ann: Workplace) -> None:
    ann.people = "users: {}"
    ann.apply()
    assert situation_of(ann, "ann") is Situation.WAITING
    assert apply_and_see(ann) == ([], [])


def test_waiting_too_before_the_first_day(make_place: MakePlace) -> None:
    place = make_place("users: {ann: {from: 2026-12-01}}")
    assert situation_of(place, "ann") is Situation.WAITING
    assert apply_and_see(place) == ([], [])
    assert place.users() == {}


def test_gone_closes_the_record(ann: Workplace) -> None:
    remove(ann, "ann")
    ann.people = "users: {}"
    assert situation_of(ann, "ann") is Situation.GONE
    assert apply_and_see(ann) == ([], [])
    assert ann.known == {}


def test_relinked_is_adopted_under_its_new_id(ann: Workplace) -> None:
    remove(ann, "ann")
    id = somebody(ann, "ann", externalId="ann", title="Engineer")
    assert situation_of(ann, "ann") is Situation.RELINKED
    planned, sent = apply_and_see(ann)
    assert planned == ["user:ann adopt: relinked"]
    assert sent == []
    assert ann.known["user:ann"].id == id


def test_lost_is_created_again(ann: Workplace) -> None:
    remove(ann, "ann")
    assert situation_of(ann, "ann") is Situation.LOST
    planned, sent = apply_and_see(ann)
    assert planned == ["user:ann create: lost"]
    assert sent == ["POST /Users"]
    assert ann.known["user:ann"].id == ann.users()["ann"]["id"]


def test_retired_is_deleted(ann: Workplace) -> None:
    ann.people = "users: {ann: {state: absent}}"
    assert situation_of(ann, "ann") is Situation.RETIRED
    planned, sent = apply_and_see(ann)
    assert planned == ["user:ann delete: retired"]
    assert sent == ["DELETE /Users/*"]
    assert ann.users() == {}


REMOVED = {
    "disable": (["user:ann disable: removed"], ["PATCH /Users/*"], False),
    "delete": (["user:ann delete: removed"], ["DELETE /Users/*"], None),
    "keep": (["withheld user:ann nothing: removed"], [], True),
}


@pytest.mark.parametrize("reaction", REMOVED)
def test_removed_ends_as_on_remove_says(ann: Workplace, reaction: str) -> None:
    ann.people, ann.target = "users: {}", [f"lifecycle: {{onRemove: {reaction}}}"]
    assert situation_of(ann, "ann") is Situation.REMOVED
    planned, sent, active = REMOVED[reaction]
    assert apply_and_see(ann) == (planned, sent)
    assert ann.users().get("ann", {}).get("active") is active


LEFT_SCOPE = {
    "disable": (["user:ann disable: left_scope"], ["PATCH /Users/*"], False),
    "delete": (["user:ann delete: left_scope"], ["DELETE /Users/*"], None),
    "keep": (["withheld user:ann nothing: left_scope"], [], True),
}


@pytest.mark.parametrize("reaction", LEFT_SCOPE)
def test_left_scope_ends_as_on_leave_says(ann: Workplace, reaction: str) -> None:
    ann.people += "\nscopes: {nobody: {users: {where: 'title eq \"Boss\"'}}}"
    ann.target = ["scope: nobody", f"lifecycle: {{onLeave: {reaction}}}"]
    assert situation_of(ann, "ann") is Situation.LEFT_SCOPE
    planned, sent, active = LEFT_SCOPE[reaction]
    assert apply_and_see(ann) == (planned, sent)
    assert ann.users().get("ann", {}).get("active") is active


def test_foreign_is_counted_and_left_alone(ann: Workplace) -> None:
    zed = somebody(ann, "zed")
    assert situation_of(ann, zed) is Situation.FOREIGN
    assert ann.plan().plan.foreign["users"] == 1
    assert apply_and_see(ann) == ([], [])
    assert ann.users()["zed"]["active"]


def test_missing_is_created(ann: Workplace) -> None:
    ann.people = "users: {ann: {title: Engineer}, new: {}}"
    assert situation_of(ann, "new") is Situation.MISSING
    planned, sent = apply_and_see(ann)
    assert planned == ["user:new create: missing"]
    assert sent == ["POST /Users"]
    assert ann.known["user:new"].id == ann.users()["new"]["id"]


def test_adoptable_is_adopted_and_updated_and_never_enabled(ann: Workplace) -> None:
    id = somebody(ann, "new")
    ann.edit("new", active=False)
    ann.people = "users: {ann: {title: Engineer}, new: {title: T}}"
    assert situation_of(ann, "new") is Situation.ADOPTABLE
    planned, sent = apply_and_see(ann)
    assert planned[:2] == ["user:new adopt: adoptable", "user:new update: adoptable"]
    assert planned[2:] == ["withheld user:new enable: adoptable disabled_there"]
    assert sent == ["PATCH /Users/*"]
    live = ann.users()["new"]
    assert (live["id"], live["title"], live["active"]) == (id, "T", False)
    assert ann.known["user:new"].id == id


def test_disabled_there_stays_disabled_and_the_rest_is_updated(ann: Workplace) -> None:
    ann.edit("ann", active=False, title="Else")
    assert situation_of(ann, "ann") is Situation.DISABLED_THERE
    planned, sent = apply_and_see(ann)
    assert planned == ["user:ann update: disabled_there", "withheld user:ann enable: disabled_there"]
    assert sent == ["PATCH /Users/*"]
    live = ann.users()["ann"]
    assert (live["active"], live["title"]) == (False, "Engineer")


def test_returned_is_enabled_and_updated(ann: Workplace) -> None:
    ann.people = "users: {}"
    ann.apply()
    ann.people = "users: {ann: {title: Boss}}"
    assert situation_of(ann, "ann") is Situation.RETURNED
    planned, sent = apply_and_see(ann)
    assert planned == ["user:ann enable: returned"]
    assert sent == ["PATCH /Users/*"]
    live = ann.users()["ann"]
    assert (live["active"], live["title"]) == (True, "Boss")


def test_drifted_is_updated(ann: Workplace) -> None:
    id = ann.users()["ann"]["id"]
    ann.edit("ann", title="Else")
    ann.people = "users: {ann: {title: Engineer, userName: anne}}"
    assert situation_of(ann, "ann") is Situation.DRIFTED
    planned, sent = apply_and_see(ann)
    assert planned == ["user:ann update: drifted"]
    assert sent == ["PATCH /Users/*"]
    live = ann.users()["anne"]
    assert (live["id"], live["title"]) == (id, "Engineer"), "a rename is an update of the same object"


def test_in_sync_is_nothing(ann: Workplace) -> None:
    assert situation_of(ann, "ann") is Situation.IN_SYNC
    assert apply_and_see(ann) == ([], [])


@pytest.mark.parametrize("situation", Situation)
def test_no_row_of_the_table_is_without_its_test(situation: Situation) -> None:
    named = [name for name in vars(sys.modules[__name__]) if name.startswith(f"test_{situation}_")]
    assert named
