"""What only a target can tell of the manifests: values that it would take for the same."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Any

from reconciler.core.comparing.attributes import USER_NAME, AttributeView, is_empty
from reconciler.core.deciding.situations import Standing
from reconciler.core.desired.catalog import Catalog
from reconciler.core.desired.reference_checks import References
from reconciler.core.manifests import Rule, setting_mark
from reconciler.core.manifests import layers_of as settings_layers
from reconciler.core.mapping.in_force import warn_of_settings
from reconciler.core.mapping.mapped import Mapper, standings
from reconciler.core.mapping.password_checks import check_passwords
from reconciler.core.mapping.rule_checks import check_match, check_paths, check_rule_references
from reconciler.core.mapping.rules import Rule as MappingRule
from reconciler.core.mapping.targets import Target
from reconciler.core.mapping.trials import Trial
from reconciler.core.mapping.wanted import Wanted
from reconciler.core.resources import DesiredGroup, DesiredUser, Kind
from reconciler.diagnostics import Faults, SourceMark
from reconciler.scim.rfc7643 import RFC_GROUP, RFC_USER

REQUIRED = {Kind.USER: USER_NAME, Kind.GROUP: "displayName"}
VIEWS = {Kind.USER: AttributeView(RFC_USER), Kind.GROUP: AttributeView(RFC_GROUP)}


def check_target(target: Target, catalog: Catalog, faults: Faults) -> None:
    """Tries the target's mapping on everything that it gets and adds what is wrong to `faults`."""
    for kind, attribute in REQUIRED.items():
        if (kind is Kind.USER or target.profile.groups is not None) and not target.rules[kind].maps(attribute):
            _report_unmapped(target, kind, attribute, catalog, faults)
    warn_of_settings(target.settings, settings_layers(target.name, catalog.manifests), faults)
    check_passwords(target, faults)
    references = References(catalog.desired, faults)
    for rules in target.rules.values():
        check_paths(rules, faults)
        check_rule_references(rules, references)
    if target.settings.mapping is not None:
        check_match(target.settings.mapping, catalog.manifests, faults)
    _check_values(target, catalog, faults)


def _report_unmapped(target: Target, kind: Kind, attribute: str, catalog: Catalog, faults: Faults) -> None:
    faults.error(
        Rule.UNMAPPED_REQUIRED,
        f"targets.{target.name}.mapping",
        f"no rule maps {attribute} of {kind}s",
        remedy=f"let the mapping extend {target.profile.name}, or add the rule",
        mark=setting_mark(settings_layers(target.name, catalog.manifests), ("mapping",)),
    )


def _check_values(target: Target, catalog: Catalog, faults: Faults) -> None:
    """Expressions that fail, and values that two objects share where each needs its own."""
    scoped = catalog.scoped(target)
    mapper = Mapper(target, catalog.memberships, catalog.today, faults)
    users = standings(catalog.desired.users.values(), scoped.users)
    _check_unique(Trial(target.rules[Kind.USER], faults), users, mapper)
    if target.profile.groups is not None:
        groups = standings(catalog.desired.groups.values(), scoped.groups)
        _check_unique(Trial(target.rules[Kind.GROUP], faults), groups, mapper)


def _check_unique(trial: Trial, entries: Iterable[tuple[DesiredUser | DesiredGroup, Standing]], mapper: Mapper) -> None:
    """Values are compared as the core schemas compare them."""
    view = VIEWS[trial.rules.kind]
    seen: dict[tuple[str, Hashable], DesiredUser | DesiredGroup] = {}
    for entry, standing in entries:
        values = trial.values(entry, mapper)
        for path, value in values.items():
            if standing is Standing.ABSENT or is_empty(value):
                continue
            first = seen.setdefault((path, view[path].comparable(value)), entry)
            if first is not entry:
                _report_duplicate(trial, (path, value), first, entry, mapper.target.name)


def _report_duplicate(
    trial: Trial,
    shared: tuple[str, Any],
    first: DesiredUser | DesiredGroup,
    second: DesiredUser | DesiredGroup,
    target: str,
) -> None:
    path, value = shared
    kind, rule = trial.rules.kind, trial.unique[path]
    trial.faults.error(
        Rule.DUPLICATE_VALUE,
        f"{kind}s.{second.key}.{path}",
        f"{value!r} on target {target} is already that of {first.key} at {_mark(kind, first, rule)}",
        remedy="each needs its own",
        mark=_mark(kind, second, rule),
    )


def _mark(kind: Kind, entry: DesiredUser | DesiredGroup, rule: MappingRule) -> SourceMark:
    # Plans and all that they are made of are loaded for nothing where there is no duplicate.
    from reconciler.core.deciding.changes import source_of

    return source_of(Wanted(kind, entry.key, Standing.WANTED, entry, {}), rule) or entry.mark
