"""Desired values as a platform takes them: case, types, one value, telephone numbers, by its profile's facts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

from reconciler.core.comparing.attributes import base_of, is_empty
from reconciler.core.comparing.elements import as_elements, get_sub, is_primary
from reconciler.core.deciding.situations import Standing
from reconciler.core.mapping.rules import Rules
from reconciler.core.mapping.spreading import of_type
from reconciler.core.mapping.targets import Target
from reconciler.core.mapping.wanted import Wanted
from reconciler.core.phones import LONGEST, international, region_of
from reconciler.core.resources import Kind
from reconciler.core.vocabulary import DropReason
from reconciler.platforms.profile import AttributeProfile
from reconciler.scim.paths import PathError, element_of, parse_path

LOWER_CASE = "lowerCase"
"""The option that, where it is false, sends values as they are written although the platform keeps lower case."""

USUAL_TYPE = "work"

Values = dict[str, Any]


class LeftOut(NamedTuple):
    """A value that the platform does not take. `path`: that of the values of its type, where it has one."""

    path: str
    reason: DropReason
    value: Any


@dataclass(frozen=True, slots=True)
class _Treatment:
    """What becomes of the values at one path. `base`: their attribute as the profile spells it.

    `kind`: the type that the path selects, if any. `region`: the attribute that repeats the calling code of a number.
    """

    base: str
    facts: AttributeProfile
    kind: str | None
    region: tuple[str, AttributeProfile] | None

    @property
    def takes_elements(self) -> bool:
        facts = self.facts
        return facts.single or facts.primary or facts.types is not None or facts.format is not None

    def takes(self, kind: Any) -> bool:
        """Whether values of a type are taken; those without one become values of the first type that is."""
        types = self.facts.types
        return types is None or is_empty(kind) or str(kind).casefold() in map(str.casefold, types)


class _Many(NamedTuple):
    """The elements of one attribute by path, types and numbers as the platform has them."""

    treatment: _Treatment
    paths: Values


class PlatformFitter:
    """Gives the desired values of one kind the form that a platform takes. It decides once for each path."""

    def __init__(
        self, kind: Kind, attributes: Mapping[str, AttributeProfile], rules: Rules | None = None, *, lower: bool = True
    ) -> None:
        self.kind = kind
        self.rules = rules
        self.lower = lower
        self._facts = {base.casefold(): (base, facts) for base, facts in attributes.items() if self._alters(facts)}
        self._regions = {
            each.region_of.casefold(): (base, each) for base, each in attributes.items() if each.region_of is not None
        }
        self._treatments: dict[str, _Treatment | None] = {}

    @classmethod
    def of(cls, target: Target, kind: Kind) -> Self:
        """The fitter of a target's users or groups."""
        side = target.profile.users if kind is Kind.USER else target.profile.groups
        lower = target.settings.options.get(LOWER_CASE) is not False
        return cls(kind, side.attributes if side is not None else {}, target.rules[kind], lower=lower)

    def fit(self, wanted: Wanted) -> list[LeftOut]:
        """Changes `wanted.values` and `wanted.earlier`; what is left out of the values of today."""
        left: list[LeftOut] = []
        if self._facts:
            wanted.values = self._fitted(wanted.values, left)
            wanted.earlier = tuple(self._fitted(each, []) for each in wanted.earlier)
        return left if wanted.standing is not Standing.ABSENT else []

    def region_for(self, values: Mapping[str, Any], base: str) -> str | None:
        """The region that numbers without `+` of an attribute are read as; None where nothing says so."""
        repeating = self._regions.get(base.casefold())
        return _region(values, *repeating) if repeating is not None else None

    def _alters(self, facts: AttributeProfile) -> bool:
        return (
            (facts.lower and self.lower)
            or facts.single
            or facts.primary
            or facts.types is not None
            or facts.format is not None
        )

    def _treatment(self, path: str) -> _Treatment | None:
        if path not in self._treatments:
            self._treatments[path] = self._decide(path)
        return self._treatments[path]

    def _decide(self, path: str) -> _Treatment | None:
        try:
            parsed = parse_path(path)
        except PathError:
            return None
        folded = base_of(parsed).casefold()
        if folded not in self._facts:
            return None
        kind = element_of(parsed.filter).get("type")
        base, facts = self._facts[folded]
        return _Treatment(base, facts, kind, self._regions.get(folded))

    def _fitted(self, values: Values, left: list[LeftOut]) -> Values:
        """The values in their order; those of one attribute stand together, where the first of them stood."""
        order: dict[str, Values | _Many] = {}
        for path, value in values.items():
            treatment = self._treatment(path)
            own = _lower(value) if treatment is not None and treatment.facts.lower and self.lower else value
            if treatment is None or not treatment.takes_elements:
                order[path] = {path: own}
                continue
            many = order.setdefault(f"[{treatment.base}]", _Many(treatment, {}))
            elements = _of_taken_types(path, treatment, own, left)
            if elements is not None and isinstance(many, _Many):
                many.paths[path] = _with_numbers(elements, treatment, values)
        fitted: Values = {}
        for each in order.values():
            fitted |= self._collected(each, left) if isinstance(each, _Many) else each
        return fitted

    def _collected(self, many: _Many, left: list[LeftOut]) -> Values:
        """The values of one attribute: path by path, or the one that is chosen where there can be but one."""
        facts, base = many.treatment.facts, many.treatment.base
        found = [(path, each) for path, elements in many.paths.items() for each in elements if _says(each)]
        if not facts.single or not many.paths:
            return many.paths
        if not found:
            # Cleared, which is the whole attribute unless other types may have values that are not managed.
            partial = facts.types is None and base not in many.paths
            return many.paths if partial or any(many.paths.values()) else {base: []}
        chosen = min(found, key=lambda pair: _rank(pair[1]))
        for path, element in found:
            if element is not chosen[1]:
                left.append(LeftOut(_narrowed(path, element), DropReason.ONE_VALUE_ONLY, _shown(element)))
        if self.rules is not None:
            self.rules.moved(chosen[0], base)
        return {base: [_alone(chosen[1], facts)]}


def _rank(element: Mapping[str, Any]) -> int:
    """The primary value comes first, then those of the type that values have where nobody names one."""
    if is_primary(element):
        return 0
    return 1 if str(get_sub(element, "type") or USUAL_TYPE).casefold() == USUAL_TYPE else 2


def _region(values: Mapping[str, Any], name: str, facts: AttributeProfile) -> str | None:
    said = values.get(name)
    code = str(said).strip().removeprefix("+") if not is_empty(said) else facts.default
    return region_of(code) if code is not None else None


def _lower(value: Any) -> Any:
    if isinstance(value, str):
        return value.lower()
    if isinstance(value, Mapping):
        return {name: _lower(each) for name, each in value.items()}
    return [_lower(each) for each in value] if isinstance(value, list) else value


def _of_taken_types(path: str, treatment: _Treatment, value: Any, left: list[LeftOut]) -> list[Any] | None:
    """The elements that stay; None where that is no wish for an empty list: none of what was there is taken."""
    elements = [dict(each) if isinstance(each, Mapping) else {"value": each} for each in as_elements(value)]
    if not elements:
        return elements if treatment.takes(treatment.kind) else None
    kept = []
    for each in elements:
        if treatment.takes(get_sub(each, "type")):
            kept.append(_typed(each, treatment.facts.types))
        else:
            left.append(LeftOut(_narrowed(path, each), DropReason.TYPE_NOT_TAKEN, _shown(each)))
    return kept or None


def _typed(element: dict[str, Any], types: Sequence[str] | None) -> dict[str, Any]:
    return {**element, "type": types[0]} if types and is_empty(get_sub(element, "type")) else element


def _with_numbers(elements: list[Any], treatment: _Treatment, values: Values) -> list[Any]:
    if treatment.facts.format is None:
        return elements
    region = _region(values, *treatment.region) if treatment.region is not None else None
    return [{**each, "value": as_phone(each["value"], region)} if "value" in each else each for each in elements]


def as_phone(value: Any, region: str | None) -> Any:
    """A telephone number with `+` and country code; what cannot be read as one stays as it is."""
    if not isinstance(value, str):
        return value
    text = value[:LONGEST]
    found = international(text)
    return found or (international(text, region) if region is not None else None) or value


def _alone(element: dict[str, Any], facts: AttributeProfile) -> dict[str, Any]:
    """The only element. That it is the primary one says nothing, unless the platform asks for it."""
    if facts.primary:
        return {**element, "primary": True}
    if facts.sub is not None and "primary" not in facts.sub:
        return {name: each for name, each in element.items() if name != "primary"}
    return element


def _narrowed(path: str, element: Mapping[str, Any]) -> str:
    parsed, kind = parse_path(path), get_sub(element, "type")
    return path if parsed.filter is not None or is_empty(kind) else of_type(parsed, str(kind))


def _shown(element: Mapping[str, Any]) -> Any:
    """What tells an element from others: its value, or all of it where it has none."""
    value = get_sub(element, "value")
    return dict(element) if value is None else value


def _says(element: Mapping[str, Any]) -> bool:
    return any(not is_empty(value) for name, value in element.items() if name.casefold() not in ("type", "primary"))
