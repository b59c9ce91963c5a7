"""One endpoint under several targets: each object has one owner, and passes from one to the other by rule."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
from neighbours import Estate
from planning_kit import rows_of, signs
from workplace import results

from reconciler.core.known import Emergency
from reconciler.core.resources import Kind
from reconciler.errors import ManifestError
from reconciler.storage.state.opening import open_state

PEOPLE = """
users:
  ann: {title: Boss}
  bob: {}
  cy: {}
groups:
  ops: {displayName: Ops, members: [ann, bob]}
scopes:
  east: {users: {include: [EAST]}, groups: {include: []}}
  west: {users: {include: [WEST]}}
"""
BOTH = {"east": ["scope: east"], "west": ["scope: west"]}


def people(east: str, west: str) -> str:
    return PEOPLE.replace("EAST", east).replace("WEST", west)


def applied(folder: Path, state: str | None) -> Estate:
    """East has Ann and Bob, West has Cy; both are applied."""
    made = Estate(folder, people("ann, bob", "cy"), dict(BOTH), state=state)
    made["east"].apply()
    made["west"].apply()
    return made


@pytest.fixture
def estate(tmp_path: Path) -> Estate:
    return applied(tmp_path, f"sqlite:///{tmp_path / 'state.db'}")


class TestWithheld:
    def test_what_another_target_owns_is_foreign(self, estate: Estate) -> None:
        plan = estate["west"].plan().plan
        assert plan.operations == ()
        assert plan.foreign["users"] == 2

    def test_what_another_target_owns_and_this_one_desires_is_withheld_whole(self, estate: Estate) -> None:
        estate.people = people("ann, bob", "cy, ann").replace("Boss", "Chief")
        plan = estate["west"].plan().plan
        assert plan.operations == ()
        assert rows_of(plan.withheld) == {("ann", "adopt", "owned_elsewhere")}
        [row] = plan.withheld
        assert row.detail == "target east owns it as user:ann"
        estate["west"].apply()
        assert set(estate.records("west")) == {"user:cy", "group:ops"}
        assert signs(estate["east"].plan().plan.operations) == ["user:ann update"]

    def test_who_is_gone_from_the_endpoint_is_created_again_by_the_owner_alone(self, estate: Estate) -> None:
        estate.people = people("ann, bob", "cy, ann")
        estate["east"].call("DELETE", f"/Users/{estate['east'].users()['ann']['id']}")
        assert rows_of(estate["west"].plan().plan.withheld) == {("ann", "create", "owned_elsewhere")}
        assert signs(estate["east"].plan().plan.operations) == ["user:ann create"]

    def test_another_person_with_the_name_of_somebody_elsewhere_is_held(self, estate: Estate) -> None:
        text = people("ann, bob", "cy, ann2").replace("  bob: {}", "  ann2: {userName: ann}\n  bob: {}")
        estate.people = text
        plan = estate["west"].plan().plan
        assert rows_of(plan.held) == {("ann2", None, "disputed")}
        assert plan.held[0].detail == "userName held by ann of target east"

    def test_what_owns_matches_is_not_taken_from_whom_it_belongs_to(self, estate: Estate) -> None:
        estate.targets["west"] = ["scope: west", "ownership: {owns: {users: 'userName pr'}}"]
        plan = estate["west"].plan().plan
        assert plan.operations == ()
        assert plan.foreign["users"] == 2

    def test_a_target_that_is_gone_from_the_manifests_still_owns(self, estate: Estate) -> None:
        estate.targets = {"west": ["scope: west"]}
        estate.people = people("ann, bob", "cy, ann, bob")
        plan = estate["west"].plan().plan
        assert rows_of(plan.withheld) == {(each, "adopt", "owned_elsewhere") for each in ("ann", "bob")}

    def test_another_endpoint_is_no_neighbour(self, estate: Estate) -> None:
        estate.targets["east"] = ["scope: east", "platform: generic"]
        estate.people = people("bob", "cy, ann")
        with closing(open_state(estate.state or "", create=True)) as store:
            store.bind("east", "0123456789abcdef")
        assert signs(estate["west"].plan().plan.operations)[:1] == ["user:ann adopt"]


class TestHandOver:
    @pytest.fixture
    def estate(self, tmp_path: Path, state_url: str) -> Estate:
        return applied(tmp_path, state_url)

    def test_the_owner_does_nothing_and_the_other_links_it(self, estate: Estate) -> None:
        estate.people = people("bob", "cy, ann")
        east = estate["east"].plan().plan
        assert east.operations == ()
        assert rows_of(east.withheld) == {("ann", "disable", "owned_elsewhere")}
        assert "target west desires it" in east.withheld[0].detail
        assert signs(estate["west"].plan().plan.operations)[:1] == ["user:ann adopt"]
        estate["west"].apply()
        assert set(estate.records("east")) == {"user:bob"}
        assert "user:ann" in estate.records("west")
        assert estate["east"].users()["ann"]["active"]
        for name in BOTH:
            estate[name].settled()

    def test_also_when_the_owner_is_applied_first(self, estate: Estate) -> None:
        estate.people = people("bob", "cy, ann")
        estate["east"].apply()
        assert "user:ann" in estate.records("east")
        estate["west"].apply()
        assert "user:ann" not in estate.records("east")
        assert estate["west"].users()["ann"]["active"]

    def test_whoever_nobody_desires_any_more_leaves(self, estate: Estate) -> None:
        estate.people = people("bob", "cy")
        assert signs(estate["east"].plan().plan.operations) == ["user:ann disable"]

    def test_an_end_of_access_is_no_handing_over(self, estate: Estate) -> None:
        estate.people = people("bob", "cy, ann").replace("ann: {title: Boss}", "ann: {state: absent}")
        assert signs(estate["east"].plan().plan.operations) == ["user:ann delete"]
        assert rows_of(estate["west"].plan().plan.withheld) == {("ann", "delete", "not_owned")}

    def test_an_account_of_another_name_for_the_same_person_is_another_account(self, estate: Estate) -> None:
        on = "{title: Boss, on: {west: {userName: ann-adm, externalId: ann-adm}}}"
        estate.people = people("ann, bob", "cy, ann").replace("{title: Boss}", on)
        assert "user:ann create" in signs(estate["west"].plan().plan.operations)
        estate.people = people("bob", "cy, ann").replace("{title: Boss}", on)
        assert signs(estate["east"].plan().plan.operations) == ["user:ann disable"]

    def test_nobody_is_handed_over_in_an_emergency(self, estate: Estate) -> None:
        with closing(open_state(estate.state or "", create=True)) as store:
            store.declare_emergencies("east", [Emergency("ann", estate["east"].catalog.today)])
        estate.people = people("bob", "cy, ann")
        assert rows_of(estate["west"].plan().plan.withheld) == {("ann", "adopt", "owned_elsewhere")}
        assert signs(estate["east"].plan().plan.operations) == ["user:ann disable"]
        estate["east"].apply()
        estate["west"].apply()
        assert not estate["east"].users()["ann"]["active"]

    def test_two_records_from_before_end_as_one(self, estate: Estate) -> None:
        [record] = [each for key, each in estate.records("east").items() if key == "user:ann"]
        with closing(open_state(estate.state or "", create=True)) as store:
            store.record("west", [record])
        estate.people = people("bob", "cy, ann")
        assert estate["east"].plan().plan.operations == ()
        estate["east"].apply()
        assert set(estate.records("east")) == {"user:bob"}
        estate["west"].apply()
        assert all(len(each) == 1 for each in estate.owners().values())

    def test_what_a_rule_keeps_from_being_adopted_stays_with_its_owner(self, estate: Estate) -> None:
        estate.targets["west"] = ["scope: west", "ownership: {adopt: never}"]
        estate.people = people("bob", "cy, ann")
        assert rows_of(estate["west"].plan().plan.withheld) == {("ann", "adopt", "not_adopted")}
        assert estate["east"].plan().plan.operations == ()


class TestFirstCome:
    def test_who_is_applied_first_owns(self, tmp_path: Path, state_url: str) -> None:
        estate = Estate(tmp_path, people("ann, bob", "ann, cy"), dict(BOTH), state=state_url)
        east, west = (estate[each].plan() for each in BOTH)
        note = "1 new object is desired by target west as well"
        assert any(each.startswith(note) for each in east.plan.notes)
        estate["east"].apply(east)
        found = results(estate["west"].apply(west))
        assert found["user:ann:create"] == "skipped"
        assert found["user:cy:create"] == "done"
        assert estate.records("west").keys() >= {"user:cy"}
        assert "user:ann" not in estate.records("west")
        assert rows_of(estate["west"].plan().plan.withheld) == {("ann", "adopt", "owned_elsewhere")}


class TestMembers:
    @pytest.fixture
    def shared(self, tmp_path: Path) -> Estate:
        """West owns the group, into which somebody put Ann of East."""
        made = Estate(tmp_path, people("ann", "bob, cy"), dict(BOTH))
        made["east"].apply()
        made["west"].apply()
        group, ann = made["west"].groups()["Ops"], made["west"].users()["ann"]
        add = {"op": "add", "path": "members", "value": [{"value": ann["id"]}]}
        assert made["west"].patch(f"/Groups/{group['id']}", add) < 300
        return made

    def test_people_of_others_stay_in_a_managed_group(self, shared: Estate) -> None:
        shared.people = shared.people.replace("members: [ann, bob]", "members: [cy]")
        shared["west"].apply()
        assert shared["west"].members("Ops") == {"ann", "cy"}
        shared["west"].settled()

    def test_an_exact_group_keeps_whom_it_names_and_no_others(self, shared: Estate) -> None:
        shared.people = shared.people.replace("members: [", "membership: exact, members: [")
        shared["west"].settled()
        shared.people = shared.people.replace("members: [ann, bob]", "members: [bob]")
        shared["west"].apply()
        assert shared["west"].members("Ops") == {"bob"}

    def test_who_is_handed_over_stays_where_the_manifests_have_them(self, tmp_path: Path) -> None:
        estate = Estate(tmp_path, people("cy", "ann, bob"), dict(BOTH))
        for name in BOTH:
            estate[name].apply()
        estate.people = people("cy, ann", "bob")
        for name in ("west", "east", "west"):
            estate[name].apply()
            assert estate["west"].members("Ops") == {"ann", "bob"}
        estate.people = estate.people.replace("members: [ann, bob]", "members: [bob]")
        estate["west"].apply()
        assert estate["west"].members("Ops") == {"bob"}


def test_a_neighbour_that_cannot_be_made_ready_is_said(estate: Estate) -> None:
    estate.targets["east"] = ["scope: east", "mapping: nowhere"]
    with pytest.raises(ManifestError, match="no mapping 'nowhere'"):
        estate["west"].plan()


def test_without_a_store_nobody_owns_and_nobody_is_disabled(tmp_path: Path) -> None:
    estate = Estate(tmp_path, people("ann", "bob"), dict(BOTH), state="none")
    estate["east"].apply()
    estate.targets["west"] = ["scope: west", "ownership: {owns: {users: 'userName pr'}}"]
    plan = estate["west"].plan().plan
    assert "user:ann" not in {f"{each.kind}:{each.key}" for each in plan.operations}
    assert Kind.USER in {each.kind for each in plan.withheld}
