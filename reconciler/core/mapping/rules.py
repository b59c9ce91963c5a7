"""How a desired user or group becomes the target's resource: mapping rules, layered, compiled once, run per object."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from reconciler.core.comparing.attributes import base_of
from reconciler.core.expressions import ExpressionError, Names, Template, compile_value
from reconciler.core.manifests.rules import Rule as BrokenRule
from reconciler.core.mapping.spreading import fold, spread, without_cleared
from reconciler.core.resources import Kind
from reconciler.diagnostics import Faults, SourceMark
from reconciler.scim.paths import Path, PathError, element_of, parse_path
from reconciler.scim.rfc7643 import RFC_GROUP, RFC_USER
from reconciler.scim.schemas import ResourceSchema

SCHEMAS = {Kind.USER: RFC_USER, Kind.GROUP: RFC_GROUP}
MEMBERSHIP = {Kind.USER: "groups", Kind.GROUP: "members"}
"""What no rule may write: a list of members sent as an attribute would pass by every limit and guard."""


class Sync(StrEnum):
    """How strongly a mapped value is enforced."""

    ALWAYS = "always"
    CHANGED = "changed"
    CREATE = "create"
    EMPTY = "empty"


@dataclass(frozen=True, slots=True)
class Layer:
    """The rules of one mapping for one kind, as written. `marks` says where each path stands, if anywhere."""

    name: str
    match: tuple[str, ...] | None
    attributes: Mapping[str, Any]
    marks: Mapping[str, SourceMark] = field(default_factory=dict)
    tables: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """What `lookup` translates with in these rules alone, in place of the manifests' tables of the same names."""
    builtin: bool = False
    """Whether it is a platform's own mapping."""


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

    @property
    def gives_value(self) -> bool:
        """False for the parts of an element beside its value, such as `emails[type eq "work"].primary`."""
        return self.path.filter is None or self.path.sub is None or self.path.sub.lower() == "value"


_NO_RANK = (False, -1)


@dataclass(slots=True)
class Rules:
    """All rules of a target for one kind. `origins` tells afterwards which rule made the value at a path.

    Where several rules write one path it is the one that gives the value itself, and of these the last: the same
    whatever the order of the objects, of which one rule may serve some and another rule others.
    """

    kind: Kind
    match: tuple[str, ...]
    rules: tuple[Rule, ...]
    excluded: frozenset[str] = frozenset()
    origins: dict[str, Rule] = field(default_factory=dict)
    _ranks: dict[str, tuple[bool, int]] = field(default_factory=dict, repr=False)
    _by_base: dict[str, Rule | None] = field(default_factory=dict, repr=False)
    _ranked: list[tuple[tuple[bool, int], Rule]] = field(init=False, repr=False)
    _overlaps: list[tuple[str, Path]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Finds the attributes written both whole and, by another rule, through a filter."""
        self._ranked = [((each.gives_value, place), each) for place, each in enumerate(self.rules)]
        paths = dict.fromkeys(replace(each.path, sub=None) for each in self.rules)
        whole = {str(each) for each in paths if each.filter is None}
        self._overlaps = [(base_of(each), each) for each in paths if each.filter is not None and base_of(each) in whole]

    def map(self, context: Mapping[str, Any]) -> dict[str, Any]:
        """Attribute paths and values for one object; null values are left out. Raises `ExpressionError`."""
        values: dict[str, Any] = {}
        for rank, rule in self._ranked:
            value = rule.template.evaluate(context)
            if value is not None:
                for path in spread(rule.path, rule.text, value, values):
                    if rank > self._ranks.get(path, _NO_RANK):
                        self._ranks[path] = rank
                        self.origins[path] = rule
        for path in self.excluded.intersection(values):
            del values[path]
        for path in [each for each in values if each.endswith("]")]:
            values[path] = without_cleared(values[path])
        for whole, part in self._overlaps:
            if whole in values and str(part) in values:
                values[whole] = fold(values[whole], values.pop(str(part)), part)
        return values

    def moved(self, path: str, onto: str) -> None:
        """Takes note that the value at one path went to another one, such as that of its attribute as a whole."""
        rule, rank = self.origins.get(path), self._ranks.get(path, _NO_RANK)
        if rule is not None and rank > self._ranks.get(onto, _NO_RANK):
            self._ranks[onto] = rank
            self.origins[onto] = rule

    def origin_of(self, path: str) -> Rule | None:
        """The rule that made the value at a path; where none did, the strongest one of the same attribute."""
        found = self.origins.get(path)
        if found is not None or not self.rules:
            return found
        base = _base_of_text(path)
        if base not in self._by_base:
            ranked = ((rank, each) for rank, each in self._ranked if base_of(each.path) == base)
            self._by_base[base] = max(ranked, default=(_NO_RANK, None), key=lambda each: each[0])[1]
        return self._by_base[base]

    def sync_of(self, path: str) -> Sync:
        rule = self.origin_of(path)
        return rule.sync if rule else Sync.ALWAYS

    def maps(self, attribute: str) -> bool:
        """Whether any rule writes the attribute."""
        return any(rule.path.attribute.casefold() == attribute.casefold() for rule in self.rules)


def _base_of_text(path: str) -> str:
    try:
        return base_of(parse_path(path))
    except PathError:
        # A name that an expression computed stands for itself.
        return path


def compile_rules(kind: Kind, layers: Iterable[Layer], names: Names, faults: Faults) -> Rules:
    """One set of rules from mapping layers, weakest first: a later layer's path replaces the same path before it."""
    rules: dict[str, Rule] = {}
    excluded: set[str] = set()
    match: tuple[str, ...] | None = None
    for layer in layers:
        match = layer.match or match
        known = replace(names, tables={**names.tables, **layer.tables}) if layer.tables else names
        for written, value in layer.attributes.items():
            mark = layer.marks.get(written)
            where = f"mappings.{layer.name}.{kind}s.attributes.{written}"
            path = _parse(kind, written, where, mark, faults)
            if path is None:
                continue
            text = str(path)
            rules.pop(text, None)
            excluded.difference_update(_claimed(path))
            if value is None:
                excluded.update(_claimed(path))
                _withdraw(path, rules)
                continue
            rule = _compile(path, value, known, _Place(f"{layer.name}.{kind}s.{written}", where, mark), faults)
            if rule is not None:
                rules[text] = rule
    default = ("externalId", "userName") if kind is Kind.USER else ("externalId", "displayName")
    spelled = (str(_spelled(parse_path(each), SCHEMAS[kind])) for each in match or default)
    return Rules(kind, tuple(spelled), tuple(rules.values()), frozenset(excluded))


def _claimed(path: Path) -> set[str]:
    """The paths of values that a rule decides about: `emails[…].value` is the element's own."""
    gives_element = path.filter is not None and path.sub is not None and path.sub.lower() == "value"
    return {str(path), str(replace(path, sub=None))} if gives_element else {str(path)}


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


def _parse(kind: Kind, written: str, where: str, mark: SourceMark | None, faults: Faults) -> Path | None:
    try:
        path = _spelled(parse_path(written), SCHEMAS[kind])
    except PathError as error:
        faults.error(BrokenRule.INVALID_PATH, where, f"not an attribute path: {error}", mark=mark)
        return None
    if path.urn is None and path.attribute == MEMBERSHIP[kind]:
        problem = "who is in which group is not for a mapping to say"
        remedy = "name people under the group's members or membersWhere; `manage` without members leaves them alone"
        faults.error(BrokenRule.INVALID_PATH, where, problem, remedy=remedy, mark=mark)
        return None
    parent = SCHEMAS[kind].parent(path)
    if path.sub is not None and path.filter is None and parent is not None and parent.multi_valued:
        problem = f"{path} would be that of every value"
        remedy = f'say of which: {path.attribute}[type eq "work"].{path.sub}'
        faults.error(BrokenRule.INVALID_PATH, where, problem, remedy=remedy, mark=mark)
        return None
    if path.sub is not None and path.filter is not None and not element_of(path.filter):
        problem = "the filter does not say what a new value looks like"
        remedy = 'compare with eq, joined by and: [type eq "work"]'
        faults.error(BrokenRule.INVALID_PATH, where, problem, remedy=remedy, mark=mark)
        return None
    return path


def _spelled(path: Path, schema: ResourceSchema) -> Path:
    """The path with names as RFC 7643 spells them: they mean the same in upper and lower case (§2.1)."""
    extension = schema.extensions.get(path.urn.lower()) if path.urn is not None else None
    is_core = path.urn is not None and path.urn.lower() == schema.urn.lower()
    urn = None if is_core else extension.urn if extension is not None else path.urn
    parent = schema.parent(path)
    if parent is None:
        return replace(path, urn=urn)
    sub = parent.sub(path.sub) if path.sub is not None else None
    return Path(urn, parent.name, path.filter, sub.name if sub is not None else path.sub)


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
