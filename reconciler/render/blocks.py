"""A plan view as blocks of neutral lines, as text and Markdown both print them, shortened to given limits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from reconciler.render.details import Detail, Mark
from reconciler.render.neutral import clip, phrase_value, visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reconciler.render.view import ChangeView, ItemView, MemberView, PlanView

_GAP = "   "


class Limits(NamedTuple):
    """How much is shown of what could be endless. Nothing is dropped without saying how many."""

    rows: int = 200
    members: int = 20
    details: int = 20
    width: int = 200


class Line(NamedTuple):
    """`depth` 0 is an item, 1 a change or member of it, 2 a detail of a change."""

    mark: Mark
    depth: int
    text: str


@dataclass(frozen=True, slots=True)
class Block:
    """`is_open`: what a reader must not miss. `hidden`: rows that the limits left out."""

    title: str
    lines: tuple[Line, ...]
    is_open: bool = False
    hidden: int = 0


def lay_out(view: PlanView, limits: Limits) -> list[Block]:
    """The blocks that are not empty: what needs attention, the operations, what is left alone, remarks."""
    blocks = [
        _sentences("Refused", view.refused, limits, Mark.ATTENTION),
        _sentences("To let it through, in the target, reviewed", view.ways_out, limits, Mark.ATTENTION),
        _sentences("Groups that matter", view.admins, limits, Mark.ATTENTION),
        _sentences("Problems while reading", view.problems, limits, Mark.ATTENTION),
        _items("Needs attention", view.attention, limits),
        *(_items(section.title, section.items, limits) for section in view.sections),
        _items("Withheld by rule", view.withheld, limits),
        _sentences("Left out, because the target cannot hold it", view.dropped, limits),
        _sentences("Released", view.released, limits),
        _sentences("Waiting for their day", view.waiting, limits),
        _sentences("Notes", view.notes, limits),
    ]
    return [block for block in blocks if block.lines]


def _items(title: str, items: Sequence[ItemView], limits: Limits) -> Block:
    lines = (line for item in items[: limits.rows] for line in _item(item, limits))
    return _block(title, lines, len(items), limits)


def _sentences(title: str, sentences: Sequence[str], limits: Limits, mark: Mark = Mark.NONE) -> Block:
    lines = (Line(mark, 0, clip(visible(each), 2 * limits.width)) for each in sentences[: limits.rows])
    return _block(title, lines, len(sentences), limits, is_open=mark is Mark.ATTENTION)


def _block(title: str, lines: Iterator[Line], total: int, limits: Limits, *, is_open: bool = False) -> Block:
    shown = (*lines, *_rest(total, limits.rows, 0))
    attention = is_open or any(line.mark is Mark.ATTENTION for line in shown)
    return Block(f"{title} ({total:,})", shown, attention, max(0, total - limits.rows))


def _item(item: ItemView, limits: Limits) -> Iterator[Line]:
    name = f"({clip(visible(item.name), limits.width)})" if item.name else ""
    yield Line(item.mark, 0, _columns(limits, clip(visible(item.who), limits.width), name, item.note, item.place))
    for change in item.changes:
        yield from _change(change, limits)
    yield from (_member(member, limits) for member in item.members[: limits.members])
    yield from _rest(len(item.members), limits.members, 1)


def _member(member: MemberView, limits: Limits) -> Line:
    return Line(member.mark, 1, _columns(limits, member.who, member.place, gap=_GAP))


def _change(change: ChangeView, limits: Limits) -> Iterator[Line]:
    path = clip(visible(change.path), limits.width)
    if change.details:
        yield Line(change.mark, 1, _columns(limits, f"{path}:", change.label, change.place, gap=_GAP))
        yield from (_detail(each, limits) for each in change.details[: limits.details])
        yield from _rest(len(change.details), limits.details, 2)
        return
    shown = _transition(change.mark, change.before, change.after, limits)
    place = _columns(limits, change.label, change.place, gap=_GAP)
    yield Line(change.mark, 1, _GAP.join(filter(None, (f"{path}: {shown}", place))))


def _detail(detail: Detail, limits: Limits) -> Line:
    shown = _transition(detail.mark, detail.before, detail.after, limits)
    path = f"{clip(visible(detail.path), limits.width)}: " if detail.path else ""
    return Line(detail.mark, 2, path + shown)


def _transition(mark: Mark, before: Any, after: Any, limits: Limits) -> str:
    if mark is Mark.ADD:
        return _value(after, limits)
    if mark is Mark.REMOVE:
        return _value(before, limits)
    return f"{_value(before, limits)} → {_value(after, limits)}"


def _value(value: Any, limits: Limits) -> str:
    return "nothing" if value is None else clip(phrase_value(value), limits.width)


def _columns(limits: Limits, *texts: str, gap: str = "  ") -> str:
    return gap.join(clip(visible(each), 2 * limits.width) for each in texts if each)


def _rest(total: int, limit: int, depth: int) -> Iterator[Line]:
    if total > limit:
        yield Line(Mark.NONE, depth, f"… and {total - limit:,} more")
