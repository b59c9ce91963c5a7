from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from reconciler.cli.main import run
from reconciler.core.plan import Change, Operation, Plan, PlannedEndpoint, StateSummary
from reconciler.core.resources import Kind
from reconciler.core.vocabulary import Action, Situation
from reconciler.storage.plan_files import write_plan

if TYPE_CHECKING:
    from pathlib import Path

MANIFESTS = """\
settings: {personal: [phoneNumbers, custom.street]}
mappings:
  special:
    extends: generic
    users: {attributes: {nickName: "{{ user.custom.street }}"}}
targets:
  main: {platform: generic, url: "https://scim.example.com", mapping: special}
"""


@pytest.fixture
def plan_file(tmp_path: Path) -> Any:
    changes = (
        Change(path="title", before="Intern", after="Engineer", source="manifests/users.yaml:7"),
        Change(path='phoneNumbers[type eq "work"].value', after="+49 30 1234567"),
        Change(path="nickName", after="1 Main St", rule="special.users.nickName"),
    )
    operation = Operation(
        id="user:ann:update",
        kind=Kind.USER,
        key="ann",
        action=Action.UPDATE,
        situation=Situation.DRIFTED,
        reason=Situation.DRIFTED,
        changes=changes,
    )
    plan = Plan(
        tool="0.1.0",
        created=datetime(2026, 11, 21, tzinfo=UTC),
        target="main",
        platform="generic",
        endpoint=PlannedEndpoint(url="https://scim.example.com", fingerprint="0" * 16),
        manifests="0" * 64,
        state=StateSummary(lineage="none", owned=0, known=0),
        operations=(operation,),
    )
    write_plan(tmp_path / "plan.json", plan.sealed())
    return tmp_path / "plan.json"


def test_text_is_for_people(plan_file: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["show", str(plan_file)]) == 0
    shown = capfd.readouterr().out
    assert '~ title: "Intern" → "Engineer"   manifests/users.yaml:7' in shown
    assert "\x1b" not in shown


def test_colour_can_be_had(plan_file: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["--color", "always", "show", str(plan_file)]) == 0
    assert "\x1b[" in capfd.readouterr().out


def test_json_is_the_file_itself(plan_file: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["show", str(plan_file), "--format", "json"]) == 0
    assert capfd.readouterr().out.encode() == plan_file.read_bytes()


def test_markdown_is_for_comments(plan_file: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["show", str(plan_file), "--format", "markdown"]) == 0
    assert capfd.readouterr().out.startswith("<!-- reconciler plan main -->\n")


def test_personal_values_are_masked_with_what_rules_make_of_them(
    plan_file: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "manifests").mkdir()
    (tmp_path / "manifests" / "all.yaml").write_text(MANIFESTS)
    assert run(["--manifests", str(tmp_path / "manifests"), "show", str(plan_file), "--redact"]) == 0
    shown = capfd.readouterr().out
    assert "Engineer" in shown
    assert "1234567" not in shown
    assert "Main St" not in shown


def test_masking_needs_the_manifests(plan_file: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["--manifests", str(tmp_path / "none"), "show", str(plan_file), "--redact"]) == 1
    assert "does not exist" in capfd.readouterr().err


def test_an_altered_plan_is_refused(plan_file: Path, capfd: pytest.CaptureFixture[str]) -> None:
    body = orjson.loads(plan_file.read_bytes())
    body["operations"] = []
    plan_file.write_bytes(orjson.dumps(body))
    assert run(["show", str(plan_file)]) == 4
    out, err = capfd.readouterr()
    assert out == ""
    assert "altered" in err


def test_a_missing_file_is_said(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["show", str(tmp_path / "none.json")]) == 1
    assert "cannot be read" in capfd.readouterr().err
