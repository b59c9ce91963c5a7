from __future__ import annotations

import json

import pytest

from reconciler.cli.main import run
from reconciler.errors import ExitCode
from reconciler.platforms.registry import WITHOUT_SCIM, load_dossier, platform_names


def shown(capfd: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert run(["platforms", *arguments]) == 0
    return capfd.readouterr().out


def test_the_matrix_has_every_platform_and_fits_a_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    text = shown(capfd)
    assert max(map(len, text.splitlines())) <= 80
    for name in (*platform_names(), *WITHOUT_SCIM, *WITHOUT_SCIM.values()):
        assert name in text


def test_the_matrix_as_json_is_of_the_same_platforms(capfd: pytest.CaptureFixture[str]) -> None:
    document = json.loads(shown(capfd, "--format", "json"))
    assert document["format"] == "reconciler.platforms/1"
    assert [each["name"] for each in document["platforms"]] == list(platform_names())
    assert {each["name"]: each["useInstead"] for each in document["withoutScim"]} == dict(WITHOUT_SCIM)


def test_the_matrix_as_markdown_is_of_tables(capfd: pytest.CaptureFixture[str]) -> None:
    assert "| alibaba-ram | yes | no | no |" in shown(capfd, "--format", "markdown")


@pytest.mark.parametrize("name", platform_names())
def test_everything_about_one(name: str, capfd: pytest.CaptureFixture[str]) -> None:
    dossier = load_dossier(name)
    assert f"{name}: {dossier.profile.title}\n" in shown(capfd, name)
    assert f"# {dossier.profile.title} (`{name}`)\n" in shown(capfd, name, "--format", "markdown")
    document = json.loads(shown(capfd, name, "--format", "json"))
    assert (document["format"], document["name"]) == ("reconciler.platform/1", name)
    assert len(document["facts"]) == len(dossier.facts)


@pytest.mark.parametrize("name", WITHOUT_SCIM)
def test_a_service_without_scim_names_the_one_to_use(name: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["platforms", name]) == ExitCode.USAGE
    assert f"use {WITHOUT_SCIM[name]} instead" in capfd.readouterr().err


def test_an_unknown_name_gets_the_nearest_known_one(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["platforms", "aws-identity-centre"]) == ExitCode.USAGE
    assert "did you mean 'aws-identity-center'?" in capfd.readouterr().err
