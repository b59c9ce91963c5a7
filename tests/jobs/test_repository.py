"""This repository's own manifests, the demo, what `init` writes, and the workflows: all of it works as it stands."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from commands import environment, run_reconciler
from house import House
from servers.conformance import Server
from sources import ROOT


def everything_below(directory: Path) -> dict[str, float]:
    """Files with the time of their last change; what tools keep for themselves left out."""
    hidden = {
        ".git",
        ".venv",
        "node_modules",
        "__pycache__",
        ".pytest_cache",
        ".mypy_cache",
        ".ruff_cache",
        ".hypothesis",
    }
    found = {}
    for folder, folders, files in os.walk(directory):
        folders[:] = [each for each in folders if each not in hidden]
        found |= {str(Path(folder, each)): Path(folder, each).stat().st_mtime for each in files}
    return found


def processes_with(word: str) -> list[int]:
    """Processes that have `word` in their environment."""
    found = []
    for each in Path("/proc").glob("[0-9]*"):
        try:
            if word.encode() in (each / "environ").read_bytes():
                found.append(int(each.name))
        except OSError:
            continue
    return found


def test_the_manifests_are_valid_and_nothing_is_warned_of() -> None:
    done = run_reconciler("validate", "--format", "json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["diagnostics"] == []
    assert "warning" not in done.stderr


@pytest.mark.slow
def test_the_demo_tells_its_story_and_leaves_nothing_behind(tmp_path: Path) -> None:
    temporary, home = tmp_path / "tmp", tmp_path / "home"
    temporary.mkdir()
    home.mkdir()
    before = everything_below(ROOT / "manifests")
    done = run_reconciler("demo", cwd=home, TMPDIR=str(temporary), HOME=str(home), RECONCILER_STATE="none")
    assert done.returncode == 0, done.stderr
    assert done.stderr == "saved to plan.json\n"
    for command in ("validate", "plan --out", "apply", "plan --exit-code", "drift", "apply --yes"):
        assert f"\n$ reconciler {command}" in done.stdout
    assert done.stdout.count("(exit code 2)") == 1
    assert done.stdout.endswith("# The end. The sandbox is stopped and its files are gone.\n")
    assert "\x1b" not in done.stdout
    assert everything_below(temporary) == {}
    assert everything_below(home) == {}
    assert everything_below(ROOT / "manifests") == before
    assert processes_with(str(temporary)) == []


def test_the_demo_cleans_up_when_it_is_interrupted(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "reconciler", "demo"],
        cwd=tmp_path,
        env=environment(TMPDIR=str(tmp_path)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    with process:
        assert process.stdout is not None
        line = next(line for line in process.stdout if line.startswith("$ reconciler plan"))
        assert "plan.json" in line
        process.terminate()
        _, err = process.communicate(timeout=20)
    assert process.returncode == 130
    last = err.splitlines()[-1]
    assert last in ("Error: the demo was stopped; its sandbox and its files are gone", "Error: interrupted")
    assert "Traceback" not in err
    assert everything_below(tmp_path) == {}


def test_what_init_writes_is_valid_as_it_stands(tmp_path: Path) -> None:
    assert run_reconciler("init", "company", cwd=tmp_path).returncode == 0
    before = everything_below(tmp_path)
    done = run_reconciler("validate", cwd=tmp_path / "company")
    assert done.returncode == 0
    assert (done.stdout + done.stderr).startswith("valid: 2 users")
    assert len((done.stdout + done.stderr).splitlines()) == 1, "no warning either"
    again = run_reconciler("init", "company", cwd=tmp_path)
    assert again.returncode == 1
    assert "nothing was written" in again.stderr
    assert everything_below(tmp_path) == before


def test_the_manifests_of_the_repository_settle_in_one_apply(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, scim2_server_running: Server
) -> None:
    scim2_server_running.reset()
    monkeypatch.setenv("SCIM_URL", scim2_server_running.url)
    monkeypatch.setenv("SCIM_TOKEN", scim2_server_running.token)
    house = House(tmp_path, capsys)
    for file in (ROOT / "manifests").rglob("*.yaml"):
        house.write(str(file.relative_to(ROOT / "manifests")), file.read_text(encoding="utf-8"))
    report = house.apply()
    assert report["counts"]["done"] == len(report["outcomes"]) > 0
    assert report["not_kept"] == []
    house.settled()
    assert house.run("drift").code == 0
