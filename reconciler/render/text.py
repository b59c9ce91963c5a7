"""A plan view for people at a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.render.blocks import Block, Limits, Line, lay_out
from reconciler.render.details import Mark
from reconciler.render.neutral import clip, visible
from reconciler.render.paint import STYLES, Paint, plain

if TYPE_CHECKING:
    from reconciler.render.view import PlanView

_WIDTH = 500


def render_text(view: PlanView, paint: Paint = plain, limits: Limits | None = None) -> str:
    """Lines, each ended by a newline. No string of the view can add a line or an escape of its own."""
    lines = [*_head(view, paint)]
    for block in lay_out(view, limits or Limits()):
        lines += ["", paint(block.title, "bold magenta" if block.is_open else "bold"), *_body(block, paint)]
    rest = (_one_line(view.effect), _one_line(view.foreign), view.estimate)
    lines += ["", paint(view.summary, "bold"), *filter(None, rest)]
    return "".join(f"{line}\n" for line in lines)


def _head(view: PlanView, paint: Paint) -> list[str]:
    title = _one_line(f"{view.heading} {view.target} ({view.endpoint})")
    selection = _one_line(f"selected: {' '.join(view.selection)}") if view.selection else ""
    state = paint(view.state, "bold red" if "EMPTY" in view.state else "")
    return [paint(title, "bold"), state, *filter(None, (_one_line(view.read), selection))]


def _body(block: Block, paint: Paint) -> list[str]:
    return [_line(each, paint) for each in block.lines]


def _line(line: Line, paint: Paint) -> str:
    indent = "  " + "    " * line.depth
    if line.mark is Mark.NONE:
        return f"{indent}  {line.text}"
    return f"{indent}{paint(line.mark, STYLES[line.mark])} {line.text}"


def _one_line(text: str) -> str:
    return clip(visible(text), _WIDTH)
