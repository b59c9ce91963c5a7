"""The workflows of this repository and those that `reconciler init` writes: structure, and shell steps run."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from ruamel.yaml import YAML
from servers.conformance import TOKEN

from reconciler.cli.main import run

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT = Path(__file__).parent.parent
OURS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
STARTER = sorted((ROOT / "reconciler" / "cli" / "starter" / "github" / "workflows").glob("*.yml"))
WRITES = {"plan": {"pull-requests"}, "apply": set(), "drift": {"issues"}, "ci": set()}
EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")
INSTALL = re.compile(r"python -m pip install --quiet '(\.|scim-reconciler)\[postgres\]'")

every_workflow = pytest.mark.parametrize("file", [*OURS, *STARTER], ids=lambda file: f"{file.parts[-3]}-{file.stem}")


def read(file: Path) -> dict[str, Any]:
    workflow = YAML(typ="safe", pure=True).load(file.read_text(encoding="utf-8"))
    assert isinstance(workflow, dict)
    return workflow


def steps_of(workflow: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for job in workflow["jobs"].values():
        yield from job["steps"]


@every_workflow
def test_jobs_may_do_no_more_than_their_work_needs(file: Path) -> None:
    workflow = read(file)
    assert "permissions" in workflow
    granted = [
        workflow["permissions"],
        *(job["permissions"] for job in workflow["jobs"].values() if "permissions" in job),
    ]
    assert {name for each in granted for name, may in each.items() if may == "write"} == WRITES[file.stem]
    assert {name for each in granted for name, may in each.items() if may == "read"} <= {"contents"}
    assert workflow["permissions"] or all("permissions" in job for job in workflow["jobs"].values())


@every_workflow
def test_runs_do_not_collide_and_end(file: Path) -> None:
    workflow = read(file)
    assert workflow["concurrency"]["group"]
    assert all(1 <= job["timeout-minutes"] <= 120 for job in workflow["jobs"].values())
    if file.stem == "apply":
        assert workflow["concurrency"]["cancel-in-progress"] is False


@every_workflow
def test_code_from_a_fork_never_meets_a_secret(file: Path) -> None:
    workflow = read(file)
    assert set(workflow["on"]) <= {"push", "pull_request", "schedule", "workflow_dispatch"}
    for job in workflow["jobs"].values():
        if "pull_request" in workflow["on"] and "secrets." in str(job):
            assert job["if"] == "github.event.pull_request.head.repo.full_name == github.repository"


@every_workflow
def test_secrets_reach_only_the_steps_that_need_them(file: Path) -> None:
    workflow = read(file)
    assert "secrets." not in str({key: each for key, each in workflow.items() if key != "jobs"})
    for job in workflow["jobs"].values():
        assert "secrets." not in str({key: each for key, each in job.items() if key != "steps"})
    for step in steps_of(workflow):
        if "secrets." in str(step):
            assert "secrets." in str(step["env"])
            assert "reconciler " in step["run"]


@every_workflow
def test_actions_are_pinned_and_leave_no_credentials_behind(file: Path) -> None:
    for step in steps_of(read(file)):
        if "uses" in step:
            assert re.fullmatch(r"actions/[a-z-]+@v\d+", step["uses"])
        if step.get("uses", "").startswith("actions/checkout"):
            assert step["with"]["persist-credentials"] is False


@every_workflow
def test_nothing_is_pasted_into_a_script(file: Path) -> None:
    """An expression inside a script is replaced before the shell reads it: whoever names a branch could run code."""
    for step in steps_of(read(file)):
        script = step.get("run", "") + str(step.get("with", {}).get("script", ""))
        assert "${{" not in script
        if "run" in step:
            assert len(step["run"].splitlines()) <= 8
            subprocess.run(["bash", "-n"], input=step["run"], text=True, check=True)


@pytest.mark.parametrize("file", STARTER, ids=lambda file: file.stem)
def test_what_init_writes_is_what_this_repository_uses(file: Path) -> None:
    ours = (ROOT / ".github" / "workflows" / file.name).read_text(encoding="utf-8")
    theirs = INSTALL.sub("python -m pip install --quiet 'scim-reconciler[postgres]'", ours)
    assert file.read_text(encoding="utf-8") == theirs


class Runner:
    """Runs the shell steps of workflows in one directory, as GitHub does, with `reconciler` on the path."""

    def __init__(self, directory: Path, expressions: dict[str, str]) -> None:
        self._directory = directory
        self.expressions = expressions
        self.summary = directory / "summary.md"
        command = directory / "bin" / "reconciler"
        command.parent.mkdir()
        command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m reconciler "$@"\n')
        command.chmod(0o755)
        self._environment = {
            "PATH": f"{command.parent}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(directory),
            "PYTHONPATH": str(ROOT),
            "GITHUB_STEP_SUMMARY": str(self.summary),
        }

    def run(self, file: Path, *jobs: str) -> list[tuple[str, int]]:
        """Name and exit code of each shell step, in order, those after a failing one left out."""
        workflow = read(file)
        ended = []
        for step in (step for job in jobs for step in workflow["jobs"][job]["steps"] if "run" in step):
            if INSTALL.fullmatch(step["run"]):
                continue
            code = self._run_step(step)
            ended.append((step["name"], code))
            if code:
                break
        return ended

    def _run_step(self, step: Mapping[str, Any]) -> int:
        given = {
            name: EXPRESSION.sub(lambda found: self.expressions.get(found[1], ""), str(value))
            for name, value in step.get("env", {}).items()
        }
        done = subprocess.run(
            ["bash", "-e", "-c", step["run"]],
            cwd=self._directory,
            env={**self._environment, **given},
            check=False,
            timeout=60,
        )
        return done.returncode


@pytest.fixture
def workspace(tmp_path: Path, sandbox_url: str) -> Runner:
    """A fresh repository as `init` leaves it, with an empty endpoint."""
    assert run(["init", str(tmp_path)]) == 0
    return Runner(tmp_path, {"secrets.SCIM_URL": sandbox_url, "secrets.SCIM_TOKEN": TOKEN})


@pytest.mark.slow
def test_the_steps_of_a_pull_request_a_merge_and_a_night(workspace: Runner, tmp_path: Path) -> None:
    workflows = tmp_path / ".github" / "workflows"

    assert workspace.run(workflows / "reconciler-plan.yml", "validate", "plan") == [
        ("Validate", 0),
        ("Plan", 0),
        ("Exit code", 0),
    ]
    comment = (tmp_path / "plan.md").read_text(encoding="utf-8")
    assert comment.startswith("<!-- reconciler plan main -->\n")
    assert "Plan: 3 to create" in comment
    assert workspace.summary.read_text(encoding="utf-8") == comment

    shutil.rmtree(tmp_path / "plans")
    assert workspace.run(workflows / "reconciler-apply.yml", "plan", "apply") == [("Plan", 0), ("Apply", 0)]
    assert workspace.run(workflows / "reconciler-drift.yml", "drift") == [("Drift", 0), ("Exit code", 0)]
    assert (tmp_path / "drift.code").read_text().strip() == "0"

    users = tmp_path / "manifests" / "users.yaml"
    users.write_text(users.read_text().replace("Staff Engineer", "Principal Engineer"))
    assert workspace.run(workflows / "reconciler-drift.yml", "drift") == [("Drift", 0), ("Exit code", 0)]
    assert (tmp_path / "drift.code").read_text().strip() == "2"
    assert "Principal Engineer" in (tmp_path / "drift.md").read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_steps_run_on_the_manifests_of_this_repository(tmp_path: Path, sandbox_url: str) -> None:
    shutil.copytree(ROOT / "manifests", tmp_path / "manifests")
    workspace = Runner(tmp_path, {"secrets.SCIM_URL": sandbox_url, "secrets.SCIM_TOKEN": TOKEN})
    workflows = ROOT / ".github" / "workflows"

    steps = workspace.run(workflows / "plan.yml", "validate", "plan")
    assert steps == [("Validate", 0), ("Plan", 0), ("Exit code", 0)]
    comment = (tmp_path / "plan.md").read_text(encoding="utf-8")
    assert comment.startswith("<!-- reconciler plan example -->\n")
    assert "Plan: 8 to create" in comment
    assert "151 23456789" not in comment, "settings.personal is masked for whoever reads a pull request"

    shutil.rmtree(tmp_path / "plans")
    assert workspace.run(workflows / "apply.yml", "plan", "apply") == [("Plan", 0), ("Apply", 0)]
    assert workspace.run(workflows / "drift.yml", "drift") == [("Drift", 0), ("Exit code", 0)]
    assert (tmp_path / "drift.code").read_text().strip() == "0"


def test_a_pull_request_with_a_fault_fails_where_it_is_validated(workspace: Runner, tmp_path: Path) -> None:
    (tmp_path / "manifests" / "users.yaml").write_text("users: {alice.nguyen: {titel: x}}\n")
    plan = tmp_path / ".github" / "workflows" / "reconciler-plan.yml"
    assert workspace.run(plan, "validate", "plan") == [("Validate", 1)]


def test_a_plan_that_cannot_be_made_fails_the_pull_request_after_the_comment(workspace: Runner, tmp_path: Path) -> None:
    plan = tmp_path / ".github" / "workflows" / "reconciler-plan.yml"
    workspace.expressions["secrets.SCIM_TOKEN"] = "wrong"
    assert workspace.run(plan, "plan") == [("Plan", 0), ("Exit code", 6)]
    assert (tmp_path / "plan.md").read_text() == ""
