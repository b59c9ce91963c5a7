"""From an empty database to the present schema, one numbered step at a time.

A step is never changed once it is released, so it spells its tables out instead of using `tables`. Steps are
plain SQL that SQLite and PostgreSQL both understand.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from sqlalchemy import Connection, inspect, select, text, update

from reconciler.errors import RunError
from reconciler.storage.state.tables import META

Migration = Callable[[Connection], None]

VERSION_1 = (
    """
    CREATE TABLE meta (
        id INTEGER NOT NULL PRIMARY KEY,
        lineage TEXT,
        schema_version INTEGER NOT NULL,
        created_at TEXT NOT NULL
    )
    """,
    "CREATE TABLE endpoints (target TEXT NOT NULL PRIMARY KEY, fingerprint TEXT NOT NULL)",
    """
    CREATE TABLE objects (
        target TEXT NOT NULL,
        kind TEXT NOT NULL,
        key_folded TEXT NOT NULL,
        key TEXT NOT NULL,
        remote_id TEXT NOT NULL,
        origin TEXT NOT NULL,
        name TEXT NOT NULL,
        applied TEXT NOT NULL,
        last_seen_desired DATE,
        PRIMARY KEY (target, kind, key_folded),
        UNIQUE (target, kind, remote_id)
    )
    """,
    """
    CREATE TABLE lessons (
        target TEXT NOT NULL,
        lesson TEXT NOT NULL,
        kind TEXT NOT NULL,
        subject TEXT NOT NULL,
        key TEXT NOT NULL,
        value TEXT NOT NULL,
        day DATE NOT NULL,
        PRIMARY KEY (target, lesson, kind, subject, key)
    )
    """,
)


def create_version_1(connection: Connection) -> None:
    for statement in VERSION_1:
        connection.execute(text(statement))
    first_row = text("INSERT INTO meta (id, schema_version, created_at) VALUES (1, 1, :now)")
    connection.execute(first_row, {"now": datetime.now(UTC).isoformat(timespec="seconds")})


def add_gone_since(connection: Connection) -> None:
    connection.execute(text("ALTER TABLE objects ADD COLUMN gone_since DATE"))


VERSION_3 = """
    CREATE TABLE runs (
        target TEXT NOT NULL,
        id TEXT NOT NULL,
        started TEXT NOT NULL,
        ended TEXT,
        plan_sha256 TEXT NOT NULL,
        tool TEXT NOT NULL,
        counts TEXT NOT NULL,
        exit_code INTEGER,
        PRIMARY KEY (target, id)
    )
    """


def add_runs(connection: Connection) -> None:
    connection.execute(text(VERSION_3))


VERSION_4 = """
    CREATE TABLE emergencies (
        target TEXT NOT NULL,
        key_folded TEXT NOT NULL,
        key TEXT NOT NULL,
        since DATE NOT NULL,
        PRIMARY KEY (target, key_folded)
    )
    """


def add_emergencies(connection: Connection) -> None:
    connection.execute(text(VERSION_4))


VERSION_5 = (
    """
    CREATE TABLE selections (
        target TEXT NOT NULL,
        what TEXT NOT NULL,
        name TEXT NOT NULL,
        kind TEXT NOT NULL,
        number INTEGER NOT NULL,
        day DATE NOT NULL,
        PRIMARY KEY (target, what, name, kind)
    )
    """,
    """
    CREATE TABLE locks (
        target TEXT NOT NULL PRIMARY KEY,
        token TEXT NOT NULL,
        holder TEXT NOT NULL,
        since TEXT NOT NULL,
        beat TEXT NOT NULL,
        expires TEXT NOT NULL
    )
    """,
    """
    CREATE TABLE journal (
        target TEXT NOT NULL,
        run TEXT NOT NULL,
        operation TEXT NOT NULL,
        position INTEGER NOT NULL,
        kind TEXT NOT NULL,
        key TEXT NOT NULL,
        action TEXT NOT NULL,
        state TEXT NOT NULL,
        remote_id TEXT,
        intent TEXT NOT NULL,
        before TEXT,
        detail TEXT NOT NULL,
        status INTEGER,
        at TEXT NOT NULL,
        PRIMARY KEY (target, run, operation)
    )
    """,
    """
    CREATE TABLE failures (
        target TEXT NOT NULL,
        kind TEXT NOT NULL,
        key_folded TEXT NOT NULL,
        key TEXT NOT NULL,
        action TEXT NOT NULL,
        digest TEXT NOT NULL,
        attempts INTEGER NOT NULL,
        first_at TEXT NOT NULL,
        last_at TEXT NOT NULL,
        next_at TEXT NOT NULL,
        status INTEGER,
        detail TEXT NOT NULL,
        PRIMARY KEY (target, kind, key_folded)
    )
    """,
)


def add_selections_locks_journal_failures(connection: Connection) -> None:
    for statement in VERSION_5:
        connection.execute(text(statement))


MIGRATIONS: tuple[Migration, ...] = (
    create_version_1,
    add_gone_since,
    add_runs,
    add_emergencies,
    add_selections_locks_journal_failures,
)
"""The step at index n leads from schema version n to n + 1."""


def schema_version(connection: Connection, place: str) -> int:
    """The version that a database is at; 0 where it is empty. `place` names it in errors.

    Raises `RunError` for a database that belongs to something else.
    """
    tables = inspect(connection).get_table_names()
    if not tables:
        return 0
    version = connection.scalar(select(META.c.schema_version)) if META.name in tables else None
    if version is None:
        raise RunError(
            f"state store {place}: this database holds something else; "
            "give the state store a database of its own (--state, RECONCILER_STATE)"
        )
    return int(version)


def require_version(version: int, expected: int, place: str) -> None:
    """Raises `RunError` where the schema is newer or older than `expected`."""
    if version > expected:
        raise RunError(
            f"state store {place}: written by a newer reconciler "
            f"(schema {version}, this one knows {expected}); upgrade the reconciler"
        )
    if version < expected:
        raise RunError(
            f"state store {place}: written by an older reconciler "
            f"(schema {version}, this one needs {expected}); "
            "run `reconciler apply` once, which upgrades the store before anything else"
        )


def upgrade(connection: Connection, place: str, migrations: Sequence[Migration] = MIGRATIONS) -> None:
    """Brings a database to the present schema, inside the caller's transaction.

    Raises `RunError` where the schema is newer than the last of `migrations`.
    """
    version = schema_version(connection, place)
    for step in migrations[version:]:
        step(connection)
    if version < len(migrations):
        connection.execute(update(META).values(schema_version=len(migrations)))
    require_version(max(version, len(migrations)), len(migrations), place)
