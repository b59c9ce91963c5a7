"""What a target can hold of what is wanted: everything else is left out and counted, once for each attribute."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from reconciler.core.comparing.attributes import (
    ACTIVE,
    EXTERNAL_ID,
    MEMBERS,
    USER_NAME,
    AttributeView,
    PathFacts,
    is_empty,
)
from reconciler.core.comparing.elements import as_elements, can_be_created, get_sub
from reconciler.core.known import Learnt, Lesson
from reconciler.core.mapping.wanted import Wanted
from reconciler.core.plan import Dropped
from reconciler.core.resources import Kind
from reconciler.core.vocabulary import DropReason
from reconciler.scim.filters import attributes_of
from reconciler.scim.schemas import Attribute

MOST_EXAMPLES = 3

NEVER_LEFT_OUT: Mapping[Kind, frozenset[str]] = {
    Kind.USER: frozenset((ACTIVE, USER_NAME, EXTERNAL_ID)),
    Kind.GROUP: frozenset((MEMBERS, "displayName", EXTERNAL_ID)),
}
"""What access and matching depend on is never learnt away: where it does not stick, it is blocked and shown."""


@dataclass(slots=True)
class Drops:
    """Counts what is left out, by attribute and reason."""

    counts: dict[tuple[str, DropReason], int] = field(default_factory=lambda: defaultdict(int))
    examples: dict[tuple[str, DropReason], list[str]] = field(default_factory=lambda: defaultdict(list))

    def add(self, what: str, reason: DropReason, example: str, count: int = 1) -> None:
        self.counts[what, reason] += count
        if len(self.examples[what, reason]) < MOST_EXAMPLES:
            self.examples[what, reason].append(example)

    def rows(self) -> tuple[Dropped, ...]:
        """Sorted by what is left out."""
        return tuple(
            Dropped(what=what, reason=reason, count=count, examples=tuple(self.examples[what, reason]))
            for (what, reason), count in sorted(self.counts.items())
        )


class Fitter:
    """Decides once per distinct path of one kind whether the target can hold it."""

    def __init__(self, kind: Kind, view: AttributeView, learnt: Iterable[Learnt]) -> None:
        self.view = view
        self.kind = kind
        lost = [each for each in learnt if each.lesson is Lesson.NOT_KEPT and each.kind is kind]
        self.not_kept = frozenset(each.subject for each in lost if not each.key)
        self.not_kept_for: dict[str, set[str]] = {}
        for each in lost:
            self.not_kept_for.setdefault(each.key, set()).add(each.subject)
        self._reasons: dict[str, DropReason | None] = {}

    def fit(self, wanted: Wanted, drops: Drops) -> None:
        """Takes out of `wanted.values` what cannot be held, in place."""
        own = self.not_kept_for.get(wanted.key, set())
        for path, value in list(wanted.values.items()):
            facts = self.view[path]
            if path == ACTIVE and value is True and facts.attribute is None:
                # Nobody is anything else there; that somebody should not be active is another matter.
                del wanted.values[path]
                continue
            reason = self.reason_against(path) or _reason_against_value(facts, value)
            if reason is None and path in own and path not in NEVER_LEFT_OUT[self.kind]:
                reason = DropReason.NOT_KEPT
            if reason is not None:
                del wanted.values[path]
                drops.add(path, reason, str(wanted.ref))
            elif facts.is_list:
                elements = self._fit_elements(facts, value, wanted, drops)
                if elements is None:
                    # Nothing of it can be held: that is no wish for an empty list.
                    del wanted.values[path]
                    drops.add(path, DropReason.NOT_IN_SCHEMA, str(wanted.ref))
                    continue
                wanted.values[path] = elements
                if facts.selects is not None and f"{facts.base}.type" in self.not_kept:
                    _without_filter(path, facts.base, wanted.values)
            else:
                wanted.values[path] = _fit_single(facts, value)

    def reason_against(self, path: str) -> DropReason | None:
        if path not in self._reasons:
            self._reasons[path] = self._judge(path)
        return self._reasons[path]

    def _judge(self, path: str) -> DropReason | None:
        if path in NEVER_LEFT_OUT[self.kind]:
            return None
        facts = self.view[path]
        if facts.attribute is None or facts.parent is None or not _fits_shape(facts, facts.parent):
            return DropReason.NOT_IN_SCHEMA
        if "readonly" in (facts.attribute.mutability.lower(), facts.parent.mutability.lower()):
            return DropReason.READ_ONLY
        if path in self.not_kept or facts.base in self.not_kept:
            return DropReason.NOT_KEPT
        return None

    def _fit_elements(self, facts: PathFacts, value: Any, wanted: Wanted, drops: Drops) -> list[Any] | None:
        """None where there were values and none of them is left."""
        attribute = facts.attribute
        elements = as_elements(value)
        if attribute is None or attribute.type != "complex":
            plain = [get_sub(each, "value") for each in elements]
            return [each for each in plain if not is_empty(each)] or (None if any(map(_says, elements)) else [])
        fitted, cut = [], False
        for each in elements:
            element = dict(each) if isinstance(each, Mapping) else {"value": each}
            for name in list(element):
                reason = self._sub_reason(facts, name)
                if reason is not None:
                    del element[name]
                    cut = True
                    drops.add(f"{facts.base}.{name}", reason, str(wanted.ref))
            if facts.selects is not None or can_be_created(element, attribute):
                fitted.append(element)
        lost = cut and any(map(_says, elements)) and not any(map(_says, fitted))
        return None if lost else fitted

    def _sub_reason(self, facts: PathFacts, name: str) -> DropReason | None:
        sub = facts.attribute.sub(name) if facts.attribute is not None else None
        if sub is None:
            return DropReason.NOT_IN_SCHEMA
        if sub.mutability.casefold() == "readonly":
            return DropReason.READ_ONLY
        return DropReason.NOT_KEPT if f"{facts.base}.{name}" in self.not_kept else None


def _says(element: Any) -> bool:
    """Whether an element holds anything beside its type."""
    if not isinstance(element, Mapping):
        return not is_empty(element)
    return any(not is_empty(value) for name, value in element.items() if name.casefold() not in ("type", "primary"))


def _without_filter(path: str, base: str, values: dict[str, Any]) -> None:
    """Where an endpoint keeps values without their types, the values of one type are the values of the attribute."""
    elements = values.pop(path)
    if elements:
        values[base] = [*values.get(base, ()), *elements]


def _fits_shape(facts: PathFacts, parent: Attribute) -> bool:
    """Whether the target's attribute is as many-valued as the path says, with everything that its filter asks for."""
    path = facts.path
    if path.filter is None:
        return path.sub is None or not parent.multi_valued
    names = (each.attribute for each in attributes_of(path.filter))
    return parent.multi_valued and all(
        parent.sub(name) is not None if parent.type == "complex" else name.lower() == "value" for name in names
    )


def _reason_against_value(facts: PathFacts, value: Any) -> DropReason | None:
    several = isinstance(value, list) and len(value) > 1
    return DropReason.NOT_IN_SCHEMA if several and not facts.is_list else None


def _fit_single(facts: PathFacts, value: Any) -> Any:
    """The value as the attribute's type has it: `manager: "26118"` means the manager of that id."""
    attribute = facts.attribute
    if isinstance(value, list):
        value = value[0] if value else ""
    if attribute is None or is_empty(value):
        return value
    if attribute.type != "complex":
        return get_sub(value, "value") if isinstance(value, Mapping) else value
    return value if isinstance(value, Mapping) else {"value": value}
