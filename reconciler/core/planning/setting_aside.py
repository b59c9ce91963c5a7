"""Setting aside what failed before, so that it hides nobody else and is not sent again and again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from reconciler.core.failures import Failure
from reconciler.core.mapping.targets import Target
from reconciler.core.plan import Operation, Row
from reconciler.core.resources import Kind
from reconciler.core.vocabulary import Action, Verdict
from reconciler.scim.values import digest

SET_ASIDE = frozenset((Action.CREATE, Action.UPDATE, Action.ENABLE, Action.ADD_MEMBERS))
"""What ends access is always tried: disables, deletes, member removals. Adoptions send nothing."""

ObjectKey = tuple[Kind, str]


def set_aside(
    operations: Sequence[Operation], failures: Sequence[Failure], target: Target
) -> tuple[list[Operation], list[Operation], list[Row]]:
    """The operations that are left, those that wait, and one row for each object that waits.

    `failures` are those that are not to be tried again yet. An object waits while everything that would be tried is
    what failed before.
    """
    if not failures:
        return list(operations), [], []
    concerned = {each.subject: each for each in failures}
    tried = by_object(each for each in operations if object_of(each) in concerned)
    same = [key for key, found in tried.items() if digest_of(found, target) == concerned[key].refusal.digest]
    waiting = {key: concerned[key] for key in same}
    apart = [each for each in operations if each.action in SET_ASIDE and object_of(each) in waiting]
    ids = {each.id for each in apart}
    rows = [_row(tried[key], failure, target.name) for key, failure in waiting.items()]
    return [each for each in operations if each.id not in ids], apart, rows


def object_of(operation: Operation) -> ObjectKey:
    return (operation.kind, operation.key.casefold())


def by_object(operations: Iterable[Operation]) -> dict[ObjectKey, list[Operation]]:
    """The operations of each object that can be set aside."""
    found: dict[ObjectKey, list[Operation]] = defaultdict(list)
    for each in operations:
        if each.action in SET_ASIDE:
            found[object_of(each)].append(each)
    return found


def digest_of(operations: Iterable[Operation], target: Target) -> str:
    """Over what is wanted of one object, the object as it is, and where: the same while nothing of it changes."""
    settings = target.settings
    where = settings.model_dump(mode="json", include={"url", "platform", "capabilities", "options", "manage"})
    return digest({"where": where, "what": [_facts(each) for each in sorted(operations, key=lambda each: each.id)]})


def _facts(operation: Operation) -> list[Any]:
    live = operation.precondition
    return [
        operation.id,
        [[each.path, each.before, each.after] for each in operation.changes],
        sorted(f"{each.key or ''} {each.id or ''}" for each in operation.members),
        [live.id, live.digest] if live is not None else None,
    ]


def _row(operations: Sequence[Operation], failure: Failure, target: str) -> Row:
    first = min(operations, key=lambda each: (each.action is not failure.refusal.action, each.id))
    return Row(
        kind=first.kind,
        key=first.key,
        name=first.name,
        id=first.precondition.id if first.precondition is not None else None,
        action=first.action,
        situation=first.situation,
        reason=Verdict.SET_ASIDE,
        detail=describe_failure(failure, target),
    )


def describe_failure(failure: Failure, target: str) -> str:
    """Since when, how often, the endpoint's words, when it is tried again, and what to do."""
    times = "once" if failure.attempts == 1 else f"{failure.attempts:,} times"
    return (
        f"failed {times} since {failure.first:%Y-%m-%d %H:%M} UTC ({failure.refusal.detail}); tried again from "
        f"{failure.next:%Y-%m-%d %H:%M} UTC, or once its entry, the mapping, the target or the object is changed; "
        f"`reconciler apply {target} --retry` tries at once"
    )
