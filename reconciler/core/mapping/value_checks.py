"""Values that a platform would refuse or leave out, found before anything is sent, each with its line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from reconciler.core.comparing.attributes import base_of, is_empty
from reconciler.core.manifests.rules import Rule
from reconciler.core.mapping.findings import Finding, contradictions, left_out, missing, rejected
from reconciler.core.mapping.platform_values import PlatformFitter
from reconciler.core.mapping.sourcing import source_of
from reconciler.core.mapping.targets import Target
from reconciler.core.mapping.wanted import Wanted
from reconciler.core.resources import Kind
from reconciler.diagnostics import Diagnostic, Faults, Severity, SourceMark
from reconciler.platforms.profile import AttributeProfile
from reconciler.scim.paths import Path, PathError, element_of, parse_path

MOST_NAMED = 20
"""Values of one attribute that are named one by one where a platform leaves them out."""


class ValueChecker:
    """Checks the mapped values of one kind, object by object."""

    def __init__(self, target: Target, kind: Kind, faults: Faults) -> None:
        side = target.profile.users if kind is Kind.USER else target.profile.groups
        attributes: Mapping[str, AttributeProfile] = side.attributes if side is not None else {}
        self.target = target
        self.kind = kind
        self.faults = faults
        self.rules = target.rules[kind]
        self._fitter = PlatformFitter.of(target, kind)
        self._facts = {name.casefold(): facts for name, facts in attributes.items()}
        self._due = {
            name: facts
            for name, facts in attributes.items()
            if (facts.required or facts.required_sub) and self.rules.maps(name)
        }
        self.unique = tuple(name for name, facts in attributes.items() if facts.unique)
        self._bases: dict[str, str] = {}
        self._left: Counter[str] = Counter()
        options = target.settings.options
        self._domains = {
            name: facts.own_domain
            for name, facts in attributes.items()
            if facts.own_domain is not None and is_empty(options.get(facts.own_domain))
        }
        self._rewritten: set[str] = set()

    @property
    def needed(self) -> bool:
        """Whether the platform has facts that values could contradict."""
        return bool(self._facts)

    def check(self, wanted: Wanted) -> None:
        """Gives the values the form in which they would be sent, and adds what is wrong with them to the faults."""
        left = self._fitter.fit(wanted)
        kept = {self._base(path): value for path, value in wanted.values.items()}
        for each in left:
            base = self._base(each.path)
            self._report(wanted, left_out(each, self._facts[base], kept.get(base)))
        for finding in self._findings(wanted.values):
            self._report(wanted, finding)
        self._rewritten.update(name for name in self._domains if "@" in str(wanted.values.get(name)))

    def _findings(self, values: Mapping[str, Any]) -> Iterator[Finding]:
        given = {path: value for path, value in values.items() if not is_empty(value)}
        for path, value in given.items():
            facts = self._facts.get(self._base(path))
            if facts is not None:
                yield from rejected(path, value, facts, self._fitter.region_for(values, self._base(path)))
                yield from contradictions(path, value, facts, values)
        if self._due:
            folded = {path.casefold(): value for path, value in given.items()}
            for name, facts in self._due.items():
                yield from missing(name, facts, folded, str(self.kind))

    def _base(self, path: str) -> str:
        """The folded attribute of a path."""
        if path not in self._bases:
            self._bases[path] = base_of(_parsed(path)).casefold()
        return self._bases[path]

    def finish(self) -> None:
        """Says how many more values are left out than were named, and what is rewritten in a way nobody described."""
        for base, count in self._left.items():
            if count > MOST_NAMED:
                where = f"targets.{self.target.name}"
                problem = f"{count - MOST_NAMED:,} more values of {base} are not sent"
                self.faults.warning(Rule.LEFT_OUT_VALUE, where, problem, remedy="every plan counts them")
        for name in sorted(self._rewritten):
            where = f"targets.{self.target.name}.options"
            problem = f"the platform puts a domain of its own behind the @ of {name}"
            remedy = f"name it in options.{self._domains[name]}: users made in its console are not found otherwise"
            self.faults.warning(Rule.REWRITTEN_VALUE, where, problem, remedy=remedy)

    def _report(self, wanted: Wanted, found: Finding) -> None:
        if found.rule is Rule.LEFT_OUT_VALUE:
            base = base_of(_parsed(found.path))
            self._left[base] += 1
            if self._left[base] > MOST_NAMED:
                return
        severity = Severity.WARNING if found.rule is Rule.LEFT_OUT_VALUE else Severity.ERROR
        where = f"{self.kind}s.{wanted.key}.{found.path}"
        problem = found.problem.replace("{target}", f"target {self.target.name}")
        self.faults.add(Diagnostic(found.rule, where, problem, found.remedy, self._mark(wanted, found.at), severity))

    def _mark(self, wanted: Wanted, path: str) -> SourceMark | None:
        """The line of the value, of its type where each type has a line of its own."""
        kind = element_of(_parsed(path).filter).get("type")
        exact = wanted.entry.sources.of(f"{base_of(_parsed(path))}.{kind}") if kind is not None else wanted.entry.mark
        return exact if exact != wanted.entry.mark else source_of(wanted, self.rules.origin_of(path))


def _parsed(path: str) -> Path:
    try:
        return parse_path(path)
    except PathError:
        # A name that an expression computed stands for itself.
        return Path(None, path)
