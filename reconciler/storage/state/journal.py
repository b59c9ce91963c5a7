"""The journal's rows, and the statements that read them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Delete, Select, and_, delete, or_, select

from reconciler.core.journal import Entry, EntryState
from reconciler.core.resources import Kind
from reconciler.core.vocabulary import Action
from reconciler.errors import ExitCode
from reconciler.storage.state.rows import from_json, to_json
from reconciler.storage.state.tables import JOURNAL, RUNS

if TYPE_CHECKING:
    from sqlalchemy import Row

UNSETTLED = (EntryState.INTENDED.value, EntryState.IN_DOUBT.value)


def entry_row(target: str, entry: Entry) -> dict[str, Any]:
    return {
        "target": target,
        "run": entry.run,
        "operation": entry.operation,
        "position": entry.position,
        "kind": entry.kind.value,
        "key": entry.key,
        "action": entry.action.value,
        "state": entry.state.value,
        "remote_id": entry.id,
        "intent": to_json(entry.intent),
        "before": to_json(entry.before) if entry.before is not None else None,
        "detail": entry.detail,
        "status": entry.status,
        "at": entry.at.astimezone(UTC).isoformat(),
    }


def entry_of(row: Row[Any]) -> Entry:
    """Raises ValueError where the row holds what was never written."""
    return Entry(
        run=row.run,
        operation=row.operation,
        position=row.position,
        kind=Kind(row.kind),
        key=row.key,
        action=Action(row.action),
        state=EntryState(row.state),
        intent=from_json(row.intent),
        at=datetime.fromisoformat(row.at),
        id=row.remote_id,
        before=from_json(row.before) if row.before is not None else None,
        detail=row.detail,
        status=row.status,
    )


def entries_of(target: str, run: str) -> Select[Any]:
    """Every entry of a run, in its order."""
    return select(JOURNAL).where(JOURNAL.c.target == target, JOURNAL.c.run == run).order_by(JOURNAL.c.position)


def unfinished(target: str) -> Select[Any]:
    """What is in doubt, and of a run that never ended also what it had no time to record elsewhere."""
    runs = and_(RUNS.c.target == JOURNAL.c.target, RUNS.c.id == JOURNAL.c.run)
    made = and_(JOURNAL.c.state == EntryState.FAILED.value, JOURNAL.c.action == Action.CREATE.value)
    unrecorded = or_(JOURNAL.c.state == EntryState.CONFIRMED.value, and_(made, JOURNAL.c.remote_id.is_not(None)))
    return (
        select(JOURNAL)
        .join(RUNS, runs)
        .where(
            JOURNAL.c.target == target,
            or_(RUNS.c.ended.is_(None), RUNS.c.exit_code != int(ExitCode.DONE)),
            or_(JOURNAL.c.state.in_(UNSETTLED), and_(RUNS.c.ended.is_(None), unrecorded)),
        )
        .order_by(RUNS.c.started, JOURNAL.c.run, JOURNAL.c.position)
    )


def pruning(target: str, before: datetime) -> Delete:
    """Removes the entries of runs that began before a time and of which nothing is unfinished."""
    moment = before.astimezone(UTC).isoformat()
    old = select(RUNS.c.id).where(RUNS.c.target == target, RUNS.c.started < moment)
    unfinished_runs = unfinished(target).order_by(None).with_only_columns(JOURNAL.c.run, maintain_column_froms=True)
    return delete(JOURNAL).where(
        JOURNAL.c.target == target, JOURNAL.c.run.in_(old), JOURNAL.c.run.not_in(unfinished_runs)
    )
