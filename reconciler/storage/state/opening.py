"""From a `--state` URL to an open store."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.errors import RunError, UsageError
from reconciler.storage.state.nothing import NoState

if TYPE_CHECKING:
    from collections.abc import Iterator

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
    found = _engines(url, writable=create)
    if found is None:
        return NoState()
    (reader, writer), place = found
    with _disposed_on_error(reader):
        version = _made_ready(writer, place) if create else _looked_at(reader, place)
    if version == 0:
        reader.dispose()
        return NoState()
    from reconciler.storage.state.store import SqlState

    return SqlState(reader, writer, place)


def open_existing_state(url: str) -> SqlState | NoState:
    """As `open_state` with `create`, except that where there is no store yet none is made."""
    return open_state(url, create=_version(url) > 0)


def upgrade_state(url: str) -> None:
    """Brings a store of an earlier schema to the present one. Every other one is left alone, as is a missing one.

    Raises as `open_state`.
    """
    from reconciler.storage.state.migrations import MIGRATIONS

    if 0 < _version(url) < len(MIGRATIONS):
        open_state(url, create=True).close()


def _engines(url: str, *, writable: bool) -> tuple[tuple[Engine, Engine], str] | None:
    """One for reading and one for writing, and what the store is called in errors; None where there is certainly none.

    A missing SQLite file is made where it shall be `writable`.
    """
    if url == "none":
        return None
    if url.startswith(SQLITE):
        return _of_sqlite(_sqlite_path(url), writable=writable)
    if url.startswith(POSTGRES):
        from reconciler.storage.state import postgres

        parsed = postgres.parse(url)
        return postgres.engines(parsed, writable=writable), postgres.place(parsed)
    scheme = url.partition(":")[0]
    raise UsageError(f"state store {scheme!r}: use sqlite:///PATH, postgresql://HOST/DATABASE, or none")


def _of_sqlite(path: Path, *, writable: bool) -> tuple[tuple[Engine, Engine], str] | None:
    from reconciler.storage.state import sqlite

    if writable:
        sqlite.prepare_file(path)
    elif not sqlite.exists(path):
        return None
    return sqlite.engines(path, writable=writable), str(path)


def _sqlite_path(url: str) -> Path:
    text = url.removeprefix(SQLITE)
    if not text or "?" in text or text == ":memory:":
        raise UsageError(f"state store {url!r}: give the path of a file, as in sqlite:///.reconciler/state.db")
    return Path(text)


@contextmanager
def _disposed_on_error(engine: Engine) -> Iterator[None]:
    try:
        yield
    except RunError:
        engine.dispose()
        raise


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
    from reconciler.storage.state.migrations import MIGRATIONS, require_version

    version = _read_version(reader, place)
    if version:
        require_version(version, len(MIGRATIONS), place)
    return version


def _version(url: str) -> int:
    """Of the schema of a store; 0 where there is none."""
    found = _engines(url, writable=False)
    if found is None:
        return 0
    (reader, _), place = found
    try:
        return _read_version(reader, place)
    finally:
        reader.dispose()


def _read_version(reader: Engine, place: str) -> int:
    from reconciler.storage.state.failures import explained
    from reconciler.storage.state.migrations import schema_version

    with explained(place), reader.begin() as connection:
        return schema_version(connection, place)
