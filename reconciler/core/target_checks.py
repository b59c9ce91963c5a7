"""What only a target can tell of the manifests: values that it would take for the same, names that select nobody."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from reconciler.core.attributes import EXTERNAL_ID, USER_NAME, AttributeView, is_empty
from reconciler.core.catalog import Catalog
from reconciler.core.changes import source_of
from reconciler.core.manifests import Entry, Rule
from reconciler.core.mapping import Rule as MappingRule
from reconciler.core.marked import MarkedDict
from reconciler.core.resources import DesiredGroup, DesiredUser, Kind
from reconciler.core.scopes import patterns_without_match
from reconciler.core.situations import Standing
from reconciler.core.targets import Target
from reconciler.core.wanted import Wanted
from reconciler.diagnostics import Faults, SourceMark, did_you_mean
from reconciler.scim.filters import parse_filter
from reconciler.scim.rfc7643 import RFC_GROUP, RFC_USER

UNIQUE = {Kind.USER: (USER_NAME, EXTERNAL_ID), Kind.GROUP: ("displayName", EXTERNAL_ID)}
REQUIRED = {Kind.USER: USER_NAME, Kind.GROUP: "displayName"}


def check_target(target: Target, catalog: Catalog, faults: Faults) -> list[Wanted]:
    """Maps everything for a target and adds what is wrong with it to `faults`; returns the mapped objects."""
    for kind, attribute in REQUIRED.items():
        if (kind is Kind.USER or target.profile.groups is not None) and not target.rules[kind].maps(attribute):
            mark = catalog.manifests.targets[target.name].mark
            faults.error(
                Rule.UNMAPPED_REQUIRED,
                f"targets.{target.name}.mapping",
                f"no rule maps {attribute} of {kind}s",
                remedy=f"let the mapping extend {target.profile.name}, or add the rule",
                mark=mark,
            )
    _check_paths(target, faults)
    wanted = catalog.mapped(target, faults)
    _check_unique(target, wanted, faults)
    return wanted


def _check_paths(target: Target, faults: Faults) -> None:
    """Attribute paths that the core schemas do not have; extensions are for the endpoint's own discovery to judge."""
    for kind, schema in ((Kind.USER, RFC_USER), (Kind.GROUP, RFC_GROUP)):
        for rule in target.rules[kind].rules:
            path = rule.path
            own = path.urn is None or path.urn.casefold() in (schema.urn.casefold(), *schema.extensions)
            if own and rule.mark is not None and schema.attribute(path) is None:
                remedy = did_you_mean(path.attribute, (each.name for each in schema.attributes.values()))
                faults.error(
                    Rule.UNKNOWN_ATTRIBUTE,
                    f"mappings.{rule.origin}",
                    f"a SCIM {kind} has no attribute {rule.text!r}",
                    remedy=remedy,
                    mark=rule.mark,
                )


def _check_unique(target: Target, wanted: Iterable[Wanted], faults: Faults) -> None:
    """Names and externalIds that two objects share, compared as the core schemas compare them."""
    views = {Kind.USER: AttributeView(RFC_USER), Kind.GROUP: AttributeView(RFC_GROUP)}
    seen: dict[tuple[Kind, str, Any], Wanted] = {}
    for each in wanted:
        if each.standing is Standing.ABSENT:
            continue
        for path in UNIQUE[each.kind]:
            value = each.values.get(path)
            if is_empty(value):
                continue
            first = seen.setdefault((each.kind, path, views[each.kind][path].comparable(value)), each)
            if first is not each:
                _report_duplicate(target, path, first, each, faults)


def _report_duplicate(target: Target, path: str, first: Wanted, second: Wanted, faults: Faults) -> None:
    rule = target.rules[first.kind].origins.get(path)
    faults.error(
        Rule.DUPLICATE_VALUE,
        f"{second.kind}s.{second.key}.{path}",
        f"{second.values[path]!r} on target {target.name} is already that of {first.key} at {_place(first, rule)}",
        remedy="each needs its own",
        mark=_mark(second, rule),
    )


def _mark(wanted: Wanted, rule: MappingRule | None) -> SourceMark:
    return source_of(wanted, rule) or wanted.entry.mark


def _place(wanted: Wanted, rule: MappingRule | None) -> str:
    return str(_mark(wanted, rule))


def check_selections(catalog: Catalog, faults: Faults) -> None:
    """Scopes: groups that do not exist are faults; filters and globs that select nobody are warnings."""
    desired = catalog.desired
    for name, entry in catalog.manifests.scopes.items():
        users = entry.value.get("users") or MarkedDict()
        groups = entry.value.get("groups") or MarkedDict()
        for group in users.get("memberOf") or ():
            if group not in desired.groups:
                faults.error(
                    Rule.UNKNOWN_REFERENCE,
                    f"scopes.{name}.users.memberOf",
                    f"there is no group {group!r}",
                    remedy=did_you_mean(group, desired.groups),
                    mark=users.value_mark("memberOf"),
                )
        _warn_patterns(f"scopes.{name}.users", users, desired.users, faults)
        _warn_patterns(f"scopes.{name}.groups", groups, desired.groups, faults)
    _warn_filters(catalog, faults)
    _warn_overrides(catalog, faults)


def _warn_patterns(path: str, side: MarkedDict, keys: Iterable[str], faults: Faults) -> None:
    for word in ("include", "exclude"):
        for pattern in patterns_without_match(side.get(word) or (), keys):
            faults.warning(Rule.SELECTS_NOBODY, f"{path}.{word}", f"{pattern!r} selects nobody", mark=side.mark_of(word))


def _warn_filters(catalog: Catalog, faults: Faults) -> None:
    from reconciler.core.selecting import compile_user_filter, user_document

    for path, holder, word, text in _filters(catalog.manifests.scopes, catalog.manifests.groups):
        test = compile_user_filter(parse_filter(text), catalog.schema)
        people = catalog.desired.users.values()
        if not any(test(user_document(user, catalog.today)) for user in people):
            faults.warning(Rule.SELECTS_NOBODY, f"{path}.{word}", "the filter selects nobody", mark=holder.mark_of(word))


def _filters(scopes: Mapping[str, Entry], groups: Mapping[str, Entry]) -> Iterator[tuple[str, MarkedDict, str, str]]:
    for name, entry in scopes.items():
        users = entry.value.get("users")
        if isinstance(users, MarkedDict) and users.get("where"):
            yield f"scopes.{name}.users", users, "where", users["where"]
    for name, entry in groups.items():
        if entry.value.get("membersWhere"):
            yield f"groups.{name}", entry.value, "membersWhere", entry.value["membersWhere"]


def _warn_overrides(catalog: Catalog, faults: Faults) -> None:
    """`on` patterns that fit no target."""
    targets = list(catalog.manifests.targets)
    entries: Sequence[DesiredUser | DesiredGroup] = [*catalog.desired.users.values(), *catalog.desired.groups.values()]
    for entry in entries:
        for pattern, _ in entry.overrides:
            if patterns_without_match([pattern], targets):
                section = "users" if isinstance(entry, DesiredUser) else "groups"
                path = f"{section}.{entry.key}.on"
                faults.warning(Rule.SELECTS_NOBODY, path, f"{pattern!r} fits no target", mark=entry.sources.of("on"))
