"""What the sandbox remembers: SCIM documents in one SQLite file, or in memory."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from reconciler.errors import RunError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

APPLICATION_ID = 0x5C1312

_TABLES = """
    CREATE TABLE IF NOT EXISTS resources (
        kind TEXT NOT NULL, id TEXT NOT NULL, document TEXT NOT NULL, PRIMARY KEY (kind, id)
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS versions (last INTEGER NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class StoredResource:
    """One row: the name of the resource type ("User"), the id, and the JSON text of the whole resource."""

    kind: str
    id: str
    document: str


class SandboxStore:
    """The rows of one sandbox. Every write is committed before it returns, so a kill loses nothing answered.

    `data` is the file (created when missing); None keeps everything in memory. One sandbox at a time holds a
    file. Raises RunError where the file cannot be opened, is another sandbox's, or is not a sandbox's.
    """

    def __init__(self, data: Path | None = None) -> None:
        self._connection = _open(data)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._connection.close()

    def __iter__(self) -> Iterator[StoredResource]:
        rows = self._connection.execute("SELECT kind, id, document FROM resources ORDER BY kind, id")
        return (StoredResource(*row) for row in rows.fetchall())

    @property
    def last_version(self) -> int:
        """The highest version ever given out, that of deleted resources included; 0 in an empty store."""
        (last,) = self._connection.execute("SELECT coalesce(max(last), 0) FROM versions").fetchone()
        return int(last)

    def save(self, row: StoredResource, version: int) -> None:
        """Create or replace a row that was written with `version`."""
        with self._connection:
            self._connection.execute(
                "INSERT OR REPLACE INTO resources VALUES (?, ?, ?)", (row.kind, row.id, row.document)
            )
            self._connection.execute("DELETE FROM versions")
            self._connection.execute("INSERT INTO versions VALUES (?)", (version,))

    def remove(self, kind: str, id_: str) -> None:
        with self._connection:
            self._connection.execute("DELETE FROM resources WHERE kind = ? AND id = ?", (kind, id_))


def _open(data: Path | None) -> sqlite3.Connection:
    try:
        # The server's thread is not the one that opened the store; the storage above it holds a lock.
        connection = sqlite3.connect(data or ":memory:", timeout=0.5, check_same_thread=False)
    except sqlite3.Error as error:
        raise RunError(f"the sandbox cannot open {data}: {error}") from error
    try:
        _prepare(connection, data)
    except BaseException as error:
        connection.close()
        if not isinstance(error, sqlite3.Error):
            raise
        if "locked" in str(error):
            raise RunError(f"another sandbox is using {data}") from error
        raise RunError(f"the sandbox cannot use {data}: {error}") from error
    return connection


def _prepare(connection: sqlite3.Connection, data: Path | None) -> None:
    connection.execute("PRAGMA locking_mode = EXCLUSIVE")
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if tables and application != APPLICATION_ID:
        raise RunError(f"{data} is not a file of the sandbox; name another one, it is left as it is")
    # NORMAL does not wait for the disk: that guards against a kill, not against a power cut.
    connection.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;")
    connection.execute("BEGIN IMMEDIATE")
    connection.commit()
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.executescript(_TABLES)
