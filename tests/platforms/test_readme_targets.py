"""The README's table and example targets of the platforms."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from reconciler.cli.main import run
from reconciler.platforms.registry import WITHOUT_SCIM, load_dossier, platform_names

README = (Path(__file__).parent.parent.parent / "README.md").read_text(encoding="utf-8")
EXAMPLES = README.partition("<!-- platform-targets -->\n```yaml\n")[2].partition("\n```")[0]
PEOPLE = """
users:
  ann:
    name: {givenName: Ann, familyName: Lee}
    displayName: Ann Lee
    emails: [{value: ann@example.com, type: work, primary: true}]
"""


def test_every_platform_stands_in_the_table() -> None:
    table = README.partition("| `platform:` |")[2].partition("\n\n")[0]
    assert sorted(re.findall(r"^\| `([\w-]+)` \|", table, re.MULTILINE)) == sorted(platform_names())


def test_each_service_has_an_example_that_validate_accepts(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "targets.yaml").write_text(EXAMPLES + "\n", encoding="utf-8")
    (tmp_path / "people.yaml").write_text(PEOPLE, encoding="utf-8")
    code = run(["--manifests", str(tmp_path), "--state", "none", "validate"])
    shown = capfd.readouterr()
    assert code == 0, shown.out + shown.err
    assert f"{len(platform_names()) - 1} targets" in shown.out


def test_the_examples_are_of_all_seven() -> None:
    named = re.findall(r"platform: ([\w-]+)", EXAMPLES)
    assert sorted([*named, "generic"]) == sorted(platform_names())


@pytest.mark.parametrize("name", platform_names())
def test_an_example_authenticates_as_its_profile_says(name: str) -> None:
    if name not in EXAMPLES:
        return
    written = EXAMPLES.partition(f"platform: {name}\n")[2].partition("platform:")[0]
    method = "oauth2" if "oauth2:" in written else "bearer"
    assert method in load_dossier(name).profile.authentication.methods


@pytest.mark.parametrize("name", WITHOUT_SCIM)
def test_a_target_without_scim_is_an_error_with_a_way_out(
    name: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    text = f"targets: {{t: {{platform: {name}, url: 'https://x.example', auth: {{bearer: '${{T}}'}}}}}}\n"
    (tmp_path / "targets.yaml").write_text(text, encoding="utf-8")
    assert run(["--manifests", str(tmp_path), "--state", "none", "validate"]) == 1
    shown = capfd.readouterr()
    assert f"use {WITHOUT_SCIM[name]} instead" in shown.out + shown.err
