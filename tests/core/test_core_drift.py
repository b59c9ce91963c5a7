"""Three sides: what we changed, what they changed, what both did, in every row, in this order, and under `sync`."""

from __future__ import annotations

from typing import Any

import pytest
from planning_kit import draft_of, group, known, plan_of, target_text, user

from reconciler.core.manifests.safety import Safety
from reconciler.core.plan import Plan
from reconciler.core.planning.drift import only_theirs
from reconciler.core.resources import Kind
from reconciler.core.vocabulary import By
from reconciler.render.plans import render_drift
from reconciler.render.view import view_drift

TEXT = """
users:
  ann: {title: New}
  bob: {title: Kept}
  cy: {title: Ours}
  dee: {}
  eve: {}
groups:
  admins: {members: [ann]}
"""
LIVE = [
    user("1", "ann", title="Old"),
    user("2", "bob", title="Theirs"),
    user("3", "cy", title="Theirs"),
    user("4", "dee", active=False),
    user("5", "eve"),
]
RECORDS = [
    known("ann", "1", title="Old"),
    known("bob", "2", title="Kept"),
    known("cy", "3", title="Old"),
    known("dee", "4"),
    known("eve", "5"),
    known("admins", "9", Kind.GROUP, members=["1"]),
]
THERE = [group("9", "admins", "1", "5")]
ADMINS = "safety: {adminGroups: [admins], minAdmins: 0}"


def plan(*lines: str, text: str = TEXT) -> Plan:
    return plan_of({"p.yaml": text, "t.yaml": target_text(ADMINS, *lines)}, LIVE, THERE, RECORDS)


def test_every_row_says_whose_doing_it_is() -> None:
    made = plan()
    assert {(each.key, str(each.action)): each.by for each in made.operations} == {
        ("ann", "update"): By.US,
        ("bob", "update"): By.THEM,
        ("cy", "update"): By.BOTH,
        ("admins", "remove_members"): By.THEM,
    }
    assert [(each.key, str(each.reason), each.by) for each in made.withheld] == [("dee", "disabled_there", By.THEM)]
    assert [(each.group, each.lost, each.by) for each in made.admins] == [("admins", ("eve",), By.THEM)]


def order(text: str, *names: str) -> bool:
    places = [text.index(each) for each in names]
    return places == sorted(places)


@pytest.mark.parametrize("form", ["text", "markdown"])
def test_drift_shows_admins_then_who_was_disabled_then_both_they_we(form: str) -> None:
    shown = render_drift([plan()], form)
    assert order(
        shown,
        "admins: takes it from eve (they changed)",
        "user dee  they changed: would enable: disabled on the target, and not by us",
        "user cy  both: update",
        "user bob  they changed: update",
        "group admins  they changed: remove members",
        "user ann  we changed: update",
    )


def test_who_is_enabled_again_stands_before_what_both_changed() -> None:
    view = view_drift(plan("lifecycle: {reenable: always}"))
    titles = ["Disabled there", "Changed on both sides", "They changed", "We changed"]
    assert [each.title for each in view.sections] == titles
    assert [each.who for each in view.sections[0].items] == ["user dee"]


def test_their_side_alone() -> None:
    draft = draft_of({"p.yaml": TEXT, "t.yaml": target_text(ADMINS)}, LIVE, THERE, RECORDS)
    theirs = only_theirs(plan(), draft, Safety.model_validate({"adminGroups": ["admins"], "minAdmins": 0}))
    assert [each.key for each in theirs.operations] == ["bob", "cy", "admins"]
    assert [each.key for each in theirs.withheld] == ["dee"]
    assert [each.lost for each in theirs.admins] == [("eve",)]
    assert theirs.summary["user"] == {"update": 2}


def mapped(sync: str) -> Any:
    value = f"{{value: '{{{{ user.title }}}}', sync: {sync}}}"
    rule = f"mappings: {{m: {{extends: generic, users: {{attributes: {{title: {value}}}}}}}}}\n"
    return plan("mapping: m", text=TEXT + rule)


@pytest.mark.parametrize(
    ("sync", "corrected"),
    [("always", {"ann", "bob", "cy"}), ("changed", {"ann", "cy"}), ("create", set()), ("empty", set())],
)
def test_sync_decides_by_the_side_that_moved(sync: str, corrected: set[str]) -> None:
    """`changed` leaves what only they changed, and acts as `create` where nothing is recorded."""
    assert {each.key for each in mapped(sync).operations if each.kind is Kind.USER} == corrected
