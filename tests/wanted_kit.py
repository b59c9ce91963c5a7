"""Wanted users and groups with nothing behind them but their places in a file."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from reconciler.core.deciding.situations import Standing
from reconciler.core.expressions import Names
from reconciler.core.mapping.rules import Layer, Rules, compile_rules
from reconciler.core.mapping.wanted import Wanted
from reconciler.core.resources import DesiredGroup, DesiredUser, Kind, LiveResource
from reconciler.diagnostics import Faults, SourceMark

FILE = "people.yaml"


@dataclass(frozen=True)
class Lines:
    """Attributes by the line that they stand in; everything else stands in line 1."""

    lines: dict[str, int] = field(default_factory=dict)

    def of(self, name: str) -> SourceMark:
        return SourceMark(FILE, self.lines.get(name, 1), 1)


def wanted_user(values: dict[str, Any], lines: dict[str, int] | None = None, **more: Any) -> Wanted:
    """The user `ann`; `more` are further fields of `Wanted`."""
    entry = DesiredUser("ann", {}, SourceMark(FILE, 1, 1), Lines(lines or {}))
    return Wanted(Kind.USER, "ann", Standing.WANTED, entry, values, **more)


def wanted_group(values: dict[str, Any], lines: dict[str, int] | None = None) -> Wanted:
    """The group `ops`."""
    entry = DesiredGroup("ops", {}, SourceMark(FILE, 1, 1), Lines(lines or {}))
    return Wanted(Kind.GROUP, "ops", Standing.WANTED, entry, values)


def live_user(**document: Any) -> LiveResource:
    return LiveResource(Kind.USER, "7", {"id": "7", **document})


def rules_of(attributes: dict[str, Any], user: dict[str, Any], kind: Kind = Kind.USER) -> Rules:
    """Rules that have mapped one object."""
    faults = Faults()
    marks = {path: SourceMark("mapping.yaml", line, 1) for line, path in enumerate(attributes, 1)}
    rules = compile_rules(kind, [Layer("m", None, attributes, marks)], Names(None, {}, kind), faults)
    assert not list(faults.errors)
    rules.map({str(kind): user})
    return rules
