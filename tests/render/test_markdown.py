from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from reconciler.core.plan import Change, Member, Operation, Plan
from reconciler.core.resources import Kind
from reconciler.core.vocabulary import Action, Situation
from reconciler.render.markdown import LONGEST
from reconciler.render.plans import render_plans

if TYPE_CHECKING:
    from collections.abc import Callable


GOLDEN = Path(__file__).parent / "golden"


def test_a_rich_plan_reads_as_reviewed(rich_plan: Plan, golden: Callable[[Path, str], None]) -> None:
    golden(GOLDEN / "plan.md", render_plans([rich_plan], "markdown"))


def test_a_plan_with_nothing_to_do_is_short(quiet_plan: Plan, golden: Callable[[Path, str], None]) -> None:
    golden(GOLDEN / "quiet.md", render_plans([quiet_plan], "markdown"))


def test_several_targets_each_have_their_marker(rich_plan: Plan, quiet_plan: Plan) -> None:
    other = quiet_plan.model_copy(update={"target": "aws"})
    shown = render_plans([rich_plan, other], "markdown")
    assert shown.startswith("<!-- reconciler plan idaas -->\n")
    assert "\n<!-- reconciler plan aws -->\n" in shown


@pytest.mark.parametrize(("operations", "members"), [(5000, 0), (3, 20000), (900, 300)])
def test_an_endless_plan_is_cut_to_what_a_comment_takes_and_says_so(
    quiet_plan: Plan, operations: Any, members: Any
) -> None:
    plan = quiet_plan.model_copy(update={"operations": tuple(large(number, members) for number in range(operations))})
    shown = render_plans([plan], "markdown")
    assert len(shown) <= LONGEST
    assert f"Groups to add members to ({operations:,})" in shown
    assert "… and " in shown
    assert ("Cut to fit: " in shown) == (operations > 500)


def test_more_targets_than_fit_are_counted(rich_plan: Plan) -> None:
    many = [rich_plan.model_copy(update={"target": f"target-{number}"}) for number in range(1000)]
    shown = render_plans(many, "markdown")
    assert len(shown) <= LONGEST
    assert "Cut to fit: " in shown
    assert shown.count("<!-- reconciler plan ") + int(re.search(r"(\d+) more targets", shown)[1]) == 1000


def large(number: int, members: int) -> Operation:
    return Operation(
        id=f"group:g{number}:add_members",
        kind=Kind.GROUP,
        key=f"group-with-a-rather-long-name-{number}",
        action=Action.ADD_MEMBERS,
        situation=Situation.DRIFTED,
        reason=Situation.DRIFTED,
        changes=(Change(path="displayName", before="x" * 5000, after="y" * 5000),),
        members=tuple(Member(key=f"user:somebody-with-a-long-name-{each}") for each in range(members)),
    )
