"""Each verdict, by name: what is withheld by rule and what waits for a person, and that the rest goes on."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from neighbours import Estate
from planning_kit import USER
from servers.faults import On, answer, truncate_listing
from servers.faulty import Forward, Reply, Request
from servers.listings import listing_of
from verdicts import apply_and_see
from workplace import Workplace, results

from reconciler.core.vocabulary import Verdict

MakePlace = Callable[..., Workplace]

pytestmark = pytest.mark.usefixtures("on_both")

PEOPLE = "users: {ann: {title: Engineer}, bob: {}}"


@pytest.fixture
def two(make_place: MakePlace) -> Workplace:
    """Ann and Bob, created here."""
    place = make_place(PEOPLE)
    place.apply()
    return place


def inactive(place: Workplace) -> set[str]:
    return {name for name, each in place.users().items() if not each["active"]}


def test_protected_keeps_its_access_and_the_rest_goes_on(two: Workplace) -> None:
    two.people, two.target = "users: {}", ["safety: {protect: [ann]}"]
    planned, sent = apply_and_see(two)
    assert planned == ["user:bob disable: removed", "withheld user:ann disable: removed protected"]
    assert sent == ["PATCH /Users/*"]
    assert inactive(two) == {"bob"}


def test_protected_is_updated_but_not_renamed(two: Workplace) -> None:
    two.people = "users: {ann: {title: Boss, userName: anne}, bob: {}}"
    two.target = ["safety: {protect: [ann]}"]
    planned, _ = apply_and_see(two)
    assert planned == ["user:ann update: drifted", "withheld user:ann update: drifted protected"]
    assert two.users()["ann"]["title"] == "Boss"


def test_blocked_is_what_the_platform_cannot_do_and_disabling_stands_in(two: Workplace) -> None:
    two.replace("ann: {title: Engineer}", "ann: {state: absent}")
    two.target = ["capabilities: {user.delete: false}"]
    planned, sent = apply_and_see(two)
    assert planned == ["user:ann disable: retired", "withheld user:ann delete: retired blocked"]
    assert sent == ["PATCH /Users/*"]
    assert inactive(two) == {"ann"}


def test_policy_leaves_users_of_before_as_they_are(make_place: MakePlace) -> None:
    place = make_place(PEOPLE, target=["capabilities: {user.associate: false}"])
    place.call("POST", "/Users", {"schemas": [USER], "userName": "ann"})
    planned, sent = apply_and_see(place)
    assert planned == ["user:bob create: missing", "withheld user:ann adopt: adoptable policy"]
    assert sent == ["POST /Users"]
    assert "title" not in place.users()["ann"]
    assert place.known.keys() == {"user:bob"}


def test_policy_leaves_the_adopted_unchanged_too(make_place: MakePlace) -> None:
    place = make_place(PEOPLE, target=["capabilities: {user.modify: false}"])
    place.call("POST", "/Users", {"schemas": [USER], "userName": "ann"})
    planned, sent = apply_and_see(place)
    assert planned == [
        "user:ann adopt: adoptable",
        "user:bob create: missing",
        "withheld user:ann update: adoptable policy",
    ]
    assert sent == ["POST /Users"]
    assert "title" not in place.users()["ann"]


def test_unmanaged_operation_is_not_done(two: Workplace) -> None:
    two.people = "users: {ann: {title: Boss}}"
    two.target = ["manage: {users: [create, update]}"]
    planned, sent = apply_and_see(two)
    assert planned == ["user:ann update: drifted", "withheld user:bob disable: removed unmanaged_operation"]
    assert sent == ["PATCH /Users/*"]
    assert inactive(two) == set()


def test_not_adopted_is_neither_created_nor_updated(make_place: MakePlace) -> None:
    place = make_place(PEOPLE)
    place.call("POST", "/Users", {"schemas": [USER], "userName": "ann", "externalId": "somebody-else"})
    planned, sent = apply_and_see(place)
    assert planned == ["user:bob create: missing", "withheld user:ann adopt: adoptable not_adopted"]
    assert sent == ["POST /Users"]
    assert place.users()["ann"]["externalId"] == "somebody-else"


def test_not_owned_is_not_deleted_though_an_absent_user_matches_it(make_place: MakePlace) -> None:
    place = make_place("users: {ann: {state: absent}}")
    place.call("POST", "/Users", {"schemas": [USER], "userName": "ann"})
    assert apply_and_see(place) == (["withheld user:ann delete: foreign not_owned"], [])
    assert place.users().keys() == {"ann"}


def test_owned_elsewhere_is_left_to_its_target_whole(tmp_path: Path) -> None:
    text = "users: {ann: {title: Boss}, bob: {}}\nscopes: {east: {users: {include: [ann]}}}"
    estate = Estate(tmp_path, text, {"east": ["scope: east"], "west": []})
    estate["east"].apply()
    estate.people = text.replace("Boss", "Chief")
    planned, sent = apply_and_see(estate["west"])
    assert planned == ["user:bob create: missing", "withheld user:ann adopt: adoptable owned_elsewhere"]
    assert sent == ["POST /Users"]
    assert estate["west"].users()["ann"]["title"] == "Boss"


def test_emergency_outlasts_what_the_manifests_say(two: Workplace) -> None:
    two.disable("ann")
    two.replace("title: Engineer", "title: Boss")
    planned, sent = apply_and_see(two)
    assert planned == ["user:ann update: drifted", "withheld user:ann enable: drifted emergency"]
    assert sent == ["PATCH /Users/*"]
    assert inactive(two) == {"ann"}


def test_not_selected_members_wait(make_place: MakePlace) -> None:
    place = make_place("users: {ann: {}, bob: {}}\ngroups: {g: {members: [ann, bob]}}")
    place.apply(only=["user:ann"])
    planned, sent = apply_and_see(place, only=["group:g"])
    assert planned == [
        "group:g create: missing",
        "withheld group:g create: missing not_selected",
        "withheld user:bob create: missing not_selected",
    ]
    assert sent == ["POST /Groups"]
    assert place.members("g") == {"ann"}


def test_unconfirmed_waits_for_a_whole_listing(two: Workplace) -> None:
    two.people = "users: {ann: {title: Boss}}"
    two.server.inject(listing_of("/Users"), truncate_listing(1))
    planned, sent = apply_and_see(two)
    assert planned == ["user:ann update: drifted", "held user:bob disable: removed unconfirmed"]
    assert sent == ["PATCH /Users/*"]
    assert inactive(two) == set()


def test_set_aside_is_held_after_it_failed_twice_and_the_rest_goes_on(two: Workplace) -> None:
    two.people = "users: {ann: {title: Chief}, bob: {title: Smith}}"
    two.server.inject(On("P*", f"/Users/{two.users()['ann']['id']}"), answer(422, "no such title"))
    assert results(two.apply()) == {"user:ann:update": "failed", "user:bob:update": "done"}
    assert results(two.apply()) == {"user:ann:update": "failed"}
    two.replace("Smith", "Miller")
    planned, sent = apply_and_see(two)
    assert planned == ["user:bob update: drifted", "held user:ann update: drifted set_aside"]
    assert sent == ["PATCH /Users/*"]
    assert two.users()["ann"]["title"] == "Engineer"


def test_name_cycle_waits_for_a_person(two: Workplace) -> None:
    before = two.users()
    two.people = "users: {ann: {title: Engineer, userName: bob}, bob: {userName: ann}}"
    planned, sent = apply_and_see(two)
    assert planned == ["held user:ann update: drifted name_cycle", "held user:bob update: drifted name_cycle"]
    assert sent == []
    assert two.users() == before


def test_taken_over_is_held_and_not_owned(two: Workplace) -> None:
    two.call("POST", "/Users", {"schemas": [USER], "userName": "old"})
    old = two.users()["old"]

    async def take_over(_request: Request, _forward: Forward) -> Reply:
        return Reply(201, old)

    two.server.inject(On("POST", "/Users"), take_over)
    two.people = "users: {ann: {title: Boss}, bob: {}, new: {}}"
    assert results(two.apply()) == {"user:ann:update": "done", "user:new:create": "failed"}
    planned, sent = apply_and_see(two)
    assert planned == ["held user:new create: missing taken_over"]
    assert sent == []
    assert "user:new" not in two.known


def test_access_remains_where_nothing_is_possible(two: Workplace) -> None:
    two.replace("ann: {title: Engineer}", "ann: {state: absent}")
    two.target = ["manage: {users: [create, update]}"]
    planned, sent = apply_and_see(two)
    assert planned == [
        "withheld user:ann delete: retired unmanaged_operation",
        "held user:ann disable: retired access_remains",
    ]
    assert sent == []
    assert inactive(two) == set()


@pytest.mark.parametrize("verdict", Verdict)
def test_no_verdict_is_without_its_test(verdict: Verdict) -> None:
    named = [name for name in vars(sys.modules[__name__]) if name.startswith(f"test_{verdict}_")]
    assert named
