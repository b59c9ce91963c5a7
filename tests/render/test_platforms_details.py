from __future__ import annotations

import json
import re

import pytest

from reconciler.platforms.capabilities import CAPABILITIES
from reconciler.platforms.registry import load_dossier, platform_names
from reconciler.render.platforms_details import details_document, details_markdown, details_text


@pytest.mark.parametrize("name", platform_names())
def test_every_fact_option_capability_and_source_is_there(name: str) -> None:
    dossier = load_dossier(name)
    text, markdown = details_text(dossier), details_markdown(dossier)
    flat = re.sub(r"\s+", " ", text)
    for fact in dossier.facts:
        assert f"  {fact.path}: " in text or f"  {fact.path}:\n" in text
        assert f"`{fact.path}`" in markdown
        assert re.sub(r"\s+", " ", fact.note) in flat
    for each in (*CAPABILITIES, *dossier.profile.options, *dossier.sources):
        assert each in text
        assert each in markdown
    for source in dossier.sources.values():
        assert source in flat
        assert source in markdown


@pytest.mark.parametrize("name", platform_names())
def test_lines_fit_but_for_what_cannot_be_broken(name: str) -> None:
    long = [line for line in details_text(load_dossier(name)).splitlines() if len(line) > 80]
    assert [line for line in long if "{{" not in line and " " in line.strip()] == []


def test_a_fact_in_json_has_its_sources_written_out() -> None:
    document = json.loads(json.dumps(details_document(load_dossier("alibaba-cloudsso"))))
    [fact] = [each for each in document["facts"] if each["path"] == "users.policy.associate"]
    assert fact["value"] is True
    assert fact["certainty"] == "table"
    assert [each["key"] for each in fact["sources"]] == ["S2"]
    assert "table of platforms" in fact["sources"][0]["text"]
    assert document["capabilities"]["user.modify"] == {
        "about": "users that were there before can be changed",
        "value": False,
    }
    assert document["console"]["example"].startswith("https://cloudsso-scim-")
    assert document["mapping"]["users"]["match"]


def test_sources_with_an_address_are_links_in_markdown() -> None:
    assert "[CSSO](https://help.aliyun.com/" in details_markdown(load_dossier("alibaba-cloudsso"))
