"""The layers of a mapping: its own rules over those of all that it extends, down to the built-in ones."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from reconciler.core.desired.circles import circle_text, find_circles, parents_first
from reconciler.core.expressions import Names
from reconciler.core.manifests.extending import parents_of
from reconciler.core.manifests.merging import Entry, Manifests
from reconciler.core.manifests.rules import Rule
from reconciler.core.mapping.placements import PLACEMENTS, Placements
from reconciler.core.mapping.rules import Layer, Rules, compile_rules
from reconciler.core.marked import MarkedDict, MarkedList
from reconciler.core.resources import Kind
from reconciler.diagnostics import Faults, SourceMark
from reconciler.platforms.profile import BuiltInMapping, Profile
from reconciler.platforms.registry import load_profile, platform_names

Layers = Sequence[Mapping[Kind, Layer]]


def known_mappings(manifests: Manifests) -> list[str]:
    """Every name that a target or a mapping may use: those of the manifests, and the platforms' own."""
    return [*manifests.mappings, *platform_names()]


def check_extends(names: Iterable[str], manifests: Manifests, faults: Faults) -> bool:
    """Unknown parents and circles among the mappings of these names; whether there is none."""
    entries = [manifests.mappings[name] for name in names if name in manifests.mappings]
    known = known_mappings(manifests)
    unknown = [(entry, at, parent) for entry in entries for at, parent in _parents(entry) if parent not in known]
    for entry, mark, parent in unknown:
        remedy = faults.suggest(parent, (each for each in known if each != entry.key))
        problem = f"there is no mapping {parent!r} to extend"
        faults.error(Rule.UNKNOWN_PARENT, f"mappings.{entry.key}.extends", problem, remedy=remedy, mark=mark)
    circles = find_circles({entry.key: parents_of(entry.value) for entry in entries})
    for circle in circles:
        problem = f"extends itself: {circle_text(circle)}"
        mark = manifests.mappings[circle[0]].value.value_mark("extends")
        path, remedy = f"mappings.{circle[0]}.extends", "take one of them out"
        faults.error(Rule.EXTENDS_CYCLE, path, problem, remedy=remedy, mark=mark)
    return not unknown and not circles


def _parents(entry: Entry) -> Iterator[tuple[SourceMark, str]]:
    written = entry.value.get("extends")
    for at, parent in enumerate(parents_of(entry.value)):
        yield written.mark_of(at) if isinstance(written, MarkedList) else entry.value.value_mark("extends"), parent


def mapping_order(name: str, manifests: Manifests) -> list[str]:
    """A mapping and all that it extends, parents first, each once. Circles end where they close."""
    declared = manifests.mappings
    return parents_first(name, lambda each: parents_of(declared[each].value) if each in declared else ())


def layers_of(name: str, manifests: Manifests, options: Mapping[str, Any] | None = None) -> dict[Kind, Layer]:
    """The rules that one mapping itself says. Raises KeyError where there is no such mapping."""
    entry = manifests.mappings.get(name)
    return own_layers(entry) if entry is not None else builtin_layers(load_profile(name), options)


def own_layers(entry: Entry) -> dict[Kind, Layer]:
    """A mapping of the manifests, with the place of each rule."""
    layers = {}
    for kind in Kind:
        side = entry.value.get(f"{kind}s") or {}
        attributes = side.get("attributes") or MarkedDict()
        marks = {path: attributes.value_mark(path) for path in attributes}
        match = tuple(side["match"]) if side.get("match") else None
        layers[kind] = Layer(entry.key, match, attributes, marks)
    return layers


def builtin_layers(profile: Profile, options: Mapping[str, Any] | None = None) -> dict[Kind, Layer]:
    """A platform's own mapping, for a target with these `options`."""

    def layer(mapping: BuiltInMapping, more: Mapping[str, Any]) -> Layer:
        return Layer(profile.name, tuple(mapping.match), {**mapping.attributes, **more}, builtin=True)

    layers = {Kind.USER: layer(profile.users.mapping, _custom_rule(profile, options))}
    if profile.groups is not None:
        layers[Kind.GROUP] = layer(profile.groups.mapping, {})
    return layers


def _custom_rule(profile: Profile, options: Mapping[str, Any] | None) -> dict[str, str]:
    """`custom` under the extension that the target names; what is wrong with the name is for the options' check."""
    option = profile.custom_namespace
    urn = (options or {}).get(option) if option is not None else None
    if option is None or not isinstance(urn, str):
        return {}
    pattern = profile.options[option].pattern
    return {urn: "{{ user.custom }}"} if pattern is None or re.fullmatch(pattern, urn) else {}


def compile_layers(layers: Layers, manifests: Manifests, faults: Faults) -> dict[Kind, Rules]:
    """Rules for both kinds, ready to run; what does not compile is a fault and left out."""
    custom = manifests.settings.custom
    tables = {name: entry.value for name, entry in manifests.tables.items()}
    compiled = {}
    for kind in Kind:
        names = Names(frozenset(custom) if custom else None, tables, kind)
        mine = [_with_placements(each[kind], tables) for each in layers if kind in each]
        compiled[kind] = compile_rules(kind, mine, names, faults)
    return compiled


def _with_placements(layer: Layer, tables: Mapping[str, Mapping[str, str]]) -> Layer:
    return replace(layer, tables={PLACEMENTS: Placements(tables.get(PLACEMENTS))}) if layer.builtin else layer
