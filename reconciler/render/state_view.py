"""What is remembered between runs, as `state list` and `state show` see it, and as JSON documents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import orjson

from reconciler.core.failures import Failure
from reconciler.core.known import Known, Learnt, Run
from reconciler.core.resources import Kind
from reconciler.render.failing_text import attempts_document


@dataclass(frozen=True, slots=True)
class TargetView:
    """One target: `declared` is None where it is not known whether the manifests have it, `last` its latest run.

    `deletions`: by key, the days on which users are due who were taken out of the manifests; `pending`: only those are
    listed.
    """

    name: str
    declared: bool | None
    fingerprint: str | None
    records: Sequence[Known]
    last: Run | None = None
    deletions: Mapping[str, date] = field(default_factory=dict)
    pending: bool = False

    @property
    def listed(self) -> Sequence[Known]:
        return [each for each in self.records if self.due(each) is not None] if self.pending else self.records

    def due(self, record: Known) -> date | None:
        """The day on which a record's object is deleted; None for never."""
        return self.deletions.get(record.key) if record.kind is Kind.USER else None

    @property
    def owned(self) -> list[Known]:
        return [each for each in self.records if each.owned]


@dataclass(frozen=True, slots=True)
class ObjectView:
    """One object on one target: its record, what was learnt about it or about all of its kind, and its last attempt
    where that failed. Whoever could not be created yet has no record.
    """

    target: str
    record: Known | None
    learnt: Sequence[Learnt] = ()
    failure: Failure | None = None


def list_document(lineage: str, targets: Sequence[TargetView]) -> str:
    """`{"format": "reconciler.state/1", …}`."""
    return _json(
        {"format": "reconciler.state/1", "lineage": lineage, "targets": [_target_document(each) for each in targets]}
    )


def show_document(objects: Sequence[ObjectView]) -> str:
    """A list with one document for each target."""
    return _json([_object_document(each) for each in objects])


def _target_document(target: TargetView) -> dict[str, Any]:
    return {
        "name": target.name,
        "inManifests": target.declared,
        "fingerprint": target.fingerprint,
        "owned": len(target.owned),
        "known": len(target.records),
        "lastRun": _run_document(target.last) if target.last is not None else None,
        "objects": [_listed_document(each, target.due(each)) for each in target.listed],
    }


def _listed_document(record: Known, due: date | None) -> dict[str, Any]:
    return {**_record_document(record), **({"deleteOn": _day(due)} if due is not None else {})}


def _run_document(run: Run) -> dict[str, Any]:
    return {
        "id": run.id,
        "started": _moment(run.started),
        "ended": _moment(run.ended),
        "plan": run.plan,
        "tool": run.tool,
        "counts": dict(run.counts),
        "exit": run.exit,
    }


def _object_document(view: ObjectView) -> dict[str, Any]:
    learnt = [
        {
            "lesson": each.lesson.value,
            "about": f"{each.kind}:{each.key}" if each.key else None,
            "subject": each.subject,
            "value": each.value,
            "day": _day(each.day),
        }
        for each in view.learnt
    ]
    failing = attempts_document(view.failure) if view.failure is not None else None
    return {"target": view.target, **_subject_document(view), "learnt": learnt, "failing": failing}


def _subject_document(view: ObjectView) -> dict[str, Any]:
    if view.record is not None:
        return {**_record_document(view.record), "applied": dict(view.record.applied)}
    refusal = view.failure.refusal if view.failure is not None else None
    return {"kind": refusal.kind.value, "key": refusal.key, "id": None, "owned": False} if refusal is not None else {}


def _record_document(record: Known) -> dict[str, Any]:
    return {
        "kind": record.kind.value,
        "key": record.key,
        "id": record.id,
        "origin": record.origin.value,
        "owned": record.owned,
        "name": record.name,
        "lastSeenDesired": _day(record.last_seen_desired),
        "goneSince": _day(record.gone_since),
    }


def _day(day: date | None) -> str | None:
    return day.isoformat() if day is not None else None


def _moment(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment is not None else None


def _json(document: Any) -> str:
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()
