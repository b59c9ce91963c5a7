"""The sandbox's file: what it keeps, and whom it refuses."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest

from reconciler.errors import RunError
from reconciler.sandbox import SandboxStore
from reconciler.sandbox.store import StoredResource

if TYPE_CHECKING:
    from pathlib import Path

ANN = StoredResource("User", "1", '{"userName":"änn"}')


def test_an_empty_store_has_no_rows_and_version_0() -> None:
    with SandboxStore() as store:
        assert list(store) == []
        assert store.last_version == 0


def test_rows_and_the_last_version_outlive_the_store(tmp_path: Path) -> None:
    with SandboxStore(tmp_path / "data.db") as store:
        store.save(ANN, 3)
        store.save(StoredResource("Group", "1", "{}"), 4)
        store.remove("Group", "1")
    with SandboxStore(tmp_path / "data.db") as store:
        assert list(store) == [ANN]
        assert store.last_version == 4


def test_a_row_is_replaced_by_kind_and_id(tmp_path: Path) -> None:
    with SandboxStore(tmp_path / "data.db") as store:
        store.save(ANN, 1)
        store.save(StoredResource("User", "1", "{}"), 2)
        assert list(store) == [StoredResource("User", "1", "{}")]


def test_a_second_sandbox_on_the_same_file_is_refused(tmp_path: Path) -> None:
    data = tmp_path / "data.db"
    with SandboxStore(data), pytest.raises(RunError, match=r"another sandbox is using .*data\.db"):
        SandboxStore(data)


def test_a_database_of_something_else_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    data = tmp_path / "other.db"
    other = sqlite3.connect(data)
    other.execute("CREATE TABLE something (x)")
    other.close()
    before = data.read_bytes()
    with pytest.raises(RunError, match="not a file of the sandbox"):
        SandboxStore(data)
    assert data.read_bytes() == before


def test_a_file_that_is_no_database_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    data = tmp_path / "notes.txt"
    data.write_text("not a database " * 100)
    with pytest.raises(RunError, match=r"cannot use .*notes\.txt"):
        SandboxStore(data)
    assert data.read_text() == "not a database " * 100


def test_a_place_that_cannot_hold_a_file_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"cannot open .*absent"):
        SandboxStore(tmp_path / "absent" / "data.db")
