from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reconciler.cli.output import write_out_file
from reconciler.errors import RunError

if TYPE_CHECKING:
    from pathlib import Path


def test_one_document_goes_into_the_file_that_was_named(tmp_path: Path) -> None:
    file = tmp_path / "new" / "plan.json"
    assert write_out_file(str(file), {"idaas": b"{}"}) == [file]
    assert file.read_bytes() == b"{}"


def test_one_document_goes_into_a_directory_that_exists_or_is_written_as_one(tmp_path: Path) -> None:
    assert write_out_file(str(tmp_path), {"idaas": b"1"}) == [tmp_path / "idaas.json"]
    assert write_out_file(f"{tmp_path}/plans/", {"idaas": b"1"}) == [tmp_path / "plans" / "idaas.json"]


def test_several_documents_get_a_file_each(tmp_path: Path) -> None:
    files = write_out_file(str(tmp_path / "plans"), {"idaas": b"1", "aws": b"2"})
    assert [(file.name, file.read_bytes()) for file in files] == [("idaas.json", b"1"), ("aws.json", b"2")]


def test_no_name_of_a_target_leads_out_of_the_directory(tmp_path: Path) -> None:
    (file,) = write_out_file(f"{tmp_path}/plans/", {"../../x": b"1"})
    assert file.parent == tmp_path / "plans"


def test_what_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match="cannot be made"):
        write_out_file(str(tmp_path / "file" / "plan.json"), {"idaas": b"1"})
