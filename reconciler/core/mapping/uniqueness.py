"""Values that a target would take for the same, although each object needs its own."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from typing import Any

from reconciler.core.comparing.attributes import AttributeView, is_empty
from reconciler.core.comparing.elements import as_elements, get_sub
from reconciler.core.deciding.situations import Standing
from reconciler.core.manifests.rules import Rule
from reconciler.core.mapping.rules import Rules
from reconciler.core.mapping.sourcing import source_of
from reconciler.core.mapping.wanted import Wanted
from reconciler.core.resources import DesiredGroup, DesiredUser
from reconciler.diagnostics import Faults, SourceMark
from reconciler.scim.values import canonical

Entry = DesiredUser | DesiredGroup


class Uniqueness:
    """The values seen so far of one kind on one target, compared as its platform compares them."""

    def __init__(self, rules: Rules, view: AttributeView, target: str, faults: Faults) -> None:
        self.rules = rules
        self.view = view
        self.target = target
        self.faults = faults
        self._seen: dict[tuple[str, Hashable], Entry] = {}

    def add(self, entry: Entry, values: Mapping[str, Any]) -> None:
        """The values of one object by path; those of another one among them are faults that name both."""
        for path, value in values.items():
            for single, key in self._singles(path, value):
                first = self._seen.setdefault((path, key), entry)
                if first is not entry:
                    self._report((path, single), first, entry)

    def _singles(self, path: str, value: Any) -> Iterator[tuple[Any, Hashable]]:
        facts = self.view[path]
        if not facts.is_list:
            if not is_empty(value):
                yield value, facts.comparable(value)
            return
        definition = facts.attribute.sub("value") if facts.attribute is not None else None
        for element in as_elements(value):
            single = get_sub(element, "value")
            if not is_empty(single):
                yield single, canonical(single, definition)

    def _report(self, shared: tuple[str, Any], first: Entry, second: Entry) -> None:
        path, value = shared
        self.faults.error(
            Rule.DUPLICATE_VALUE,
            f"{self.rules.kind}s.{second.key}.{path}",
            f"{value!r} on target {self.target} is already that of {first.key} at {self._mark(path, first)}",
            remedy="each needs its own",
            mark=self._mark(path, second),
        )

    def _mark(self, path: str, entry: Entry) -> SourceMark | None:
        wanted = Wanted(self.rules.kind, entry.key, Standing.WANTED, entry, {})
        return source_of(wanted, self.rules.origin_of(path))
