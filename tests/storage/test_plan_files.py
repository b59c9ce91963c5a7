"""A saved plan is read as it was written, or not at all."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from reconciler.core.plan import Plan, PlannedEndpoint, StateSummary
from reconciler.errors import RunError, StalePlanError
from reconciler.storage.plan_files import read_plan, write_plan

if TYPE_CHECKING:
    from pathlib import Path

PLAN = Plan(
    tool="1.0.0",
    created=datetime(2026, 9, 1, 8, tzinfo=UTC),
    target="prod",
    platform="generic",
    endpoint=PlannedEndpoint(url="https://scim.example/v2", fingerprint="0123456789abcdef"),
    manifests="0" * 64,
    state=StateSummary(lineage="none", owned=0, known=0),
).sealed()


def test_a_plan_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    write_plan(path, PLAN)
    assert read_plan(path) == PLAN
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not JSON",
        b"\xff\xfe",
        b"[]",
        b"{}",
        PLAN.to_json().replace(b"reconciler.plan/1", b"reconciler.plan/2"),
        PLAN.to_json().replace(b"prod", b"test"),
        PLAN.to_json()[:-20],
    ],
)
def test_anything_else_is_stale_and_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "plan.json"
    path.write_bytes(content)
    with pytest.raises(StalePlanError, match=r"plan\.json: .*make the plan again"):
        read_plan(path)


def test_a_missing_plan_is_not_a_stale_one(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"plan\.json: cannot be read"):
        read_plan(tmp_path / "plan.json")
