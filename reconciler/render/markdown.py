"""Plan views as Markdown for a comment on a pull request.

Whatever comes from manifests or a server stands in code spans and fenced blocks that it cannot close: there,
GitHub reads no mentions, links, images or HTML.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.render.blocks import Block, Limits, Line, lay_out
from reconciler.render.counting import counted
from reconciler.render.neutral import clip, visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jinja2 import Template

    from reconciler.render.view import PlanView

LONGEST = 60_000
"""Characters of one comment; GitHub takes 65,536."""

_STEPS = (
    Limits(500, 100, 50, 300),
    Limits(200, 20, 20, 200),
    Limits(100, 10, 10, 150),
    Limits(50, 5, 5, 100),
    Limits(20, 3, 3, 80),
    Limits(8, 2, 2, 60),
    Limits(3, 1, 1, 40),
    Limits(0, 0, 0, 40),
)
_DIFF_MARKS = {"~": "!", "=": " "}


@dataclass(frozen=True, slots=True)
class _Page:
    marker: str
    heading: str
    target: str
    endpoint: str
    summary: str
    effect: str
    facts: tuple[str, ...]
    cut: str
    blocks: tuple[Block, ...]


def render_markdown(views: Sequence[PlanView]) -> str:
    """One document of at most `LONGEST` characters, each view led by `<!-- reconciler plan TARGET -->`."""
    template = _template()
    text = ""
    for limits in _STEPS:
        text = template.render(pages=[_page(view, limits) for view in views])
        if len(text) <= LONGEST:
            return text
    return _first_that_fit(template, views)


def _first_that_fit(template: Template, views: Sequence[PlanView]) -> str:
    """So many targets that not even their headings fit."""
    text = ""
    for number, view in enumerate(views):
        page = template.render(pages=[_page(view, _STEPS[-1], with_blocks=False)])
        if len(text) + len(page) > LONGEST - 100:
            return f"{text}\n> Cut to fit: {counted(len(views) - number, 'more target')} not shown.\n"
        text += f"\n{page}" if text else page
    return text


def _page(view: PlanView, limits: Limits, *, with_blocks: bool = True) -> _Page:
    blocks = tuple(lay_out(view, limits))
    hidden = sum(block.hidden for block in blocks)
    shortened = f"Cut to fit: {counted(hidden, 'row')} not shown here. The plan file has them all." if hidden else ""
    selection = f"selected: {' '.join(view.selection)}" if view.selection else ""
    facts = (view.state, view.read, selection, view.foreign, view.estimate)
    return _Page(
        marker=_marker(view.target),
        heading=view.heading,
        target=clip(visible(view.target), 100),
        endpoint=clip(visible(view.endpoint), 200),
        summary=view.summary,
        effect=clip(visible(view.effect), 500),
        facts=tuple(clip(visible(each), 200) for each in facts if each),
        cut=shortened,
        blocks=blocks if with_blocks else (),
    )


def _marker(target: str) -> str:
    """By this a workflow finds its own comment again. Nothing in it can end an HTML comment."""
    return re.sub(r"[<>]|--+|\s", "_", visible(target))[:100]


def _template() -> Template:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("reconciler.render"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"code": _code, "fence": _fence}
    return environment.get_template("plan.md.j2")


def _code(text: str) -> str:
    """A code span with delimiters longer than any run of backticks in it (CommonMark §6.1)."""
    from markupsafe import Markup

    delimiter = "`" * (_longest_run(text) + 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return Markup(f"{delimiter}{pad}{text or ' '}{pad}{delimiter}")  # noqa: S704  literal text inside the span


def _fence(block: Block) -> str:
    """A fenced block with a fence longer than any run of backticks in it (CommonMark §4.5)."""
    from markupsafe import Markup

    body = "".join(f"{line}\n" for line in _diff_lines(block.lines))
    fence = "`" * max(3, _longest_run(body) + 1)
    return Markup(f"{fence}diff\n{body}{fence}")  # noqa: S704  literal text inside the fence


def _diff_lines(lines: Sequence[Line]) -> Iterator[str]:
    for line in lines:
        yield f"{_DIFF_MARKS.get(line.mark, line.mark)} {'    ' * line.depth}{line.text}"


def _longest_run(text: str) -> int:
    return max(map(len, re.findall("`+", text)), default=0)
