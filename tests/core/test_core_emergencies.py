"""Who was disabled in an emergency is wanted inactive by every plan, whatever the manifests say, until it ends."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pytest
from hypothesis import given as cases
from hypothesis import strategies as st
from planning_kit import (
    TODAY,
    catalog_of,
    draft_of,
    known,
    listing,
    plan_of,
    rows_of,
    signs,
    target_of,
    target_text,
    user,
)

from reconciler.core.known import Emergency, Origin
from reconciler.core.plan import Plan
from reconciler.core.planning.drafts import Lookups
from reconciler.core.planning.explaining import explain
from reconciler.core.resources import Kind, Ref
from reconciler.core.vocabulary import Action, By, Situation, Verdict

ALICE = [Emergency("Alice", TODAY)]
HELD = ("alice", "enable", "emergency")
TEXT = "users: {alice: {}, bob: {}}\n"


def tree(text: str = TEXT, *lines: str) -> dict[str, str]:
    return {"people.yaml": text, "targets.yaml": target_text(*lines)}


def disable_of(plan: Plan) -> tuple[str, str | None, str | None, By]:
    [found] = [each for each in plan.operations if each.action is Action.DISABLE]
    [change] = [each for each in found.changes if each.path == "active"]
    return str(found.reason), change.source, change.rule, found.by


def test_an_active_user_is_disabled_and_the_row_says_why() -> None:
    records = [known("alice", "1"), known("bob", "2")]
    plan = plan_of(TEXT, [user("1", "alice"), user("2", "bob")], records=records, emergencies=ALICE)
    assert signs(plan.operations) == ["user:alice disable"]
    assert disable_of(plan) == ("emergency", None, None, By.US)
    assert rows_of(plan.withheld) == set()


@pytest.mark.parametrize("reenable", ["ours", "always", "never"])
@pytest.mark.parametrize("applied", [True, False])
def test_an_inactive_one_is_not_enabled_by_any_reenable(reenable: str, applied: bool) -> None:
    plan = plan_of(
        tree(TEXT, f"lifecycle: {{reenable: {reenable}}}"),
        [user("1", "alice", active=False)],
        records=[known("alice", "1", active=applied)],
        emergencies=ALICE,
    )
    assert signs(plan.operations) == ["user:bob create"]
    assert rows_of(plan.withheld) == {HELD}
    assert plan.withheld[0].situation is Situation.IN_SYNC
    assert plan.withheld[0].detail == (
        "disabled in an emergency on 2026-11-21; `reconciler release user:alice there` ends it, or state: disabled"
    )


def test_the_rest_of_the_user_goes_on() -> None:
    plan = plan_of(
        "users: {alice: {title: Boss}}\n",
        [user("1", "alice", active=False)],
        records=[known("alice", "1", active=False)],
        emergencies=ALICE,
    )
    assert signs(plan.operations) == ["user:alice update"]
    assert rows_of(plan.withheld) == {HELD}


def test_a_new_user_of_the_key_is_created_inactive() -> None:
    for records in ([], [known("alice", "1")]):
        plan = plan_of("users: {alice: {}}\n", records=records, emergencies=ALICE)
        [create] = plan.operations
        assert create.action is Action.CREATE
        assert {each.path: each.after for each in create.changes}["active"] is False
        assert rows_of(plan.withheld) == {HELD}


def test_one_that_is_found_again_is_adopted_and_disabled() -> None:
    plan = plan_of("users: {alice: {}}\n", [user("9", "alice")], records=[known("alice", "1")], emergencies=ALICE)
    assert sorted(signs(plan.operations)) == ["user:alice adopt", "user:alice disable"]


@pytest.mark.parametrize("state", ["disabled", "absent"])
def test_manifests_that_deny_access_end_it(state: str) -> None:
    draft = draft_of(
        f"users: {{alice: {{state: {state}}}}}\n", [user("1", "alice")], (), [known("alice", "1")], emergencies=ALICE
    )
    assert draft.emergencies.ended == ["Alice"]
    assert [each.reason for each in draft.rows.operations] != [Verdict.EMERGENCY]
    assert draft.rows.withheld == []


def test_a_mapping_that_enables_whoever_is_disabled_does_not_end_it() -> None:
    mapping = "mappings: {all: {users: {attributes: {active: true}}}}\n"
    draft = draft_of(
        tree(f"users: {{alice: {{state: disabled}}}}\n{mapping}", "mapping: all"),
        [user("1", "alice")],
        (),
        [known("alice", "1")],
        emergencies=ALICE,
    )
    assert draft.emergencies.ended == []
    assert signs(draft.rows.operations) == ["user:alice disable"]


@pytest.mark.parametrize("rule", ["active: null", "active: {value: '{{ user.active }}', sync: create}"])
def test_it_holds_where_the_mapping_leaves_access_alone(rule: str) -> None:
    mapping = f"mappings: {{all: {{users: {{attributes: {{{rule}}}}}}}}}\n"
    plan = plan_of(
        tree(f"users: {{alice: {{}}}}\n{mapping}", "mapping: all"),
        [user("1", "alice")],
        records=[known("alice", "1")],
        emergencies=ALICE,
    )
    assert signs(plan.operations) == ["user:alice disable"]


def test_a_day_that_has_passed_does_not_end_it_and_nothing_is_withheld_then() -> None:
    draft = draft_of("users: {alice: {until: 2026-11-01}}\n", [user("1", "alice", active=False)], emergencies=ALICE)
    assert draft.emergencies.ended == []
    assert draft.rows.withheld == []


def test_it_goes_along_to_another_key() -> None:
    draft = draft_of(
        "users: {alicia: {previously: [alice]}}\n",
        [user("1", "alice")],
        (),
        [known("alice", "1")],
        emergencies=[Emergency("Alice", TODAY - timedelta(3))],
    )
    assert signs(draft.rows.operations) == ["user:alicia disable"]
    assert draft.emergencies.renamed == [Emergency("alicia", TODAY - timedelta(3))]
    assert draft.emergencies.ended == ["Alice"]


@pytest.mark.parametrize("reaction", ["disable", "keep"])
@pytest.mark.parametrize("origin", [Origin.CREATED, Origin.ADOPTED, Origin.MATCHED])
def test_whoever_left_is_disabled_too(reaction: str, origin: Origin) -> None:
    for text, line in (("users: {bob: {}}\n", "onRemove"), ("users: {alice: {}, bob: {}}\n", "onLeave")):
        plan = plan_of(
            tree(
                f"{text}scopes: {{some: {{users: {{include: [bob]}}}}}}\n",
                "scope: some",
                f"lifecycle: {{{line}: {reaction}}}",
            ),
            [user("1", "alice"), user("2", "bob")],
            records=[known("alice", "1", origin=origin), known("bob", "2")],
            emergencies=ALICE,
        )
        assert signs(plan.operations) == ["user:alice disable"]
        assert plan.operations[0].reason is Verdict.EMERGENCY


def test_it_needs_no_whole_listing_but_the_users_own_look_up() -> None:
    """As a declared end of access; whoever merely vanished from the manifests waits."""
    part = listing(Kind.USER, [user("1", "alice"), user("2", "bob")], complete=False)
    records = [known("alice", "1"), known("bob", "2")]
    text = {"people.yaml": "users: {carol: {}}\n", "targets.yaml": target_text("lifecycle: {onRemove: delete}")}
    plan = plan_of(text, part, records=records, emergencies=ALICE)
    assert ("alice", "disable", "unconfirmed") in rows_of(plan.held)
    plan = plan_of(text, part, records=records, emergencies=ALICE, lookups=Lookups(read=frozenset([(Kind.USER, "1")])))
    assert signs(plan.operations) == ["user:alice disable"]
    assert ("bob", "delete", "unconfirmed") in rows_of(plan.held)


def test_whoever_can_not_be_disabled_is_held() -> None:
    plan = plan_of(
        tree(TEXT, "manage: {users: [create, update]}"),
        [user("1", "alice"), user("2", "bob")],
        records=[known("alice", "1"), known("bob", "2")],
        emergencies=ALICE,
    )
    assert rows_of(plan.held) == {("alice", "disable", "access_remains")}


def test_no_plan_disables_a_protected_account() -> None:
    plan = plan_of(
        tree(TEXT, "safety: {protect: [alice]}"),
        [user("1", "alice"), user("2", "bob")],
        records=[known("alice", "1"), known("bob", "2")],
        emergencies=ALICE,
    )
    assert plan.operations == ()
    assert rows_of(plan.held) == {("alice", "disable", "access_remains")}


def test_explain_shows_it() -> None:
    catalog = catalog_of(TEXT)
    sides = ([user("1", "alice", active=False)], (), [known("alice", "1")])
    draft = draft_of(catalog, *sides, emergencies=ALICE)
    plan = plan_of(catalog, *sides, emergencies=ALICE)
    told = explain(Ref(Kind.USER, "alice"), target_of(catalog), catalog, draft, plan)
    assert rows_of(told.rows) == {HELD}
    [active] = [each for each in told.values if each.path == "active"]
    assert (active.wanted, active.live, active.differs) == (False, False, False)


@dataclass(frozen=True)
class World:
    """`live`, `recorded`: whether alice is active there and was when last applied; None where she is not."""

    live: bool | None
    recorded: bool | None
    state: str | None
    lifecycle: dict[str, str]
    scoped: bool

    @property
    def tree(self) -> dict[str, str]:
        people = f"alice: {{{self.state}}}, " if self.state is not None else ""
        include = "[alice, bob]" if self.scoped else "[bob]"
        lines = ", ".join(f"{name}: {value}" for name, value in self.lifecycle.items())
        scopes = f"scopes: {{some: {{users: {{include: {include}}}}}}}\n"
        return tree(f"users: {{{people}bob: {{}}}}\n{scopes}", "scope: some", f"lifecycle: {{{lines}}}")


REACTIONS = st.sampled_from(["disable", "keep", "delete"])
STATES = ["", "state: active", "state: disabled", "from: 2027-01-01", "until: 2026-01-01", "title: X"]
WORLDS = st.builds(
    World,
    live=st.none() | st.booleans(),
    recorded=st.none() | st.booleans(),
    state=st.none() | st.sampled_from(STATES),
    lifecycle=st.fixed_dictionaries(
        {"reenable": st.sampled_from(["ours", "always", "never"]), "onRemove": REACTIONS, "onLeave": REACTIONS}
    ),
    scoped=st.booleans(),
)


@cases(world=WORLDS)
def test_no_plan_ever_gives_access_and_none_leaves_an_owned_user_active(world: World) -> None:
    rows = [user("2", "bob"), *([user("1", "alice", active=world.live)] if world.live is not None else [])]
    mine = [known("alice", "1", active=world.recorded)] if world.recorded is not None else []
    plan = plan_of(world.tree, rows, records=[known("bob", "2"), *mine], emergencies=ALICE)
    operations = [each for each in plan.operations if each.key == "alice"]
    assert all(each.action is not Action.ENABLE for each in operations)
    assert all(change.after is False for each in operations for change in each.changes if change.path == "active")
    if world.live and mine:
        assert {each.action for each in operations} & {Action.DISABLE, Action.DELETE}
