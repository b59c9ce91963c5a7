"""What only a target can tell of the manifests: values that it would take for the same."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from reconciler.core.attributes import EXTERNAL_ID, USER_NAME, AttributeView, is_empty
from reconciler.core.catalog import Catalog
from reconciler.core.changes import source_of
from reconciler.core.manifests import Rule, setting_mark
from reconciler.core.manifests import layers_of as settings_layers
from reconciler.core.mapping import Rule as MappingRule
from reconciler.core.reference_checks import References
from reconciler.core.resources import Kind
from reconciler.core.rule_checks import check_match, check_paths, check_rule_references
from reconciler.core.situations import Standing
from reconciler.core.targets import Target
from reconciler.core.wanted import Wanted
from reconciler.diagnostics import Faults, SourceMark
from reconciler.scim.rfc7643 import RFC_GROUP, RFC_USER

UNIQUE = {Kind.USER: (USER_NAME, EXTERNAL_ID), Kind.GROUP: ("displayName", EXTERNAL_ID)}
REQUIRED = {Kind.USER: USER_NAME, Kind.GROUP: "displayName"}


def check_target(target: Target, catalog: Catalog, faults: Faults) -> list[Wanted]:
    """Maps everything for a target and adds what is wrong with it to `faults`; returns the mapped objects."""
    for kind, attribute in REQUIRED.items():
        if (kind is Kind.USER or target.profile.groups is not None) and not target.rules[kind].maps(attribute):
            _report_unmapped(target, kind, attribute, catalog, faults)
    references = References(catalog.desired, faults)
    for rules in target.rules.values():
        check_paths(rules, faults)
        check_rule_references(rules, references)
    if target.settings.mapping is not None:
        check_match(target.settings.mapping, catalog.manifests, faults)
    wanted = catalog.mapped(target, faults)
    _check_unique(target, wanted, faults)
    return wanted


def _report_unmapped(target: Target, kind: Kind, attribute: str, catalog: Catalog, faults: Faults) -> None:
    faults.error(
        Rule.UNMAPPED_REQUIRED,
        f"targets.{target.name}.mapping",
        f"no rule maps {attribute} of {kind}s",
        remedy=f"let the mapping extend {target.profile.name}, or add the rule",
        mark=setting_mark(settings_layers(target.name, catalog.manifests), ("mapping",)),
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
