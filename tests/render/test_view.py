from __future__ import annotations

from typing import Any

from reconciler.core.plan import Change, Member, Operation, Plan
from reconciler.core.resources import Kind
from reconciler.core.vocabulary import Action, By, Situation
from reconciler.render.view import view_drift, view_plan


def operation(action: Action, key: str = "ann", kind: Kind = Kind.USER, **parts: object) -> Operation:
    return Operation(
        id=f"{kind}:{key}:{action}",
        kind=kind,
        key=key,
        action=action,
        situation=Situation.DRIFTED,
        reason=Situation.DRIFTED,
        **parts,
    )


def with_operations(plan: Plan, *operations: Operation, **summary: Any) -> Any:
    return plan.model_copy(update={"operations": operations, "summary": summary})


def test_what_needs_attention_comes_first_and_disabled_there_before_what_is_held(rich_plan: Plan) -> None:
    assert [item.who for item in view_plan(rich_plan).attention] == ["user carol", "user dave", "group ???"]


def test_what_needs_attention_is_not_repeated_among_the_withheld(rich_plan: Plan) -> None:
    assert [item.who for item in view_plan(rich_plan).withheld] == ["user break-glass-1"]


def test_operations_are_grouped_in_the_order_of_the_plan(quiet_plan: Plan) -> None:
    plan = with_operations(
        quiet_plan,
        operation(Action.DISABLE, "kim"),
        operation(Action.UPDATE, "ann"),
        operation(Action.CREATE, "bob"),
        operation(Action.UPDATE, "carl"),
    )
    assert [(each.title, [item.who for item in each.items]) for each in view_plan(plan).sections] == [
        ("Users to disable", ["user kim"]),
        ("Users to update", ["user ann", "user carl"]),
        ("Users to create", ["user bob"]),
    ]


def test_the_summary_counts_operations_members_and_people(quiet_plan: Plan) -> None:
    plan = with_operations(
        quiet_plan,
        operation(Action.CREATE, "bob"),
        operation(Action.CREATE, "ops", Kind.GROUP, members=(Member(key="user:bob"), Member(key="user:ann", id="1"))),
        operation(Action.UPDATE, "ann"),
        operation(Action.DISABLE, "kim"),
        operation(Action.ADD_MEMBERS, "eng", Kind.GROUP, members=(Member(key="group:ops"), Member(key="user:zoe"))),
        operation(Action.REMOVE_MEMBERS, "eng", Kind.GROUP, members=(Member(id="99"),)),
        people=5,
    )
    assert view_plan(plan).summary == (
        "Plan: 2 to create, 1 to update, 1 to disable, 4 members to add, 1 member to remove; 5 people affected."
    )


def test_adopting_somebody_affects_nobody(quiet_plan: Plan) -> None:
    plan = with_operations(quiet_plan, operation(Action.ADOPT))
    assert view_plan(plan).summary == "Plan: 1 to adopt; 0 people affected."


def test_the_effect_on_people_is_said_with_endings_first(quiet_plan: Plan) -> None:
    rows = [("prod-admins", 1, 14, False), ("ops", 0, 5, True), *((f"g{n}", 2, 0, False) for n in range(8))]
    plan = with_operations(
        quiet_plan,
        access={"created": 3, "enabled": 1, "disabled": 2, "deleted": 1},
        groups=[dict(zip(("group", "gained", "lost", "nested"), row, strict=True)) for row in rows],
        admins={"gained": 1, "lost": 0},
    )
    assert view_plan(plan).effect == (
        "Effect: deletes 1 person, disables 2 people, removes 14 members from prod-admins, "
        "removes 5 members from ops through nested groups, adds 1 member to prod-admins, adds 2 members to g0, "
        "adds 2 members to g1, adds 2 members to g2, adds 2 members to g3, and to 4 more groups, enables 1 person, "
        "creates 3 people, gives admin to 1."
    )
    assert view_drift(plan).effect == view_plan(quiet_plan).effect == ""


def test_drift_counts_by_who_changed_it_and_leaves_adoptions_out(quiet_plan: Plan) -> None:
    plan = with_operations(
        quiet_plan,
        operation(Action.ADOPT, "new"),
        operation(Action.UPDATE, "ann", by=By.THEM),
        operation(Action.UPDATE, "bob", by=By.BOTH),
        operation(Action.CREATE, "kim"),
    )
    view = view_drift(plan)
    assert view.summary == "Drift: 3 differ: 1 on both sides, 1 by their change, 1 by our change."
    assert [(each.title, [item.who for item in each.items]) for each in view.sections] == [
        ("Changed on both sides", ["user bob"]),
        ("They changed", ["user ann"]),
        ("We changed", ["user kim"]),
    ]
    assert [item.note.partition(":")[0] for each in view.sections for item in each.items] == [
        "both",
        "they changed",
        "we changed",
    ]


def test_somebody_disabled_there_counts_as_their_change(rich_plan: Plan, quiet_plan: Plan) -> None:
    plan = quiet_plan.model_copy(update={"withheld": rich_plan.withheld})
    assert view_drift(plan).summary == "Drift: 1 differs: 1 by their change. 2 withheld."


def test_no_drift_is_said_plainly(quiet_plan: Plan) -> None:
    assert view_drift(quiet_plan).summary == "Drift: none."


def test_a_created_object_stands_at_the_line_that_names_it(quiet_plan: Plan) -> None:
    changes = (
        Change(path="emails", after=[{"value": "a@example.com"}], source="manifests/_defaults.yaml:3"),
        Change(path="displayName", after="Ann", source="manifests/users.yaml:9"),
        Change(path="userName", after="ann", source="manifests/users.yaml:8"),
    )
    (section,) = view_plan(with_operations(quiet_plan, operation(Action.CREATE, changes=changes))).sections
    assert section.items[0].place == "manifests/users.yaml:8"
    assert [change.place for change in section.items[0].changes] == [
        "manifests/_defaults.yaml:3",
        "manifests/users.yaml:9",
        "",
    ]
