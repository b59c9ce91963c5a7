"""Known objects and lessons as rows, and back."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import orjson

from reconciler.core.known import Emergency, Known, Learnt, Lesson, Origin, Run
from reconciler.core.resources import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Row

UNSTORABLE = re.compile("[\x00\ud800-\udfff]")

RowKey = tuple[Kind, str]


def folded(key: str) -> str:
    """Keys are compared in this form."""
    return key.casefold()


def object_row(target: str, known: Known) -> dict[str, Any]:
    return {
        "target": target,
        "kind": known.kind.value,
        "key_folded": folded(known.key),
        "key": known.key,
        "remote_id": known.id,
        "origin": known.origin.value,
        "name": UNSTORABLE.sub("\ufffd", known.name),
        "applied": to_json(known.applied),
        "last_seen_desired": known.last_seen_desired,
        "gone_since": known.gone_since,
    }


def known_of(row: Row[Any]) -> Known:
    """Raises ValueError where the row holds what was never written."""
    return Known(
        kind=Kind(row.kind),
        key=row.key,
        id=row.remote_id,
        origin=Origin(row.origin),
        applied=from_json(row.applied),
        name=row.name,
        last_seen_desired=row.last_seen_desired,
        gone_since=row.gone_since,
    )


def lesson_row(target: str, learnt: Learnt) -> dict[str, Any]:
    return {
        "target": target,
        "lesson": learnt.lesson.value,
        "kind": learnt.kind.value,
        "subject": learnt.subject,
        "key": learnt.key,
        "value": learnt.value,
        "day": learnt.day,
    }


def learnt_of(row: Row[Any]) -> Learnt:
    """Raises ValueError where the row holds what was never written."""
    return Learnt(Lesson(row.lesson), Kind(row.kind), row.subject, row.value, row.day, row.key)


def emergency_row(target: str, emergency: Emergency) -> dict[str, Any]:
    return {
        "target": target,
        "key_folded": folded(emergency.key),
        "key": emergency.key,
        "since": emergency.since,
    }


def run_row(run: Run) -> dict[str, Any]:
    return {
        "target": run.target,
        "id": run.id,
        "started": _to_text(run.started),
        "ended": _to_text(run.ended) if run.ended is not None else None,
        "plan_sha256": run.plan,
        "tool": run.tool,
        "counts": to_json(run.counts),
        "exit_code": run.exit,
    }


def run_of(row: Row[Any]) -> Run:
    """Raises ValueError where the row holds what was never written."""
    return Run(
        id=row.id,
        target=row.target,
        started=datetime.fromisoformat(row.started),
        ended=datetime.fromisoformat(row.ended) if row.ended is not None else None,
        plan=row.plan_sha256,
        tool=row.tool,
        counts=from_json(row.counts),
        exit=row.exit_code,
    )


def _to_text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()


def to_json(applied: Mapping[str, Any]) -> str:
    # Servers do send lone surrogates; orjson refuses them, the standard library escapes them.
    try:
        return orjson.dumps(dict(applied), option=orjson.OPT_SORT_KEYS).decode()
    except orjson.JSONEncodeError:
        return json.dumps(dict(applied), sort_keys=True)


def from_json(text: str) -> dict[str, Any]:
    try:
        values = orjson.loads(text)
    except orjson.JSONDecodeError:
        values = json.loads(text)
    if not isinstance(values, dict):
        raise ValueError("applied values are not an object")  # noqa: TRY004  the caller knows one kind of damage
    return values


def last_of_each(known: Sequence[Known]) -> tuple[list[Known], list[RowKey]]:
    """The last word on every key and, of those, the last on every id: what one record comes down to.

    Also gives the kinds and folded keys that are left without a row, because a later one has their id.
    """
    by_key: dict[RowKey, Known] = {}
    for each in known:
        key = (each.kind, folded(each.key))
        by_key.pop(key, None)  # a key's place is that of its last row
        by_key[key] = each
    holders = {(each.kind, each.id): key for key, each in by_key.items()}
    kept = {key: by_key[key] for key in holders.values()}
    return list(kept.values()), [key for key in by_key if key not in kept]
