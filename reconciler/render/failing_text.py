"""What failed at its last attempt, as `state list --failing` tells it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from reconciler.render.neutral import visible
from reconciler.render.redaction import MASK

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from reconciler.core.failures import Failure

NOTHING = "nothing that failed is waiting"


def failing_text(failing: Mapping[str, Sequence[Failure]], now: datetime, *, redact: bool) -> str:
    """One paragraph for each object, target by target. With `redact` without the endpoint's words."""
    return "".join(f"{line}\n" for target, found in failing.items() for line in _lines(target, found, now, redact))


def failing_document(failing: Mapping[str, Sequence[Failure]], *, redact: bool) -> str:
    """A list with one document for each object."""
    documents = [_document(target, each, redact) for target, found in failing.items() for each in found]
    return orjson.dumps(documents, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()


def _lines(target: str, failing: Sequence[Failure], now: datetime, redact: bool) -> Iterator[str]:
    if not failing:
        yield f"{visible(target)}: {NOTHING}"
        return
    yield f"{visible(target)}: {len(failing):,} failing; `reconciler apply {visible(target)} --retry` tries all at once"
    for each in failing:
        refusal = each.refusal
        times = "once" if each.attempts == 1 else f"{each.attempts:,} times"
        turn = "in the next apply" if each.next <= now else f"from {each.next:%Y-%m-%d %H:%M} UTC"
        yield (
            f"  {refusal.kind} {visible(refusal.key)}: {refusal.action.replace('_', ' ')} failed {times} since "
            f"{each.first:%Y-%m-%d %H:%M} UTC; tried again {turn}"
        )
        yield f"    {MASK if redact else visible(refusal.detail)}"


def _document(target: str, failure: Failure, redact: bool) -> dict[str, Any]:
    refusal = failure.refusal
    return {
        "target": target,
        "kind": refusal.kind.value,
        "key": refusal.key,
        "action": refusal.action.value,
        "attempts": failure.attempts,
        "first": failure.first.isoformat(),
        "last": failure.last.isoformat(),
        "next": failure.next.isoformat(),
        "status": refusal.status,
        "detail": MASK if redact else refusal.detail,
    }
