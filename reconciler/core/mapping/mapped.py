"""Desired users and groups of one target, mapped."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from reconciler.core.deciding.situations import Standing
from reconciler.core.desired.composing import merge_attributes
from reconciler.core.desired.composition import Desired
from reconciler.core.desired.memberships import Memberships
from reconciler.core.desired.scopes import globs
from reconciler.core.expressions import ExpressionError, group_view, user_view
from reconciler.core.manifests.rules import Rule
from reconciler.core.mapping.rules import Rule as MappingRule
from reconciler.core.mapping.rules import Rules
from reconciler.core.mapping.sourcing import source_of
from reconciler.core.mapping.targets import Target
from reconciler.core.mapping.wanted import Wanted
from reconciler.core.resources import DesiredGroup, DesiredUser, Kind, State
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
        rules = target.rules[Kind.USER].rules
        read = {name for rule in rules for name in rule.template.names_used}
        asked = "user" in read or any(name.startswith("user.groups") for name in read)
        self.groups_of = _groups_by_user(memberships) if asked else {}

    def user(self, user: DesiredUser, standing: Standing) -> Wanted:
        values, *earlier = (self._map(user, each) for each in self.contexts(user))
        first, last = user.days
        return Wanted(
            Kind.USER,
            user.key,
            standing,
            user,
            values,
            tuple(earlier),
            started=first is None or first <= self.today,
            expired=last is not None and last < self.today,
        )

    def group(self, group: DesiredGroup, standing: Standing) -> Wanted:
        values, *earlier = (self._map(group, each) for each in self.contexts(group))
        lines = self.memberships.direct.get(group.key)
        return Wanted(Kind.GROUP, group.key, standing, group, values, tuple(earlier), lines)

    def contexts(self, entry: DesiredUser | DesiredGroup) -> Iterator[dict[str, Any]]:
        """What expressions see of an entry on this target: first as it is, then as it was under each earlier key."""
        earlier = zip(entry.previously, entry.earlier, strict=True)
        for key, attributes in ((entry.key, entry.attributes), *earlier):
            here = self._here(entry, attributes)
            if isinstance(entry, DesiredUser):
                yield {"user": self._user_facts(entry, key, here), **self.around}
            else:
                yield {"group": group_view(key, here), **self.around}

    def _here(self, entry: DesiredUser | DesiredGroup, attributes: dict[str, Any]) -> dict[str, Any]:
        """Attributes of the entry with the exceptions for this target laid over them."""
        for pattern, over in entry.overrides:
            if globs([pattern])(self.target.name):
                attributes = merge_attributes(attributes, over)
        return attributes

    def _user_facts(self, user: DesiredUser, key: str, attributes: Mapping[str, Any]) -> dict[str, Any]:
        groups = self.groups_of.get(user.key, [])
        facts = user_view(key, attributes, active=user.is_active(self.today), groups=groups)
        if facts.get("organization") is None:
            facts["organization"] = self.target.scope.organization
        return facts

    def _map(self, entry: DesiredUser | DesiredGroup, context: Mapping[str, Any]) -> dict[str, Any]:
        rules = self.target.rules[Kind.USER if isinstance(entry, DesiredUser) else Kind.GROUP]
        try:
            return rules.map(context)
        except ExpressionError:
            report_failures(rules, entry, context, self.faults)
            return {}


def report_failures(
    rules: Rules, entry: DesiredUser | DesiredGroup, context: Mapping[str, Any], faults: Faults
) -> None:
    """Runs rule by rule, so that every value that fails is named: at its rule, or at what a built-in rule reads."""
    for rule in rules.rules:
        try:
            rule.template.evaluate(context)
        except ExpressionError as error:
            where, problem = rule_path(rule, rules.kind), f"{error.problem} (for {rules.kind} {entry.key})"
            mark = rule.mark
            if mark is None:
                where, problem = f"{rules.kind}s.{entry.key}.{rule.text}", error.problem
                mark = source_of(Wanted(rules.kind, entry.key, Standing.WANTED, entry, {}), rule)
            faults.error(Rule.INVALID_EXPRESSION, where, problem, remedy=error.remedy, mark=mark)


def rule_path(rule: MappingRule, kind: Kind) -> str:
    """Where a rule is written, as diagnostics name it: `mappings.idaas.users.attributes.title`."""
    return f"mappings.{rule.origin.replace(f'.{kind}s.', f'.{kind}s.attributes.', 1)}"


def map_resources(desired: Desired, scoped: Scoped, mapper: Mapper) -> list[Wanted]:
    """Everything in scope, and absent entries whatever the scope: those only to recognise them on the target."""
    users = [mapper.user(user, standing) for user, standing in standings(desired.users.values(), scoped.users)]
    if mapper.target.profile.groups is None:
        # Only to be counted: what the platform has none of is said once.
        counted = standings(desired.groups.values(), scoped.groups)
        return [*users, *(Wanted(Kind.GROUP, each.key, standing, each, {}) for each, standing in counted)]
    groups = [mapper.group(group, standing) for group, standing in standings(desired.groups.values(), scoped.groups)]
    return [*users, *groups]


def standings(entries: Iterable[Entry], scope: frozenset[str]) -> Iterator[tuple[Entry, Standing]]:
    """What is in scope, and what is absent wherever it is."""
    for entry in entries:
        if is_absent(entry):
            yield entry, Standing.ABSENT
        elif entry.key in scope:
            yield entry, Standing.WANTED


def is_absent(entry: DesiredUser | DesiredGroup) -> bool:
    return entry.absent if isinstance(entry, DesiredGroup) else entry.state is State.ABSENT


def _groups_by_user(memberships: Memberships) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = defaultdict(list)
    for group, lines in memberships.direct.items():
        for line in lines or ():
            if line.member.kind is Kind.USER:
                groups[line.member.key].append(group)
    return groups
