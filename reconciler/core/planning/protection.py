"""Objects that no manifest change may adopt, rename, disable, delete, or take out of a group."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from reconciler.core.comparing.attributes import EXTERNAL_ID, USER_NAME
from reconciler.core.deciding.decisions import Decision
from reconciler.core.desired.scopes import globs
from reconciler.core.manifests.safety import Safety
from reconciler.core.resources import Kind
from reconciler.core.vocabulary import Action
from reconciler.scim.lookup import get_ignoring_case

GUARDED = frozenset((Action.ADOPT, Action.DISABLE, Action.DELETE))


@dataclass(frozen=True, slots=True)
class Protection:
    """`matches` tells a protected key, name or externalId, wanted or live."""

    matches: Callable[[str], bool]

    @classmethod
    def of(cls, safety: Safety, *accounts: str) -> Protection:
        """By a target's `protect` and `self`; `accounts` are further names of the account that its token belongs to."""
        own = (safety.own_account,) if safety.own_account else ()
        return cls(globs([*safety.protect, *own, *accounts]))

    def covers(self, decision: Decision) -> bool:
        return any(self.matches(each) for each in _names(decision) if isinstance(each, str) and each)


def _names(decision: Decision) -> Iterator[Any]:
    label = USER_NAME if decision.kind is Kind.USER else "displayName"
    yield decision.key
    if decision.wanted is not None:
        yield from decision.wanted.identity
    if decision.known is not None:
        yield decision.known.key
    if decision.live is not None:
        yield from (get_ignoring_case(decision.live.document, each) for each in (label, EXTERNAL_ID))
