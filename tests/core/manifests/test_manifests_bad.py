"""For every rule a manifest that breaks it, with the exact diagnostics."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from manifest_trees import faults_of

from reconciler.core import manifests
from reconciler.core.manifests import Rule

if TYPE_CHECKING:
    from collections.abc import Callable

BAD = Path(__file__).parent / "bad"
CASES = sorted({file.stem for file in BAD.iterdir()})


def tree_of(case: str) -> dict[str, str]:
    directory = BAD / case
    files = sorted(directory.iterdir()) if directory.is_dir() else [BAD / f"{case}.yaml"]
    return {file.name: file.read_text(encoding="utf-8") for file in files}


@pytest.mark.parametrize("case", CASES)
def test_diagnostics_are_exactly_these(case: str, golden: Callable[[Path, str], None]) -> None:
    found = faults_of(tree_of(case), select_abstract=case == "abstract-target")
    text = "".join(f"{each.rule}: {each}\n" for each in found)
    assert case in {each.rule for each in found}
    golden(BAD / f"{case}.txt", text)


def test_every_rule_of_the_language_has_a_bad_manifest() -> None:
    sources = "".join(file.read_text(encoding="utf-8") for file in Path(manifests.__file__).parent.glob("*.py"))
    assert {Rule[name] for name in re.findall(r"\bRule\.([A-Z_]+)", sources)} == set(CASES)


@pytest.mark.parametrize("case", CASES)
def test_no_diagnostic_repeats_what_pydantic_says(case: str) -> None:
    text = (BAD / f"{case}.txt").read_text(encoding="utf-8")
    assert not any(jargon in text for jargon in ("Input should", "Extra inputs", "union", "<text>", "literal"))
