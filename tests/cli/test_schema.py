from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from reconciler.cli.main import run
from reconciler.cli.schema import KINDS

if TYPE_CHECKING:
    from reconciler.core.resources import Kind

SCHEMAS = Path(__file__).parent.parent.parent / "schemas"


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_printed_is_what_is_published(kind: Kind, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["schema", kind]) == 0
    assert json.loads(capfd.readouterr().out) == json.loads((SCHEMAS / f"{kind}.schema.json").read_text("utf-8"))


def test_manifests_are_meant_where_nothing_is_said(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["schema"]) == 0
    assert json.loads(capfd.readouterr().out)["title"] == "Manifest"
