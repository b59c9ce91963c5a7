"""`extends` of targets: parents merged key by key, before anything is required."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError

from reconciler.core.desired.circles import circle_text, find_circles, parents_first
from reconciler.core.manifests.faults import diagnostics_of
from reconciler.core.manifests.reading import without_nulls
from reconciler.core.manifests.rules import Rule
from reconciler.core.manifests.targets import TargetSettings
from reconciler.core.marked import MarkedDict, locate
from reconciler.diagnostics import Diagnostic, Faults, SourceMark

if TYPE_CHECKING:
    from reconciler.core.manifests.merging import Entry, Manifests

_ADDING = {("safety", "protect"), ("safety", "adminGroups")}
"""Lists that add up along `extends`; every other list replaces the inherited one."""
_OWN = ("abstract", "extends")
"""Keys that say something about their own target only."""

Declared = Mapping[str, tuple[MarkedDict, SourceMark]]


def parents_of(value: Mapping[str, Any]) -> list[str]:
    """The names under `extends`, in order."""
    said = value.get("extends")
    if isinstance(said, str):
        return [said]
    return [each for each in said if isinstance(each, str)] if isinstance(said, list) else []


def check_parents(targets: Declared, faults: Faults) -> None:
    """Unknown parents, and cycles, each at the target of it that comes first in the alphabet."""
    edges = {name: parents_of(value) for name, (value, _mark) in targets.items()}
    for name, parents in edges.items():
        for parent in parents:
            if parent not in targets:
                _unknown_parent(name, parent, targets, faults)
    for circle in find_circles(edges):
        faults.add(_cycle(circle, targets))


def _unknown_parent(name: str, parent: str, targets: Declared, faults: Faults) -> None:
    remedy = faults.suggest(parent, (each for each in targets if each != name))
    problem = f"there is no target {parent!r} to extend"
    mark = targets[name][0].value_mark("extends")
    faults.error(Rule.UNKNOWN_PARENT, f"targets.{name}.extends", problem, remedy=remedy, mark=mark)


def _cycle(circle: list[str], targets: Declared) -> Diagnostic:
    problem = f"extends itself: {circle_text(circle)}"
    mark = targets[circle[0]][0].value_mark("extends")
    return Diagnostic(Rule.EXTENDS_CYCLE, f"targets.{circle[0]}.extends", problem, "take one of them out", mark)


def layers_of(name: str, manifests: Manifests) -> list[Entry]:
    """A target and all that it extends, each once, the weakest first. Unknown parents and cycles are left out."""
    targets = manifests.targets
    order = parents_first(name, lambda each: parents_of(targets[each].value) if each in targets else ())
    return [targets[each] for each in order if each in targets]


def setting_mark(layers: Sequence[Entry], loc: Sequence[str | int]) -> SourceMark:
    """Where a setting was written: in the strongest layer that has it, else the target's own key."""
    for length in range(len(loc), 0, -1):
        entry = _strongest(layers, loc[:length])
        if entry is not None:
            return locate(entry.value, loc[:length])
    return layers[-1].mark


def _strongest(layers: Sequence[Entry], loc: Sequence[str | int]) -> Entry | None:
    return next((entry for entry in reversed(layers) if _has(entry.value, loc)), None)


def _has(node: Any, loc: Sequence[str | int]) -> bool:
    for step in loc:
        if not isinstance(node, dict) or step not in node:
            return False
        node = node[str(step)]
    return True


def merge_settings(weaker: Mapping[str, Any], stronger: Mapping[str, Any], loc: tuple[str, ...] = ()) -> dict[str, Any]:
    """Mappings key by key, null takes away what was inherited, `_ADDING` lists add up, all else replaces."""
    merged = dict(weaker)
    for key, value in stronger.items():
        inherited = merged.get(key)
        if isinstance(inherited, dict) and isinstance(value, dict):
            merged[key] = merge_settings(inherited, value, (*loc, key))
        elif (*loc, key) in _ADDING and isinstance(inherited, list) and isinstance(value, list):
            merged[key] = list(dict.fromkeys([*inherited, *value]))
        else:
            merged[key] = value
    return merged


def resolve_target(name: str, manifests: Manifests, faults: Faults) -> TargetSettings | None:
    """The target with everything that it extends, or None after saying in `faults` why it cannot be used.

    Raises KeyError for a name that the manifests do not hold. What `faults` already says of this target,
    or of one that it extends, is not repeated.
    """
    entry = manifests.targets[name]
    found = Faults()
    layers = layers_of(name, manifests)
    concerned = {f"targets.{each.key}.extends" for each in layers}
    if any("extends" in each.value for each in layers):
        check_parents({key: (each.value, each.mark) for key, each in manifests.targets.items()}, found)
    problems = [each for each in found.items if each.path in concerned]
    if entry.value.get("abstract") is True:
        problem, remedy = "is abstract: only other targets use it", "select one that extends it"
        problems.append(Diagnostic(Rule.ABSTRACT_TARGET, f"targets.{name}", problem, remedy, entry.mark))
    settings = None if problems else _validate(name, layers, problems)
    known = {(each.rule, each.path) for each in faults.items}
    faults.extend(each for each in problems if known.isdisjoint(_same(each, name, layers)))
    return settings


def _same(found: Diagnostic, name: str, layers: Sequence[Entry]) -> set[tuple[str, str]]:
    """The fault as it would be known from reading any of the layers."""
    inside = found.path.removeprefix(f"targets.{name}")
    return {(found.rule, found.path), *((found.rule, f"targets.{layer.key}{inside}") for layer in layers)}


def _validate(name: str, layers: Sequence[Entry], problems: list[Diagnostic]) -> TargetSettings | None:
    merged: dict[str, Any] = {}
    for layer in layers:
        merged = merge_settings(merged, {key: each for key, each in layer.value.items() if key not in _OWN})
    merged = {**without_nulls(merged), "name": name}
    try:
        return TargetSettings.model_validate(merged)
    except ValidationError as error:
        adapter = TypeAdapter(TargetSettings)
        problems += [_placed(each, name, layers) for each in diagnostics_of(error, adapter, MarkedDict(merged))]
    return None


def _placed(found: Diagnostic, name: str, layers: Sequence[Entry]) -> Diagnostic:
    loc = found.path.split("[")[0].split(".")
    mark = setting_mark(layers, loc)
    return Diagnostic(found.rule, f"targets.{name}.{found.path}", found.problem, found.remedy, mark)
