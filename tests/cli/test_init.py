from __future__ import annotations

import json
import subprocess
from datetime import date
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from reconciler.cli.init import starter_files
from reconciler.cli.main import run
from reconciler.cli.masking import read_settings
from reconciler.core.desired.catalog import make_catalog
from reconciler.core.mapping.target_checks import check_target
from reconciler.core.mapping.targets import prepare_target
from reconciler.diagnostics import Faults
from reconciler.storage.yaml import read_yaml

if TYPE_CHECKING:
    from pathlib import Path


def test_writes_a_working_set_and_says_what_comes_next(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["init", str(tmp_path / "new dir")]) == 0
    shown = capfd.readouterr().out
    written = {
        str(each.relative_to(tmp_path / "new dir")) for each in (tmp_path / "new dir").rglob("*") if each.is_file()
    }
    assert written == set(starter_files())
    assert all(f"wrote {tmp_path / 'new dir' / name}\n" in shown for name in written)
    assert f"reconciler --manifests '{tmp_path}/new dir/manifests' validate" in shown


def test_here_is_where_it_writes_without_a_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["init"]) == 0
    assert (tmp_path / "manifests" / "users.yaml").is_file()
    assert "Next: reconciler validate\n" in capfd.readouterr().out


@pytest.mark.parametrize("existing", ["manifests/users.yaml", ".github/workflows/reconciler-plan.yml"])
def test_overwrites_nothing_and_then_writes_nothing(
    tmp_path: Path, existing: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / existing
    file.parent.mkdir(parents=True)
    file.write_text("mine")
    assert run(["init", str(tmp_path)]) == 1
    assert str(file) in capfd.readouterr().err
    assert [each for each in tmp_path.rglob("*") if each.is_file()] == [file]
    assert file.read_text() == "mine"


def test_a_link_to_nowhere_is_in_the_way_too(tmp_path: Path) -> None:
    (tmp_path / ".vscode").mkdir()
    (tmp_path / ".vscode" / "settings.json").symlink_to(tmp_path / "nowhere")
    assert run(["init", str(tmp_path)]) == 1
    assert not (tmp_path / "nowhere").exists()


def test_the_manifests_are_without_fault_from_the_first_minute(tmp_path: Path) -> None:
    run(["init", str(tmp_path)])
    faults = Faults()
    manifests = read_settings(tmp_path / "manifests")
    catalog = make_catalog(manifests, date(2026, 11, 21), faults)
    target = prepare_target("main", manifests, faults)
    assert target is not None
    check_target(target, catalog, faults)
    wanted = catalog.mapped(target, faults)
    assert faults.items == []
    assert sorted(each.key for each in wanted) == ["alice.nguyen", "bob.chen", "engineering"]


def test_the_editor_finds_a_schema_that_the_manifests_fit(tmp_path: Path) -> None:
    run(["init", str(tmp_path)])
    settings = json.loads((tmp_path / ".vscode" / "settings.json").read_text())
    (schema_file,) = settings["yaml.schemas"]
    schema = json.loads((tmp_path / schema_file).read_text())
    for file in (tmp_path / "manifests").iterdir():
        jsonschema.Draft202012Validator(schema).validate(read_yaml(file.read_bytes(), file.name, Faults()))


def test_what_the_reconciler_keeps_is_kept_out_of_git(tmp_path: Path) -> None:
    run(["init", str(tmp_path)])
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    (tmp_path / ".reconciler" / "state.db").write_bytes(b"")
    seen = subprocess.run(
        ["git", "-C", str(tmp_path), "status", "--porcelain", "-uall"], capture_output=True, text=True, check=True
    ).stdout
    assert "manifests/users.yaml" in seen
    assert ".reconciler" not in seen
