"""First passwords in a plan: a marker in the creation of a user, which apply fills in, and nowhere else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from reconciler.core.comparing.attributes import AttributeView
from reconciler.core.mapping.fitting import MOST_EXAMPLES
from reconciler.core.mapping.password_checks import PASSWORD, takes_passwords
from reconciler.core.mapping.targets import Target
from reconciler.core.plan import Change, Dropped, Operation
from reconciler.core.resources import Kind
from reconciler.core.vocabulary import Action, DropReason

SECRET = "$secret"  # noqa: S105  a marker's name

MARKER = {SECRET: PASSWORD}
"""Stands in plans where a first password will be."""


def with_passwords(operations: Iterable[Operation], target: Target, view: AttributeView) -> list[Operation]:
    """The operations of a plan; those that create users bring a first password where the target asks for one."""
    if not target.settings.passwords.wanted or not takes_passwords(view):
        return list(operations)
    source = target.passwords_mark
    change = Change(path=PASSWORD, after=MARKER, source=str(source) if source is not None else None)
    return [
        each.model_copy(update={"changes": (*each.changes, change)}) if _creates_user(each) else each
        for each in operations
    ]


def passwords_left_out(operations: Iterable[Operation], target: Target, view: AttributeView) -> tuple[Dropped, ...]:
    """The row of a plan which says that the endpoint's own schema has no password; none where nobody wants one."""
    created = [f"{each.kind}:{each.key}" for each in operations if _creates_user(each)]
    if not created or not target.settings.passwords.wanted or takes_passwords(view):
        return ()
    examples = tuple(created[:MOST_EXAMPLES])
    return (Dropped(what=PASSWORD, reason=DropReason.NOT_IN_SCHEMA, count=len(created), examples=examples),)


def brings_password(operation: Operation) -> bool:
    """Whether an operation brings a first password: only creations ever do."""
    return any(is_secret(each.after) for each in operation.changes)


def without_password(operation: Operation) -> Operation:
    """The operation with what can be read back, compared and remembered."""
    if not brings_password(operation):
        return operation
    return operation.model_copy(update={"changes": tuple(_readable(operation.changes))})


def is_secret(value: Any) -> bool:
    """Whether a value is the marker."""
    return isinstance(value, dict) and value == MARKER


def _readable(changes: Sequence[Change]) -> list[Change]:
    return [each for each in changes if not is_secret(each.after)]


def _creates_user(operation: Operation) -> bool:
    return operation.kind is Kind.USER and operation.action is Action.CREATE
