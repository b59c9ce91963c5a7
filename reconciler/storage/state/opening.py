"""From a `--state` URL to an open store."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.errors import RunError, UsageError
from reconciler.storage.state.nothing import NoState

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from reconciler.storage.state.store import SqlState

SQLITE = "sqlite:///"
POSTGRES = ("postgresql://", "postgresql+psycopg://", "postgres://")


def open_state(url: str, *, create: bool) -> SqlState | NoState:
    """The store that `url` names: `none`, `sqlite:///PATH` (relative to the working directory) or `postgresql://…`.

    With `create` the store is made or upgraded where needed and can be written. Without, nothing is made or
    changed: a store that does not exist is empty; an older schema is refused, as upgrading is a write.

    Raises `UsageError` for a URL of another form, `RunError` where the store is damaged, out of reach or
    newer than this version.
    """
    if url == "none":
        return NoState()
    if url.startswith(SQLITE):
        return _open_sqlite(_sqlite_path(url), create=create)
    if url.startswith(POSTGRES):
        return _open_postgres(url, create=create)
    scheme = url.partition(":")[0]
    raise UsageError(f"state store {scheme!r}: use sqlite:///PATH, postgresql://HOST/DATABASE, or none")


def _sqlite_path(url: str) -> Path:
    text = url.removeprefix(SQLITE)
    if not text or "?" in text or text == ":memory:":
        raise UsageError(f"state store {url!r}: give the path of a file, as in sqlite:///.reconciler/state.db")
    return Path(text)


def _open_sqlite(path: Path, *, create: bool) -> SqlState | NoState:
    from reconciler.storage.state import sqlite

    if create:
        sqlite.prepare_file(path)
    elif not sqlite.exists(path):
        return NoState()
    return _open(sqlite.engines(path, writable=create), str(path), create=create)


def _open_postgres(url: str, *, create: bool) -> SqlState | NoState:
    from reconciler.storage.state import postgres

    parsed = postgres.parse(url)
    return _open(postgres.engines(parsed, writable=create), postgres.place(parsed), create=create)


def _open(engines: tuple[Engine, Engine], place: str, *, create: bool) -> SqlState | NoState:
    from reconciler.storage.state.store import SqlState

    reader, writer = engines
    try:
        version = _made_ready(writer, place) if create else _looked_at(reader, place)
    except RunError:
        reader.dispose()
        raise
    if version == 0:
        reader.dispose()
        return NoState()
    return SqlState(reader, writer, place)


def _made_ready(writer: Engine, place: str) -> int:
    # Always a writing transaction: a store that cannot be written is found out before anything is sent.
    from reconciler.storage.state.failures import explained
    from reconciler.storage.state.migrations import MIGRATIONS, upgrade
    from reconciler.storage.state.postgres import lock_schema

    with explained(place), writer.begin() as connection:
        if connection.dialect.name == "postgresql":
            lock_schema(connection)
        upgrade(connection, place)
    return len(MIGRATIONS)


def _looked_at(reader: Engine, place: str) -> int:
    from reconciler.storage.state.failures import explained
    from reconciler.storage.state.migrations import MIGRATIONS, require_version, schema_version

    with explained(place), reader.begin() as connection:
        version = schema_version(connection, place)
    if version:
        require_version(version, len(MIGRATIONS), place)
    return version
