"""Refusals and half-truths of endpoints: whatever is tried next must not harm anybody else."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from planning_kit import signs
from servers.faults import On, answer, carries_more_than, has_value_filter, leave_out
from servers.faulty import Forward, Reply, Request
from workplace import Workplace, outcomes, results

from reconciler.core.report import Result
from reconciler.core.vocabulary import Action, Verdict

GROUP = "/Groups/*"


def is_plain_removal(request: Request) -> bool:
    return any(each.get("op") == "remove" and each.get("path") == "members" for each in request.operations)


def is_replacement(request: Request) -> bool:
    return any(each.get("op") == "replace" for each in request.operations)


def is_addition(request: Request) -> bool:
    return any(each.get("op") == "add" for each in request.operations)


async def wipe(request: Request, forward: Forward) -> Reply:
    """RFC 7644 §3.5.2.2 to the letter: the value is not looked at."""
    bare = [{"op": "remove", "path": "members"}]
    return await forward(replace(request, body={**request.body, "Operations": bare}))


async def bodiless(request: Request, forward: Forward) -> Reply:
    reply = await forward(request)
    return Reply(reply.status, None, reply.headers) if reply.status == 201 else reply


def lose(place: Workplace) -> None:
    place.replace("members: [alice, bob]", "members: [bob]")


class TestRemovals:
    @pytest.mark.parametrize("status", [500, 502, 503, 504])
    @pytest.mark.parametrize("new", ["[bob]", "[alice, bob, carol]"])
    def test_a_broken_server_refuses_no_shape(self, applied: Workplace, status: int, new: str) -> None:
        applied.server.inject(On("PATCH", GROUP), answer(status))
        applied.replace("members: [alice, bob]", f"members: {new}")
        assert set(results(applied.apply()).values()) <= {"failed", "in_doubt"}
        assert {str(each.body) for each in applied.server.writes} == {str(applied.server.writes[0].body)}
        assert applied.members("Operations") == {"alice", "bob"}

    def test_the_list_of_who_stays_goes_before_a_removal_by_values(self, applied: Workplace) -> None:
        applied.server.inject(On("PATCH", GROUP, when=has_value_filter), answer(501))
        lose(applied)
        applied.apply()
        assert [is_replacement(each) for each in applied.server.writes] == [False, True]

    def test_whoever_vanishes_with_the_leavers_is_put_back(self, applied: Workplace) -> None:
        applied.server.inject(On("PATCH", GROUP, when=has_value_filter), answer(501))
        applied.server.inject(On("PATCH", GROUP, when=is_replacement), answer(501))
        applied.server.inject(On("PATCH", GROUP, when=is_plain_removal), wipe)
        lose(applied)
        [failed] = applied.apply().report.having(Result.FAILED)
        assert failed.detail == "the endpoint removed 1 members who were to stay; they were put back"
        assert applied.members("Operations") == {"bob"}
        applied.replace("members: [bob]", "members: []")
        applied.server.log.clear()
        applied.apply()
        assert has_value_filter(applied.server.writes[0])

    def test_whoever_cannot_be_put_back_is_named(self, applied: Workplace) -> None:
        bob = applied.users()["bob"]["id"]
        for when in (has_value_filter, is_replacement):
            applied.server.inject(On("PATCH", GROUP, when=when), answer(501))
        applied.server.inject(On("PATCH", GROUP, when=is_plain_removal), wipe)
        applied.server.inject(On("PATCH", GROUP, when=is_addition), answer(409, "locked"))
        lose(applied)
        [failed] = applied.apply().report.having(Result.FAILED)
        assert f"removed 1 members who were to stay ({bob}), and PATCH" in failed.detail
        assert "locked" in failed.detail

    @pytest.mark.parametrize("new", ["[bob]", "[alice, bob, carol]"])
    @pytest.mark.parametrize("hidden", [True, False])
    def test_a_list_that_is_not_shown_whole_is_not_written(self, applied: Workplace, new: str, hidden: bool) -> None:
        async def nameless(request: Request, forward: Forward) -> Reply:
            reply = await forward(request)
            return reply.with_rows(lambda row: {**row, "members": [*row["members"], {"display": "Somebody"}]})

        applied.replace("members: [alice, bob]", f"members: {new}")
        planned = applied.plan()
        applied.server.inject(On("GET", GROUP), leave_out("members") if hidden else nameless)
        applied.server.inject(On("PATCH", GROUP), answer(501, "no PATCH"))
        assert set(results(applied.apply(planned)).values()) == {"failed"}
        assert {each.method for each in applied.server.writes} == {"PATCH"}
        assert len(applied.server.writes) == 1
        assert applied.members("Operations") == {"alice", "bob"}


class TestAdditions:
    def test_what_does_not_show_is_never_followed_by_a_put(self, applied: Workplace) -> None:
        applied.replace("members: [alice, bob]", "members: [alice, bob, carol]")
        planned = applied.plan()
        applied.server.inject(On("*", GROUP), leave_out("members"))
        [failed] = applied.apply(planned).report.having(Result.FAILED)
        assert "accepted and not added" in failed.detail
        assert [each.method for each in applied.server.writes] == ["PATCH"]
        assert applied.members("Operations") == {"alice", "bob", "carol"}

    @pytest.mark.parametrize("status", [400, 413, 422])
    def test_members_come_in_parts_that_fit(self, make_place: Any, status: int) -> None:
        keys = [f"u{number:02}" for number in range(10)]
        members = ", ".join(keys)
        users = ", ".join(f"{key}: {{}}" for key in keys)
        groups = f"g: {{members: [{members}]}}, h: {{members: [{members}]}}"
        place = make_place(f"users: {{{users}}}\ngroups: {{{groups}}}", concurrency=1)
        place.server.inject(On("*", "/Groups*", when=carries_more_than(3)), answer(status, "at most three"))
        assert set(results(place.apply()).values()) == {"done"}
        refused = [each for each in place.server.writes if carries_more_than(3)(each) and each.method == "PATCH"]
        assert len(refused) == 2
        place.settled()

    def test_a_group_that_is_refused_with_members_is_created_without(self, place: Workplace) -> None:
        place.server.inject(On("POST", "/Groups", when=carries_more_than(0)), answer(501, "no members here"))
        assert set(results(place.apply()).values()) == {"done"}
        place.settled()


class TestShapes:
    @pytest.mark.parametrize("path", ["/Users/*", GROUP])
    def test_a_patch_that_is_not_routed_is_put(self, applied: Workplace, path: str) -> None:
        applied.server.inject(On("PATCH", path), answer(404))
        applied.replace("title: Boss", "title: Chief")
        lose(applied)
        assert set(results(applied.apply()).values()) == {"done"}
        applied.settled()

    @pytest.mark.parametrize("new", ["[bob]", "[alice, bob, carol]"])
    def test_a_group_that_is_gone_has_vanished(self, applied: Workplace, new: str) -> None:
        applied.replace("members: [alice, bob]", f"members: {new}")
        planned = applied.plan()
        applied.call("DELETE", f"/Groups/{applied.groups()['Operations']['id']}")
        [failed] = applied.apply(planned).report.having(Result.FAILED)
        assert "not there any more" in failed.detail
        assert len(applied.server.writes) == 1

    @pytest.mark.parametrize("scim_type", ["mutability", "uniqueness", "invalidValue"])
    def test_a_refused_value_is_sent_once(self, applied: Workplace, scim_type: str) -> None:
        applied.server.inject(On("P*T*"), answer(400, "no", scim_type))
        applied.replace("title: Boss", "title: Chief")
        lose(applied)
        done = applied.apply()
        assert set(results(done).values()) == {"failed"}
        assert len(applied.server.writes) == 2
        alice = applied.users()["alice"]["id"]
        assert outcomes(done)["user:alice:update"].detail == f"PATCH /Users/{alice} was answered 400: no"

    def test_500_is_asked_twice_before_another_shape(self, applied: Workplace) -> None:
        applied.server.inject(On("PATCH", times=1), answer(500))
        applied.replace("title: Boss", "title: Chief")
        assert results(applied.apply()) == {"user:alice:update": "done"}
        assert len({str(each.body) for each in applied.server.writes}) == 1


class TestDeletes:
    @pytest.mark.parametrize("status", [400, 403, 405, 501])
    def test_whoever_cannot_be_deleted_is_disabled(self, applied: Workplace, status: int) -> None:
        applied.server.inject(On("DELETE"), answer(status, "never"))
        applied.people += "  alumni: {}\n"
        applied.replace("alice: {", "alice: {state: absent, ")
        done = outcomes(applied.apply())["user:alice:delete"]
        assert (done.result, done.status) == (Result.FAILED, status)
        assert f"cannot be deleted here (DELETE answered {status}: never); disabled instead" in done.detail
        assert applied.users()["alice"]["active"] is False
        assert applied.known["user:alice"].applied["active"] is False
        following = applied.plan().plan
        assert "user:alice delete" not in signs(following.operations)
        [row] = [each for each in following.withheld if each.key == "alice"]
        assert (row.action, row.reason) == (Action.DELETE, Verdict.BLOCKED)
        assert row.detail == "the platform refused it: never (tried again from 2026-12-21; `apply --retry` at once)"

    def test_whoever_is_inactive_already_is_left_so(self, applied: Workplace) -> None:
        applied.server.inject(On("DELETE"), answer(405, "never"))
        applied.replace("carol: {state: disabled}", "carol: {state: absent}")
        done = outcomes(applied.apply())["user:carol:delete"]
        assert "(DELETE answered 405: never); it is inactive already" in done.detail
        assert [each.method for each in applied.server.writes] == ["DELETE"]

    def test_a_disable_that_is_refused_too_is_said(self, applied: Workplace) -> None:
        applied.server.inject(On("DELETE"), answer(405, "never"))
        applied.server.inject(On("P*T*", "/Users/*"), answer(409, "locked"))
        applied.replace("alice: {", "alice: {state: absent, ")
        done = outcomes(applied.apply())["user:alice:delete"]
        assert "nor disabled" in done.detail
        assert "locked" in done.detail
        assert applied.known["user:alice"].applied["active"] is True


class TestIds:
    def test_an_id_in_any_case_is_read(self, make_place: Any) -> None:
        place = make_place("users: {ann: {}}")

        async def shouting(request: Request, forward: Forward) -> Reply:
            reply = await forward(request)
            return reply.with_rows(lambda row: {("ID" if name == "id" else name): row[name] for name in row})

        place.server.inject(On("POST"), shouting)
        place.server.inject(On("GET", "/Users", when=lambda each: "filter" in each.query), answer(501))
        assert results(place.apply()) == {"user:ann:create": "done"}
        place.settled()

    def test_location_tells_where_there_is_no_body(self, make_place: Any) -> None:
        place = make_place("users: {ann: {}}")
        place.server.inject(On("POST"), bodiless)
        place.server.inject(On("GET", "/Users", when=lambda each: "filter" in each.query), answer(501))
        assert results(place.apply()) == {"user:ann:create": "done"}
        assert place.known["user:ann"].id == place.users()["ann"]["id"]
