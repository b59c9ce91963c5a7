"""An explanation in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.core.vocabulary import DropReason, Situation
from reconciler.render.neutral import phrase_value, visible
from reconciler.render.phrases import ACTIONS, DROP_REASONS, SITUATIONS, reason_phrase

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.core.planning.explaining import ExplainedValue, Explanation


def render_explanation(told: Explanation) -> str:
    """What is declared, then value by value, then what the plan makes of it."""
    return "".join(f"{line}\n" for line in _lines(told))


def _lines(told: Explanation) -> Iterator[str]:
    place = f"  {visible(told.declared)}" if told.declared else ""
    yield f"{visible(str(told.ref))} on {visible(told.target)}: {told.state}{place}"
    if told.in_scope is not None:
        scope = f"scope {visible(told.scope)}" if told.scope else "the scope (everything)"
        yield f"  {'in' if told.in_scope else 'not in'} {scope}"
    if told.situation is not None:
        yield f"  situation: {told.situation} ({SITUATIONS[Situation(told.situation)]})"
    if told.id is not None:
        yield f"  the target's id: {visible(told.id)}"
    for value in told.values:
        yield from _value(value)
    for member in told.members:
        force = "" if member.in_force else "  (not in force today)"
        yield f"  member: {visible(member.other)}   {visible(member.source or '')}{force}"
    for operation in told.operations:
        yield f"  planned: {ACTIONS[operation.action]} ({reason_phrase(operation.reason)})"
    for row in told.rows:
        what = f"{ACTIONS[row.action]}: " if row.action is not None else ""
        yield f"  not done: {what}{reason_phrase(row.reason)}{f' ({visible(row.detail)})' if row.detail else ''}"


def _value(value: ExplainedValue) -> Iterator[str]:
    yield f"  {visible(value.path)} = {visible(phrase_value(value.wanted))}"
    if value.source is not None:
        yield f"      written at {visible(value.source)}"
    if value.rule is not None:
        sync = "" if value.sync == "always" else f", sync: {value.sync}"
        yield f"      mapped by {visible(value.rule)}{sync}"
    if value.left_out is not None:
        yield f"      left out: {DROP_REASONS[DropReason(value.left_out)]}"
    elif value.differs:
        yield f"      live: {visible(phrase_value(value.live))}  (differs)"
    else:
        yield "      live: the same"
