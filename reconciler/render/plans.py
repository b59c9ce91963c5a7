"""Plans in the format that was asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.render.documents import plans_json
from reconciler.render.markdown import render_markdown
from reconciler.render.paint import Paint, plain
from reconciler.render.text import render_text
from reconciler.render.view import PlanView, view_drift, view_plan

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from reconciler.core.plan import Plan

PLAN_FORMATS = ("text", "json", "markdown")


def render_plans(plans: Sequence[Plan], form: str, paint: Paint = plain) -> str:
    """What will be done. `form` is one of `PLAN_FORMATS`; `paint` colours text only."""
    return _render(plans, form, paint, view_plan)


def render_drift(plans: Sequence[Plan], form: str, paint: Paint = plain) -> str:
    """What differs, by whose change. The JSON is that of the plans: each operation has its `by`."""
    return _render(plans, form, paint, view_drift)


def _render(plans: Sequence[Plan], form: str, paint: Paint, view: Callable[[Plan], PlanView]) -> str:
    match form:
        case "json":
            return plans_json(plans)
        case "markdown":
            return render_markdown([view(each) for each in plans])
        case _:
            return "\n".join(render_text(view(each), paint) for each in plans)
