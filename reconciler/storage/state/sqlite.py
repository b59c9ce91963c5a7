"""SQLite files as state stores: durable at every commit, readable where nothing may be written."""

from __future__ import annotations

import os
import sqlite3
from contextlib import suppress
from errno import EACCES, EISDIR
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
    """Makes the directory and an empty file that only its owner can read, where they are missing.

    A file that is there is not opened: closing it would end the locks of every connection that this process has to it
    (https://www.sqlite.org/howtocorrupt.html, 2.2), and another process could then take its log away.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            with suppress(FileExistsError):  # another run may make it at the same moment
                os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        _require_writable(path)
    except OSError as error:
        raise RunError(
            f"state store {path} cannot be written ({error.strerror}); make the file and its directory "
            "writable for this user, or name another store (--state, RECONCILER_STATE)"
        ) from error


def _require_writable(path: Path) -> None:
    if path.is_dir():
        raise IsADirectoryError(EISDIR, os.strerror(EISDIR))
    if not os.access(path, os.R_OK | os.W_OK):
        raise PermissionError(EACCES, os.strerror(EACCES))


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
