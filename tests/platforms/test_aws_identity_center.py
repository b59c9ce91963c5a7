"""AWS IAM Identity Center: listings by cursor, what must be unique, what must be there, errors in its own form."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from branches import Branch, branch
from planning_kit import signs
from platforms.centers import AWS, PEOPLE, console_user, crowd, done, group_of, person, requests
from servers.faults import answer, drop_after, truncate_listing
from servers.faulty import On, Reply, Request
from workplace import outcomes, results

from reconciler.errors import EndpointError
from reconciler.scim.urns import ERROR


def exception(status: int, detail: str) -> Any:
    """An error as older answers have it: `schema` and no `schemas`."""

    async def fault(_request: Request, _forward: Any) -> Reply:
        return Reply(status, {"schema": [ERROR], "detail": detail, "status": str(status), "exceptionRequestId": "e-1"})

    return fault


def listing_pages(place: Branch, collection: str = "/Users") -> list[dict[str, str]]:
    return [
        dict(each.query)
        for each in requests(place, "GET", collection)
        if {"cursor", "filter"} & {*each.query} == {"cursor"}
    ]


class TestListing:
    @pytest.fixture
    def place(self, tmp_path: Path) -> Branch:
        """230 users, applied: three pages, and more for those that are short."""
        made = branch(tmp_path, AWS, crowd(230, group_of("all", 0, 1, 229)))
        made.apply()
        made.vendor.clear_log()
        return made

    def test_follows_the_cursor_to_the_end(self, place: Branch) -> None:
        proof = place.converged().read["users"]
        assert (proof.received, proof.complete, proof.problem) == (230, True, "")
        pages = listing_pages(place)
        assert pages[0]["cursor"] == ""
        assert len(pages) == proof.pages == 3
        assert all("startIndex" not in each for each in pages)

    def test_short_pages_are_no_end(self, place: Branch) -> None:
        place.server.inject(On("GET", "/Users"), short_pages(7))
        proof = place.converged().read["users"]
        assert (proof.received, proof.complete) == (230, True)
        assert proof.pages > 30

    def test_a_listing_that_breaks_off_is_not_taken_for_everybody(self, place: Branch) -> None:
        place.server.inject(On("GET", "/Users", when=lambda each: "cursor" in each.query), cut_off(100))
        place.replace(person("u200"), "")
        planned = place.plan()
        assert planned.plan.operations == ()
        assert [(each.key, str(each.reason)) for each in planned.plan.held] == [("u200", "unconfirmed")]
        assert not planned.plan.read["users"].complete
        place.server.heal()
        done(place, "user:u200 disable")

    @pytest.mark.parametrize("status", [429, 503])
    def test_a_page_that_does_not_come_ends_the_run(self, place: Branch, status: int) -> None:
        place.server.inject(On("GET", "/Users", when=lambda each: bool(each.query.get("cursor"))), answer(status))
        with pytest.raises(EndpointError):
            place.plan()
        place.server.heal()
        place.converged()

    @pytest.mark.parametrize("status", [429, 503])
    def test_a_page_that_comes_late_is_waited_for(self, place: Branch, status: int) -> None:
        fault = answer(status, "slow down", retry_after="1")
        place.server.inject(On("GET", "/Users", when=lambda each: bool(each.query.get("cursor")), times=2), fault)
        place.converged()


def short_pages(rows: int) -> Any:
    """Pages are shorter than asked for while they lead on."""

    async def fault(request: Request, forward: Any) -> Reply:
        query = {**request.query, "count": str(rows)} if "cursor" in request.query else request.query
        return await forward(Request(request.method, request.path, query, request.headers, request.body))

    return fault


def cut_off(rows: int) -> Any:
    """The first page and no cursor with it."""

    async def fault(request: Request, forward: Any) -> Reply:
        reply = await forward(request)
        body = {name: value for name, value in reply.body.items() if name != "nextCursor"}
        return Reply(reply.status, {**body, "Resources": body["Resources"][:rows]}, reply.headers)

    return fault


class TestUnique:
    def test_one_email_address_for_two_is_found_before_anything_is_sent(self, tmp_path: Path) -> None:
        place = branch(tmp_path, AWS, PEOPLE)
        place.replace("emails: bob.ray@example.com", "emails: ANN.LEE@example.com")
        [fault] = place.faults()
        assert "ann.lee" in fault.lower()
        assert "emails" in fault
        assert place.vendor.log == type(place.vendor.log)()

    def test_an_email_address_that_a_stranger_has_is_held_and_not_sent(self, tmp_path: Path) -> None:
        place = branch(tmp_path, AWS)
        stranger = {"emails": [{"value": "bob.ray@example.com", "type": "work", "primary": True}]}
        id_ = console_user(place, "guest", **stranger)
        planned = place.plan()
        [row] = planned.plan.held
        assert (row.key, str(row.reason), row.detail) == ("bob.ray", "disputed", f"its emails is held by object {id_}")
        assert {*results(place.apply(planned)).values()} == {"done"}
        assert place.refused == []
        assert set(place.users()) == {"ann.lee", "cy.day", "guest"}

    def test_an_email_address_that_somebody_takes_meanwhile_is_told_in_the_report(self, tmp_path: Path) -> None:
        place = branch(tmp_path, AWS)
        planned = place.plan()
        console_user(place, "guest", emails=[{"value": "bob.ray@example.com", "type": "work", "primary": True}])
        applied = place.apply(planned)
        found = outcomes(applied)["user:bob.ray:create"]
        assert (str(found.result), found.status) == ("failed", 409)
        assert "duplicate resource" in found.detail
        assert results(applied)["user:ann.lee:create"] == "done"
        assert len(requests(place, "POST", "/Users")) == 3

    def test_an_email_address_is_freed_before_somebody_else_takes_it(self, tmp_path: Path) -> None:
        place = branch(tmp_path, AWS)
        place.apply()
        place.replace("emails: bob.ray@example.com", "emails: bob@example.com")
        place.replace("emails: ann.lee@example.com", "emails: bob.ray@example.com")
        place.replace("emails: cy.day@example.com", "emails: ann.lee@example.com")
        plan = done(place, *(f"user:{each} update" for each in ("ann.lee", "bob.ray", "cy.day")))
        assert [each.key for each in plan.operations] == ["bob.ray", "ann.lee", "cy.day"]

    def test_an_email_address_of_somebody_who_is_deleted_is_free(self, tmp_path: Path) -> None:
        place = branch(tmp_path, AWS)
        place.apply()
        place.replace("  bob.ray: {", "  bob.ray: {state: absent, ")
        place.replace("groups:", person("bo").replace("bo@example.com", "bob.ray@example.com") + "groups:")
        done(place, "user:bob.ray delete", "user:bo create", "group:eng remove_members")
        assert set(place.users()) == {"ann.lee", "bo", "cy.day"}
        assert requests(place, "PATCH") == []

    def test_email_addresses_that_are_swapped_are_held(self, tmp_path: Path) -> None:
        place = branch(tmp_path, AWS)
        place.apply()
        place.replace("emails: bob.ray@example.com", "emails: x")
        place.replace("emails: ann.lee@example.com", "emails: bob.ray@example.com")
        place.replace("emails: x", "emails: ann.lee@example.com")
        planned = place.plan()
        assert planned.plan.operations == ()
        assert {(each.key, str(each.reason)) for each in planned.plan.held} == {
            ("ann.lee", "name_cycle"),
            ("bob.ray", "name_cycle"),
        }

    def test_a_renamed_object_is_recognised_by_its_external_id(self, tmp_path: Path) -> None:
        """Looked up by name alone it would be created again, and refused with 409."""
        place = branch(tmp_path, AWS)
        place.apply()
        (place.folder / "state.db").unlink()
        place.edit("ann.lee", userName="somebody", displayName="Somebody")
        live = place.groups()["Engineering"]["id"]
        place.patch(f"/Groups/{live}", {"op": "replace", "path": "displayName", "value": "Renamed"})
        adopted = [f"user:{each} adopt" for each in ("ann.lee", "bob.ray", "cy.day")]
        done(place, *adopted, "user:ann.lee update", "group:eng adopt", "group:eng update")
        assert requests(place, "POST", "/Users")[3:] == []

    def test_an_external_id_that_is_taken_meanwhile_is_told_and_nothing_is_made_twice(self, tmp_path: Path) -> None:
        place = branch(tmp_path, AWS)
        planned = place.plan()
        console_user(place, "guest", externalId="bob.ray")
        applied = place.apply(planned)
        assert results(applied)["user:bob.ray:create"] == "failed"
        assert len(place.users()) == 3
        [adopt, *_] = place.plan().plan.operations
        assert (adopt.key, str(adopt.action)) == ("bob.ray", "adopt")


class TestWhatMustBeThere:
    def test_names_come_from_the_display_name(self, tmp_path: Path) -> None:
        place = branch(tmp_path, AWS, "users: {ann: {displayName: Ann van Lee}, bob: {}}")
        done(place, "user:ann create", "user:bob create")
        users = place.users()
        shown = {name: (each["displayName"], each["name"]) for name, each in users.items()}
        assert shown["ann"] == ("Ann van Lee", {"givenName": "Ann", "familyName": "Lee"})
        assert shown["bob"] == ("bob", {"givenName": "bob", "familyName": "bob"})

    def test_of_several_values_one_is_sent_as_the_primary(self, tmp_path: Path) -> None:
        lines = "[{value: home@example.com, type: home}, {value: work@example.com, type: work}]"
        place = branch(tmp_path, AWS, f"users: {{ann: {{displayName: Ann Lee, emails: {lines}}}}}")
        done(place, "user:ann create")
        assert place.users()["ann"]["emails"] == [{"value": "work@example.com", "type": "work", "primary": True}]

    def test_roles_are_put_as_no_patch_takes_them(self, tmp_path: Path) -> None:
        place = branch(tmp_path, AWS, "users: {ann: {displayName: Ann Lee, roles: [admin]}}")
        done(place, "user:ann create")
        place.replace("roles: [admin]", "roles: [reader], title: T")
        done(place, "user:ann update")
        assert [each["value"] for each in place.users()["ann"]["roles"]] == ["reader"]


class TestFailures:
    @pytest.fixture
    def place(self, tmp_path: Path) -> Branch:
        made = branch(tmp_path, AWS)
        made.apply()
        made.vendor.clear_log()
        return made

    @pytest.mark.parametrize("status", [429, 500, 503])
    def test_a_failed_look_at_members_removes_and_adds_nobody(self, place: Branch, status: int) -> None:
        place.server.inject(On("GET", when=lambda each: "filter" in each.query), answer(status))
        place.replace("[ann.lee, bob.ray]", "[bob.ray, cy.day]")
        with pytest.raises(EndpointError):
            place.plan()
        assert place.members("Engineering") == {"ann.lee", "bob.ray"}
        place.server.heal()
        done(place, "group:eng add_members", "group:eng remove_members")

    def test_a_truncated_look_at_members_removes_nobody(self, place: Branch) -> None:
        by_group = On("GET", "/Users", when=lambda each: "groups.value" in each.query.get("filter", ""))
        place.server.inject(by_group, truncate_listing(1))
        planned = place.plan()
        assert signs(planned.plan.operations) in ([], ["group:eng add_members"])
        place.apply(planned)
        assert place.members("Engineering") == {"ann.lee", "bob.ray"}
        place.server.heal()
        place.converged()

    def test_a_create_whose_answer_is_lost_is_looked_up_and_not_repeated(self, place: Branch) -> None:
        place.people = place.people.replace("groups:", person("dee") + "groups:")
        place.server.inject(On("POST", "/Users", times=1), drop_after())
        place.apply()
        place.server.heal()
        place.apply()
        place.converged()
        assert len(requests(place, "POST", "/Users")) == 1

    def test_members_whose_answer_is_lost_are_added_again(self, place: Branch) -> None:
        place.server.inject(On("PATCH", "/Groups/*", times=1), drop_after())
        place.replace("[ann.lee, bob.ray]", "[ann.lee, bob.ray, cy.day]")
        place.apply()
        place.server.heal()
        place.apply()
        place.converged()
        assert place.members("Engineering") == {"ann.lee", "bob.ray", "cy.day"}

    def test_a_refusal_is_told_in_the_words_of_the_endpoint(self, place: Branch) -> None:
        place.server.inject(On("P*", "/Users/*"), exception(400, "Request is unparsable"))
        place.replace("  cy.day: {", "  cy.day: {title: T, ")
        found = outcomes(place.apply())["user:cy.day:update"]
        assert (str(found.result), found.status) == ("failed", 400)
        assert "Request is unparsable" in found.detail
