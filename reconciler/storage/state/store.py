"""The state store on any database that `opening` has made ready."""

from __future__ import annotations

from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from sqlalchemy import Connection, Engine, Insert, Table, bindparam, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from reconciler.errors import RunError
from reconciler.storage.state.failures import DAMAGED, explained
from reconciler.storage.state.nothing import NO_LINEAGE
from reconciler.storage.state.rows import folded, known_of, last_of_each, learnt_of, lesson_row, object_row
from reconciler.storage.state.tables import ENDPOINTS, LESSONS, META, OBJECTS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from reconciler.core.known import Known, Learnt
    from reconciler.core.resources import Kind

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


class SqlState:
    """Every method is one transaction and raises `RunError` where the database fails.

    `reader` and `writer` are one engine under two sets of options: a writer locks before it looks. `place`
    names the store in errors, without a password.
    """

    def __init__(self, reader: Engine, writer: Engine, place: str) -> None:
        self._reader = reader
        self._writer = writer
        self._place = place

    @property
    def lineage(self) -> str:
        """Made by the first thing that is recorded, and the same from then on; "none" before."""
        with self._reading() as connection:
            return connection.scalar(select(META.c.lineage)) or NO_LINEAGE

    def fingerprint(self, target: str) -> str | None:
        query = select(ENDPOINTS.c.fingerprint).where(ENDPOINTS.c.target == target)
        with self._reading() as connection:
            return connection.scalar(query)

    def bind(self, target: str, fingerprint: str) -> None:
        with self._writing() as connection:
            connection.execute(upsert(connection, ENDPOINTS), {"target": target, "fingerprint": fingerprint})

    def known(self, target: str) -> list[Known]:
        """Ordered by kind and key, whatever the database's own order is."""
        query = select(OBJECTS).where(OBJECTS.c.target == target)
        with self._reading() as connection:
            rows = connection.execute(query).all()
        ordered = sorted(rows, key=lambda row: (row.kind, row.key_folded))
        with self._decoding():
            return [known_of(row) for row in ordered]

    def record(self, target: str, known: Sequence[Known]) -> None:
        """Inserts or replaces by kind and key, all or none. Another key's row with the same id gives way."""
        if not known:
            return
        kept, lost = last_of_each(known)
        with self._writing() as connection:
            for losers in chunks({"of_target": target, "of_kind": kind, "of_key": key} for kind, key in lost):
                connection.execute(DELETE_OBJECT, losers)
            for rows in chunks(object_row(target, each) for each in kept):
                ids = ("target", "kind", "remote_id", "key_folded")
                connection.execute(FREE_ID, [{name: row[name] for name in ids} for row in rows])
                connection.execute(upsert(connection, OBJECTS), rows)

    def forget(self, target: str, kind: Kind, key: str) -> None:
        """Removes one object's record; nothing happens where there is none."""
        with self._writing() as connection:
            connection.execute(DELETE_OBJECT, {"of_target": target, "of_kind": kind.value, "of_key": folded(key)})

    def learnt(self, target: str, since: date) -> list[Learnt]:
        query = (
            select(LESSONS)
            .where(LESSONS.c.target == target, LESSONS.c.day >= since)
            .order_by(LESSONS.c.lesson, LESSONS.c.kind, LESSONS.c.subject, LESSONS.c.key)
        )
        with self._reading() as connection:
            rows = connection.execute(query).all()
        with self._decoding():
            return [learnt_of(row) for row in rows]

    def learn(self, target: str, lessons: Sequence[Learnt]) -> None:
        """Inserts or replaces by lesson, kind, subject and key, all or none."""
        if not lessons:
            return
        with self._writing() as connection:
            connection.execute(upsert(connection, LESSONS), [lesson_row(target, each) for each in lessons])

    def close(self) -> None:
        with explained(self._place):
            self._reader.dispose()

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with explained(self._place), self._reader.begin() as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with explained(self._place), self._writer.begin() as connection:
            connection.execute(update(META).where(META.c.lineage.is_(None)).values(lineage=uuid4().hex))
            yield connection

    @contextmanager
    def _decoding(self) -> Iterator[None]:
        try:
            yield
        except ValueError as error:
            raise RunError(f"state store {self._place} {DAMAGED.format(problem='unreadable row')}") from error


def upsert(connection: Connection, table: Table) -> Insert:
    """`INSERT … ON CONFLICT (primary key) DO UPDATE` of every other column."""
    sqlite_like = connection.dialect.name != "postgresql"
    insert = sqlite.insert(table) if sqlite_like else postgresql.insert(table)
    others = {column.name: insert.excluded[column.name] for column in table.columns if not column.primary_key}
    return insert.on_conflict_do_update(index_elements=list(table.primary_key.columns), set_=others)


def chunks(rows: Iterator[Mapping[str, Any]]) -> Iterator[list[Mapping[str, Any]]]:
    """Bounds how much of a large record is held as rows at one time."""
    while chunk := list(islice(rows, CHUNK)):
        yield chunk
