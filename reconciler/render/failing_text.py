"""What failed at its last attempt, as `state list --failing` tells it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from reconciler.render.neutral import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from reconciler.core.failures import Failure

NOTHING = "nothing that failed is waiting"


def failing_text(failing: Mapping[str, Sequence[Failure]], now: datetime) -> str:
    """One paragraph for each object, target by target."""
    return "".join(f"{line}\n" for target, found in failing.items() for line in _lines(target, found, now))


def failing_document(failing: Mapping[str, Sequence[Failure]]) -> str:
    """A list with one document for each object."""
    documents = [_document(target, each) for target, found in failing.items() for each in found]
    return orjson.dumps(documents, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()


def _lines(target: str, failing: Sequence[Failure], now: datetime) -> Iterator[str]:
    if not failing:
        yield f"{visible(target)}: {NOTHING}"
        return
    yield f"{visible(target)}: {len(failing):,} failing; `reconciler apply {visible(target)} --retry` tries all at once"
    for each in failing:
        yield f"  {each.refusal.kind} {visible(each.refusal.key)}: {failed(each, now)}"
        yield f"    {visible(each.refusal.detail)}"


def failed(failure: Failure, now: datetime) -> str:
    """What failed, how often, since when, and when it is tried again."""
    times = "once" if failure.attempts == 1 else f"{failure.attempts:,} times"
    turn = "in the next apply" if failure.next <= now else f"from {failure.next:%Y-%m-%d %H:%M} UTC"
    action = failure.refusal.action.replace("_", " ")
    return f"{action} failed {times} since {failure.first:%Y-%m-%d %H:%M} UTC; tried again {turn}"


def _document(target: str, failure: Failure) -> dict[str, Any]:
    refusal = failure.refusal
    return {
        "target": target,
        "kind": refusal.kind.value,
        "key": refusal.key,
        **attempts_document(failure),
    }


def attempts_document(failure: Failure) -> dict[str, Any]:
    """What failed, without the object's name."""
    refusal = failure.refusal
    return {
        "action": refusal.action.value,
        "attempts": failure.attempts,
        "first": failure.first.isoformat(),
        "last": failure.last.isoformat(),
        "next": failure.next.isoformat(),
        "status": refusal.status,
        "detail": refusal.detail,
    }
