"""Desired users and groups of one target, mapped."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, TypeVar

from reconciler.core.composing import merge_attributes
from reconciler.core.desired import Desired
from reconciler.core.expressions import ExpressionError, group_view, user_view
from reconciler.core.manifests.rules import Rule
from reconciler.core.mapping import Rules
from reconciler.core.memberships import Memberships
from reconciler.core.resources import DesiredGroup, DesiredUser, Kind, State
from reconciler.core.scopes import globs
from reconciler.core.situations import Standing
from reconciler.core.targets import Target
from reconciler.core.wanted import Wanted
from reconciler.diagnostics import Faults


Entry = TypeVar("Entry", DesiredUser, DesiredGroup)


@dataclass(frozen=True, slots=True)
class Scoped:
    """Keys in the target's scope."""

    users: frozenset[str]
    groups: frozenset[str]


class Mapper:
    """Maps one entry after the other; what expressions see is put together here."""

    def __init__(self, target: Target, memberships: Memberships, today: date, faults: Faults) -> None:
        self.target = target
        self.today = today
        self.faults = faults
        self.memberships = memberships
        self.around = {
            "target": target.facts(),
            "scope": {"name": target.scope.name, "organization": target.scope.organization},
        }
        self.groups_of = _groups_by_user(memberships)

    def user(self, user: DesiredUser, standing: Standing) -> Wanted:
        attributes = self._here(user)
        values = self._map(Kind.USER, user.key, self._user_facts(user, attributes))
        earlier = tuple(self._earlier_user(user, attributes, key) for key in user.previously)
        first, last = user.days
        return Wanted(
            Kind.USER,
            user.key,
            standing,
            user,
            values,
            earlier,
            started=first is None or first <= self.today,
            expired=last is not None and last < self.today,
        )

    def group(self, group: DesiredGroup, standing: Standing) -> Wanted:
        attributes = self._here(group)
        values = self._map(Kind.GROUP, group.key, group_view(group.key, attributes))
        earlier = tuple(
            self._map(Kind.GROUP, group.key, _under_key(attributes, group.key, key, "displayName"))
            for key in group.previously
        )
        lines = self.memberships.direct.get(group.key)
        return Wanted(Kind.GROUP, group.key, standing, group, values, earlier, lines)

    def _here(self, entry: DesiredUser | DesiredGroup) -> dict[str, Any]:
        """The entry's attributes with the exceptions for this target laid over them."""
        attributes = entry.attributes
        for pattern, over in entry.overrides:
            if globs([pattern])(self.target.name):
                attributes = merge_attributes(attributes, over)
        return attributes

    def _user_facts(self, user: DesiredUser, attributes: Mapping[str, Any]) -> dict[str, Any]:
        groups = self.groups_of.get(user.key, [])
        return user_view(user.key, attributes, active=user.is_active(self.today), groups=groups)

    def _earlier_user(self, user: DesiredUser, attributes: Mapping[str, Any], key: str) -> dict[str, Any]:
        before = _under_key(attributes, user.key, key, "userName")
        return self._map(Kind.USER, user.key, self._user_facts(replace(user, key=key), before))

    def _map(self, kind: Kind, key: str, facts: Mapping[str, Any]) -> dict[str, Any]:
        context = {str(kind): facts, **self.around}
        rules = self.target.rules[kind]
        try:
            return rules.map(context)
        except ExpressionError:
            self._report(rules, key, context)
            return {}

    def _report(self, rules: Rules, key: str, context: Mapping[str, Any]) -> None:
        """Runs rule by rule, so that every value that fails is named."""
        for rule in rules.rules:
            try:
                rule.template.evaluate(context)
            except ExpressionError as error:
                self.faults.error(
                    Rule.INVALID_EXPRESSION,
                    f"{rule.origin} for {rules.kind} {key}",
                    error.problem,
                    remedy=error.remedy,
                    mark=rule.mark,
                )


def map_resources(desired: Desired, scoped: Scoped, mapper: Mapper) -> list[Wanted]:
    """Everything in scope, and absent entries whatever the scope: those only to recognise them on the target."""
    users = [mapper.user(user, standing) for user, standing in _standing(desired.users.values(), scoped.users)]
    if mapper.target.profile.groups is None:
        return users
    groups = [mapper.group(group, standing) for group, standing in _standing(desired.groups.values(), scoped.groups)]
    return [*users, *groups]


def _standing(
    entries: Iterable[Entry], scope: frozenset[str]
) -> Iterable[tuple[Entry, Standing]]:
    for entry in entries:
        if is_absent(entry):
            yield entry, Standing.ABSENT
        elif entry.key in scope:
            yield entry, Standing.WANTED


def is_absent(entry: DesiredUser | DesiredGroup) -> bool:
    return entry.absent if isinstance(entry, DesiredGroup) else entry.state is State.ABSENT


def _under_key(attributes: Mapping[str, Any], key: str, earlier: str, name: str) -> dict[str, Any]:
    """The attributes as they were under an earlier key: what defaulted to the key defaulted to that one."""
    before = {**attributes, "key": earlier}
    for attribute in (name, "externalId"):
        if attributes.get(attribute) == key:
            before[attribute] = earlier
    return before


def _groups_by_user(memberships: Memberships) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = defaultdict(list)
    for group, lines in memberships.direct.items():
        for line in lines or ():
            if line.member.kind is Kind.USER:
                groups[line.member.key].append(group)
    return groups
