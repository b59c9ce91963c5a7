"""If-Match: a write is carried out on the version that it was planned for, or planned again, or it fails."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from servers.faults import On, answer, drop_after
from servers.faulty import Fault, Forward, Reply, Request
from workplace import Workplace, outcomes, results

from reconciler.core.known import Lesson
from reconciler.storage.state.opening import open_state

MakePlace = Callable[..., Workplace]


def edited_meanwhile(**values: Any) -> Fault:
    """Somebody edits the object at the very moment at which the write is under way."""

    async def fault(request: Request, forward: Forward) -> Reply:
        operations = [{"op": "replace", "path": path, "value": value} for path, value in values.items()]
        body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations}
        others = {name: value for name, value in request.headers.items() if name not in ("if-match", "content-length")}
        done = await forward(replace(request, method="PATCH", body=body, headers=others))
        assert done.status < 300
        return await forward(request)

    return fault


def without_versions(place: Workplace) -> list[Request]:
    return [each for each in place.server.writes if each.method != "POST" and "if-match" not in each.headers]


@pytest.fixture
def retitled(applied: Workplace) -> Workplace:
    applied.replace("title: Boss", "title: Chief")
    return applied


class TestVersions:
    def test_are_sent_with_everything_but_creations(self, applied: Workplace) -> None:
        applied.replace("title: Boss", "title: Chief")
        applied.replace("members: [alice, bob]", "members: [carol]")
        applied.replace("carol: {state: disabled}", "carol: {}")
        applied.apply()
        assert len(applied.server.writes) >= 4
        assert without_versions(applied) == []

    def test_follow_the_object_through_several_writes(self, make_place: MakePlace) -> None:
        place = make_place("users: {ann: {title: A}, bob: {manager: ann}}")
        place.apply()
        place.people = "users: {ann: {title: B, manager: cy}, bob: {state: absent}, cy: {}}"
        assert set(results(place.apply()).values()) == {"done"}
        assert without_versions(place)[1:] == []
        place.settled()

    def test_are_not_sent_where_the_endpoint_does_not_support_them(self, make_place: MakePlace) -> None:
        place = make_place("users: {ann: {title: A}}")

        async def silent(request: Request, forward: Forward) -> Reply:
            reply = await forward(request)
            return replace(reply, body={**reply.body, "etag": {"supported": False}})

        place.server.inject(On("GET", "/ServiceProviderConfig"), silent)
        place.apply()
        place.replace("title: A", "title: B")
        place.apply()
        assert [each.method for each in without_versions(place)] == ["PATCH"]

    def test_that_are_refused_whatever_they_are_are_learnt_to_be_useless(self, retitled: Workplace) -> None:
        retitled.server.inject(On(when=lambda request: "if-match" in request.headers), answer(412))
        assert results(retitled.apply()) == {"user:alice:update": "done"}
        store = open_state(retitled.state or "", create=False)
        assert [each.lesson for each in store.learnt("there", retitled.catalog.today)] == [Lesson.USELESS_VERSIONS]
        store.close()
        retitled.server.log.clear()
        retitled.replace("title: Chief", "title: Head")
        retitled.apply()
        assert len(retitled.server.writes) == len(without_versions(retitled)) == 1


class TestSomebodyElse:
    def test_is_planned_around_where_apply_planned_itself(self, retitled: Workplace) -> None:
        retitled.server.inject(On("PATCH", times=1), edited_meanwhile(title="Else", nickName="Al"))
        assert results(retitled.apply()) == {"user:alice:update": "done"}
        alice = retitled.users()["alice"]
        assert (alice["title"], alice["nickName"]) == ("Chief", "Al")

    def test_fails_that_object_under_a_saved_plan(self, retitled: Workplace) -> None:
        retitled.replace("carol: {", "carol: {title: Clerk, ")
        saved = retitled.plan().plan
        alice = retitled.users()["alice"]["id"]
        retitled.server.inject(On("PATCH", f"/Users/{alice}", times=1), edited_meanwhile(title="Else"))
        applied = retitled.apply_saved(saved)
        assert results(applied) == {"user:alice:update": "failed", "user:carol:update": "done"}
        assert outcomes(applied)["user:alice:update"].status == 412
        assert retitled.users()["alice"]["title"] == "Else"

    def test_who_took_the_object_over_keeps_it(self, retitled: Workplace) -> None:
        retitled.server.inject(On("PATCH", times=1), edited_meanwhile(userName="another", externalId="another"))
        applied = retitled.apply()
        assert outcomes(applied)["user:alice:update"].status == 412
        assert retitled.users()["another"]["title"] == "Boss"

    def test_does_not_go_on_for_ever(self, retitled: Workplace) -> None:
        for number in range(9):
            retitled.server.inject(On("PATCH", skip=number, times=1), edited_meanwhile(nickName=f"Al {number}"))
        applied = retitled.apply()
        assert outcomes(applied)["user:alice:update"].status == 412
        assert len(retitled.server.requests_of("PATCH")) == 4

    def test_is_not_undone_by_a_deletion(self, applied: Workplace) -> None:
        applied.replace("carol: {state: disabled}", "carol: {state: absent}")
        saved = applied.plan().plan
        applied.server.inject(On("DELETE", times=1), edited_meanwhile(title="Else"))
        assert outcomes(applied.apply_saved(saved))["user:carol:delete"].status == 412
        assert "carol" in applied.users()

    def test_may_change_the_members_of_a_group_at_the_same_time(self, applied: Workplace) -> None:
        applied.replace("members: [alice, bob]", "members: [alice, bob, carol]")
        applied.server.inject(On("PATCH", "/Groups/*", times=1), edited_meanwhile(externalId="ops"))
        assert results(applied.apply()) == {"group:ops:add_members": "done"}
        assert applied.members("Operations") == {"alice", "bob", "carol"}


def test_our_own_write_whose_answer_was_lost_is_no_conflict(make_place: MakePlace) -> None:
    place = make_place("users: {ann: {title: A}}")
    place.apply()
    place.replace("title: A", "title: B")
    no_patch = On("PATCH", when=lambda _: True)
    place.server.inject(no_patch, answer(501)).inject(On("PUT", times=1), drop_after())
    assert results(place.apply()) == {"user:ann:update": "done"}
    place.settled()
