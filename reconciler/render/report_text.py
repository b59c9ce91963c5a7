"""The report of an apply for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.core.report import Outcome, Report, Result
from reconciler.render.counting import counted
from reconciler.render.neutral import clip, visible
from reconciler.render.paint import Paint, plain
from reconciler.render.phrases import ACTIONS, RESULTS, duration

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_LONGEST_LIST = 200
_LISTED = {
    Result.FAILED: "bold red",
    Result.IN_DOUBT: "bold magenta",
    Result.SKIPPED: "yellow",
    Result.NOT_SENT: "yellow",
}


def render_report(report: Report, paint: Paint = plain) -> str:
    """What went wrong one by one, what the endpoint did not keep, what was done in numbers."""
    lines = []
    for result, style in _LISTED.items():
        outcomes = report.having(result)
        if outcomes:
            title = f"{RESULTS[result].capitalize()} ({len(outcomes):,})"
            lines += [paint(title, style), *_rows(outcomes), ""]
    lines += _not_kept(report)
    if report.stopped:
        lines.append(paint(clip(visible(f"Stopped early: {report.stopped}"), 500), "bold red"))
    lines.append(paint(_summary(report), "bold"))
    return "".join(f"{line}\n" for line in lines)


def _rows(outcomes: Sequence[Outcome]) -> Iterator[str]:
    for each in outcomes[:_LONGEST_LIST]:
        detail = f": {each.detail}" if each.detail else ""
        yield clip(visible(f"  {ACTIONS[each.action]} {each.kind} {each.key}{detail}"), 1000)
    if len(outcomes) > _LONGEST_LIST:
        yield f"  … and {len(outcomes) - _LONGEST_LIST:,} more"


def _not_kept(report: Report) -> list[str]:
    if not report.not_kept:
        return []
    rows = [
        clip(visible(f"  {each.kind} attribute {each.path}, for example of {each.example}"), 500)
        for each in report.not_kept
    ]
    return ["Accepted and not kept by the endpoint; not planned again for 30 days", *rows, ""]


def _summary(report: Report) -> str:
    """`Applied to idaas: 3 done, 1 failed; 12 requests in 4 seconds.`"""
    words = {Result.NOT_SENT: "not sent", Result.IN_DOUBT: "in doubt", Result.ALREADY: "already so"}
    counts = ((result, len(report.having(result))) for result in Result)
    parts = ", ".join(f"{number:,} {words.get(result, result.value)}" for result, number in counts if number)
    verb = "Interrupted while applying" if report.interrupted else "Applied"
    spent = duration((report.ended - report.started).total_seconds())
    requests = f"{counted(report.requests, 'request')} in {spent}"
    return f"{verb} to {visible(report.target)}: {parts or 'nothing to do'}; {requests}."
