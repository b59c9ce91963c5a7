"""`reconciler validate`: exit codes, formats, what needs no `${…}`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from house import House

GOOD = """
    targets: {there: {platform: generic, url: "https://scim.example/${NOT_SET}", auth: {bearer: "${NOR_THIS}"}}}
    users: {ann: , bob: }
    groups: {ops: {members: [ann]}}
"""


@pytest.fixture
def house(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> House:
    return House(tmp_path, capsys)


def test_good_manifests_are_counted(house: House) -> None:
    house.write("a.yaml", GOOD)
    ran = house.run("validate")
    assert (ran.code, ran.out, ran.err) == (0, "valid: 2 users, 1 group, 1 target\n", "")


@pytest.mark.parametrize("form", ["json", "sarif", "github"])
def test_results_for_programs_hold_nothing_else(house: House, form: str) -> None:
    house.write("a.yaml", GOOD)
    ran = house.run("validate", "--format", form)
    assert (ran.code, ran.err) == (0, "valid: 2 users, 1 group, 1 target\n")
    assert ran.out == "" if form == "github" else json.loads(ran.out)


def test_faults_in_json_have_rule_place_and_remedy(house: House) -> None:
    house.write("a.yaml", "users:\n  ann: {manager: anne}\n")
    ran = house.run("validate", "--format", "json")
    assert ran.code == 1
    assert ran.json["diagnostics"] == [
        {
            "severity": "error",
            "rule": "unknown-reference",
            "file": "manifests/a.yaml",
            "line": 2,
            "column": 9,
            "path": "users.ann.manager",
            "problem": "there is no user 'anne'",
            "remedy": "did you mean 'ann'?",
        }
    ]


def test_warnings_leave_the_code_alone(house: House) -> None:
    house.write("a.yaml", GOOD + '    scopes: {s: {users: {where: title eq "nobody"}}}\n')
    ran = house.run("validate")
    assert ran.code == 0
    assert "warning: the filter selects nobody" in ran.out
    assert ran.out.endswith("1 warning\nvalid: 2 users, 1 group, 1 target\n")


def test_a_missing_directory_is_an_error(house: House) -> None:
    ran = house.run("validate")
    assert ran.code == 1
    assert "does not exist" in ran.out


@pytest.mark.parametrize("form", ["xml", ""])
def test_an_unknown_format_is_wrong_usage(house: House, form: str) -> None:
    house.write("a.yaml", GOOD)
    assert house.run("validate", "--format", form).code == 64


def test_abstract_targets_are_checked_but_not_tried(house: House) -> None:
    house.write("a.yaml", "targets: {base: {abstract: true, scope: nowhere}}")
    ran = house.run("validate")
    assert (ran.code, ran.out.count("\n")) == (1, 2)
    assert "there is no scope 'nowhere'" in ran.out
