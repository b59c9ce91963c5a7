"""A target made ready for planning: its settings, its platform's profile, its scope, its compiled mapping."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reconciler.core.expressions import Names
from reconciler.core.manifests.extending import parents_of, resolve_target
from reconciler.core.manifests.merging import Manifests
from reconciler.core.manifests.rules import Rule
from reconciler.core.manifests.targets import TargetSettings
from reconciler.core.mapping import Layer, Rules, compile_rules
from reconciler.core.marked import MarkedDict
from reconciler.core.resources import Kind
from reconciler.core.scopes import EVERYTHING, GroupScope, Scope, UserScope
from reconciler.core.vocabulary import Action, Verdict
from reconciler.diagnostics import Faults, SourceMark, did_you_mean
from reconciler.platforms.profile import BuiltInMapping, Profile
from reconciler.platforms.registry import WITHOUT_SCIM, load_profile, platform_names

_OPERATION = {
    Action.ADD_MEMBERS: "members",
    Action.REMOVE_MEMBERS: "members",
}


@dataclass(frozen=True, slots=True)
class Target:
    settings: TargetSettings
    profile: Profile
    scope: Scope
    rules: Mapping[Kind, Rules]

    @property
    def name(self) -> str:
        return self.settings.name

    def refuses(self, kind: Kind, action: Action) -> Verdict | None:
        """Why an action may not be done here: the platform cannot (`blocked`), or `manage` leaves it out."""
        operation = _OPERATION.get(action, str(action))
        side = self.profile.users if kind is Kind.USER else self.profile.groups
        if side is None or operation not in side.can:
            return Verdict.BLOCKED
        managed: Sequence[str] | None = getattr(self.settings.manage, f"{kind}s")
        if managed is not None and operation not in managed:
            return Verdict.UNMANAGED_OPERATION
        return None

    def facts(self) -> dict[str, Any]:
        """What expressions see as `target`."""
        settings = self.settings
        return {
            "name": settings.name,
            "platform": settings.platform,
            "environment": settings.environment,
            "options": settings.options,
        }


def prepare_target(name: str, manifests: Manifests, faults: Faults) -> Target | None:
    """The target of that name, or None with everything that is wrong with it among the faults."""
    settings = resolve_target(name, manifests, faults)
    if settings is None:
        return None
    written = manifests.targets[name]
    place = _Place(f"targets.{name}", written.value, written.mark)
    profile = _find_profile(settings.platform, place, faults)
    scope = _find_scope(settings.scope, manifests, place, faults)
    if profile is None or scope is None:
        return None
    layers = _find_layers(settings.mapping, profile, manifests, place, faults)
    if layers is None:
        return None
    rules = {kind: _compile(kind, layers, manifests, faults) for kind in Kind}
    return Target(settings, profile, scope, rules)


@dataclass(frozen=True, slots=True)
class _Place:
    path: str
    value: MarkedDict
    mark: SourceMark

    def of(self, key: str) -> SourceMark:
        return self.value.value_mark(key) if key in self.value else self.mark


def _find_profile(platform: str, place: _Place, faults: Faults) -> Profile | None:
    if platform in WITHOUT_SCIM:
        faults.error(
            Rule.PLATFORM_WITHOUT_SCIM,
            f"{place.path}.platform",
            f"{platform} has no SCIM interface",
            remedy=f"use {WITHOUT_SCIM[platform]} instead",
            mark=place.of("platform"),
        )
        return None
    if platform not in platform_names():
        remedy = did_you_mean(platform, platform_names())
        problem = f"there is no platform {platform!r}"
        faults.error(Rule.UNKNOWN_PLATFORM, f"{place.path}.platform", problem, remedy=remedy, mark=place.of("platform"))
        return None
    return load_profile(platform)


def _find_scope(name: str | None, manifests: Manifests, place: _Place, faults: Faults) -> Scope | None:
    if name is None:
        return EVERYTHING
    entry = manifests.scopes.get(name)
    if entry is None:
        remedy = did_you_mean(name, manifests.scopes)
        problem = f"there is no scope {name!r}"
        faults.error(Rule.UNKNOWN_REFERENCE, f"{place.path}.scope", problem, remedy=remedy, mark=place.of("scope"))
        return None
    return read_scope(name, entry.value)


def read_scope(name: str, written: Mapping[str, Any]) -> Scope:
    """A validated `scopes` entry as a value."""
    users = written.get("users") or {}
    groups = written.get("groups") or {}
    return Scope(
        name,
        UserScope(
            users.get("where"),
            tuple(users.get("memberOf") or ()),
            tuple(users["include"]) if "include" in users else None,
            tuple(users.get("exclude") or ()),
        ),
        GroupScope(tuple(groups["include"]) if "include" in groups else None, tuple(groups.get("exclude") or ())),
        written.get("organization"),
    )


def _find_layers(
    name: str | None, profile: Profile, manifests: Manifests, place: _Place, faults: Faults
) -> list[dict[Kind, Layer]] | None:
    """The mapping's layers, weakest first, each mapping once."""
    if name is None:
        return [builtin_layers(profile)]
    if name not in manifests.mappings and name not in platform_names():
        known = [*manifests.mappings, *platform_names()]
        problem = f"there is no mapping {name!r}"
        remedy = did_you_mean(name, known)
        faults.error(Rule.UNKNOWN_REFERENCE, f"{place.path}.mapping", problem, remedy=remedy, mark=place.of("mapping"))
        return None
    return [_layers_of(each, manifests) for each in mapping_order(name, manifests)]


def mapping_order(name: str, manifests: Manifests) -> list[str]:
    """A mapping and all that it extends, parents first. Circles and unknown parents are reported elsewhere."""
    order: list[str] = []

    def visit(each: str, above: tuple[str, ...]) -> None:
        if each in order or each in above:
            return
        entry = manifests.mappings.get(each)
        for parent in parents_of(entry.value) if entry is not None else ():
            visit(parent, (*above, each))
        order.append(each)

    visit(name, ())
    return order


def _layers_of(name: str, manifests: Manifests) -> dict[Kind, Layer]:
    entry = manifests.mappings.get(name)
    if entry is None:
        return builtin_layers(load_profile(name)) if name in platform_names() else {}
    layers = {}
    for kind in Kind:
        side = entry.value.get(f"{kind}s") or {}
        attributes = side.get("attributes") or MarkedDict()
        marks = {path: attributes.value_mark(path) for path in attributes}
        match = tuple(side["match"]) if side.get("match") else None
        layers[kind] = Layer(name, match, attributes, marks)
    return layers


def builtin_layers(profile: Profile) -> dict[Kind, Layer]:
    """A platform's own mapping."""

    def layer(mapping: BuiltInMapping) -> Layer:
        return Layer(profile.name, tuple(mapping.match), mapping.attributes)

    layers = {Kind.USER: layer(profile.users.mapping)}
    if profile.groups is not None:
        layers[Kind.GROUP] = layer(profile.groups.mapping)
    return layers


def _compile(kind: Kind, layers: Sequence[Mapping[Kind, Layer]], manifests: Manifests, faults: Faults) -> Rules:
    custom = manifests.settings.custom
    tables = {name: entry.value for name, entry in manifests.tables.items()}
    names = Names(frozenset(custom) if custom else None, tables, kind)
    return compile_rules(kind, [each[kind] for each in layers if kind in each], names, faults)
