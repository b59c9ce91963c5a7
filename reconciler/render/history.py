"""Past runs, in words and as JSON documents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from reconciler.core.journal import FORGOTTEN, is_forgotten
from reconciler.core.resources import Kind
from reconciler.core.vocabulary import Action
from reconciler.render.neutral import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reconciler.core.journal import Entry
    from reconciler.core.known import Run

COLUMNS = ("RUN", "TARGET", "STARTED", "EXIT", "OPERATIONS")
UNENDED = "not ended"


def runs_text(runs: Sequence[Run]) -> str:
    """A table, one line for each run."""
    rows = [COLUMNS, *((each.id, visible(each.target), _moment(each), _exit(each), _counts(each)) for each in runs)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(COLUMNS))]
    return "".join(
        "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() + "\n" for row in rows
    )


def run_text(run: Run, entries: Sequence[Entry]) -> str:
    """A run with what became of each of its operations, in their order."""
    ended = f"{run.ended:%H:%M:%S} UTC" if run.ended is not None else UNENDED
    head = f"Run {run.id} on {visible(run.target)}: {_moment(run)} to {ended}, plan {run.plan[:12]}, exit {_exit(run)}"
    told = [line for each in entries for line in _lines(each)]
    if is_forgotten(run, entries):
        told = [f"  {_counts(run)}; what each operation did is forgotten: {FORGOTTEN}"]
    return "".join(f"{line}\n" for line in (head, *told))


def runs_json(runs: Sequence[Run]) -> str:
    """`{"format": "reconciler.history/1", "runs": […]}`."""
    return _json({"format": "reconciler.history/1", "runs": [_run(each) for each in runs]})


def run_json(run: Run, entries: Sequence[Entry]) -> str:
    """The same of one run, with `operations`: null where they are forgotten."""
    operations = None if is_forgotten(run, entries) else [_entry(each) for each in entries]
    return _json({"format": "reconciler.history/1", "runs": [{**_run(run), "operations": operations}]})


def _lines(entry: Entry) -> Iterable[str]:
    id = f" (id {visible(entry.id)})" if entry.id is not None else ""
    yield f"  {entry.state.value:<9}  {entry.action} {entry.kind}:{visible(entry.key)}{id}{_what(entry)}"
    if entry.detail:
        yield f"             {visible(entry.detail)}"


def _what(entry: Entry) -> str:
    paths = [visible(each) for each in entry.values]
    members = len(entry.members)
    parts = [*paths, *([f"{members} member{'s' if members > 1 else ''}"] if members else ())]
    return f": {', '.join(parts)}" if parts else ""


def _moment(run: Run) -> str:
    return f"{run.started:%Y-%m-%d %H:%M:%S} UTC"


def _exit(run: Run) -> str:
    return str(run.exit) if run.exit is not None else UNENDED


def _counts(run: Run) -> str:
    return ", ".join(f"{number} {name.replace('_', ' ')}" for name, number in run.counts.items() if number) or "-"


def _run(run: Run) -> dict[str, Any]:
    return {
        "id": run.id,
        "target": run.target,
        "started": run.started.isoformat(),
        "ended": run.ended.isoformat() if run.ended is not None else None,
        "plan": run.plan,
        "tool": run.tool,
        "counts": dict(run.counts),
        "exit": run.exit,
    }


def _entry(entry: Entry) -> dict[str, Any]:
    values = dict((entry.before or {}).get("values") or {})
    before = None if entry.before is None or entry.action is not Action.DELETE else dict(entry.before)
    return {
        "operation": entry.operation,
        "kind": Kind(entry.kind).value,
        "key": entry.key,
        "action": entry.action.value,
        "state": entry.state.value,
        "id": entry.id,
        "changes": [{"path": path, "before": values.get(path), "after": after} for path, after in entry.values.items()],
        "members": entry.members,
        "before": before,
        "detail": entry.detail,
        "status": entry.status,
        "at": entry.at.isoformat(),
    }


def _json(document: Any) -> str:
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()
