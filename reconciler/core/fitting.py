"""What a target can hold of what is wanted: everything else is left out and counted, once for each attribute."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from reconciler.core.attributes import ACTIVE, AttributeView, PathFacts
from reconciler.core.known import Learnt, Lesson
from reconciler.core.plan import Dropped
from reconciler.core.resources import Kind, ValuesByType
from reconciler.core.vocabulary import DropReason
from reconciler.core.wanted import Wanted
from reconciler.scim.paths import Path

MOST_EXAMPLES = 3

NEVER_LEFT_OUT = frozenset((ACTIVE, "members", "userName", "externalId", "displayName"))
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
        self.not_kept = frozenset(
            each.subject for each in learnt if each.lesson is Lesson.NOT_KEPT and each.kind is kind
        )
        self._reasons: dict[str, DropReason | None] = {}

    def fit(self, wanted: Wanted, drops: Drops) -> None:
        """Takes out of `wanted.values` what cannot be held, in place."""
        left_out = [path for path in wanted.values if self.reason_against(path) is not None]
        for path in left_out:
            reason = self.reason_against(path)
            if reason is not None:
                del wanted.values[path]
                drops.add(path, reason, str(wanted.ref))
        for path, value in wanted.values.items():
            facts = self.view[path]
            if facts.is_list:
                wanted.values[path] = self._fit_elements(facts, value, wanted, drops)

    def reason_against(self, path: str) -> DropReason | None:
        if path not in self._reasons:
            self._reasons[path] = self._judge(path)
        return self._reasons[path]

    def _judge(self, path: str) -> DropReason | None:
        if path in NEVER_LEFT_OUT:
            return None
        attribute = self.view[path].attribute
        if attribute is None:
            return DropReason.NOT_IN_SCHEMA
        if attribute.mutability.casefold() == "readonly":
            return DropReason.READ_ONLY
        if path in self.not_kept or base_of(self.view[path].path) in self.not_kept:
            return DropReason.NOT_KEPT
        return None

    def _fit_elements(self, facts: PathFacts, value: Any, wanted: Wanted, drops: Drops) -> list[Any]:
        attribute = facts.attribute
        elements = value if isinstance(value, list) else [] if value == "" else [value]
        if attribute is None or attribute.type != "complex":
            return [each["value"] if isinstance(each, Mapping) and "value" in each else each for each in elements]
        fitted = []
        for each in elements:
            element = dict(each) if isinstance(each, Mapping) else {"value": each}
            for name in [n for n in element if self._sub_reason(facts, n) is not None]:
                reason = self._sub_reason(facts, name)
                if reason is not None:
                    del element[name]
                    drops.add(f"{base_of(facts.path)}.{name}", reason, str(wanted.ref))
            fitted.append(element)
        return type(elements)(fitted) if isinstance(elements, ValuesByType) else fitted

    def _sub_reason(self, facts: PathFacts, name: str) -> DropReason | None:
        sub = facts.attribute.sub(name) if facts.attribute is not None else None
        if sub is None:
            return DropReason.NOT_IN_SCHEMA
        if sub.mutability.casefold() == "readonly":
            return DropReason.READ_ONLY
        return DropReason.NOT_KEPT if f"{base_of(facts.path)}.{name}" in self.not_kept else None


def base_of(path: Path) -> str:
    """The attribute that a path belongs to, without filter and sub-attribute."""
    return str(Path(path.urn, path.attribute, None, None))
