"""How a desired user or group becomes the target's resource: mapping rules, layered, compiled once, run per object."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from reconciler.core.expressions import ExpressionError, Names, Template, compile_value
from reconciler.core.manifests.rules import Rule as BrokenRule
from reconciler.core.resources import Kind, ValuesByType
from reconciler.diagnostics import Faults, SourceMark
from reconciler.scim.paths import Path, PathError, element_of, parse_path


class Sync(StrEnum):
    """How strongly a mapped value is enforced."""

    ALWAYS = "always"
    CHANGED = "changed"
    CREATE = "create"
    EMPTY = "empty"


@dataclass(frozen=True, slots=True)
class Layer:
    """The rules of one mapping for one kind, as written. `marks` says where each path stands; built-in ones have none."""

    name: str
    match: tuple[str, ...] | None
    attributes: Mapping[str, Any]
    marks: Mapping[str, SourceMark] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of a mapping, ready to run."""

    path: Path
    text: str
    template: Template
    sync: Sync
    origin: str
    """Mapping and path, as plans name it: `idaas.users.title`."""
    mark: SourceMark | None


@dataclass(slots=True)
class Rules:
    """All rules of a target for one kind. `origins` tells afterwards which rule made the value at a path."""

    kind: Kind
    match: tuple[str, ...]
    rules: tuple[Rule, ...]
    excluded: frozenset[str] = frozenset()
    origins: dict[str, Rule] = field(default_factory=dict)
    overlaps: list[tuple[str, str]] | None = None

    def map(self, context: Mapping[str, Any]) -> dict[str, Any]:
        """Attribute paths and values for one object; null values are left out. Raises `ExpressionError`."""
        values: dict[str, Any] = {}
        for rule in self.rules:
            value = rule.template.evaluate(context)
            if value is not None:
                for path in spread(rule.path, rule.text, value, values):
                    self.origins.setdefault(path, rule)
        for path in self.excluded.intersection(values):
            del values[path]
        for whole, part in self._overlaps():
            if part in values and isinstance(values.get(whole), list):
                values[whole] = _fold(values[whole], values.pop(part), parse_path(part))
        return values

    def _overlaps(self) -> list[tuple[str, str]]:
        """Attributes written both whole and, by another rule, through a filter."""
        if self.overlaps is None:
            bases = {str(Path(r.path.urn, r.path.attribute, r.path.filter, None)): r.path for r in self.rules}
            whole = {text for text, path in bases.items() if path.filter is None}
            parts = [(str(Path(path.urn, path.attribute, None, None)), text) for text, path in bases.items()]
            self.overlaps = [(base, text) for base, text in parts if base in whole and base != text]
        return self.overlaps

    def sync_of(self, path: str) -> Sync:
        rule = self.origins.get(path)
        return rule.sync if rule else Sync.ALWAYS

    def maps(self, attribute: str) -> bool:
        """Whether any rule writes the attribute."""
        return any(rule.path.attribute.casefold() == attribute.casefold() for rule in self.rules)


def spread(path: Path, text: str, value: Any, values: dict[str, Any]) -> list[str]:
    """Writes one rule's value under the paths that are compared one by one, and names them.

    A complex value becomes its sub-attributes; values by type become one filtered path for each type; a path such as
    `emails[type eq "work"].value` adds to the one element that its filter describes.
    """
    if path.filter is not None:
        return [_spread_filtered(path, value, values)]
    if isinstance(value, ValuesByType):
        return _spread_by_type(text, value, values)
    if isinstance(value, Mapping):
        parts = {f"{text}.{name}": each for name, each in value.items() if each is not None}
        values.update(parts)
        return list(parts)
    values[text] = value
    return [text]


def _spread_filtered(path: Path, value: Any, values: dict[str, Any]) -> str:
    base = str(Path(path.urn, path.attribute, path.filter, None))
    described = element_of(path.filter)
    if path.sub is not None:
        if value == "" and path.sub.casefold() == "value":
            values[base] = []
            return base
        held = values.get(base)
        first = held[0] if isinstance(held, list) and len(held) == 1 else described
        values[base] = [{**first, path.sub: value}]
    elif value in ("", []):
        values[base] = []
    else:
        elements = value if isinstance(value, list) else [value]
        values[base] = [{**described, **(each if isinstance(each, Mapping) else {"value": each})} for each in elements]
    return base


def _spread_by_type(text: str, elements: ValuesByType, values: dict[str, Any]) -> list[str]:
    paths = []
    for element in elements:
        path = f'{text}[type eq "{element.get("type", "work")}"]'
        held = values.setdefault(path, []) if path in paths else []
        if element.get("value") != "":
            held.append({name: each for name, each in element.items() if each is not None})
        values[path] = held
        paths.append(path)
    return paths


def _fold(whole: list[Any], part: list[Any], path: Path) -> list[Any]:
    """A complete list in which the elements that a filter describes are replaced."""
    described = element_of(path.filter)
    others = [e for e in whole if not (isinstance(e, Mapping) and described.items() <= e.items())]
    return [*others, *part]


def compile_rules(kind: Kind, layers: Iterable[Layer], names: Names, faults: Faults) -> Rules:
    """One set of rules from mapping layers, weakest first: a later layer's path replaces the same path before it."""
    rules: dict[str, Rule] = {}
    excluded: set[str] = set()
    match: tuple[str, ...] | None = None
    for layer in layers:
        match = layer.match or match
        for written, value in layer.attributes.items():
            mark = layer.marks.get(written)
            where = f"mappings.{layer.name}.{kind}s.attributes.{written}"
            path = _parse(written, where, mark, faults)
            if path is None:
                continue
            text = str(path)
            rules.pop(text, None)
            excluded.discard(text)
            if value is None:
                excluded.add(text)
                _withdraw(path, rules)
                continue
            rule = _compile(path, value, names, _Place(f"{layer.name}.{kind}s.{written}", where, mark), faults)
            if rule is not None:
                rules[text] = rule
    default = ("externalId", "userName") if kind is Kind.USER else ("externalId", "displayName")
    return Rules(kind, match or default, tuple(rules.values()), frozenset(excluded))


def _withdraw(path: Path, rules: dict[str, Rule]) -> None:
    """`name: null` withdraws the inherited rules of its sub-attributes too."""
    if path.sub is None and path.filter is None:
        for text in [t for t, r in rules.items() if (r.path.urn, r.path.attribute) == (path.urn, path.attribute)]:
            del rules[text]


@dataclass(frozen=True, slots=True)
class _Place:
    origin: str
    where: str
    mark: SourceMark | None


def _parse(written: str, where: str, mark: SourceMark | None, faults: Faults) -> Path | None:
    try:
        return parse_path(written)
    except PathError as error:
        faults.error(BrokenRule.INVALID_PATH, where, f"not an attribute path: {error}", mark=mark)
        return None


def _compile(path: Path, value: Any, names: Names, place: _Place, faults: Faults) -> Rule | None:
    sync = Sync.ALWAYS
    if isinstance(value, Mapping) and "value" in value and set(value) <= {"value", "sync"}:
        sync = Sync(value.get("sync") or Sync.ALWAYS)
        value = value["value"]
    try:
        template = compile_value(value, names)
    except ExpressionError as error:
        faults.error(BrokenRule.INVALID_EXPRESSION, place.where, error.problem, remedy=error.remedy, mark=place.mark)
        return None
    return Rule(path, str(path), template, sync, place.origin, place.mark)
