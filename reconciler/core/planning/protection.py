"""Objects that no manifest change may adopt, rename, disable, delete, or take out of a group."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.core.comparing.attributes import EXTERNAL_ID, USER_NAME, base_of, is_empty
from reconciler.core.comparing.elements import as_elements, get_sub, is_primary
from reconciler.core.deciding.decisions import Decision
from reconciler.core.desired.scopes import globs
from reconciler.core.manifests.safety import Safety
from reconciler.core.plan import Change
from reconciler.core.resources import Kind
from reconciler.core.vocabulary import Action
from reconciler.scim.lookup import get_ignoring_case
from reconciler.scim.paths import parse_path

GUARDED = frozenset((Action.ADOPT, Action.DISABLE, Action.DELETE))


@dataclass(frozen=True, slots=True)
class Protection:
    """`matches` tells a protected key, name or externalId, wanted or live; `ids`: of protected accounts.

    `holding`: ids of the groups that somebody protected is in, directly or through others: deleting one, or taking it
    out of another, would take that away. A protected group loses no member.
    """

    matches: Callable[[str], bool]
    ids: frozenset[str] = frozenset()
    holding: frozenset[str] = frozenset()

    @classmethod
    def of(cls, safety: Safety, *accounts: str, ids: Iterable[str] = ()) -> Protection:
        """By a target's `protect` and `self`; `accounts` are further names of the account that its token belongs to,
        `ids` its ids.
        """
        named = globs([*safety.protect, *((safety.own_account,) if safety.own_account else ())])
        own = {each.casefold() for each in accounts}
        return cls(lambda name: named(name) or name.casefold() in own, frozenset(ids))

    def covers(self, decision: Decision) -> bool:
        if decision.kind is Kind.USER and decision.live is not None and decision.live.id in self.ids:
            return True
        return any(self.matches(each) for each in _names(decision) if isinstance(each, str) and each)

    def forbids(self, decision: Decision, action: Action) -> bool:
        """Whether an action would take something from what is protected."""
        if action is Action.DELETE and decision.live is not None and decision.live.id in self.holding:
            return True
        return action in GUARDED and self.covers(decision)


def renames(kind: Kind, change: Change) -> bool:
    """Whether a change replaces what an object is known by: name, externalId, primary e-mail address.

    Filling in one that is empty is no renaming.
    """
    if is_empty(change.before) or is_empty(change.after):
        return False
    label = USER_NAME if kind is Kind.USER else "displayName"
    if kind is Kind.GROUP or change.path in (label, EXTERNAL_ID):
        return change.path in (label, EXTERNAL_ID)
    path = parse_path(change.path)
    if base_of(path) != "emails":
        return False
    if path.sub is not None:
        return path.sub == "value"
    return _primary(change.before) != _primary(change.after)


def groups_around(people: Iterable[str], members: Mapping[str, Collection[str]]) -> frozenset[str]:
    """Ids of the groups that any of some people is in, directly or through others. `members`: ids by group id."""
    found: set[str] = set()
    inside = set(people)
    while inside:
        around = {group for group, ids in members.items() if group not in found and not inside.isdisjoint(ids)}
        found |= around
        inside = around
    return frozenset(found)


def _primary(value: object) -> object:
    elements = as_elements(value)
    chosen = next(filter(is_primary, elements), elements[0] if elements else None)
    return str(get_sub(chosen, "value")).casefold()


def _names(decision: Decision) -> Iterator[Any]:
    label = USER_NAME if decision.kind is Kind.USER else "displayName"
    yield decision.key
    if decision.wanted is not None:
        yield from decision.wanted.identity
    if decision.known is not None:
        yield decision.known.key
    if decision.live is not None:
        yield from (get_ignoring_case(decision.live.document, each) for each in (label, EXTERNAL_ID))
