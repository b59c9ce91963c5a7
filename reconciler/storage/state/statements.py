"""The SQL of the store, as SQLite and PostgreSQL both understand it."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Connection, Insert, Table, Update, bindparam, delete, select, union, update
from sqlalchemy.dialects import postgresql, sqlite

from reconciler.storage.state.tables import EMERGENCIES, ENDPOINTS, LESSONS, OBJECTS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

CHUNK = 2000

DELETE_OBJECT = delete(OBJECTS).where(
    OBJECTS.c.target == bindparam("of_target"),
    OBJECTS.c.kind == bindparam("of_kind"),
    OBJECTS.c.key_folded == bindparam("of_key"),
)
FREE_ID = delete(OBJECTS).where(
    OBJECTS.c.target == bindparam("target"),
    OBJECTS.c.kind == bindparam("kind"),
    OBJECTS.c.remote_id == bindparam("remote_id"),
    OBJECTS.c.key_folded != bindparam("key_folded"),
)
FIND_OBJECT = select(OBJECTS.c.key).where(
    OBJECTS.c.target == bindparam("of_target"),
    OBJECTS.c.kind == bindparam("of_kind"),
    OBJECTS.c.key_folded == bindparam("of_key"),
)
RENAME_OBJECT = (
    update(OBJECTS)
    .where(
        OBJECTS.c.target == bindparam("of_target"),
        OBJECTS.c.kind == bindparam("of_kind"),
        OBJECTS.c.key_folded == bindparam("of_key"),
    )
    .values(key=bindparam("new_key"), key_folded=bindparam("new_folded"))
)
DELETE_LESSONS = delete(LESSONS).where(
    LESSONS.c.target == bindparam("of_target"),
    LESSONS.c.kind == bindparam("of_kind"),
    LESSONS.c.key == bindparam("of_key"),
)
RENAME_LESSONS = (
    update(LESSONS)
    .where(
        LESSONS.c.target == bindparam("of_target"),
        LESSONS.c.kind == bindparam("of_kind"),
        LESSONS.c.key == bindparam("of_key"),
    )
    .values(key=bindparam("new_key"))
)
TARGETS = union(*(select(table.c.target) for table in (OBJECTS, ENDPOINTS, LESSONS)))
"""Of what is known; a target that was forgotten and has runs is not among them."""


def rename_target(table: Table) -> Update:
    return update(table).where(table.c.target == bindparam("of_target")).values(target=bindparam("new_target"))


def carry_emergencies(connection: Connection, which: ColumnElement[bool], **changes: str) -> None:
    """Gives some emergencies another key or target; where one is there already, it gives way."""
    rows = connection.execute(select(EMERGENCIES).where(which)).mappings().all()
    connection.execute(delete(EMERGENCIES).where(which))
    if rows:
        connection.execute(upsert(connection, EMERGENCIES), [{**row, **changes} for row in rows])


def upsert(connection: Connection, table: Table, where: ColumnElement[bool] | None = None) -> Insert:
    """`INSERT … ON CONFLICT (primary key) DO UPDATE` of every other column, of a row that `where` holds for."""
    sqlite_like = connection.dialect.name != "postgresql"
    insert = sqlite.insert(table) if sqlite_like else postgresql.insert(table)
    others = {column.name: insert.excluded[column.name] for column in table.columns if not column.primary_key}
    return insert.on_conflict_do_update(index_elements=list(table.primary_key.columns), set_=others, where=where)


def chunks(rows: Iterator[Mapping[str, Any]]) -> Iterator[list[Mapping[str, Any]]]:
    """Bounds how much of a large record is held as rows at one time."""
    while chunk := list(islice(rows, CHUNK)):
        yield chunk
