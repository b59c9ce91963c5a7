from __future__ import annotations

import json

from reconciler.platforms.registry import WITHOUT_SCIM, load_dossier, platform_names
from reconciler.render.platforms_matrix import SECTIONS, UNKNOWN
from reconciler.render.platforms_text import markdown_table, matrix_document, matrix_markdown, matrix_text, table_lines

DOSSIERS = [load_dossier(each) for each in platform_names()]


def test_columns_are_aligned() -> None:
    assert list(table_lines([("name", "value"), ("a", "long value"), ("longer", "b")])) == [
        "name    value",
        "a       long value",
        "longer  b",
    ]


def test_a_pipe_ends_no_cell() -> None:
    assert list(markdown_table([("a", "b"), ("x|y", "z")])) == ["| a | b |", "| --- | --- |", "| x\\|y | z |"]


def test_each_section_stands_in_text_and_markdown() -> None:
    text, markdown = matrix_text(DOSSIERS, WITHOUT_SCIM), matrix_markdown(DOSSIERS, WITHOUT_SCIM)
    for section in SECTIONS:
        assert section.title.replace("`", "") in text
        assert f"## {section.title}\n" in markdown


def test_where_table_and_interface_disagree_both_are_said() -> None:
    text = matrix_text(DOSSIERS, WITHOUT_SCIM)
    assert "alibaba-ram, modify: the vendor's pages document PUT\n" in text
    assert "tencent-identity-center, associate: the user name cannot be changed\n" in text


def test_what_nobody_knows_is_null_in_json() -> None:
    document = json.loads(json.dumps(matrix_document(DOSSIERS, WITHOUT_SCIM)))
    found = [
        cell
        for platform in document["platforms"]
        for section in SECTIONS
        for cell in platform[section.key].values()
        if cell["certainty"] == "unknown"
    ]
    assert found
    assert all(cell["value"] is None for cell in found)
    assert f'"{UNKNOWN}"' not in json.dumps(document)
