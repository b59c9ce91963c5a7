"""SQLite files as state stores: durable at every commit, readable where nothing may be written."""

from __future__ import annotations

import os
import sqlite3
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, QueuePool, create_engine, event

from reconciler.errors import RunError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

WAIT_SECONDS = 30.0
"""How long one transaction waits for another's to end."""

FIRST_STATEMENT = "sqlite_begin"


def exists(path: Path) -> bool:
    """False only where there is certainly no file; raises `RunError` where that cannot be seen."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise RunError(
            f"state store {path} cannot be opened ({error.strerror}); "
            "make the file and its directory accessible for this user"
        ) from error
    return True


def prepare_file(path: Path) -> None:
    """Makes the directory and an empty file that only its owner can read, where they are missing."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise RunError(
            f"state store {path} cannot be written ({error.strerror}); make the file and its directory "
            "writable for this user, or name another store (--state, RECONCILER_STATE)"
        ) from error


def engines(path: Path, *, writable: bool) -> tuple[Engine, Engine]:
    """An engine for reading and one for writing, on the same pool of connections."""
    connect = _connect_to_write if writable else _connect_to_read
    reader = _engine(lambda: connect(path))
    return reader, reader.execution_options(**{FIRST_STATEMENT: "BEGIN IMMEDIATE"})


def _engine(connect: Callable[[], sqlite3.Connection]) -> Engine:
    engine = create_engine("sqlite://", creator=connect, poolclass=QueuePool, hide_parameters=True)
    event.listen(engine, "begin", _begin)
    return engine


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get(FIRST_STATEMENT, "BEGIN"))


def _connect_to_write(path: Path) -> sqlite3.Connection:
    # FULL: in WAL mode anything less may lose the last commits when the power fails.
    return _connect(path, "mode=rw", ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"))


def _connect_to_read(path: Path) -> sqlite3.Connection:
    # Opened for writing where that is allowed: otherwise SQLite leaves its -wal and -shm files behind.
    try:
        return _connect(path, "mode=rw", ("query_only=ON", "schema_version"))
    except sqlite3.OperationalError as error:
        denied = error.sqlite_errorname.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN"))
        if not denied or _has_pending_writes(path):
            raise
    # A directory that cannot be written, and nobody else is writing: the file alone is the whole truth.
    return _connect(path, "mode=ro&immutable=1", ())


def _has_pending_writes(path: Path) -> bool:
    log = path.with_name(f"{path.name}-wal")
    return log.exists() and log.stat().st_size > 0


def _connect(path: Path, mode: str, pragmas: tuple[str, ...]) -> sqlite3.Connection:
    # isolation_level=None: the driver begins no transactions of its own; schema changes are part of ours.
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?{mode}",
        uri=True,
        timeout=WAIT_SECONDS,
        isolation_level=None,
        check_same_thread=False,
    )
    try:
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}").fetchall()
    except sqlite3.Error:
        connection.close()
        raise
    return connection
