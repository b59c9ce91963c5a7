"""Plans and reports as JSON: one document as it is, several in a list."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.core.plan import Plan
    from reconciler.core.report import Report


def plans_json(plans: Sequence[Plan]) -> str:
    """The plan document, or `{"format": "reconciler.plans/1", "plans": […]}` for any number but one."""
    return _json("plans", plans)


def reports_json(reports: Sequence[Report]) -> str:
    """The report document, or `{"format": "reconciler.reports/1", "reports": […]}` for any number but one."""
    return _json("reports", reports)


def _json(name: str, documents: Sequence[Plan] | Sequence[Report]) -> str:
    if len(documents) == 1:
        return documents[0].to_json().decode()
    body = {"format": f"reconciler.{name}/1", name: [each.model_dump(mode="json") for each in documents]}
    return orjson.dumps(body, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()
