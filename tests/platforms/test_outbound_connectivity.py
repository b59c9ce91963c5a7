""" "Test Connectivity" of the vendor's page "Synchronize IDaaS accounts to an application by using SCIM": `check`, over
real HTTP, by OAuth client and by key, and what it says where something is wrong.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from house import House, Ran

from reconciler.sandbox import SandboxOptions, SandboxStore, create_platform, running_sandbox
from reconciler.sandbox.platform import PlatformApplication

TARGETS = {
    "alibaba-ram": """
        targets:
          there:
            platform: alibaba-ram
            url: ${URL}
            auth: {oauth2: {clientId: "4711", clientSecret: "${SECRET}", tokenUrl: "${TOKEN_URL}"}}
    """,
    "alibaba-cloudsso": """
        targets:
          there:
            platform: alibaba-cloudsso
            url: ${URL}
            auth: {bearer: "${SECRET}"}
    """,
}
SECRET = "a-good-secret"


@pytest.fixture(params=sorted(TARGETS))
def vendor(request: pytest.FixtureRequest) -> Iterator[PlatformApplication]:
    options = SandboxOptions(tokens=(SECRET,), client_id="4711", client_secret=SECRET)
    with SandboxStore() as store:
        yield create_platform(store, request.param, options=options)


@pytest.fixture
def house(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, vendor: PlatformApplication
) -> Iterator[House]:
    with running_sandbox(vendor) as url:
        monkeypatch.setenv("URL", f"{url}{vendor.base_path}" if not url.endswith("/v2") else url)
        monkeypatch.setenv("TOKEN_URL", f"{url}{vendor.token_path}")
        monkeypatch.setenv("SECRET", SECRET)
        made = House(tmp_path, capsys)
        made.write("targets.yaml", TARGETS[vendor.profile.name])
        made.write("people.yaml", "users: {ann: {displayName: Ann}}\n")
        yield made


def failed(house: House) -> Ran:
    """A check that must fail: exit code 6, without a trace of the secret."""
    ran = house.run("check")
    assert ran.code == 6, ran.out + ran.err
    assert SECRET not in ran.out + ran.err
    assert "Traceback" not in ran.err
    return ran


def test_connectivity(house: House, vendor: PlatformApplication) -> None:
    ran = house.run("check")
    assert ran.code == 0, ran.out + ran.err
    assert vendor.refused == []
    assert {each.request.method for each in vendor.log if each.request.path != vendor.token_path} == {"GET"}


def test_connectivity_as_json(house: House) -> None:
    ran = house.run("check", "--format", "json")
    assert ran.code == 0
    [checked] = ran.json
    assert (checked["format"], checked["differences"], checked["problems"]) == ("reconciler.check/1", [], [])


def test_connectivity_with_the_wrong_key_or_secret(
    house: House, vendor: PlatformApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET", "no-good")
    ran = failed(house)
    assert "401" in ran.out + ran.err
    assert "no-good" not in ran.out + ran.err
    assert [each for each in vendor.log if each.request.kind == "User" and not each.reply.refused] == []


def test_connectivity_without_the_secret(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SECRET")
    ran = house.run("check")
    assert ran.code != 0
    assert "SECRET" in ran.out + ran.err


def test_connectivity_with_the_wrong_url(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("URL", f"{os.environ['URL']}/elsewhere")
    ran = failed(house)
    assert "404" in ran.out + ran.err


def test_connectivity_with_a_host_that_is_down(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    monkeypatch.setenv("URL", f"http://127.0.0.1:{port}/v2")
    monkeypatch.setenv("TOKEN_URL", f"http://127.0.0.1:{port}/v1/token")
    failed(house)


def test_connectivity_with_a_host_that_does_not_exist(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("URL", "http://scim.invalid/v2")
    failed(house)
