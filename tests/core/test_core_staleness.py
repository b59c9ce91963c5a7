"""Whether a saved plan still holds."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from planning_kit import NOW, catalog_of, circumstances, given_of, group, known, target_text, user

from reconciler.core.plan import Plan
from reconciler.core.planning.documenting import document_plan
from reconciler.core.planning.planner import draft_plan
from reconciler.core.planning.staleness import check_circumstances, operations_to_do
from reconciler.core.resources import Kind
from reconciler.errors import StalePlanError

WEEK = timedelta(days=7)
TEXT = """
users: {ann: {title: Boss}, bob: {manager: ann}, new: {manager: newer}, newer: {}, gone: {state: absent}, ad: {}}
groups: {ops: {members: [ann, bob, new]}}
"""
LIVE = [user("1", "ann"), user("2", "bob"), user("3", "left"), user("4", "gone"), user("5", "ad")]
OPS = [group("g1", "ops", "2", "4")]
RECORDS = [
    known("ann", "1"),
    known("bob", "2"),
    known("left", "3"),
    known("gone", "4"),
    known("ops", "g1", Kind.GROUP),
]


def made(
    text: Any = TEXT, live: Any = LIVE, groups: Any = OPS, records: Any = RECORDS, *lines: str, **told: Any
) -> Any:
    """Draft and plan."""
    given = given_of(catalog_of({"p.yaml": text, "t.yaml": target_text(*lines)}), live, groups, records)
    draft = draft_plan(given)
    return draft, document_plan(draft, given, circumstances(**told))


SAVED = Plan.from_json(made()[1].to_json())


def remaining(*world: Any, **more: Any) -> list[str]:
    draft, fresh = made(*world, **more)
    return [each.id for each in operations_to_do(SAVED, draft, fresh.operations)]


def stale(*world: Any, **more: Any) -> str:
    with pytest.raises(StalePlanError) as caught:
        remaining(*world, **more)
    return str(caught.value)


def without(rows: Any, id: str, **changes: Any) -> Any:
    return [{**each, **changes} if each["id"] == id else each for each in rows]


def test_nothing_moved_so_everything_is_to_do() -> None:
    assert remaining() == [each.id for each in SAVED.operations]


def test_what_is_to_do_is_what_would_be_planned_now() -> None:
    """Requests and versions are those of now."""
    draft, fresh = made(live=without(LIVE, "1", meta={"version": 'W/"9"'}, nickName="unmanaged"))
    todo = operations_to_do(SAVED, draft, fresh.operations)
    [update] = [each for each in todo if each.id == "user:ann:update"]
    assert update.precondition is not None
    assert update.precondition.version == 'W/"9"'


def test_an_object_that_is_as_planned_is_done() -> None:
    live = without(LIVE, "1", title="Boss")
    live = without(live, "3", active=False)
    live = [each for each in live if each["id"] != "4"]
    left = remaining(TEXT, live, [group("g1", "ops", "2")])
    done = {each.id for each in SAVED.operations} - set(left)
    assert done == {"user:ann:update", "user:left:disable", "user:gone:delete", "group:ops:remove_members"}


def test_an_edited_live_object_is_stale_and_named() -> None:
    assert stale(TEXT, without(LIVE, "1", title="Else")).endswith("\n  user:ann:update")
    assert "group:ops:add_members" in stale(TEXT, LIVE, [group("g1", "ops", "1", "2", "4")])


def test_an_edited_manifest_is_stale_where_an_operation_changes() -> None:
    assert "user:ann:update" in stale(TEXT.replace("Boss", "Chief"))
    assert "user:left:disable" in stale(TEXT.replace("ad: {}", "ad: {}, left: {}"))
    assert "user:gone:delete" in stale(TEXT.replace("gone: {state: absent}", "gone: {}"))


def test_what_a_manifest_adds_is_left_to_the_next_plan() -> None:
    assert remaining(TEXT.replace("ad: {}", "ad: {}, more: {}")) == [each.id for each in SAVED.operations]


def test_an_object_that_somebody_else_created_meanwhile_is_stale() -> None:
    assert "user:newer:create" in stale(TEXT, [*LIVE, user("9", "newer")])


def test_a_reference_whose_target_came_meanwhile_is_not_taken_for_done() -> None:
    live = [*LIVE, user("9", "newer"), user("8", "new")]
    records = [*RECORDS, known("newer", "9"), known("new", "8")]
    assert "user:new:update:references" in stale(TEXT, live, OPS, records)


def test_a_reference_that_is_set_is_done() -> None:
    manager = {"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"manager": {"value": "9"}}}
    live = [*LIVE, user("9", "newer"), {**user("8", "new"), **manager}]
    records = [*RECORDS, known("newer", "9"), known("new", "8")]
    groups = [group("g1", "ops", "1", "2", "8")]
    left = remaining(TEXT, live, groups, records)
    assert left == ["user:left:disable", "user:ad:adopt", "user:ann:update", "user:bob:update", "user:gone:delete"]


def test_an_adoption_that_is_recorded_is_done() -> None:
    assert "user:ad:adopt" not in remaining(TEXT, LIVE, OPS, [*RECORDS, known("ad", "5")])


def test_a_plan_that_is_done_altogether_was_applied_already() -> None:
    _, plan = made("users: {ann: {title: Boss}}", LIVE[:1], (), RECORDS[:1])
    draft, fresh = made("users: {ann: {title: Boss}}", without(LIVE[:1], "1", title="Boss"), (), RECORDS[:1])
    with pytest.raises(StalePlanError, match="done already"):
        operations_to_do(plan, draft, fresh.operations)


def test_a_plan_without_operations_has_nothing_to_do() -> None:
    draft, plan = made("users: {ann: {}}", LIVE[:1], (), RECORDS[:1])
    assert plan.operations == ()
    assert operations_to_do(plan, draft, plan.operations) == []


def test_many_stale_objects_are_listed_up_to_twenty() -> None:
    people = ", ".join(f"u{number:02}: {{title: A}}" for number in range(30))
    live = [user(f"u{number:02}") for number in range(30)]
    records = [known(each["id"], each["id"]) for each in live]
    _, plan = made(f"users: {{{people}}}", live, (), records)
    draft, fresh = made(f"users: {{{people.replace('A}', 'B}')}}}", live, (), records)
    with pytest.raises(StalePlanError) as caught:
        operations_to_do(plan, draft, fresh.operations)
    assert str(caught.value).count("\n  user:") == 20
    assert str(caught.value).endswith("and 10 more")


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"fingerprint": "other"}, "another endpoint"),
        ({"lineage": "other"}, "state store is not the one"),
    ],
)
def test_another_endpoint_or_store_is_refused(told: Any, words: Any) -> None:
    _, fresh = made(**told)
    with pytest.raises(StalePlanError, match=words):
        check_circumstances(SAVED, fresh, NOW, WEEK)


def test_another_target_or_platform_is_refused() -> None:
    for change in ({"target": "else"}, {"platform": "else"}):
        with pytest.raises(StalePlanError, match="make it again"):
            check_circumstances(SAVED, SAVED.model_copy(update=change), NOW, WEEK)


def test_an_old_plan_is_refused() -> None:
    check_circumstances(SAVED, SAVED, NOW + WEEK, WEEK)
    with pytest.raises(StalePlanError, match="8 days old"):
        check_circumstances(SAVED, SAVED, NOW + timedelta(days=8), WEEK)


def test_a_plan_from_before_there_was_a_store_holds_until_something_is_known() -> None:
    _, first = made(TEXT, LIVE, OPS, [], lineage="none")
    _, later = made(TEXT, LIVE, OPS, [], lineage="l")
    check_circumstances(first, later, NOW, WEEK)
    _, applied = made(lineage="l")
    with pytest.raises(StalePlanError, match="applied already"):
        check_circumstances(first, applied, NOW, WEEK)
