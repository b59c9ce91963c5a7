"""Every platform once over real HTTP by the real commands, and services that have no SCIM named as targets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin

import httpx
import pytest
from branches import PEOPLE, SECRET, TOKEN
from house import House
from platforms.worlds import PLATFORMS

from reconciler.platforms.registry import WITHOUT_SCIM
from reconciler.sandbox import SandboxOptions, SandboxStore, create_platform, running_sandbox
from reconciler.sandbox.platform import PlatformApplication
from reconciler.scim.urns import PATCH_OP

IN_PART = 5
PENDING = 2


@pytest.fixture
def vendor(platform: str) -> Iterator[PlatformApplication]:
    options = SandboxOptions(tokens=(TOKEN,), client_id="sandbox", client_secret=SECRET)
    with SandboxStore() as store:
        yield create_platform(store, platform, options=options)


@pytest.fixture
def house(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    vendor: PlatformApplication,
) -> Iterator[House]:
    monkeypatch.setenv("SANDBOX_TOKEN", TOKEN)
    monkeypatch.setenv("SANDBOX_SECRET", SECRET)
    with running_sandbox(vendor) as url:
        made = House(tmp_path, capsys)
        made.write("people.yaml", PEOPLE)
        keys = [f"platform: {vendor.profile.name}", f"url: {url}", f"auth: {auth(vendor, url)}"]
        if vendor.profile.custom_namespace is not None:
            keys.append(f'options: {{{vendor.profile.custom_namespace}: "{vendor.options.custom_namespace}"}}')
        made.write("targets.yaml", "targets:\n  there:\n" + "".join(f"    {each}\n" for each in keys))
        yield made


def auth(vendor: PlatformApplication, url: str) -> str:
    if "bearer" in vendor.profile.authentication.methods:
        return '{bearer: "${SANDBOX_TOKEN}"}'
    token_url = urljoin(url, vendor.token_path or "")
    return f'{{oauth2: {{tokenUrl: "{token_url}", clientId: sandbox, clientSecret: "${{SANDBOX_SECRET}}"}}}}'


def fine(house: House, *arguments: str, code: int = 0) -> str:
    ran = house.run(*arguments)
    assert ran.code == code, ran.out + ran.err
    return ran.out


@pytest.mark.parametrize("platform", PLATFORMS)
def test_the_whole_way_by_commands(house: House, vendor: PlatformApplication) -> None:
    fine(house, "validate")
    checked = fine(house, "check")
    assert "differs" not in checked
    [told] = house.run("check", "--format", "json").json
    assert told["differences"] == []
    file = str(house.root / "plan.json")
    assert house.run("plan", "--exit-code").code == PENDING
    fine(house, "plan", "--out", file)
    fine(house, "apply", file, "--yes")
    house.settled()
    fine(house, "drift")
    ends_access = "disable" in vendor.profile.users.can
    house.replace("people.yaml", "  cy.day: {", "  cy.day: {state: disabled, ")
    # He is in no group: where there are any, that is all that can be done.
    remains = IN_PART if vendor.profile.groups is None else 0
    assert house.run("plan", "--exit-code").code == (PENDING if ends_access else remains)
    fine(house, "apply", "--yes", code=0 if ends_access else remains)
    assert house.run("plan", "--exit-code").code == (0 if ends_access else remains)
    assert [each.status for each in vendor.refused if each.request.method != "GET"] == []


@pytest.mark.parametrize("platform", PLATFORMS)
def test_drift_names_what_somebody_changed(house: House, vendor: PlatformApplication) -> None:
    fine(house, "apply", "--yes")
    [url] = re.findall("url: (.*)", (house.root / "manifests" / "targets.yaml").read_text(encoding="utf-8"))
    console = f"{url.removesuffix(vendor.base_path)}/console/Users"
    [ann] = [each for each in httpx.get(console).json()["Resources"] if each["userName"] == "ann.lee"]
    change = {"op": "replace", "path": "displayName", "value": "Somebody"}
    httpx.patch(f"{console}/{ann['id']}", json={"schemas": [PATCH_OP], "Operations": [change]}).raise_for_status()
    for command in (["drift"], ["drift", "--by", "them"], ["plan", "--exit-code"]):
        assert "Somebody" in fine(house, *command, code=PENDING)
    fine(house, "apply", "--yes")
    fine(house, "drift")


@pytest.mark.parametrize("platform", PLATFORMS)
def test_wrong_credentials_are_told_apart_from_an_empty_platform(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SANDBOX_TOKEN", "wrong")
    monkeypatch.setenv("SANDBOX_SECRET", "wrong")
    for command in ("check", "plan", "drift"):
        ran = house.run(command)
        assert ran.code == 6, ran.out + ran.err
        assert "wrong" not in ran.out + ran.err


@pytest.mark.parametrize("command", ["validate", "plan", "check"])
@pytest.mark.parametrize(("service", "instead"), WITHOUT_SCIM.items())
def test_a_service_without_scim_is_refused_with_a_way_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str, service: str, instead: str
) -> None:
    house = House(tmp_path, capsys)
    house.write("people.yaml", PEOPLE)
    house.write("targets.yaml", f"targets:\n  there:\n    platform: {service}\n    url: https://cloud.example/scim\n")
    ran = house.run(command)
    said = ran.out + ran.err
    assert ran.code == 1, said
    assert "targets.yaml:3:" in said
    assert f"{service} has no SCIM interface" in said
    assert instead in said
