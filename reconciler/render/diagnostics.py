"""Faults of manifests in the formats of people, scripts, GitHub annotations and code scanners."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from reconciler import __version__
from reconciler.diagnostics import Diagnostic, Severity
from reconciler.render.counting import counted
from reconciler.render.neutral import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

FORMAT = "reconciler.diagnostics/1"
_SARIF_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def render_diagnostics(diagnostics: Sequence[Diagnostic], form: str) -> str:
    """All of them in the format `form`, one of `DIAGNOSTIC_FORMATS`."""
    return _FORMATS[form](diagnostics)


def count_faults(diagnostics: Sequence[Diagnostic]) -> str:
    """`3 faults, 1 warning`; empty where there is nothing."""
    errors = sum(each.severity is Severity.ERROR for each in diagnostics)
    warnings = len(diagnostics) - errors
    parts = (counted(errors, "fault") if errors else "", counted(warnings, "warning") if warnings else "")
    return ", ".join(filter(None, parts))


def _text(diagnostics: Sequence[Diagnostic]) -> str:
    lines = [visible(str(each)) for each in diagnostics]
    return "".join(f"{line}\n" for line in (*lines, count_faults(diagnostics)) if line)


def _json(diagnostics: Sequence[Diagnostic]) -> str:
    return _dump(
        {
            "format": FORMAT,
            "errors": sum(each.severity is Severity.ERROR for each in diagnostics),
            "warnings": sum(each.severity is Severity.WARNING for each in diagnostics),
            "diagnostics": [_as_json(each) for each in diagnostics],
        }
    )


def _as_json(diagnostic: Diagnostic) -> dict[str, Any]:
    mark = diagnostic.mark
    return {
        "severity": diagnostic.severity,
        "rule": str(diagnostic.rule),
        "file": mark.file if mark else None,
        "line": mark.line if mark else None,
        "column": mark.column if mark else None,
        "path": diagnostic.path,
        "problem": diagnostic.problem,
        "remedy": diagnostic.remedy,
    }


def _github(diagnostics: Sequence[Diagnostic]) -> str:
    """Workflow commands of GitHub Actions: `::error file=…,line=…,col=…::message`."""
    return "".join(f"{_workflow_command(each)}\n" for each in diagnostics)


def _workflow_command(diagnostic: Diagnostic) -> str:
    mark = diagnostic.mark
    place = {"file": mark.file, "line": mark.line, "col": mark.column} if mark else {}
    properties = {**place, "title": diagnostic.rule}
    listed = ",".join(f"{name}={_escape_property(str(value))}" for name, value in properties.items())
    return f"::{diagnostic.severity} {listed}::{_escape_data(_message(diagnostic))}"


def _message(diagnostic: Diagnostic) -> str:
    where = f"{diagnostic.path}: " if diagnostic.path else ""
    remedy = f" ({diagnostic.remedy})" if diagnostic.remedy else ""
    return visible(f"{where}{diagnostic.problem}{remedy}")


def _escape_data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _escape_property(text: str) -> str:
    return _escape_data(visible(text)).replace(":", "%3A").replace(",", "%2C")


def _sarif(diagnostics: Sequence[Diagnostic]) -> str:
    rules = sorted({str(each.rule) for each in diagnostics})
    driver = {
        "name": "reconciler",
        "version": __version__,
        "rules": [{"id": each, "shortDescription": {"text": each.replace("-", " ")}} for each in rules],
    }
    results = [_sarif_result(each, rules.index(str(each.rule))) for each in diagnostics]
    return _dump(
        {
            "$schema": _SARIF_SCHEMA,
            "version": "2.1.0",
            "runs": [{"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}],
        }
    )


def _sarif_result(diagnostic: Diagnostic, rule_index: int) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": str(diagnostic.rule),
        "ruleIndex": rule_index,
        "level": str(diagnostic.severity),
        "message": {"text": _message(diagnostic)},
    }
    if diagnostic.mark:
        region = {"startLine": diagnostic.mark.line, "startColumn": diagnostic.mark.column}
        artifact = {"uri": _as_uri(diagnostic.mark.file)}
        result["locations"] = [{"physicalLocation": {"artifactLocation": artifact, "region": region}}]
    return result


def _as_uri(file: str) -> str:
    from urllib.parse import quote

    return quote(file)


def _dump(body: Mapping[str, Any]) -> str:
    return orjson.dumps(body, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()


_FORMATS: Mapping[str, Callable[[Sequence[Diagnostic]], str]] = {
    "text": _text,
    "json": _json,
    "sarif": _sarif,
    "github": _github,
}
DIAGNOSTIC_FORMATS = tuple(_FORMATS)
