"""How everything that reads or writes the state store goes about it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING
from uuid import uuid4

from sqlalchemy import Connection, Engine, update

from reconciler.errors import RunError
from reconciler.storage.state.failures import DAMAGED, explained
from reconciler.storage.state.tables import META

if TYPE_CHECKING:
    from collections.abc import Iterator


class Transactions:
    """Every transaction raises `RunError` where the database fails.

    `reader` and `writer` are one engine under two sets of options: a writer locks before it looks. `place`
    names the store in errors, without a password.
    """

    def __init__(self, reader: Engine, writer: Engine, place: str) -> None:
        self._reader = reader
        self._writer = writer
        self._place = place

    @property
    def place(self) -> str:
        """The store as people know it, without a password."""
        return self._place

    def close(self) -> None:
        with explained(self._place):
            self._reader.dispose()

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with explained(self._place), self._reader.begin() as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with self._locking() as connection:
            connection.execute(update(META).where(META.c.lineage.is_(None)).values(lineage=uuid4().hex))
            yield connection

    @contextmanager
    def _locking(self) -> Iterator[Connection]:
        """For what is no record: it gives an empty store no lineage."""
        with explained(self._place), self._writer.begin() as connection:
            yield connection

    @contextmanager
    def _decoding(self) -> Iterator[None]:
        try:
            yield
        except ValueError as error:
            raise RunError(f"state store {self._place} {DAMAGED.format(problem='unreadable row')}") from error
