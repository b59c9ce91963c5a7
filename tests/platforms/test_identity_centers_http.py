"""Both identity centers over HTTP by the real commands: more users than a page holds, members that nobody shows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from branches import TOKEN
from house import House
from platforms.centers import AWS, HUAWEI, crowd, group_of, person

from reconciler.sandbox import SandboxOptions, SandboxStore, create_platform, running_sandbox
from reconciler.sandbox.platform import PlatformApplication

PENDING = 2
STALE = 4
MANY = 120


@pytest.fixture
def vendor(platform: str, *, cursors: bool) -> Iterator[PlatformApplication]:
    with SandboxStore() as store:
        yield create_platform(store, platform, options=SandboxOptions(tokens=(TOKEN,), cursors=cursors))


@pytest.fixture
def house(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, vendor: PlatformApplication
) -> Iterator[House]:
    monkeypatch.setenv("TOKEN", TOKEN)
    with running_sandbox(vendor) as url:
        made = House(tmp_path, capsys)
        made.write("people.yaml", crowd(MANY, group_of("all", *range(105))))
        keys = (f"platform: {vendor.profile.name}", f"url: {url}", 'auth: {bearer: "${TOKEN}"}')
        made.write("targets.yaml", "targets:\n  there:\n" + "".join(f"    {each}\n" for each in keys))
        yield made


@pytest.mark.parametrize(("platform", "cursors"), [(AWS, True), (AWS, False), (HUAWEI, True)])
def test_a_plan_is_saved_applied_and_followed_by_an_empty_one(
    house: House, vendor: PlatformApplication, platform: str
) -> None:
    saved = str(house.root / "plan.json")
    assert house.run("check").code == 0
    assert house.run("plan", "--out", saved).code == 0
    assert house.run("apply", saved, "--yes").code == 0
    house.settled()
    house.replace("people.yaml", person("u119"), "")
    house.replace("people.yaml", "members: [u000, u001, ", "members: [")
    shown = house.run("plan", "--exit-code", "--out", saved)
    assert shown.code == PENDING
    assert "u119" in shown.out
    assert ("does not show the members of 1 group" in shown.out) is (platform == HUAWEI)
    explained = house.run("explain", "user:u119")
    assert explained.code == 0
    assert "removed" in explained.out
    drifted = house.run("drift", "--by", "them")
    assert drifted.code == 0, drifted.out
    assert house.run("apply", saved, "--yes").code == 0
    house.settled()
    assert house.run("apply", saved, "--yes").code == STALE
    assert [each.status for each in vendor.refused if each.request.method != "GET"] == []
