"""A target made ready for planning: its settings, its platform's profile, its scope, its compiled mapping."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reconciler.core.desired.scopes import EVERYTHING, GroupScope, Scope, UserScope
from reconciler.core.manifests.extending import layers_of as settings_layers
from reconciler.core.manifests.extending import resolve_target, setting_mark
from reconciler.core.manifests.merging import Entry, Manifests
from reconciler.core.manifests.rules import Rule
from reconciler.core.manifests.targets import TargetSettings
from reconciler.core.mapping.layering import (
    builtin_layers,
    check_extends,
    compile_layers,
    known_mappings,
    layers_of,
    mapping_order,
)
from reconciler.core.mapping.rules import Rules
from reconciler.core.resources import Kind
from reconciler.core.vocabulary import Action, Verdict
from reconciler.diagnostics import Faults, SourceMark
from reconciler.platforms.capabilities import CAPABILITIES, fits, with_capabilities
from reconciler.platforms.profile import Profile
from reconciler.platforms.registry import WITHOUT_SCIM, load_profile, platform_names
from reconciler.platforms.schemas import RFC_SCHEMAS, platform_schemas
from reconciler.scim.schemas import ResourceSchema

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
    passwords_mark: SourceMark | None = None
    """The line that says where first passwords come from."""

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

    @property
    def custom_namespace(self) -> str | None:
        """The URN of the extension under which `custom` is sent, where the target names one."""
        option = self.profile.custom_namespace
        said = self.settings.options.get(option) if option is not None else None
        return said if isinstance(said, str) and said else None

    def schemas(self, discovered: Mapping[str, ResourceSchema] = RFC_SCHEMAS) -> dict[str, ResourceSchema]:
        """What its resources can hold: by its profile alone, or on top of what the endpoint says."""
        return platform_schemas(self.profile, discovered, self.custom_namespace)

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
    written = settings_layers(name, manifests)
    sound = [_check_name(word, _said_by(written, word), manifests, faults) for word in ("platform", "scope", "mapping")]
    if settings is None or not all(sound):
        return None
    profile = with_capabilities(load_profile(settings.platform), _usable(settings.capabilities))
    order = mapping_order(settings.mapping, manifests) if settings.mapping is not None else []
    if not check_extends(order, manifests, faults):
        return None
    options = settings.options
    layers = [layers_of(each, manifests, options) for each in order] or [builtin_layers(profile, options)]
    rules = compile_layers(layers, manifests, faults)
    scope = EVERYTHING if settings.scope is None else read_scope(settings.scope, manifests.scopes[settings.scope].value)
    password = "onCreate" if settings.passwords.source is None else "from"
    return Target(settings, profile, scope, rules, setting_mark(written, ("passwords", password)))


def _usable(said: Mapping[str, Any]) -> dict[str, Any]:
    """What is said of capabilities, without what a check finds fault with."""
    return {name: value for name, value in said.items() if name in CAPABILITIES and fits(name, value)}


def check_target_names(name: str, manifests: Manifests, faults: Faults) -> None:
    """Platform, scope and mapping as the target itself names them, abstract or not."""
    for word in ("platform", "scope", "mapping"):
        _check_name(word, _said_by([manifests.targets[name]], word), manifests, faults)


def _said_by(layers: Sequence[Entry], word: str) -> tuple[Entry, str] | None:
    """The name under a key, with the strongest target that writes it."""
    for entry in reversed(layers):
        if word in entry.value:
            said = entry.value[word]
            return (entry, said) if isinstance(said, str) else None
    return None


def _check_name(word: str, said: tuple[Entry, str] | None, manifests: Manifests, faults: Faults) -> bool:
    """Whether there is a platform, scope or mapping of that name, or none is named."""
    if said is None:
        return True
    entry, name = said
    known = _known(word, manifests)
    if name in known:
        return True
    path, mark = f"targets.{entry.key}.{word}", entry.value.value_mark(word)
    if word == "platform" and name in WITHOUT_SCIM:
        problem, remedy = f"{name} has no SCIM interface", f"use {WITHOUT_SCIM[name]} instead"
        faults.error(Rule.PLATFORM_WITHOUT_SCIM, path, problem, remedy=remedy, mark=mark)
    else:
        rule = Rule.UNKNOWN_PLATFORM if word == "platform" else Rule.UNKNOWN_REFERENCE
        faults.error(rule, path, f"there is no {word} {name!r}", remedy=faults.suggest(name, known), mark=mark)
    return False


def _known(word: str, manifests: Manifests) -> Collection[str]:
    if word == "scope":
        return manifests.scopes
    return platform_names() if word == "platform" else known_mappings(manifests)


def read_scope(name: str, written: Mapping[str, Any]) -> Scope:
    """A validated `scopes` entry as a value."""
    users = written.get("users") or {}
    groups = written.get("groups") or {}
    return Scope(
        name,
        UserScope(
            users.get("where"),
            tuple(users["memberOf"]) if "memberOf" in users else None,
            tuple(users["include"]) if "include" in users else None,
            tuple(users.get("exclude") or ()),
        ),
        GroupScope(tuple(groups["include"]) if "include" in groups else None, tuple(groups.get("exclude") or ())),
        written.get("organization"),
    )
