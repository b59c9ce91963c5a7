"""Objects that the endpoint refuses are tried ever less often, until something about them changes; on a real server."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from planning_kit import NOW, signs
from servers.faults import On, answer, drop_before, touches
from servers.faulty import Request
from workplace import Workplace, outcomes, results

from reconciler.core.failures import PAUSES
from reconciler.core.plan import Row
from reconciler.core.resources import Kind
from reconciler.core.vocabulary import Verdict
from reconciler.errors import ExitCode

MakePlace = Callable[..., Workplace]
PEOPLE = "users: {ann: {title: Boss}, bob: {title: Smith}}\ngroups: {ops: {displayName: Ops, members: [ann, bob]}}\n"


@pytest.fixture
def place(make_place: MakePlace) -> Workplace:
    """Ann's new title is refused, Bob's is not."""
    place = make_place(PEOPLE)
    place.apply()
    place.replace("title: Boss", "title: Chief")
    place.replace("title: Smith", "title: Miller")
    ann = place.users()["ann"]["id"]
    place.server.inject(On("P*", f"/Users/{ann}"), answer(422, "no such title"))
    return place


def held(place: Workplace) -> list[Row]:
    return [each for each in place.plan().plan.held if each.reason is Verdict.SET_ASIDE]


def refuse_twice(place: Workplace) -> None:
    """The first attempt, and the one of the next run."""
    place.apply()
    assert results(place.apply()) == {"user:ann:update": "failed"}


def test_it_is_tried_in_the_next_run_and_then_ever_less_often(place: Workplace) -> None:
    assert results(place.apply()) == {"user:ann:update": "failed", "user:bob:update": "done"}
    attempts, ends = 1, NOW + timedelta(days=120)
    while place.clock.time < ends:
        applied = place.apply()
        assert results(applied) == {"user:ann:update": "failed"}
        attempts += 1
        [failure] = place.failures
        assert (failure.attempts, failure.first, failure.last) == (attempts, NOW, place.clock.time)
        place.clock.time = failure.next - timedelta(seconds=1)
        place.server.log.clear()
        assert results(place.apply()) == {}
        assert place.server.writes == []
        place.clock.time = failure.next
    assert len(PAUSES) < attempts <= len(PAUSES) + 5, "fewer and fewer in four months"


def test_the_row_says_since_when_how_often_why_until_when_and_what_to_do(place: Workplace) -> None:
    refuse_twice(place)
    [row] = held(place)
    ann = place.users()["ann"]["id"]
    assert (row.kind, row.key, row.name, row.id, row.action, row.situation) == (
        Kind.USER,
        "ann",
        "ann",
        ann,
        "update",
        "drifted",
    )
    assert row.detail == (
        f"failed 2 times since 2026-11-21 12:00 UTC (PATCH /Users/{ann} was answered 422: no such title); tried again "
        "from 2026-11-21 13:00 UTC, or once its entry, the mapping, the target or the object is changed; "
        "`reconciler apply there --retry` tries at once"
    )
    assert place.apply().exit_code is ExitCode.DONE, "the held row makes the command's exit code 5"


def test_another_title_another_mapping_or_somebody_else_at_work_there_ends_it_at_once(place: Workplace) -> None:
    refuse_twice(place)
    before = place.people
    place.replace("title: Chief", "title: Head")
    assert signs(place.plan().plan.operations) == ["user:ann update"]
    place.people = before
    assert len(held(place)) == 1
    place.target = ("capabilities: {user.associate: true}",)
    assert signs(place.plan().plan.operations) == ["user:ann update"]
    place.target = ()
    assert len(held(place)) == 1
    place.server.heal()
    place.edit("ann", title="Somebody")
    assert signs(place.plan().plan.operations) == ["user:ann update"]


def test_what_is_asked_for_is_tried_and_success_ends_it(place: Workplace) -> None:
    refuse_twice(place)
    assert signs(place.plan(retry=True).plan.operations) == ["user:ann update"]
    place.server.heal()
    assert held(place) != []
    place.apply(place.plan(retry=True))
    assert place.failures == []
    place.settled()


def test_one_that_is_mended_by_others_is_forgotten(place: Workplace) -> None:
    refuse_twice(place)
    place.server.heal()
    place.edit("ann", title="Chief")
    place.apply()
    assert place.failures == []
    place.settled()


def test_its_access_still_ends(place: Workplace) -> None:
    """The disable is sent in every run, the removal from a group, too."""
    refuse_twice(place)
    users = "users: {ann: {title: Chief, state: disabled}, bob: {title: Miller}}\n"
    place.people = f"{users}groups: {{ops: {{displayName: Ops, members: []}}}}\n"
    for _ in range(4):
        applied = place.apply()
        assert results(applied)["user:ann:disable"] == "failed"
    assert place.members("Ops") == set()
    place.server.heal()
    place.apply()
    assert place.users()["ann"]["active"] is False


def test_nobody_keeps_access_because_of_what_rides_along(place: Workplace) -> None:
    """The title is refused, and the disabling goes through without it; the title is then set aside by itself."""
    place.server.heal()
    place.server.inject(On("P*", "/Users/*", when=_has_title("Chief")), answer(422, "no such title"))
    place.people = "users: {ann: {title: Chief, state: disabled}, bob: {title: Smith}}\n"
    applied = place.apply()
    assert results(applied) == {"user:ann:disable": "failed"}
    assert outcomes(applied)["user:ann:disable"].detail.startswith("disabled; its other changes failed: P")
    assert place.users()["ann"]["active"] is False
    assert place.known["user:ann"].applied["active"] is False
    assert results(place.apply()) == results(place.apply()) == {"user:ann:update": "failed"}
    assert results(place.apply()) == {}
    assert [each.action for each in held(place)] == ["update"]


def test_refused_deletions_are_tried_in_every_run(make_place: MakePlace) -> None:
    place = make_place("users: {ann: {}, bob: {}}")
    place.apply()
    place.people = "users: {ann: {state: absent}, bob: {}}"
    place.server.inject(On("DELETE"), answer(409, "not now"))
    for _ in range(4):
        assert results(place.apply()) == {"user:ann:delete": "failed"}
    assert place.failures == []


def test_a_creation_that_is_refused_takes_nobody_along(make_place: MakePlace) -> None:
    place = make_place(PEOPLE)
    place.server.inject(On("POST", "/Users", when=_is("ann")), answer(400, "that name is odd"))
    done = outcomes(place.apply())
    assert (done["user:ann:create"].result, done["user:bob:create"].result) == ("failed", "done")
    assert "1 of 2 members were not created: user:ann" in done["group:ops:create"].detail
    place.apply()
    applied = place.apply()
    assert results(applied) == {}
    assert [(each.key, each.action) for each in held(place)] == [("ann", "create")]
    assert place.members("Ops") == {"bob"}
    place.server.heal()
    place.clock.time += timedelta(hours=1)
    place.apply()
    place.apply()
    place.settled()
    assert place.members("Ops") == {"ann", "bob"}


def test_members_that_are_refused_are_not_remembered_as_ours(make_place: MakePlace) -> None:
    place = make_place("users: {ann: {}, bob: {}}\ngroups: {ops: {displayName: Ops, members: [ann]}}")
    place.apply()
    place.replace("members: [ann]", "members: [ann, bob]")
    place.server.inject(On("P*", "/Groups/*"), answer(422, "the group is full"))
    refuse_group = {"group:ops:add_members": "failed"}
    assert results(place.apply()) == results(place.apply()) == refuse_group
    assert results(place.apply()) == {}
    assert place.known["group:ops"].applied["members"] == [place.users()["ann"]["id"]]
    assert [each.action for each in held(place)] == ["add_members"]


@pytest.mark.parametrize(
    "fault", [answer(503), answer(429, retry_after="0"), drop_before()], ids=["503", "429", "broken"]
)
def test_trouble_on_the_way_is_nobodys_fault(place: Workplace, fault: object) -> None:
    place.server.heal()
    place.server.inject(On("P*", "/Users/*"), fault)  # type: ignore[arg-type]  # a fault of the list above
    place.apply()
    assert place.failures == []


def test_what_was_not_selected_keeps_its_place(place: Workplace) -> None:
    refuse_twice(place)
    before = place.failures
    place.clock.time += timedelta(days=30)
    place.apply(only=["user:bob"])
    assert place.failures == before


def test_without_a_store_everything_is_tried_in_every_run(make_place: MakePlace) -> None:
    place = make_place("users: {ann: {}}", state="none")
    place.server.inject(On("POST"), answer(422, "no"))
    for _ in range(3):
        assert results(place.apply()) == {"user:ann:create": "failed"}


@pytest.mark.parametrize("status", [405, 501])
def test_a_group_that_the_platform_does_not_delete_is_shown_as_blocked(make_place: MakePlace, status: int) -> None:
    place = make_place(
        "users: {ann: {}}\ngroups: {ops: {displayName: Ops, members: [ann]}}",
        target=["lifecycle: {groups: {onRemove: delete}}"],
    )
    place.apply()
    place.people = "users: {ann: {}}"
    place.server.inject(On("DELETE", "/Groups/*"), answer(status, "groups stay here"))
    assert results(place.apply())["group:ops:delete"] == "failed"
    assert results(place.apply()) == {}
    [row] = [each for each in place.plan().plan.withheld if each.key == "ops"]
    assert (row.reason, row.action) == (Verdict.BLOCKED, "delete")
    assert row.detail.startswith("the platform refused it: groups stay here (tried again from ")
    place.server.heal()
    place.apply(place.plan(retry=True))
    assert place.groups() == {}


def _has_title(title: str) -> Callable[[Request], bool]:
    return lambda request: touches("title")(request) or (request.body or {}).get("title") == title


def _is(name: str) -> Callable[[Request], bool]:
    return lambda request: request.body.get("userName") == name
