"""What is remembered between runs, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.core.known import Lesson, Origin
from reconciler.core.resources import Kind
from reconciler.render.counting import counted
from reconciler.render.failing_text import failed
from reconciler.render.neutral import phrase_value, visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date, datetime

    from reconciler.core.known import Known, Learnt, Run
    from reconciler.render.state_view import ObjectView, TargetView

COLUMNS = ("KIND", "KEY", "ID", "ORIGIN", "NAME", "IN THE MANIFESTS", "GONE SINCE", "DELETED ON")

ORIGINS = {
    Origin.CREATED: "created by an apply: owned",
    Origin.ADOPTED: "adopted by an apply: owned",
    Origin.MATCHED: "matched and left its own: not owned",
}

LESSONS = {
    Lesson.NOT_KEPT: "{subject} is accepted and not kept",
    Lesson.WRITE_SHAPE: "{subject} goes through as {value}",
    Lesson.MEMBERS_AT_ONCE: "{value} members go through in one request",
    Lesson.USELESS_VERSIONS: "the versions that it gives do not hold in If-Match",
    Lesson.UNDELETABLE: "cannot be deleted: {value}",
    Lesson.TAKEN_OVER: "its creation, as {subject}, changed the object {value}",
}

NOBODY_DUE = "nobody is due to be deleted"

UNOWNED = (
    "what is on the target stays as it is and is not owned any more. Whoever leaves the manifests is not recognised, "
    "and neither disabled nor deleted there; whoever stays is matched anew, as ownership.adopt has it"
)


def list_text(targets: Sequence[TargetView]) -> str:
    """A table for each target."""
    return "\n".join("".join(f"{line}\n" for line in _target(each)) for each in targets)


def show_text(objects: Sequence[ObjectView], now: datetime) -> str:
    """Everything about one object, target by target."""
    return "\n".join("".join(f"{line}\n" for line in _object(each, now)) for each in objects)


def forgetting_object(target: str, record: Known) -> str:
    """What happens when an object's record is removed."""
    who = f"{visible(record.key)} (id {visible(record.id)}, {record.origin})"
    meaning = UNOWNED if record.owned else "it was not owned, and what was last applied is not known any more"
    return f"{visible(target)}: {record.kind} {who} is forgotten: {meaning}.\n"


def forgetting_target(target: str, records: Sequence[Known]) -> str:
    """What happens when everything of a target is removed."""
    what = f"{_amounts(records)}, its endpoint and what was learnt about it"
    return f"{visible(target)}: {what} are forgotten: {UNOWNED}. Its runs stay on record.\n"


def _target(target: TargetView) -> Iterator[str]:
    name, owned = visible(target.name), target.owned
    yield f"{name}: owns {_amounts(owned)}{_more(len(target.records) - len(owned))}{_last_run(target.last)}"
    if target.declared is False:
        yield (
            f"  not in the manifests any more: `reconciler state move --target {name} NEW` gives its records to "
            f"another target, `reconciler state forget --target {name}` lets go of them"
        )
    if target.listed:
        rows = [(*_row(each), _date(target.due(each))) for each in target.listed]
        # A column of nothing but dashes says nothing.
        width = None if target.deletions else -1
        yield from _table([each[:width] for each in (COLUMNS, *rows)])
    elif target.pending:
        yield f"  {NOBODY_DUE}"


def _amounts(records: Sequence[Known]) -> str:
    users = sum(each.kind is Kind.USER for each in records)
    return f"{counted(users, 'user')} and {counted(len(records) - users, 'group')}"


def _more(number: int) -> str:
    return f", knows {number:,} more" if number else ""


def _last_run(run: Run | None) -> str:
    if run is None:
        return ""
    when = f"{run.started:%Y-%m-%d %H:%M} UTC"
    if run.ended is None:
        return f"; the last apply began {when} and did not end: it goes on, or was broken off"
    results = ", ".join(f"{count:,} {result.replace('_', ' ')}" for result, count in run.counts.items() if count)
    return f"; last apply {when}: {results or 'nothing to do'}"


def _date(day: date | None) -> str:
    return str(day) if day is not None else "-"


def _row(record: Known) -> tuple[str, ...]:
    return (
        record.kind.value,
        visible(record.key),
        visible(record.id),
        record.origin.value,
        visible(record.name),
        _date(record.last_seen_desired),
        _date(record.gone_since),
    )


def _table(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield f"  {'  '.join(cells)}".rstrip()


def _object(view: ObjectView, now: datetime) -> Iterator[str]:
    if view.record is not None:
        yield from _record(view.target, view.record)
    elif view.failure is not None:
        refusal = view.failure.refusal
        yield f"{visible(view.target)}: {refusal.kind} {visible(refusal.key)}"
        yield "  no record of it: nothing of it was applied yet"
    if view.failure is not None:
        yield f"  {failed(view.failure, now)}"
        yield f"    {visible(view.failure.refusal.detail)}"
    for each in view.learnt:
        about = "this one" if each.key else f"every {each.kind} there"
        yield f"  learnt on {each.day} of {about}: {_lesson(each)}"


def _record(target: str, record: Known) -> Iterator[str]:
    name = f" ({visible(record.name)})" if record.name else ""
    yield f"{visible(target)}: {record.kind} {visible(record.key)}{name}"
    yield f"  id {visible(record.id)}, {ORIGINS[record.origin]}"
    if record.last_seen_desired is not None:
        yield f"  last seen in the manifests: {record.last_seen_desired}"
    if record.gone_since is not None:
        yield f"  gone from the manifests since: {record.gone_since}"
    yield "  last applied, or found equal:"
    for path, value in record.applied.items():
        yield f"    {visible(path)}: {phrase_value(value)}"


def _lesson(learnt: Learnt) -> str:
    return LESSONS[learnt.lesson].format(subject=visible(learnt.subject), value=visible(learnt.value))
