"""The account that the target's token belongs to: whoever it is, no plan may take anything from it."""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.core.plan import Operation
from reconciler.core.planning.drafts import PlanInput
from reconciler.core.planning.protection import renames
from reconciler.core.resources import Kind
from reconciler.core.vocabulary import Action

UNKNOWN = (
    "nothing tells whose account the token is: name it in `safety.self`, so that no plan can take anything from it"
)
_TAKING = frozenset((Action.ADOPT, Action.DISABLE, Action.DELETE))


def may_concern(operations: Iterable[Operation]) -> bool:
    """Whether any operation would matter if it were about the token's own account."""
    return any(_takes(each) for each in operations)


def unknown_account(given: PlanInput, operations: Iterable[Operation]) -> list[str]:
    """Says that nobody knows the account, where that matters."""
    known = given.target.settings.safety.own_account or given.own_accounts or given.own_ids
    return [] if known or not may_concern(operations) else [UNKNOWN]


def _takes(operation: Operation) -> bool:
    if operation.action is Action.REMOVE_MEMBERS:
        return True
    if operation.kind is Kind.GROUP:
        return operation.action is Action.DELETE
    return operation.action in _TAKING or any(renames(Kind.USER, each) for each in operation.changes)
