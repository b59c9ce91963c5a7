"""How many users and groups each scope and rule of a target selects, and which of them have come to select nobody."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from reconciler.core.desired.catalog import Catalog
from reconciler.core.desired.memberships import resolve_memberships
from reconciler.core.desired.selecting import compile_user_filter, user_document
from reconciler.core.known import Selected
from reconciler.core.mapping.mapped import is_absent
from reconciler.core.mapping.targets import Target
from reconciler.core.resources import ALWAYS, DesiredGroup, DesiredUser, Kind
from reconciler.scim.filters import parse_filter

FEW = 4
"""Fewer than so many may vanish together."""

SCOPE, RULE = "scope", "rule"


def count_selected(catalog: Catalog, target: Target) -> list[Selected]:
    """What the target's scope selects of each kind, and each `membersWhere` of the groups in it of all users; nobody
    absent counts.

    A target without a scope selects by no rule.
    """
    return [*_scope(catalog, target), *_rules(catalog, target)]


def find_emptied(catalog: Catalog, target: Target, remembered: Iterable[Selected]) -> list[Selected]:
    """The scopes and rules, as they were at the last apply, that selected several and would select nobody now even if
    no entry had dates.
    """
    many = {(each.what, each.name, each.kind): each for each in remembered if each.number >= FEW}
    if not many:
        return []
    empty = [each for each in count_selected(catalog, target) if each.number == 0]
    suspects = [each for each in empty if (each.what, each.name, each.kind) in many]
    if not suspects:
        return []
    undated = {each for each in count_selected(without_dates(catalog), target) if each.number == 0}
    return [many[each.what, each.name, each.kind] for each in suspects if each in undated]


def without_dates(catalog: Catalog) -> Catalog:
    """The catalog as it would be if every entry and every membership held at all times."""
    users = {key: replace(each, days=ALWAYS) for key, each in catalog.desired.users.items()}
    groups = {key: _always(each) for key, each in catalog.desired.groups.items()}
    desired = replace(catalog.desired, users=users, groups=groups)
    return replace(catalog, desired=desired, memberships=resolve_memberships(desired, catalog.schema, catalog.today))


def _always(group: DesiredGroup) -> DesiredGroup:
    if group.memberships is None:
        return group
    return replace(group, memberships=tuple(each._replace(days=ALWAYS) for each in group.memberships))


def _scope(catalog: Catalog, target: Target) -> Iterator[Selected]:
    if not target.scope.name:
        return
    scoped = catalog.scoped(target)
    for kind, keys in ((Kind.USER, scoped.users), (Kind.GROUP, scoped.groups)):
        number = sum(not is_absent(_entry(catalog, kind, key)) for key in keys)
        yield Selected(SCOPE, target.scope.name, kind, number)


def _rules(catalog: Catalog, target: Target) -> Iterator[Selected]:
    written = catalog.desired.members_where
    if not written:
        return
    scoped = catalog.scoped(target)
    people = (each for each in catalog.desired.users.values() if not is_absent(each))
    documents = [user_document(each, catalog.today) for each in people]
    for group in sorted(written.keys() & scoped.groups):
        if not catalog.desired.groups[group].absent:
            test = compile_user_filter(parse_filter(written[group][0]), catalog.schema)
            yield Selected(RULE, group, Kind.USER, sum(map(test, documents)))


def _entry(catalog: Catalog, kind: Kind, key: str) -> DesiredUser | DesiredGroup:
    return catalog.desired.users[key] if kind is Kind.USER else catalog.desired.groups[key]
