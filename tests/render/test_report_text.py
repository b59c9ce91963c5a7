from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from reconciler.core.report import NotKept, Outcome, Report, Result
from reconciler.core.resources import Kind
from reconciler.core.vocabulary import Action
from reconciler.render.documents import plans_json, reports_json
from reconciler.render.report_text import render_report

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.core.plan import Plan

GOLDEN = Path(__file__).parent / "golden"


START = datetime(2026, 11, 21, 22, 10, tzinfo=UTC)


def outcome(key: str, result: Result, detail: str = "") -> Outcome:
    return Outcome(
        operation=f"user:{key}:update", kind=Kind.USER, key=key, action=Action.UPDATE, result=result, detail=detail
    )


def report(*outcomes: Outcome, **parts: object) -> Report:
    ended = START.replace(second=4)
    return Report(
        tool="0.1.0", target="idaas", plan="0" * 64, started=START, ended=ended, outcomes=outcomes, requests=12, **parts
    )


def test_a_troubled_apply_reads_as_reviewed(golden: Callable[[Path, str], None]) -> None:
    troubled = report(
        outcome("ann", Result.DONE),
        outcome("bob", Result.DONE),
        outcome("eve", Result.ALREADY),
        outcome("kim", Result.FAILED, "PATCH /Users/3 answered 400: <b>no\nsuch\x1b[31m attribute</b>"),
        outcome("lee", Result.SKIPPED),
        outcome("may", Result.NOT_SENT),
        outcome("ned", Result.IN_DOUBT, "the connection broke"),
        interrupted=True,
        not_kept=(NotKept(kind=Kind.USER, path="nickName", example="user:ann"),),
    )
    golden(GOLDEN / "report.txt", render_report(troubled))


def test_a_smooth_apply_is_one_line() -> None:
    shown = render_report(report(outcome("ann", Result.DONE)))
    assert shown == "Applied to idaas: 1 done; 12 requests in 4 seconds.\n"


def test_nothing_to_do_is_said() -> None:
    assert "nothing to do" in render_report(report())


def test_long_lists_of_failures_are_shortened_with_a_count() -> None:
    failures = [outcome(f"u{number}", Result.FAILED) for number in range(1000)]
    shown = render_report(report(*failures))
    assert "Failed (1,000)" in shown
    assert "… and 800 more" in shown


def test_one_document_prints_as_itself_and_several_as_a_list(rich_plan: Plan, quiet_plan: Plan) -> None:
    assert plans_json([rich_plan]).encode() == rich_plan.to_json()
    body = orjson.loads(plans_json([rich_plan, quiet_plan]))
    assert body["format"] == "reconciler.plans/1"
    assert [each["sha256"] for each in body["plans"]] == [rich_plan.sha256, quiet_plan.sha256]
    assert orjson.loads(reports_json([report()]))["format"] == "reconciler.report/1"
    assert orjson.loads(reports_json([]))["reports"] == []
