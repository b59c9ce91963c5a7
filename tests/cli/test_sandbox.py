from __future__ import annotations

import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from reconciler.cli.main import run

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def sandbox() -> Any:
    started = []

    def start(*args: Any) -> Any:
        process = subprocess.Popen(
            [sys.executable, "-m", "reconciler", "sandbox", *args],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        started.append(process)
        variables = dict(shlex.split(process.stdout.readline())[0].split("=", 1) for _ in range(2))
        return process, variables

    yield start
    for process in started:
        process.kill()
        process.communicate()


def test_serves_until_interrupted_and_prints_how_to_reach_it(sandbox: Any) -> None:
    process, variables = sandbox("--token", "to ken")
    assert variables["SCIM_TOKEN"] == "to ken"
    headers = {"Authorization": f"Bearer {variables['SCIM_TOKEN']}"}
    assert httpx.get(f"{variables['SCIM_URL']}/Users", headers=headers).json()["totalResults"] == 0
    assert httpx.get(f"{variables['SCIM_URL']}/Users").status_code == 401
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 0
    assert re.search(r"targets:\n +sandbox:\n +platform: generic\n", err)
    assert "to ken" not in err


def test_data_outlives_the_process(sandbox: Any, tmp_path: Path) -> None:
    args = ("--token", "t", "--data", str(tmp_path / "sandbox.db"))
    headers = {"Authorization": "Bearer t"}
    user = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "ann"}
    process, variables = sandbox(*args)
    assert httpx.post(f"{variables['SCIM_URL']}/Users", headers=headers, json=user).status_code == 201
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=20)
    _, variables = sandbox(*args)
    assert httpx.get(f"{variables['SCIM_URL']}/Users", headers=headers).json()["totalResults"] == 1


def test_an_unknown_platform_is_wrong_usage(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["sandbox", "--platform", "myspace"]) == 64
    assert "'myspace'" in capfd.readouterr().err


def test_a_file_that_is_no_sandbox_is_an_error(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "x").write_text("this is not a database, and long enough to be taken for one" * 100)
    assert run(["sandbox", "--data", str(tmp_path / "x")]) == 1
    assert capfd.readouterr().err.startswith("Error: ")
