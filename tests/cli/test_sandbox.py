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

    def start(*args: Any, lines: int = 2) -> Any:
        process = subprocess.Popen(
            [sys.executable, "-m", "reconciler", "sandbox", *args],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        started.append(process)
        variables = dict(shlex.split(process.stdout.readline())[0].split("=", 1) for _ in range(lines))
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


def test_a_platform_with_a_token_endpoint_says_all_that_a_target_needs(sandbox: Any) -> None:
    process, variables = sandbox("--platform", "alibaba-ram", "--token", "s3cret", lines=4)
    assert set(variables) == {"SCIM_URL", "SCIM_TOKEN_URL", "SCIM_CLIENT_ID", "SCIM_CLIENT_SECRET"}
    client = (variables["SCIM_CLIENT_ID"], variables["SCIM_CLIENT_SECRET"])
    asked = {"grant_type": "client_credentials", "client_id": client[0]}
    answer = httpx.post(variables["SCIM_TOKEN_URL"], params=asked, auth=client)
    headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    user = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "Ann@x"}
    created = httpx.post(f"{variables['SCIM_URL']}/Users", headers=headers, json=user).json()
    assert created["userName"] == "ann@example.onaliyun.com"
    assert created["meta"]["location"] == f"{variables['SCIM_URL']}/Users/{created['id']}"
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=20)
    assert f"auth: {{oauth2: {{tokenUrl: {variables['SCIM_TOKEN_URL']}, clientId: sandbox, " in err
    assert 'options: {domain: "example.onaliyun.com"}' in err
    assert "/console" in err
    assert "s3cret" not in err


def test_a_platform_is_served_below_its_base_url(sandbox: Any) -> None:
    process, variables = sandbox("--platform", "aws-identity-center")
    headers = {"Authorization": f"Bearer {variables['SCIM_TOKEN']}"}
    assert httpx.get(f"{variables['SCIM_URL']}/Users?cursor", headers=headers).json()["itemsPerPage"] == 0
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=20)
    assert re.search(r"targets:\n +sandbox:\n +platform: aws-identity-center\n", err)


@pytest.mark.parametrize("name", ["huawei-iam", "tencent-cam", "volcengine-iam", "aws-iam"])
def test_a_service_without_scim_is_refused_with_the_one_to_use(name: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["sandbox", "--platform", name]) == 64
    assert f"{name.split('-', maxsplit=1)[0]}-identity-center" in capfd.readouterr().err


def test_an_unknown_platform_is_wrong_usage(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["sandbox", "--platform", "myspace"]) == 64
    assert "'myspace'" in capfd.readouterr().err


def test_a_file_that_is_no_sandbox_is_an_error(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "x").write_text("this is not a database, and long enough to be taken for one" * 100)
    assert run(["sandbox", "--data", str(tmp_path / "x")]) == 1
    assert capfd.readouterr().err.startswith("Error: ")
