"""For every fault that shows across files a tree that has it, with the exact words of `reconciler validate`."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from house import House

BAD = Path(__file__).parent / "bad_trees"
CASES = sorted(each.name for each in BAD.iterdir() if each.is_dir())
ONLY_WARNINGS = ("selects-nobody",)


@pytest.fixture
def house(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> House:
    return House(tmp_path, capsys)


def validate(house: House, case: str) -> tuple[int, str]:
    shutil.copytree(BAD / case, house.root / "manifests")
    ran = house.run("validate")
    return ran.code, ran.out


@pytest.mark.parametrize("case", CASES)
def test_validate_says_exactly_this(case: str, house: House, golden: Callable[[Path, str], None]) -> None:
    code, said = validate(house, case)
    golden(BAD / f"{case}.txt", said)
    assert code == (0 if case in ONLY_WARNINGS else 1)


def places(said: str) -> list[tuple[str, int, int]]:
    """File, line and column of each diagnostic; what follows counts them."""
    found = [line.split(":", 3) for line in said.splitlines() if line.startswith("manifests/")]
    return [(file, int(line), int(column)) for file, line, column, _ in found]


@pytest.mark.parametrize("case", CASES)
def test_every_fault_has_a_place_and_they_are_sorted_by_it(case: str, house: House) -> None:
    found = places(validate(house, case)[1])
    assert found == sorted(found)
    for file, line, _ in found:
        assert line <= len((house.root / file).read_text(encoding="utf-8").splitlines())


def test_twenty_different_faults_are_found_in_one_run(house: House) -> None:
    code, said = validate(house, "twenty-faults")
    assert code == 1
    assert len(places(said)) >= 20
    assert len({file for file, _, _ in places(said)}) == 6


def test_a_duplicate_names_both_places(house: House) -> None:
    for line in validate(house, "declared-twice")[1].splitlines()[:-1]:
        assert line.startswith("manifests/b/b.yaml:")
        assert "manifests/a.yaml:" in line


def test_an_unreadable_file_makes_nothing_else_seem_missing(house: House) -> None:
    said = validate(house, "unread-file")[1]
    assert "there is no" not in said
    assert "titel" in said


def test_nothing_is_written(house: House) -> None:
    validate(house, "twenty-faults")
    assert [each.name for each in house.root.iterdir()] == ["manifests"]
