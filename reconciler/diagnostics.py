"""Faults with their place: collected, sorted, printed as `file:line:column: path: what is wrong (what to do)`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches
from enum import StrEnum
from typing import NamedTuple

from reconciler.errors import ManifestError


class SourceMark(NamedTuple):
    """A place in a manifest. `file` is relative to the directory above `manifests/`; line and column count from 1."""

    file: str
    line: int
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


MOST_COMPARISONS = 20_000_000
"""Of characters, in search of the nearest name: a second at most, however many names are misspelt."""


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One fault.

    `rule` is a stable kebab-case name from a closed set (it becomes SARIF's ruleId), `path` the place inside the
    document ("users.alice.title"), `remedy` what to do about it.
    """

    rule: str
    path: str
    problem: str
    remedy: str = ""
    mark: SourceMark | None = None
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        place = f"{self.mark.file}:{self.mark.line}:{self.mark.column}: " if self.mark else ""
        where = f"{self.path}: " if self.path else ""
        remedy = f" ({self.remedy})" if self.remedy else ""
        warning = "warning: " if self.severity is Severity.WARNING else ""
        return f"{place}{where}{warning}{self.problem}{remedy}"


@dataclass(slots=True)
class Faults:
    """Collects the diagnostics of a stage, so that all of them are shown in one run."""

    items: list[Diagnostic] = field(default_factory=list)
    _compared: int = 0

    def suggest(self, name: str, candidates: Iterable[str]) -> str:
        """`did_you_mean` for the first misspelt names; nothing any more once `MOST_COMPARISONS` are made."""
        if self._compared > MOST_COMPARISONS:
            return ""
        known = list(candidates)
        self._compared += sum(50 + len(name) * len(each) for each in known)
        return did_you_mean(name, known) if self._compared <= MOST_COMPARISONS else ""

    def add(self, diagnostic: Diagnostic) -> None:
        self.items.append(diagnostic)

    def extend(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.items.extend(diagnostics)

    def error(self, rule: str, path: str, problem: str, *, remedy: str = "", mark: SourceMark | None = None) -> None:
        self.add(Diagnostic(rule, path, problem, remedy, mark))

    def warning(self, rule: str, path: str, problem: str, *, remedy: str = "", mark: SourceMark | None = None) -> None:
        self.add(Diagnostic(rule, path, problem, remedy, mark, Severity.WARNING))

    @property
    def errors(self) -> list[Diagnostic]:
        return [each for each in self.items if each.severity is Severity.ERROR]

    def ordered(self) -> list[Diagnostic]:
        """Each once, by file, line and column; those without a place last."""
        return sorted(
            dict.fromkeys(self.items),
            key=lambda each: (each.mark is None, each.mark or ("", 0, 0), each.path, each.rule),
        )

    def raise_errors(self) -> None:
        """Raises `ManifestError` with everything collected when at least one item is an error."""
        if self.errors:
            raise ManifestError(self.ordered())


def nearest(name: str, candidates: Iterable[str]) -> str | None:
    """The known name that a misspelt one most likely meant, or None."""
    by_folded = {each.casefold(): each for each in candidates}
    found = get_close_matches(name.casefold(), by_folded, n=1, cutoff=0.6)
    return by_folded[found[0]] if found else None


def did_you_mean(name: str, candidates: Iterable[str]) -> str:
    """A remedy for a misspelt name: the nearest candidate, else a short list of what exists, else nothing."""
    known = sorted(set(candidates))
    near = nearest(name, known)
    if near is not None:
        return f"did you mean {near!r}?"
    if 0 < len(known) <= 12:
        return "known here: " + ", ".join(known)
    return ""
