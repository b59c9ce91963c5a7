"""Saved plans."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.core.plan import Plan
from reconciler.errors import StalePlanError
from reconciler.storage.json_files import read_bounded, write_atomically

if TYPE_CHECKING:
    from pathlib import Path

LIMIT = 512 * 1024 * 1024
"""Bytes; far above the plan of a first apply to 100,000 users."""


def write_plan(path: Path, plan: Plan) -> None:
    """Raises `RunError` where the file cannot be written. Only its owner can read it."""
    write_atomically(path, plan.to_json())


def read_plan(path: Path) -> Plan:
    """Raises `StalePlanError` for what `write_plan` did not write, `RunError` where there is no file."""
    data = read_bounded(path, LIMIT)
    try:
        return Plan.from_json(data)
    except StalePlanError as error:
        raise StalePlanError(f"{path}: {error}") from error
