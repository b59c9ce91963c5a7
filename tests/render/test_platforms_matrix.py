from __future__ import annotations

import pytest

from reconciler.platforms.facts import Certainty, split_facts
from reconciler.platforms.profile import Profile
from reconciler.platforms.registry import Dossier, load_dossier, platform_names
from reconciler.render.platforms_matrix import SECTIONS, UNKNOWN, cells

MAPPING = {"match": ["userName"], "attributes": {}}


def row(dossier: Dossier, section: str) -> dict[str, str]:
    [found] = [each for each in SECTIONS if each.key == section]
    return {column.key: cell.text for column, cell in zip(found.columns, cells(dossier, found), strict=True)}


def made(**facts: object) -> Dossier:
    document = {"name": "made", "title": "Made", "users": {"mapping": MAPPING}, "sources": {"A": "a page"}} | facts
    plain, found = split_facts(document)
    return Dossier(Profile.model_validate(plain), found, {"A": "a page"})


def test_the_first_section_is_the_vendors_table_beside_the_interface() -> None:
    assert row(load_dossier("alibaba-cloudsso"), "existingUsers") == {
        "retrieve": "no",
        "modify": "no",
        "associate": "yes",
        "apiReads": "yes",
        "apiModifies": "yes",
    }


@pytest.mark.parametrize("name", platform_names())
def test_a_fact_that_nobody_knows_is_shown_so(name: str) -> None:
    dossier = load_dossier(name)
    unknown = {fact.path for fact in dossier.facts if fact.certainty is Certainty.UNKNOWN}
    for section in SECTIONS:
        for column, cell in zip(section.columns, cells(dossier, section), strict=True):
            if column.path in unknown:
                assert cell.text == UNKNOWN, column.path


def test_an_operation_that_nobody_documents_is_neither_possible_nor_impossible() -> None:
    users = {"can": {"is": ["create"], "source": "A documented"}, "mapping": MAPPING}
    assert row(made(users=users), "users")["delete"] == "no"
    undocumented = {"undocumented": {"is": ["delete"], "source": "A unknown"}}
    assert row(made(users=users | undocumented), "users")["delete"] == UNKNOWN


def test_symbols_have_words() -> None:
    assert row(load_dossier("alibaba-ram"), "groups")["members"] == "-"
    assert row(load_dossier("huawei-identity-center"), "groups")["members"] == "never"
    assert row(load_dossier("aws-identity-center"), "groups")["remove"] == "by list"
    assert row(load_dossier("generic"), "filters")["users"] == "anything"
    assert row(load_dossier("generic"), "access")["bulk"] == "varies"
    assert row(load_dossier("alibaba-idaas"), "users")["existing"] == "updated"
