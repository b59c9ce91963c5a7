"""What was not read is not there to decide by: incomplete listings, failed pages, look-ups."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from planning_kit import rows_of, signs
from servers.faults import On, answer, drop_before, ignore_query, repeat_first_page, shrink_total, truncate_listing
from servers.faulty import Forward, Reply, Request
from servers.listings import hide, listing_of, small_pages
from workplace import Workplace, results

from reconciler.core.vocabulary import Action
from reconciler.errors import EndpointError

KEYS = [f"u{number}" for number in range(8)]
MANY = f"""
users: {{{", ".join(f"{key}: {{}}" for key in KEYS)}}}
groups: {{g: {{members: [{", ".join(KEYS)}]}}, h: {{members: [u0]}}}}
"""
LISTING = listing_of("/Users")


@pytest.fixture
def many(tmp_path: Path) -> Workplace:
    """Eight people, applied, and the listing of users still whole."""
    place = Workplace(tmp_path, MANY)
    place.apply()
    place.server.log.clear()
    return place


CUT: dict[str, Callable[[], list[Any]]] = {
    "truncated": lambda: [truncate_listing(3)],
    "hidden": lambda: [hide("u1", "u2")],
    "repeated page": lambda: [repeat_first_page(), small_pages(3)],
    "shrinking total": lambda: [shrink_total(), small_pages(3)],
}


@pytest.mark.parametrize("cut", CUT)
class TestIncompleteListing:
    def test_nobody_is_disabled_deleted_created_twice_or_taken_out(self, many: Workplace, cut: str) -> None:
        """Four are gone from the manifests, one is new, one group loses members: only the new one and nobody else."""
        for fault in CUT[cut]():
            many.server.inject(LISTING, fault)
        many.target = ["lifecycle: {onRemove: delete, groups: {onRemove: delete}}"]
        many.people = "users: {u0: {}, u1: {}, u2: {title: T}, u3: {}, new: {}}\ngroups: {g: {members: [u0, u1]}}"
        before = many.users().keys()
        done = many.apply()
        sent = {(each.method, each.path.split("/")[1]) for each in many.server.writes}
        assert ("DELETE", "Users") not in sent
        assert {row["active"] for row in many.users().values()} == {True}
        assert many.users().keys() == before | {"new"}
        assert many.members("g") == set(KEYS)
        assert results(done)["user:new:create"] == "done"
        assert results(done)["user:u2:update"] == "done"

    def test_what_was_not_confirmed_is_held_and_said(self, many: Workplace, cut: str) -> None:
        for fault in CUT[cut]():
            many.server.inject(LISTING, fault)
        many.people = "users: {u0: {}, u1: {}}\ngroups: {g: {members: [u0]}, h: {members: [u0]}}"
        plan = many.plan().plan
        assert plan.operations == ()
        held = rows_of(plan.held)
        assert {reason for _, _, reason in held} == {"unconfirmed"}
        assert {(key, action) for key, action, _ in held} >= {("u7", "disable"), ("g", "remove_members")}
        assert not plan.read["users"].complete
        assert plan.read["users"].problem

    def test_a_declared_end_goes_through_once_the_object_itself_confirms_it(self, many: Workplace, cut: str) -> None:
        for fault in CUT[cut]():
            many.server.inject(LISTING, fault)
        many.replace("u0: {}", "u0: {state: disabled}")
        many.replace("u1: {}", "u1: {state: absent}")
        many.replace("u7: {}", "u7: {until: 2026-01-01}")
        assert set(results(many.apply()).values()) == {"done"}
        users = many.users()
        assert "u1" not in users
        assert {name for name, row in users.items() if not row["active"]} == {"u0", "u7"}
        gets = {each.path for each in many.server.requests_of("GET", "/Users/*")}
        assert f"/Users/{users['u0']['id']}" in gets

    def test_nothing_that_is_known_is_taken_for_lost(self, many: Workplace, cut: str) -> None:
        for fault in CUT[cut]():
            many.server.inject(LISTING, fault)
        assert many.plan().plan.operations == ()
        assert many.apply().report.outcomes == ()
        assert many.known.keys() == {*(f"user:{key}" for key in KEYS), "group:g", "group:h"}


class TestLookUps:
    @pytest.fixture
    def fresh(self, many: Workplace, tmp_path: Path) -> Workplace:
        """The same target without any memory of it, and with a listing that ends early."""
        many.state = f"sqlite:///{tmp_path / 'new.db'}"
        many.server.inject(LISTING, truncate_listing(2))
        return many

    def test_what_the_listing_left_out_is_found_and_adopted(self, fresh: Workplace) -> None:
        plan = fresh.plan().plan
        assert {each.action for each in plan.operations} == {Action.ADOPT}
        fresh.apply()
        assert len(fresh.users()) == 8

    @pytest.mark.parametrize("fault", [answer(400), answer(501), ignore_query("filter")])
    def test_where_nothing_can_be_looked_up_creates_are_held(self, fresh: Workplace, fault: Any) -> None:
        """`filter` ignored and the listing cut: what is asked for is not among what comes."""
        fresh.server.inject(On("GET", "/Users", when=lambda each: "filter" in each.query), truncate_listing(2))
        fresh.server.inject(On("GET", "/Users", when=lambda each: "filter" in each.query), fault)
        plan = fresh.plan().plan
        assert not any(each.action is Action.CREATE and each.kind == "user" for each in plan.operations)
        assert [each.action for each in plan.held] == [Action.CREATE] * 6
        fresh.apply()
        assert len(fresh.users()) == 8

    def test_one_match_key_that_cannot_be_looked_up_leaves_the_question_open(self, make_place: Any) -> None:
        """The account exists under its userName; by externalId alone it would be created a second time."""
        place = make_place("users: {ann: {}, bob: {}}")
        place.call("POST", "/Users", {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "ann"})
        place.server.inject(
            On("GET", "/Users", when=lambda each: "userName eq" in each.query.get("filter", "")), answer(400)
        )
        place.server.inject(LISTING, truncate_listing(0))
        plan = place.plan().plan
        assert plan.operations == ()
        assert rows_of(plan.held) == {("ann", "create", "unconfirmed"), ("bob", "create", "unconfirmed")}

    @pytest.mark.parametrize("status", [400, 403, 503])
    def test_a_look_up_by_id_that_is_answered_with_an_error_leaves_one_object_open(
        self, many: Workplace, status: int
    ) -> None:
        many.server.inject(LISTING, hide("u1"))
        many.server.inject(On("GET", f"/Users/{many.users()['u1']['id']}"), answer(status))
        many.replace("u2: {}", "u2: {title: T}")
        plan = many.plan().plan
        assert signs(plan.operations) == ["user:u2 update"]
        assert rows_of(plan.held) == {("u1", "create", "unconfirmed")}
        assert [f"answered {status}" in each for each in plan.notes if "look-up" in each] == [True]
        assert plan.sealed() == plan
        assert set(results(many.apply()).values()) == {"done"}
        assert many.members("g") == set(KEYS)
        assert "user:u1" in many.known

    def test_an_id_that_somebody_deleted_and_that_is_answered_400_is_not_created_again(self, many: Workplace) -> None:
        many.call("DELETE", f"/Users/{many.users()['u1']['id']}")
        many.server.inject(On("GET", "/Users/*"), answer(400))
        plan = many.plan().plan
        assert rows_of(plan.held) >= {("u1", "create", "unconfirmed")}
        assert "user:u1 create" not in signs(plan.operations)

    @pytest.mark.parametrize("fault", [answer(401), drop_before()])
    def test_a_look_up_that_is_not_allowed_or_not_answered_ends_the_plan(self, many: Workplace, fault: Any) -> None:
        many.server.inject(LISTING, hide("u1"))
        many.server.inject(On("GET", "/Users/*"), fault)
        with pytest.raises(EndpointError):
            many.apply()
        assert many.server.writes == []

    def test_a_known_object_that_the_listing_left_out_makes_it_incomplete(self, many: Workplace) -> None:
        many.server.inject(LISTING, hide("u1"))
        plan = many.plan().plan
        assert "left out" in plan.read["users"].problem
        assert (plan.operations, plan.held) == ((), ())


class TestFailedReads:
    @pytest.mark.parametrize(
        ("path", "page"), [("/Users", 0), ("/Users", 1), ("/Users", 2), ("/Groups", 0), ("/Groups", 1)]
    )
    def test_a_failed_page_ends_the_plan_and_nothing_is_written(self, many: Workplace, path: str, page: int) -> None:
        many.people = "users: {}"
        before = many.known
        where = On("GET", path, skip=page)
        many.server.inject(where, answer(503))
        many.server.inject(On("GET", path), small_pages(1 if path == "/Groups" else 2))
        with pytest.raises(EndpointError):
            many.apply()
        assert many.server.writes == []
        assert many.known == before

    def test_groups_that_vanish_as_a_whole_are_not_forgotten(self, many: Workplace) -> None:
        """404 for the collection means that there are no groups to manage, not that ours are gone."""
        many.server.inject(On("GET", "/Groups*"), answer(404))
        before = many.known
        plan = many.plan().plan
        assert plan.operations == ()
        many.apply()
        assert many.known == before


class TestUnreadable:
    def break_id(self, name: str) -> Any:
        async def fault(request: Request, forward: Forward) -> Reply:
            reply = await forward(request)
            return reply.with_rows(lambda row: {**row, "id": None} if row.get("userName") == name else row)

        return fault

    def test_a_row_without_an_id_is_held_by_its_name_and_the_rest_goes_on(self, many: Workplace) -> None:
        many.server.inject(LISTING, self.break_id("u1"))
        many.state = "none"
        many.replace("u2: {}", "u2: {title: T}")
        plan = many.plan().plan
        assert rows_of(plan.held) == {("u1", None, "unreadable")}
        assert signs(plan.operations) == ["user:u2 update"]
        assert plan.read["users"].unreadable == 1

    def test_a_known_object_whose_row_has_no_id_is_found_by_its_own(self, many: Workplace) -> None:
        many.server.inject(LISTING, self.break_id("u1"))
        many.replace("u2: {}", "u2: {title: T}")
        assert signs(many.plan().plan.operations) == ["user:u2 update"]
