"""What an apply did, as a document. `schemas/report.schema.json` describes it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

import orjson
from pydantic import Field

from reconciler.core.plan import Document
from reconciler.core.resources import Kind
from reconciler.core.vocabulary import Action


class Result(StrEnum):
    DONE = "done"
    """Confirmed by the endpoint's answer or by reading back."""
    ALREADY = "already"
    """The object already was as the operation leaves it; nothing was sent."""
    FAILED = "failed"
    SKIPPED = "skipped"
    """Not tried, because something that it depends on failed."""
    NOT_SENT = "not_sent"
    """Not tried, because the run was stopped."""
    IN_DOUBT = "in_doubt"
    """Sent, and the answer was lost; the next run finds out."""


class Outcome(Document):
    operation: str
    """The operation's id in the plan."""
    kind: Kind
    key: str
    action: Action
    result: Result
    id: str | None = None
    """The target's id of the object, where it is known."""
    detail: str = ""
    """For failures: the request, the status and the server's own words."""
    status: int | None = None


class NotKept(Document):
    """An attribute that the endpoint accepted and did not keep; it is not planned again for 30 days."""

    kind: Kind
    path: str
    example: str


class Report(Document):
    format: Literal["reconciler.report/1"] = "reconciler.report/1"
    tool: str
    target: str
    plan: str
    """SHA-256 of the plan that was applied."""
    started: datetime
    ended: datetime
    interrupted: bool = False
    stopped: str = ""
    """Why the run ended before everything was sent, where it was not interrupted."""
    outcomes: tuple[Outcome, ...] = ()
    not_kept: tuple[NotKept, ...] = ()
    requests: int = 0
    """Requests that were really sent, reads and repetitions included."""
    counts: dict[str, int] = Field(default_factory=dict)
    """How many operations ended with each result."""

    def to_json(self) -> bytes:
        return orjson.dumps(self.model_dump(mode="json"), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)

    def having(self, *results: Result) -> list[Outcome]:
        return [each for each in self.outcomes if each.result in results]


def count_results(outcomes: list[Outcome]) -> dict[str, int]:
    """How many outcomes there are of each result, zero included, in the enum's order."""
    counts: dict[str, Any] = {result.value: 0 for result in Result}
    for each in outcomes:
        counts[each.result] += 1
    return counts
