"""Objects that vanish, creates that fail, and what depends on them."""

from __future__ import annotations

from typing import Any

import pytest
from servers.faults import On, answer, answer_nothing, drop_attributes
from servers.faulty import Forward, Reply, Request
from workplace import Workplace, outcomes, results

from reconciler.core.report import Result


async def accepted(_request: Request, _forward: Forward) -> Reply:
    """Success without a body, and nothing done."""
    return Reply(204)


@pytest.mark.parametrize(
    "faults",
    [
        [(On("PATCH"), accepted), (On("GET", "/Users/*"), answer(404))],
        [(On("PATCH"), answer(501)), (On("GET", "/Users/*"), answer(404))],
        [(On("P*T*"), accepted), (On("GET", "/Users/*", skip=2), answer(404))],
        [(On("P*T*"), accepted), (On("GET", "/Users/*", skip=8), answer(404))],
    ],
)
def test_an_update_of_somebody_who_is_gone_has_failed_and_teaches_nothing(
    applied: Workplace, faults: list[Any]
) -> None:
    for on, fault in faults:
        applied.server.inject(on, fault)
    applied.replace("title: Boss", "title: Chief")
    done = applied.apply()
    assert results(done) == {"user:alice:update": "failed"}
    assert done.report.not_kept == ()
    applied.server.heal()
    assert results(applied.apply()) == {"user:alice:update": "done"}
    applied.settled()


def test_a_delete_that_is_refused_says_why(applied: Workplace) -> None:
    applied.server.inject(On("DELETE"), answer(409, "still in use"))
    applied.replace("carol: {state: disabled}", "carol: {state: absent}")
    carol = applied.users()["carol"]["id"]
    done = outcomes(applied.apply())["user:carol:delete"]
    assert (done.result, done.status) == (Result.FAILED, 409)
    assert done.detail == f"DELETE /Users/{carol} was answered 409: still in use"


def test_an_answer_without_a_reason_says_so(applied: Workplace) -> None:
    applied.server.inject(On("DELETE"), answer_nothing(409))
    applied.replace("carol: {state: disabled}", "carol: {state: absent}")
    assert "409" in outcomes(applied.apply())["user:carol:delete"].detail


def refuse(place: Workplace, *names: str) -> None:
    def about(request: Request) -> bool:
        body = request.body if isinstance(request.body, dict) else {}
        return body.get("userName") in names or body.get("displayName") in names

    place.server.inject(On("POST", when=about), answer(409, "no"))


def test_members_whose_create_failed_are_missed_and_the_others_join(applied: Workplace) -> None:
    applied.people = applied.people.replace("groups:", "  new: {}\n  newer: {}\ngroups:")
    applied.replace("members: [alice, bob]", "members: [alice, bob, new, newer]")
    refuse(applied, "new")
    done = outcomes(applied.apply())
    assert done["group:ops:add_members"].result is Result.FAILED
    assert done["group:ops:add_members"].detail == "1 of 2 members were not created: user:new"
    assert applied.members("Operations") == {"alice", "bob", "newer"}
    assert len(applied.known["group:ops"].applied["members"]) == 2
    applied.server.heal()
    applied.apply()
    applied.settled()
    assert len(applied.known["group:ops"].applied["members"]) == 4


def test_where_none_of_the_members_was_created_nothing_is_sent(applied: Workplace) -> None:
    applied.people = applied.people.replace("groups:", "  new: {}\ngroups:")
    applied.replace("members: [alice, bob]", "members: [alice, bob, new]")
    refuse(applied, "new")
    done = outcomes(applied.apply())
    assert done["group:ops:add_members"].result is Result.SKIPPED
    assert applied.server.requests_of("PATCH") == []


def test_members_of_a_group_that_was_not_created_are_skipped(place: Workplace) -> None:
    place.people = """
users: {ann: {}}
groups: {outer: {members: [{group: inner}, ann]}, inner: {members: [ann]}}
"""
    refuse(place, "outer")
    done = outcomes(place.apply())
    assert {id: each.result for id, each in done.items()} == {
        "user:ann:create": Result.DONE,
        "group:inner:create": Result.DONE,
        "group:outer:create": Result.FAILED,
        "group:outer:add_members": Result.SKIPPED,
    }
    place.server.heal()
    place.apply()
    place.settled()


def test_a_created_object_is_looked_up_by_whatever_it_is_matched_by(make_place: Any) -> None:
    """No externalId to ask for: the userName tells."""
    place = make_place('users: {ann: {externalId: ""}}')

    async def bodiless(request: Request, forward: Forward) -> Reply:
        reply = await forward(request)
        return Reply(reply.status) if reply.status == 201 else reply

    place.server.inject(On("POST"), bodiless)
    assert results(place.apply()) == {"user:ann:create": "done"}
    place.settled()


def test_a_look_up_that_finds_nothing_by_one_key_goes_on_to_the_next(make_place: Any) -> None:
    place = make_place("users: {ann: {}}")

    async def bodiless(request: Request, forward: Forward) -> Reply:
        reply = await forward(request)
        return Reply(reply.status) if reply.status == 201 else reply

    place.server.inject(On("POST"), bodiless)
    place.server.inject(On(), drop_attributes("externalId"))
    place.apply()
    assert place.known["user:ann"].id == place.users()["ann"]["id"]


def test_a_shape_that_is_refused_now_and_then_is_not_given_up(make_place: Any) -> None:
    """One refusal may be about one value: the next update begins with the most exact shape again."""
    place = make_place("users: {ann: {title: A}, bob: {title: A}}", concurrency=1)
    place.apply()
    place.server.log.clear()
    place.server.inject(On("PATCH", times=1), answer(400, "not this"))
    place.replace("ann: {title: A}, bob: {title: A}", "ann: {title: B}, bob: {title: B}")
    assert set(results(place.apply()).values()) == {"done"}
    assert len(place.server.requests_of("PATCH")) == 3
    assert place.server.requests_of("PUT") == []
