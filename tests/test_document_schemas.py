"""The published schemas of plans and reports are those of the models, and describe what is written."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import jsonschema
import pytest

from reconciler.cli.schema import schema_text
from reconciler.core.plan import Change, Operation, Plan, PlannedEndpoint, Precondition, StateSummary
from reconciler.core.report import Outcome, Report, Result
from reconciler.core.resources import Kind
from reconciler.core.vocabulary import Action, Situation

if TYPE_CHECKING:
    from collections.abc import Callable

SCHEMAS = Path(__file__).parent.parent / "schemas"
NOW = datetime(2026, 11, 21, tzinfo=UTC)


@pytest.mark.parametrize("kind", ["plan", "report"])
def test_a_published_schema_is_that_of_the_model(kind: Kind, golden: Callable[[Path, str], None]) -> None:
    golden(SCHEMAS / f"{kind}.schema.json", schema_text(kind))


def test_a_plan_as_it_is_written_fits_its_schema() -> None:
    operation = Operation(
        id="user:ann:update",
        kind=Kind.USER,
        key="ann",
        action=Action.UPDATE,
        situation=Situation.DRIFTED,
        reason=Situation.DRIFTED,
        changes=(Change(path="title", before=None, after={"$ref": "user:bob"}),),
        precondition=Precondition(id="1", digest="0" * 64),
    )
    plan = Plan(
        tool="0.1.0",
        created=NOW,
        target="main",
        platform="generic",
        endpoint=PlannedEndpoint(url="https://scim.example.com", fingerprint="0" * 16),
        manifests="0" * 64,
        state=StateSummary(lineage="none", owned=0, known=0),
        operations=(operation,),
    )
    check("plan", plan.sealed().to_json())


def test_a_report_as_it_is_written_fits_its_schema() -> None:
    outcome = Outcome(
        operation="user:ann:update", kind=Kind.USER, key="ann", action=Action.UPDATE, result=Result.FAILED, status=409
    )
    report = Report(tool="0.1.0", target="main", plan="0" * 64, started=NOW, ended=NOW, outcomes=(outcome,))
    check("report", report.to_json())


@pytest.mark.parametrize("kind", ["plan", "report"])
def test_every_document_has_to_name_its_format(kind: Kind) -> None:
    schema = json.loads(schema_text(kind))
    assert schema["properties"]["format"]["const"] == f"reconciler.{kind}/1"
    assert not jsonschema.Draft202012Validator(schema).is_valid({"format": "reconciler.plan/2"})


def check(kind: str, document: bytes) -> None:
    schema = json.loads(schema_text(kind))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(json.loads(document))
