"""One manifest file: checked against the language, each fault with its place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Protocol

from pydantic import ValidationError

from reconciler.core.manifests.document import SECTIONS, manifest_adapter
from reconciler.core.manifests.entries import window_problem
from reconciler.core.manifests.faults import diagnostics_of
from reconciler.core.manifests.rules import Rule
from reconciler.core.manifests.sections import is_day
from reconciler.core.manifests.variables import misplaced_variables
from reconciler.core.marked import MarkedDict, locate, path_text
from reconciler.diagnostics import Diagnostic, Faults

if TYPE_CHECKING:
    from reconciler.core.manifests.shapes import Loc


class ManifestSource(Protocol):
    """A file as it was read. `directory` is the one that holds it, in the form in which `file` names it."""

    @property
    def file(self) -> str: ...
    @property
    def directory(self) -> str: ...
    @property
    def is_defaults(self) -> bool: ...
    @property
    def document(self) -> MarkedDict | None: ...


_VARIABLE = re.compile(r"\$\{(?:file:|[A-Za-z_])[^{}]*\}")


@dataclass(frozen=True, slots=True)
class ManifestPart:
    """A checked file. The document stays as it was read: what validation builds is not kept."""

    file: str
    directory: str
    is_defaults: bool
    document: MarkedDict

    def section(self, name: str) -> MarkedDict:
        """A section; an empty one where the file has none or something else stands there."""
        found = self.document.get(name)
        return found if isinstance(found, MarkedDict) else MarkedDict(file=self.file)


def read_document(source: ManifestSource, faults: Faults) -> ManifestPart:
    """Adds every fault that this file alone shows to `faults`; the part holds the document either way."""
    document = source.document if source.document is not None else MarkedDict(file=source.file)
    part = ManifestPart(source.file, source.directory, source.is_defaults, document)
    faults.extend(_invalid(document))
    faults.extend(_inverted_windows(part))
    faults.extend(_misplaced_expressions(part))
    faults.extend(misplaced_variables(part.section("targets"), document))
    if part.is_defaults:
        faults.extend(_misplaced_sections(part))
    return part


def _invalid(document: MarkedDict) -> list[Diagnostic]:
    adapter = manifest_adapter()
    targets = document.get("targets")
    checked = {**document, "targets": without_nulls(targets)} if targets else document
    try:
        adapter.validate_python(checked)
    except ValidationError as error:
        return [each for each in diagnostics_of(error, adapter, document) if not _may_be_inherited(each)]
    return []


def _may_be_inherited(diagnostic: Diagnostic) -> bool:
    return diagnostic.rule == Rule.MISSING_KEY and diagnostic.path.startswith("targets.") and "[" not in diagnostic.path


def without_nulls(value: Any) -> Any:
    """A target's null is the same as nothing: the default holds, whatever was inherited."""
    if not isinstance(value, dict):
        return value
    return {key: without_nulls(each) for key, each in value.items() if each is not None}


def _misplaced_sections(part: ManifestPart) -> Iterator[Diagnostic]:
    for name in part.document:
        if name in SECTIONS and name != "defaults":
            problem = "a file of defaults holds `defaults` only"
            yield Diagnostic(
                Rule.MISPLACED_SECTION, name, problem, "put it in another file", part.document.mark_of(name)
            )


def _inverted_windows(part: ManifestPart) -> Iterator[Diagnostic]:
    """Of users; not a validator of theirs, because that would wait until an entry has no other fault."""
    for key, entry in part.section("users").items():
        if isinstance(entry, MarkedDict) and entry.get("from") and entry.get("until"):
            problem = window_problem(_day(entry["from"]), _day(entry["until"]))
            if problem:
                mark = entry.mark_of("until")
                yield Diagnostic(Rule.INVERTED_DATES, f"users.{key}.until", problem, "", mark)


def _day(value: Any) -> date | None:
    return date.fromisoformat(value) if is_day(value) else None


def _misplaced_expressions(part: ManifestPart) -> Iterator[Diagnostic]:
    """Expressions and variables where nothing works them out: they would reach people's attributes as they stand."""
    for section in ("defaults", "users", "groups", "mappings", "tables"):
        found: list[tuple[Loc, str]] = []
        _find_braces(part.section(section), (section,), found)
        for loc, text in found:
            mark = locate(part.document, loc)
            if "{{" in text and section in ("users", "groups"):
                problem = "an entry says its own values: {{ … }} is not worked out here"
                remedy = "expressions stand in `defaults` and `mappings`"
                yield Diagnostic(Rule.MISPLACED_EXPRESSION, path_text(loc), problem, remedy, mark)
            elif _VARIABLE.search(text):
                problem = "${…} is not resolved here"
                remedy = "variables stand in a target's url, auth, headers and passwords"
                yield Diagnostic(Rule.MISPLACED_VARIABLE, path_text(loc), problem, remedy, mark)


def _find_braces(node: Mapping[str, Any] | list[Any], loc: Loc, found: list[tuple[Loc, str]]) -> None:
    for step, value in node.items() if isinstance(node, dict) else enumerate(node):
        if isinstance(value, str):
            if "{" in value:
                found.append(((*loc, step), value))
        elif isinstance(value, dict | list):
            _find_braces(value, (*loc, step), found)
