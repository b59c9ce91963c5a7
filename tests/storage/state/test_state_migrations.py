"""Stores written by every earlier version can be opened; the schema is the one that the code reads."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import Connection, inspect, text

from reconciler.core.known import Known, Learnt, Lesson, Origin, Run
from reconciler.core.resources import Kind
from reconciler.errors import RunError
from reconciler.storage.state import sqlite
from reconciler.storage.state.migrations import (
    MIGRATIONS,
    Migration,
    require_version,
    schema_version,
    upgrade,
)
from reconciler.storage.state.opening import open_state, upgrade_state
from reconciler.storage.state.tables import METADATA

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from reconciler.storage.state.store import SqlState

LINEAGE = "5f2b0c0e6d1b4b0f9f3a1c2d3e4f5a6b"

VERSION_1 = """
CREATE TABLE meta (id INTEGER NOT NULL PRIMARY KEY, lineage TEXT, schema_version INTEGER NOT NULL,
    created_at TEXT NOT NULL);
CREATE TABLE endpoints (target TEXT NOT NULL PRIMARY KEY, fingerprint TEXT NOT NULL);
CREATE TABLE objects (target TEXT NOT NULL, kind TEXT NOT NULL, key_folded TEXT NOT NULL, key TEXT NOT NULL,
    remote_id TEXT NOT NULL, origin TEXT NOT NULL, name TEXT NOT NULL, applied TEXT NOT NULL,
    last_seen_desired DATE,
    PRIMARY KEY (target, kind, key_folded), UNIQUE (target, kind, remote_id));
CREATE TABLE lessons (target TEXT NOT NULL, lesson TEXT NOT NULL, kind TEXT NOT NULL, subject TEXT NOT NULL,
    key TEXT NOT NULL, value TEXT NOT NULL, day DATE NOT NULL, PRIMARY KEY (target, lesson, kind, subject, key));
INSERT INTO meta VALUES (1, '5f2b0c0e6d1b4b0f9f3a1c2d3e4f5a6b', 1, '2026-09-01T08:00:00+00:00');
INSERT INTO endpoints VALUES ('prod', '0123456789abcdef');
INSERT INTO objects VALUES ('prod', 'user', 'alice', 'Alice', '1', 'created', 'Alice Ng', '{"active":true}',
    '2026-09-01');
INSERT INTO lessons VALUES ('prod', 'not_kept', 'user', 'title', '', '', '2026-09-01');
"""

ALICE = Known(Kind.USER, "Alice", "1", Origin.CREATED, {"active": True}, "Alice Ng", date(2026, 9, 1))
RUN = Run("20260901-080000-abcd", "prod", datetime(2026, 9, 1, 8, tzinfo=UTC), "abcd", "1.0")


@pytest.fixture
def version_1(tmp_path: Path) -> Path:
    path = tmp_path / "state.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(VERSION_1)
    return path


def add_note(connection: Connection) -> None:
    connection.execute(text("ALTER TABLE objects ADD COLUMN note TEXT"))


def fail(connection: Connection) -> None:
    connection.execute(text("DROP TABLE lessons"))
    raise RuntimeError("half way")


def columns(path: Path, table: str = "objects") -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]


def upgraded(path: Path, migrations: Sequence[Migration]) -> int:
    reader, writer = sqlite.engines(path, writable=True)
    try:
        with writer.begin() as connection:
            upgrade(connection, str(path), migrations)
            return schema_version(connection, str(path))
    finally:
        reader.dispose()


def test_a_version_1_file_is_opened_with_everything_in_it(version_1: Path) -> None:
    with closing(open_state(f"sqlite:///{version_1}", create=True)) as state:
        assert state.lineage == LINEAGE
        assert state.fingerprint("prod") == "0123456789abcdef"
        assert state.known("prod") == [ALICE]
        assert state.learnt("prod", date(2026, 9, 1)) == [
            Learnt(Lesson.NOT_KEPT, Kind.USER, "title", "", date(2026, 9, 1))
        ]


def test_a_version_2_file_keeps_who_is_gone_and_records_runs(version_1: Path) -> None:
    with closing(sqlite3.connect(version_1)) as connection, connection:
        connection.execute("ALTER TABLE objects ADD COLUMN gone_since DATE")
        connection.execute("UPDATE objects SET gone_since = '2026-09-03'")
        connection.execute("UPDATE meta SET schema_version = 2")
    with closing(open_state(f"sqlite:///{version_1}", create=True)) as state:
        assert state.known("prod") == [replace(ALICE, gone_since=date(2026, 9, 3))]
        state.record_run(RUN)
        assert state.runs("prod") == [RUN]


def test_an_upgrade_is_made_where_it_is_asked_for_and_needed(version_1: Path, tmp_path: Path) -> None:
    url = f"sqlite:///{version_1}"
    with pytest.raises(RunError, match="run `reconciler apply` once"):
        open_state(url, create=False)
    upgrade_state(url)
    with closing(open_state(url, create=False)) as state:
        assert state.known("prod") == [ALICE]
    before = version_1.read_bytes()
    upgrade_state(url)
    assert version_1.read_bytes() == before
    for other in (f"sqlite:///{tmp_path / 'none.db'}", "none"):
        upgrade_state(other)
    assert [each.name for each in tmp_path.iterdir()] == ["state.db"]


def test_only_the_missing_steps_are_taken(version_1: Path) -> None:
    assert upgraded(version_1, (fail, add_note)) == 2
    assert "note" in columns(version_1)
    assert upgraded(version_1, (fail, fail)) == 2
    with closing(sqlite3.connect(version_1)) as connection:
        assert connection.execute("SELECT key, note FROM objects").fetchall() == [("Alice", None)]


def test_an_upgrade_that_fails_leaves_the_old_store_whole(version_1: Path) -> None:
    with pytest.raises(RuntimeError, match="half way"):
        upgraded(version_1, (*MIGRATIONS, add_note, fail))
    assert "note" not in columns(version_1)
    with closing(open_state(f"sqlite:///{version_1}", create=True)) as state:
        assert state.known("prod") == [ALICE]
        assert len(state.learnt("prod", date.min)) == 1


@pytest.mark.parametrize("create", [True, False])
def test_a_newer_store_is_refused(version_1: Path, create: bool) -> None:
    with closing(sqlite3.connect(version_1)) as connection, connection:
        connection.execute("UPDATE meta SET schema_version = 99")
    with pytest.raises(RunError, match=r"newer reconciler \(schema 99, .*upgrade the reconciler"):
        open_state(f"sqlite:///{version_1}", create=create)


def test_an_older_store_is_not_read_as_it_is() -> None:
    with pytest.raises(RunError, match=r"older reconciler .schema 1, this one needs 2.; run `reconciler apply` once"):
        require_version(1, 2, "state.db")


def test_the_migrations_lead_to_the_tables_that_the_code_reads(state: SqlState) -> None:
    with state._reader.begin() as connection:
        found = inspect(connection)
        assert set(found.get_table_names()) == set(METADATA.tables)
        for name, table in METADATA.tables.items():
            described = {column["name"]: column for column in found.get_columns(name)}
            assert list(described) == [column.name for column in table.columns]
            for column in table.columns:
                assert described[column.name]["nullable"] == column.nullable
                assert isinstance(described[column.name]["type"], type(column.type))
            assert found.get_pk_constraint(name)["constrained_columns"] == [each.name for each in table.primary_key]
        (unique,) = found.get_unique_constraints("objects")
        assert unique["column_names"] == ["target", "kind", "remote_id"]
