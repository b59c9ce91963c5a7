from __future__ import annotations

import orjson
import pytest

from reconciler.diagnostics import Diagnostic, Severity, SourceMark
from reconciler.render.diagnostics import DIAGNOSTIC_FORMATS, render_diagnostics

FAULTS = [
    Diagnostic(
        "unknown-key",
        "users.ann.titel",
        "unknown key 'titel'",
        "did you mean 'title'?",
        SourceMark("manifests/a b,c.yaml", 7, 5),
    ),
    Diagnostic("empty-filter", "scopes.x", "selects nobody: 50%\nreally", severity=Severity.WARNING),
]


def test_text_has_a_line_for_each_and_the_count() -> None:
    assert render_diagnostics(FAULTS, "text") == (
        "manifests/a b,c.yaml:7:5: users.ann.titel: unknown key 'titel' (did you mean 'title'?)\n"
        "scopes.x: warning: selects nobody: 50%\\x0areally\n"
        "1 fault, 1 warning\n"
    )


def test_github_gets_workflow_commands_with_everything_escaped() -> None:
    assert render_diagnostics(FAULTS, "github") == (
        "::error file=manifests/a b%2Cc.yaml,line=7,col=5,title=unknown-key"
        "::users.ann.titel: unknown key 'titel' (did you mean 'title'?)\n"
        "::warning title=empty-filter::scopes.x: selects nobody: 50%25\\x0areally\n"
    )


def test_json_holds_every_part() -> None:
    body = orjson.loads(render_diagnostics(FAULTS, "json"))
    assert body["format"] == "reconciler.diagnostics/1"
    assert (body["errors"], body["warnings"]) == (1, 1)
    assert body["diagnostics"][0] == {
        "severity": "error",
        "rule": "unknown-key",
        "file": "manifests/a b,c.yaml",
        "line": 7,
        "column": 5,
        "path": "users.ann.titel",
        "problem": "unknown key 'titel'",
        "remedy": "did you mean 'title'?",
    }


def test_sarif_names_rules_and_places_as_code_scanning_wants_them() -> None:
    (run,) = orjson.loads(render_diagnostics(FAULTS, "sarif"))["runs"]
    assert [each["id"] for each in run["tool"]["driver"]["rules"]] == ["empty-filter", "unknown-key"]
    first, second = run["results"]
    assert (first["ruleId"], first["ruleIndex"], first["level"]) == ("unknown-key", 1, "error")
    place = first["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "manifests/a%20b%2Cc.yaml"
    assert place["region"] == {"startLine": 7, "startColumn": 5}
    assert (second["level"], second.get("locations")) == ("warning", None)


@pytest.mark.parametrize("form", DIAGNOSTIC_FORMATS)
def test_no_fault_is_no_fault_in_every_format(form: str) -> None:
    shown = render_diagnostics([], form)
    assert shown == "" if form in ("text", "github") else orjson.loads(shown)
