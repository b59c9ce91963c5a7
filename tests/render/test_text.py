from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.core.plan import Operation, Plan
from reconciler.core.resources import Kind
from reconciler.core.vocabulary import Action, Situation
from reconciler.render.blocks import Limits
from reconciler.render.paint import coloured
from reconciler.render.plans import render_drift, render_plans
from reconciler.render.text import render_text
from reconciler.render.view import view_plan

if TYPE_CHECKING:
    from collections.abc import Callable

GOLDEN = Path(__file__).parent / "golden"


ESCAPES = re.compile(r"\x1b\[[0-9;]*m")


def test_a_rich_plan_reads_as_reviewed(rich_plan: Plan, golden: Callable[[Path, str], None]) -> None:
    golden(GOLDEN / "plan.txt", render_plans([rich_plan], "text"))


def test_the_same_plan_as_drift_is_grouped_by_who_changed_what(
    rich_plan: Plan, golden: Callable[[Path, str], None]
) -> None:
    golden(GOLDEN / "drift.txt", render_drift([rich_plan], "text"))


def test_a_plan_with_nothing_to_do_says_so_and_that_the_state_is_empty(
    quiet_plan: Plan, golden: Callable[[Path, str], None]
) -> None:
    golden(GOLDEN / "quiet.txt", render_plans([quiet_plan], "text"))


def test_colours_change_nothing_but_colours(rich_plan: Plan) -> None:
    shown = render_plans([rich_plan], "text", coloured)
    assert "\x1b[" in shown
    assert ESCAPES.sub("", shown) == render_plans([rich_plan], "text")


def test_without_being_asked_there_is_no_escape(rich_plan: Plan) -> None:
    assert "\x1b" not in render_plans([rich_plan], "text")


def test_several_plans_follow_one_another(rich_plan: Plan, quiet_plan: Plan) -> None:
    shown = render_plans([rich_plan, quiet_plan], "text")
    assert shown == f"{render_plans([rich_plan], 'text')}\n{render_plans([quiet_plan], 'text')}"


def test_long_lists_are_shortened_with_a_count(quiet_plan: Plan) -> None:
    created = tuple(
        Operation(
            id=f"user:u{number}:create",
            kind=Kind.USER,
            key=f"u{number}",
            action=Action.CREATE,
            situation=Situation.MISSING,
            reason=Situation.MISSING,
        )
        for number in range(2500)
    )
    shown = render_text(view_plan(quiet_plan.model_copy(update={"operations": created})), limits=Limits(rows=100))
    assert "Users to create (2,500)" in shown
    assert "… and 2,400 more" in shown
    assert "u99 " in shown
    assert "u100 " not in shown
