"""What only a target can tell of the manifests: rules, settings and values that it could not take."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from reconciler.core.comparing.attributes import ACTIVE, USER_NAME, AttributeView
from reconciler.core.deciding.situations import Standing
from reconciler.core.desired.catalog import Catalog
from reconciler.core.desired.reference_checks import References
from reconciler.core.manifests import Rule, setting_mark
from reconciler.core.manifests import layers_of as settings_layers
from reconciler.core.mapping.auth_checks import check_auth
from reconciler.core.mapping.mapped import Mapper, standings
from reconciler.core.mapping.option_checks import check_capabilities, check_options
from reconciler.core.mapping.password_checks import check_passwords
from reconciler.core.mapping.rule_checks import PathChecker, check_rule_references
from reconciler.core.mapping.targets import Target
from reconciler.core.mapping.trials import UNIQUE, Trial
from reconciler.core.mapping.uniqueness import Uniqueness
from reconciler.core.mapping.value_checks import ValueChecker
from reconciler.core.resources import DesiredGroup, DesiredUser, Kind, State
from reconciler.core.vocabulary import Action
from reconciler.diagnostics import Faults
from reconciler.platforms.profile import GroupProfile, UserProfile
from reconciler.scim.paths import parse_path

REQUIRED = {Kind.USER: USER_NAME, Kind.GROUP: "displayName"}

Entries = Iterable[tuple[DesiredUser | DesiredGroup, Standing]]


def check_target(target: Target, catalog: Catalog, faults: Faults) -> None:
    """Tries the target's mapping on everything that it gets and adds what is wrong to `faults`."""
    layers = settings_layers(target.name, catalog.manifests)
    check_auth(target.settings, target.profile, layers, faults)
    check_options(target.settings, target.profile, layers, faults)
    check_capabilities(target.settings, layers, faults)
    check_passwords(target, faults)
    _check_rules(target, catalog, faults)
    _check_values(target, catalog, faults)


def _sides(target: Target) -> Iterator[tuple[Kind, UserProfile | GroupProfile]]:
    yield Kind.USER, target.profile.users
    if target.profile.groups is not None:
        yield Kind.GROUP, target.profile.groups


def _check_rules(target: Target, catalog: Catalog, faults: Faults) -> None:
    """Required attributes that nothing maps, paths that no resource has, references to nobody."""
    references = References(catalog.desired, faults)
    for kind, side in _sides(target):
        required = (parse_path(name).attribute for name, facts in side.attributes.items() if facts.required)
        for attribute in dict.fromkeys((REQUIRED[kind], *required)):
            if not target.rules[kind].maps(attribute):
                _report_unmapped(target, kind, attribute, catalog, faults)
    _check_ends(target, catalog, faults)
    for kind in Kind:
        paths = PathChecker(target, kind, faults)
        paths.check_rules(target.rules[kind])
        check_rule_references(target.rules[kind], references)
        if target.settings.mapping is not None:
            paths.check_match(target.settings.mapping, catalog.manifests)


def _report_unmapped(target: Target, kind: Kind, attribute: str, catalog: Catalog, faults: Faults) -> None:
    faults.error(
        Rule.UNMAPPED_REQUIRED,
        f"targets.{target.name}.mapping",
        f"no rule maps {attribute} of {kind}s",
        remedy=f"let the mapping extend {target.profile.name}, or add the rule",
        mark=setting_mark(settings_layers(target.name, catalog.manifests), ("mapping",)),
    )


def _check_ends(target: Target, catalog: Catalog, faults: Faults) -> None:
    """A declared end of access is never passed over in silence, also where a mapping leaves it out on purpose."""
    if target.rules[Kind.USER].maps(ACTIVE) or target.refuses(Kind.USER, Action.DISABLE) is not None:
        return
    if all(each.state is State.ACTIVE and each.days.last is None for each in catalog.desired.users.values()):
        return
    faults.warning(
        Rule.UNMAPPED_ACCESS,
        f"targets.{target.name}.mapping",
        "no rule maps active of users: whoever the manifests disable keeps access on this target",
        remedy="add the rule, or leave disable out of manage.users, which ends memberships instead",
        mark=setting_mark(settings_layers(target.name, catalog.manifests), ("mapping",)),
    )


def _check_values(target: Target, catalog: Catalog, faults: Faults) -> None:
    """Expressions that fail, values that the platform does not take, and those that two objects share."""
    scoped = catalog.scoped(target)
    mapper = Mapper(target, catalog.memberships, catalog.today, faults)
    _check_entries(target, Kind.USER, standings(catalog.desired.users.values(), scoped.users), mapper)
    if target.profile.groups is not None:
        _check_entries(target, Kind.GROUP, standings(catalog.desired.groups.values(), scoped.groups), mapper)


def _check_entries(target: Target, kind: Kind, entries: Entries, mapper: Mapper) -> None:
    rules, faults = target.rules[kind], mapper.faults
    view = AttributeView(target.schemas()["User" if kind is Kind.USER else "Group"])
    uniqueness = Uniqueness(rules, view, target.name, faults)
    checker = ValueChecker(target, kind, faults)
    if checker.needed:
        _check_each(checker, entries, mapper, uniqueness)
        return
    trial = Trial(rules, faults)
    for entry, standing in entries:
        values = trial.values(entry, mapper)
        if standing is not Standing.ABSENT:
            uniqueness.add(entry, values)


def _check_each(checker: ValueChecker, entries: Entries, mapper: Mapper, uniqueness: Uniqueness) -> None:
    """Everything is mapped as for a plan: only so it is known what would be sent."""
    unique = dict.fromkeys((*UNIQUE[checker.kind], *checker.unique))
    for entry, standing in entries:
        wanted = mapper.user(entry, standing) if isinstance(entry, DesiredUser) else mapper.group(entry, standing)
        if standing is not Standing.ABSENT and wanted.values:
            checker.check(wanted)
            uniqueness.add(entry, {path: wanted.values[path] for path in unique if path in wanted.values})
    checker.finish()
