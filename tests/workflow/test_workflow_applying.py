"""Applying on a real server, with every request let at faults: what is sent, said and remembered."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from planning_kit import rows_of, signs
from servers.faults import (
    On,
    answer,
    answer_html,
    answer_nothing,
    carries_more_than,
    drop_after,
    drop_attributes,
    drop_before,
    has_path,
    has_value_filter,
    leave_out,
    touches,
)
from servers.faulty import Forward, Reply, Request
from workplace import Workplace, outcomes, results

from reconciler.core.known import Origin
from reconciler.core.report import Result
from reconciler.workflow.applying import MOST_FAILURES, Stop

MakePlace = Callable[..., Workplace]
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


def shapes_of(place: Workplace, path: str = "/Users/*") -> list[str]:
    """The forms in which changes were sent, in order."""
    sent = [each for each in place.server.writes if each.method in ("PATCH", "PUT")]
    named = [(each, "put" if each.method == "PUT" else "path" if has_path(each) else "whole") for each in sent]
    return [name for each, name in named if each.path.startswith(path.rstrip("*"))]


def ignored(request: Request) -> bool:
    return bool(request.operations)


def silently(status: int = 200) -> Any:
    """A write that is answered as if it had been done, with the object as it still is."""

    async def fault(request: Request, forward: Forward) -> Reply:
        live = await forward(Request("GET", request.path, {}, request.headers))
        return Reply(status, live.body if status == 200 else None)

    return fault


class TestFirstApply:
    def test_everything_is_done_recorded_and_settled(self, place: Workplace) -> None:
        applied = place.apply()
        assert set(results(applied).values()) == {"done"}
        assert applied.report.counts["done"] == len(applied.report.outcomes) == 5
        assert applied.error is None
        known = place.known
        live = place.users()
        assert {each.key: each.id for each in known.values() if each.kind == "user"} == {
            name: row["id"] for name, row in live.items()
        }
        assert {each.origin for each in known.values()} == {Origin.CREATED}
        assert known["user:carol"].applied["active"] is False
        assert known["group:ops"].applied["members"] == sorted([live["alice"]["id"], live["bob"]["id"]])
        manager = f"{ENTERPRISE}:manager.value"
        assert known["user:bob"].applied[manager] == live["alice"]["id"] == live["bob"][ENTERPRISE]["manager"]["value"]
        place.settled()

    def test_nothing_is_sent_that_is_not_needed(self, applied: Workplace) -> None:
        before = applied.known
        report = applied.apply().report
        assert (applied.server.writes, report.outcomes) == ([], ())
        assert applied.known == before

    def test_progress_and_requests_are_counted(self, place: Workplace) -> None:
        planned = place.plan()
        asked = place.progress.done
        report = place.apply(planned).report
        assert place.progress.done - asked == len(report.outcomes)
        assert report.requests >= len(place.server.writes)

    def test_without_a_store_nothing_is_remembered_and_matches_are_kept_right(self, make_place: MakePlace) -> None:
        place = make_place("users: {ann: {title: Boss}, bob: {}}\ngroups: {g: {members: [ann]}}", state="none")
        place.apply()
        assert place.known == {}
        place.settled()
        place.edit("ann", title="Else")
        assert signs(place.plan().plan.operations) == ["user:ann update"]
        place.apply()
        assert place.users()["ann"]["title"] == "Boss"
        place.people = "users: {ann: {title: Boss}}"
        assert signs(place.plan().plan.operations) == []


class TestShapes:
    def test_a_patch_with_paths_is_tried_first_and_is_enough(self, applied: Workplace) -> None:
        applied.replace("title: Boss", "title: Chief")
        applied.apply()
        assert shapes_of(applied) == ["path"]
        applied.settled()

    @pytest.mark.parametrize("status", [400, 405, 415, 422, 501])
    def test_a_refused_patch_is_sent_without_paths(self, applied: Workplace, status: int) -> None:
        applied.server.inject(On("PATCH", when=has_path), answer(status, "no paths here"))
        applied.replace("title: Boss", "title: Chief")
        assert results(applied.apply()) == {"user:alice:update": "done"}
        assert shapes_of(applied) == ["path", "whole"]
        applied.settled()

    @pytest.mark.parametrize("refusal", [answer(501), answer_html(400), answer_nothing(405)])
    def test_where_no_patch_goes_the_raw_document_is_put(self, applied: Workplace, refusal: Any) -> None:
        """What is not managed stays: the document is the one that was read."""
        applied.edit("alice", nickName="Al")
        applied.server.inject(On("PATCH"), refusal)
        applied.replace("title: Boss", "title: Chief")
        assert results(applied.apply()) == {"user:alice:update": "done"}
        assert shapes_of(applied) == ["path", "whole", "put"]
        assert applied.users()["alice"]["nickName"] == "Al"
        applied.settled()

    def test_a_shape_that_silently_does_nothing_is_found_out(self, applied: Workplace) -> None:
        applied.server.inject(On("PATCH", when=has_path), silently())
        applied.replace("title: Boss", "title: Chief")
        applied.apply()
        assert shapes_of(applied) == ["path", "whole"]
        assert applied.users()["alice"]["title"] == "Chief"
        applied.settled()

    def test_the_shape_that_goes_is_learnt_and_comes_first(self, make_place: MakePlace) -> None:
        keys = [f"u{number}" for number in range(6)]
        place = make_place(f"users: {{{', '.join(f'{key}: {{title: A}}' for key in keys)}}}", concurrency=1)
        place.apply()
        place.server.log.clear()
        place.server.inject(On("PATCH"), answer(501))
        place.replace("title: A", "title: B")
        place.apply()
        assert shapes_of(place)[-1] == "put"
        place.server.log.clear()
        place.replace("title: B", "title: C")
        place.apply()
        assert shapes_of(place) == ["put"] * 6

    def test_when_every_shape_is_refused_the_first_answer_is_reported(self, applied: Workplace) -> None:
        applied.server.inject(On("PATCH", when=has_path), answer(400, "title is set by HR"))
        applied.server.inject(On("PATCH"), answer(501, "never mind"))
        applied.server.inject(On("PUT"), answer(405))
        applied.replace("title: Boss", "title: Chief")
        done = applied.apply()
        [failed] = done.report.having(Result.FAILED)
        assert (failed.operation, failed.status) == ("user:alice:update", 400)
        assert "title is set by HR" in failed.detail
        assert applied.known["user:alice"].applied["title"] == "Boss"
        applied.server.heal()
        assert results(applied.apply()) == {"user:alice:update": "done"}
        applied.settled()

    def test_an_answer_about_the_object_ends_the_trying(self, applied: Workplace) -> None:
        applied.server.inject(On("PATCH"), answer(409, "alice is locked"))
        applied.replace("title: Boss", "title: Chief")
        [failed] = applied.apply().report.having(Result.FAILED)
        assert "alice is locked" in failed.detail
        assert shapes_of(applied) == ["path"]

    def test_somebody_who_vanished_meanwhile_has_failed_and_teaches_nothing(self, applied: Workplace) -> None:
        applied.replace("title: Boss", "title: Chief")
        planned = applied.plan()
        applied.call("DELETE", f"/Users/{applied.users()['alice']['id']}")
        done = applied.apply(planned)
        assert results(done) == {"user:alice:update": "failed"}
        assert done.report.not_kept == ()


class TestNotKept:
    def test_a_dropped_attribute_is_reported_once_and_not_planned_again_for_thirty_days(self, place: Workplace) -> None:
        place.server.inject(On(), drop_attributes("title"))
        report = place.apply().report
        assert [(each.path, each.example) for each in report.not_kept] == [("title", "alice")]
        assert set(results(place.apply()).values()) <= {"done"}
        plan = place.settled()
        assert [(each.what, str(each.reason)) for each in plan.dropped] == [("title", "not_kept")]
        assert place.apply().report.not_kept == ()
        assert "title" not in place.known["user:alice"].applied
        place.clock.time += timedelta(days=31)
        assert signs(place.plan().plan.operations) == ["user:alice update"]

    def test_an_attribute_that_only_comes_late_is_not_taken_for_dropped(self, place: Workplace) -> None:
        """The answer lacks it, the second read shows it."""
        place.server.inject(On("POST"), leave_out("title", "name"))
        assert place.apply().report.not_kept == ()
        place.settled()

    def test_a_dropped_extension_is_learnt(self, place: Workplace) -> None:
        place.server.inject(On(), drop_attributes(ENTERPRISE))
        report = place.apply().report
        assert {each.path for each in report.not_kept} == {f"{ENTERPRISE}:manager.value"}
        place.settled()

    def test_a_disable_that_is_not_kept_fails_and_stays_visible(self, applied: Workplace) -> None:
        applied.server.inject(On(), drop_attributes("active"))
        applied.replace("alice: {", "alice: {state: disabled, ")
        for _ in range(2):
            assert signs(applied.plan().plan.operations) == ["user:alice disable"]
            done = applied.apply()
            [failed] = done.report.having(Result.FAILED)
            assert "active" in failed.detail
            assert done.report.not_kept == ()
        assert applied.known["user:alice"].applied["active"] is True
        applied.server.heal()
        applied.apply()
        assert applied.users()["alice"]["active"] is False
        applied.settled()

    def test_somebody_who_is_to_be_inactive_and_is_created_active_has_failed(self, place: Workplace) -> None:
        place.server.inject(On(), drop_attributes("active"))
        done = place.apply()
        assert {each.key for each in done.report.having(Result.FAILED)} == {"carol"}
        assert place.known["user:carol"].origin is Origin.CREATED
        assert signs(place.plan().plan.operations) == ["user:carol disable"]
        place.server.heal()
        place.apply()
        place.settled()

    @pytest.mark.parametrize(
        ("old", "new"), [("carol: {", "carol: {userName: caroline, "), ("carol: {", "carol: {externalId: E9, ")]
    )
    def test_a_match_key_that_is_not_kept_is_blocked_in_every_plan(
        self, applied: Workplace, old: str, new: str
    ) -> None:
        path = "userName" if "userName" in new else "externalId"
        applied.server.inject(On(), drop_attributes(path))
        applied.replace(old, new)
        assert [each.path for each in applied.apply().report.not_kept] == [path]
        applied.server.log.clear()
        for _ in range(2):
            plan = applied.settled()
            assert rows_of(plan.withheld) == {("carol", "update", "blocked")}
            applied.apply()
        assert applied.server.writes == []

    def test_an_external_id_that_a_server_drops_at_once_is_blocked_and_everybody_recognised(
        self, place: Workplace
    ) -> None:
        place.server.inject(On(), drop_attributes("externalId"))
        place.apply()
        plan = place.settled()
        assert {each.reason for each in plan.withheld} == {"blocked"}
        assert {each.origin for each in place.known.values()} == {Origin.CREATED}


class TestCreating:
    def test_an_answer_without_a_body_is_looked_up(self, place: Workplace) -> None:
        async def bodiless(request: Request, forward: Forward) -> Reply:
            reply = await forward(request)
            return Reply(reply.status) if reply.status == 201 else reply

        place.server.inject(On("POST"), bodiless)
        assert set(results(place.apply()).values()) == {"done"}
        assert place.known.keys() == {"user:alice", "user:bob", "user:carol", "group:ops"}
        place.settled()

    def test_an_answer_without_an_id_that_no_look_up_explains_is_in_doubt(self, make_place: MakePlace) -> None:
        place = make_place("users: {ann: {}}")
        place.server.inject(On("POST"), leave_out("id"))
        place.server.inject(On("GET", "/Users", when=lambda each: "filter" in each.query), answer(501))
        done = place.apply()
        assert results(done) == {"user:ann:create": "in_doubt"}
        assert place.known == {}
        place.server.heal()
        place.apply()
        assert place.known["user:ann"].id == place.users()["ann"]["id"]
        place.settled()

    def test_a_look_up_that_breaks_leaves_the_create_in_doubt(self, make_place: MakePlace) -> None:
        place = make_place("users: {ann: {}}")
        place.server.inject(On("POST"), leave_out("id"))
        place.server.inject(On("GET", "/Users", when=lambda each: "filter" in each.query), answer(503))
        assert results(place.apply()) == {"user:ann:create": "in_doubt"}

    def test_a_conflict_fails_that_object_and_no_other(self, place: Workplace) -> None:
        def about_alice(request: Request) -> bool:
            return isinstance(request.body, dict) and request.body.get("userName") == "alice"

        place.server.inject(On("POST", "/Users", when=about_alice), answer(409, "alice is taken", "uniqueness"))
        done = place.apply()
        assert results(done) == {
            "user:alice:create": "failed",
            "user:bob:create": "done",
            "user:carol:create": "done",
            "user:bob:update:references": "skipped",
            "group:ops:create": "failed",
        }
        assert "alice is taken" in outcomes(done)["user:alice:create"].detail
        assert outcomes(done)["user:alice:create"].status == 409
        assert "user:alice" in outcomes(done)["group:ops:create"].detail
        assert place.members("Operations") == {"bob"}
        assert place.known["group:ops"].origin is Origin.CREATED
        assert "user:alice" not in place.known
        place.server.heal()
        place.apply()
        place.settled()
        assert place.members("Operations") == {"alice", "bob"}

    def test_a_create_that_cannot_be_read_back_is_in_doubt_and_remembered(self, make_place: MakePlace) -> None:
        place = make_place("users: {ann: {title: Boss}}")
        place.server.inject(On("POST"), leave_out("title"))
        place.server.inject(On("GET", "/Users/*"), answer(503))
        assert results(place.apply()) == {"user:ann:create": "in_doubt"}
        assert place.known["user:ann"].origin is Origin.CREATED
        place.server.heal()
        place.apply()
        place.settled()

    def test_a_create_that_the_endpoint_does_not_show_yet_teaches_nothing(self, make_place: MakePlace) -> None:
        place = make_place("users: {ann: {title: Boss}}")
        place.server.inject(On("POST"), leave_out("title"))
        place.server.inject(On("GET", "/Users/*"), answer(404))
        done = place.apply()
        assert (results(done), done.report.not_kept) == ({"user:ann:create": "in_doubt"}, ())
        place.server.heal()
        place.apply()
        place.settled()

    def test_an_answer_that_is_lost_is_looked_for_and_nothing_is_done_twice(self, make_place: MakePlace) -> None:
        place = make_place("users: {ann: {}, bob: {}}", concurrency=1)
        place.server.inject(On("POST", times=1), drop_after())
        done = place.apply()
        assert results(done) == {"user:ann:create": "done", "user:bob:create": "done"}
        assert len(place.server.requests_of("POST")) == 2
        assert set(place.users()) == {"ann", "bob"}
        assert place.known["user:ann"].origin is Origin.CREATED
        place.settled()


class TestMembers:
    def test_members_ignored_at_creation_are_added_afterwards(self, place: Workplace) -> None:
        place.server.inject(On("POST", "/Groups"), drop_attributes("members"))
        assert set(results(place.apply()).values()) == {"done"}
        assert place.members("Operations") == {"alice", "bob"}
        place.settled()

    def test_members_that_cannot_be_added_afterwards_leave_a_group_that_is_ours(self, place: Workplace) -> None:
        place.server.inject(On("POST", "/Groups"), drop_attributes("members"))
        place.server.inject(On("P*T*", "/Groups/*"), answer(500, "members are broken"))
        done = place.apply()
        assert results(done)["group:ops:create"] == "failed"
        assert "members are broken" in outcomes(done)["group:ops:create"].detail
        assert place.known["group:ops"].origin is Origin.CREATED
        assert "members" not in place.known["group:ops"].applied
        place.server.heal()
        assert results(place.apply()) == {"group:ops:add_members": "done"}
        place.settled()

    def test_a_group_whose_members_cannot_be_read_back_is_in_doubt_and_ours(self, place: Workplace) -> None:
        place.server.inject(On("GET", "/Groups/*"), answer(503))
        assert results(place.apply())["group:ops:create"] == "in_doubt"
        assert place.known["group:ops"].origin is Origin.CREATED
        place.server.heal()
        place.apply()
        place.settled()

    @pytest.mark.parametrize(
        "faults",
        [
            [],
            [(On("PATCH", "/Groups/*", when=has_value_filter), answer(501))],
            [(On("PATCH", "/Groups/*", when=has_value_filter), silently())],
            [(On("PATCH", "/Groups/*"), answer(501))],
            [(On("PATCH", "/Groups/*"), silently(204))],
        ],
    )
    def test_members_leave_in_whatever_shape_goes_through(self, applied: Workplace, faults: list[Any]) -> None:
        for on, fault in faults:
            applied.server.inject(on, fault)
        applied.replace("members: [alice, bob]", "members: [bob]")
        assert results(applied.apply()) == {"group:ops:remove_members": "done"}
        assert applied.members("Operations") == {"bob"}
        applied.settled()

    def test_the_removal_that_goes_through_is_learnt(self, applied: Workplace) -> None:
        applied.server.inject(On("PATCH", "/Groups/*", when=has_value_filter), answer(501))
        applied.replace("members: [alice, bob]", "members: [bob]")
        applied.apply()
        applied.server.log.clear()
        applied.replace("members: [bob]", "members: []")
        applied.apply()
        [request] = applied.server.writes
        assert not has_value_filter(request)
        applied.settled()

    def test_members_that_stay_whatever_is_sent_have_failed(self, applied: Workplace) -> None:
        applied.server.inject(On("P*T*", "/Groups/*"), silently())
        applied.replace("members: [alice, bob]", "members: [bob]")
        [failed] = applied.apply().report.having(Result.FAILED)
        assert failed.detail == "1 members were accepted for removal and stayed"
        assert len(applied.known["group:ops"].applied["members"]) == 2
        assert signs(applied.plan().plan.operations) == ["group:ops remove_members"]

    def test_members_that_are_not_let_in_have_failed(self, applied: Workplace) -> None:
        applied.server.inject(On("P*T*", "/Groups/*"), silently())
        applied.replace("members: [alice, bob]", "members: [alice, bob, carol]")
        [failed] = applied.apply().report.having(Result.FAILED)
        assert failed.detail == "1 members were accepted and not added"

    def test_where_no_patch_goes_members_are_added_by_put(self, applied: Workplace) -> None:
        applied.server.inject(On("PATCH", "/Groups/*"), answer(405))
        applied.replace("members: [alice, bob]", "members: [alice, bob, carol]")
        assert results(applied.apply()) == {"group:ops:add_members": "done"}
        assert applied.members("Operations") == {"alice", "bob", "carol"}

    @pytest.mark.parametrize("new", ["[bob]", "[alice, bob, carol]"])
    def test_an_answer_about_the_group_ends_the_trying(self, applied: Workplace, new: str) -> None:
        applied.server.inject(On("PATCH", "/Groups/*"), answer(409, "locked"))
        applied.replace("members: [alice, bob]", f"members: {new}")
        [failed] = applied.apply().report.having(Result.FAILED)
        assert "locked" in failed.detail
        assert len(applied.server.writes) == 1

    def test_a_server_that_lists_members_by_name_is_understood(self, applied: Workplace) -> None:
        """Compared by who they are, removed in the server's own spelling."""
        names = {row["id"]: name for name, row in applied.users().items()}
        ids = {name: id for id, name in names.items()}

        async def by_name(request: Request, forward: Forward) -> Reply:
            if request.method == "PUT":
                body = dict(request.body)
                body["members"] = [{"value": ids.get(each["value"], each["value"])} for each in body["members"]]
                request = Request(request.method, request.path, request.query, request.headers, body)
            elif request.method == "PATCH":
                return Reply(204)
            reply = await forward(request)
            return reply.with_rows(
                lambda row: {**row, "members": [{"value": names[each["value"]]} for each in row.get("members") or []]}
            )

        applied.server.inject(On("*", "/Groups*"), by_name)
        applied.settled()
        applied.replace("members: [alice, bob]", "members: [bob]")
        assert results(applied.apply()) == {"group:ops:remove_members": "done"}
        applied.settled()

    def test_one_failed_part_of_many_members_is_seen_and_made_up_for(self, make_place: MakePlace) -> None:
        keys = [f"u{number:04}" for number in range(620)]
        people = (
            f"users: {{{', '.join(f'{key}: {{}}' for key in keys)}}}\ngroups: {{g: {{members: [{', '.join(keys)}]}}}}"
        )
        place = make_place(people, concurrency=8)
        place.server.inject(On("P*T*", "/Groups/*"), answer(500, "full"))
        done = place.apply()
        assert results(done)["group:g:create"] == "done"
        assert results(done)["group:g:add_members"] == "failed"
        assert len(place.members("g")) == 500
        place.server.heal()
        again = place.apply()
        assert [(each.operation, each.result) for each in again.report.outcomes] == [("group:g:add_members", "done")]
        place.settled()
        assert len(place.known["group:g"].applied["members"]) == 620

    def test_a_refusal_of_even_one_member_fails_with_the_servers_words(self, applied: Workplace) -> None:
        applied.server.inject(On("*", "/Groups*", when=carries_more_than(0)), answer(413, "at most two"))
        applied.replace("members: [alice, bob]", "members: []")
        applied.apply()
        applied.replace("members: []", "members: [alice, bob, carol]")
        [failed] = applied.apply().report.having(Result.FAILED)
        assert "at most two" in failed.detail


class TestLeaving:
    def test_a_delete_of_what_is_gone_is_done_and_its_record_ends(self, applied: Workplace) -> None:
        applied.replace("carol: {state: disabled}", "carol: {state: absent}")
        planned = applied.plan()
        applied.call("DELETE", f"/Users/{applied.users()['carol']['id']}")
        assert results(applied.apply(planned)) == {"user:carol:delete": "done"}
        assert "user:carol" not in applied.known
        applied.settled()

    def test_a_refused_delete_keeps_the_record(self, applied: Workplace) -> None:
        applied.server.inject(On("DELETE"), answer(403, "protected here"))
        applied.replace("carol: {state: disabled}", "carol: {state: absent}")
        [failed] = applied.apply().report.having(Result.FAILED)
        assert "protected here" in failed.detail
        assert "user:carol" in applied.known

    def test_a_leaver_is_disabled_remembered_so_and_enabled_on_return(self, applied: Workplace) -> None:
        people = applied.people
        applied.replace("  carol: {state: disabled}\n", "")
        applied.people = applied.people.replace("members: [alice, bob]", "members: [alice]").replace(
            "  bob: {name: {givenName: Bob, familyName: Chen}, manager: alice}\n", ""
        )
        assert set(signs(applied.plan().plan.operations)) == {"user:bob disable", "group:ops remove_members"}
        applied.apply()
        assert applied.known["user:bob"].applied["active"] is False
        assert [each.key for each in applied.settled().waiting] == ["bob", "carol"]
        applied.people = people
        assert set(signs(applied.plan().plan.operations)) == {"user:bob enable", "group:ops add_members"}
        applied.apply()
        applied.settled()

    def test_a_disable_of_a_leaver_that_fails_is_not_remembered_as_done(self, applied: Workplace) -> None:
        applied.server.inject(On(), drop_attributes("active"))
        applied.people = (
            "users: {alice: {name: {givenName: Alice, familyName: Nguyen}, title: Boss}, carol: {state: disabled}}"
        )
        applied.apply()
        assert applied.known["user:bob"].applied["active"] is True
        assert "user:bob disable" in signs(applied.plan().plan.operations)

    def test_an_object_deleted_there_is_created_again_and_the_record_follows(self, applied: Workplace) -> None:
        before = applied.users()["carol"]["id"]
        applied.call("DELETE", f"/Users/{before}")
        plan = applied.plan().plan
        assert [(each.id, each.situation) for each in plan.operations] == [("user:carol:create", "lost")]
        applied.apply()
        assert applied.known["user:carol"].id == applied.users()["carol"]["id"] != before
        applied.settled()

    def test_a_renamed_key_keeps_its_object_and_its_record_moves(self, applied: Workplace) -> None:
        before = applied.users()["carol"]["id"]
        applied.replace("carol: {", "caroline: {previously: [carol], ")
        assert signs(applied.plan().plan.operations) == ["user:caroline update"]
        applied.apply()
        assert applied.users()["caroline"]["id"] == before
        assert "user:carol" not in applied.known
        applied.settled()


class TestNames:
    PEOPLE = "users: {a: {}, b: {}, c: {userName: x}}"

    def test_a_chain_of_names_moves_in_one_run(self, make_place: MakePlace) -> None:
        place = make_place(self.PEOPLE, concurrency=8)
        place.apply()
        place.people = "users: {a: {userName: b}, b: {userName: x}, c: {userName: y}, d: {userName: a}}"
        assert set(results(place.apply()).values()) == {"done"}
        place.settled()

    def test_whoever_waits_for_a_name_that_is_not_freed_is_skipped(self, make_place: MakePlace) -> None:
        place = make_place(self.PEOPLE)
        place.apply()
        place.server.log.clear()
        place.people = "users: {a: {userName: b}, b: {userName: z}, c: {userName: x, title: T}, d: {userName: a}}"
        place.server.inject(On("P*T*", f"/Users/{place.users()['b']['id']}"), answer(409, "b is stuck"))
        done = place.apply()
        assert results(done) == {
            "user:b:update": "failed",
            "user:a:update": "skipped",
            "user:d:create": "skipped",
            "user:c:update": "done",
        }
        assert "held by b" in outcomes(done)["user:a:update"].detail
        assert len(place.server.writes) == 2
        place.server.heal()
        place.apply()
        place.settled()


class TestEnding:
    def test_an_endpoint_that_goes_away_ends_the_run_after_a_few_tries(self, make_place: MakePlace) -> None:
        keys = [f"u{number:02}" for number in range(30)]
        place = make_place(f"users: {{{', '.join(f'{key}: {{}}' for key in keys)}}}", concurrency=1)
        place.server.inject(On("POST", skip=10), drop_before())
        done = place.apply()
        counts = done.report.counts
        assert done.error is not None
        assert counts["done"] == 10
        assert counts["failed"] + counts["in_doubt"] == MOST_FAILURES
        assert counts["not_sent"] == 30 - 10 - MOST_FAILURES
        assert len(place.known) == 10
        place.server.heal()
        place.apply()
        place.settled()

    def test_lost_answers_end_the_run_too(self, make_place: MakePlace) -> None:
        keys = [f"u{number:02}" for number in range(12)]
        place = make_place(f"users: {{{', '.join(f'{key}: {{}}' for key in keys)}}}", concurrency=1)
        planned = place.plan()
        place.server.inject(On("POST"), drop_after()).inject(On("GET"), answer(400))
        done = place.apply(planned)
        assert done.report.counts["in_doubt"] == MOST_FAILURES
        assert done.error is not None
        place.server.heal()
        place.apply()
        place.settled()
        assert len(place.users()) == 12

    def test_single_failures_in_between_do_not_end_it(self, make_place: MakePlace) -> None:
        keys = [f"u{number:02}" for number in range(12)]
        place = make_place(f"users: {{{', '.join(f'{key}: {{}}' for key in keys)}}}", concurrency=1)
        for skip in range(0, 12, 2):
            place.server.inject(On("POST", skip=skip, times=1), drop_after())
        done = place.apply()
        assert done.error is None
        assert done.report.counts["done"] >= 5

    def test_refused_credentials_end_the_run(self, applied: Workplace) -> None:
        applied.server.inject(On("PATCH"), answer(401, "who are you"))
        applied.replace("title: Boss", "title: Chief")
        done = applied.apply()
        [failed] = done.report.having(Result.FAILED)
        assert failed.result is Result.FAILED

    def test_a_stop_finishes_what_is_under_way_and_sends_nothing_more(self, make_place: MakePlace) -> None:
        keys = [f"u{number:02}" for number in range(20)]
        place = make_place(
            f"users: {{{', '.join(f'{key}: {{}}' for key in keys)}}}\ngroups: {{g: {{}}}}", concurrency=4
        )
        stop = Stop()

        def press(done: int) -> None:
            stop.requested = stop.requested or done >= 6

        planned = place.plan()
        place.progress.done = 0
        place.progress.on_advance = press
        done = place.apply(planned, stop=stop)
        counts = done.report.counts
        assert done.report.interrupted
        assert counts["done"] + counts["not_sent"] == 21
        assert 6 <= counts["done"] <= 6 + place.concurrency
        assert counts["done"] == len(place.server.requests_of("POST")) == len(place.known)
        place.progress.on_advance = lambda _: None
        assert set(results(place.apply()).values()) == {"done"}
        place.settled()

    def test_many_objects_are_recorded_on_the_way(self, make_place: MakePlace) -> None:
        """A store that was written before the end knows them even where the end is not reached."""
        keys = [f"u{number:03}" for number in range(230)]
        place = make_place(f"users: {{{', '.join(f'{key}: {{}}' for key in keys)}}}", concurrency=8)
        seen: list[int] = []
        place.progress.on_advance = lambda done: seen.append(len(place.known)) if done == 220 else None
        place.apply()
        assert seen[0] >= 200
        assert len(place.known) == 230


def test_a_title_is_touched_alone(applied: Workplace) -> None:
    applied.replace("title: Boss", "title: Chief")
    applied.apply()
    [request] = applied.server.writes
    assert touches("title")(request)
    assert len(request.operations) == 1
