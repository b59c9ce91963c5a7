"""Locks in the state store, atomic on every database: one statement decides who has a target."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, and_, delete, or_, select, update

from reconciler.core.locks import Lock
from reconciler.storage.state.statements import upsert
from reconciler.storage.state.tables import LOCKS
from reconciler.storage.state.transactions import Transactions

if TYPE_CHECKING:
    from sqlalchemy import Row


class Locks(Transactions):
    """One lock at most for each target. Expired ones count as nobody's, by the taker's own clock."""

    def take_lock(self, lock: Lock, *, instead_of: str = "") -> Lock | None:
        """None where it is taken now, else the one that somebody else holds.

        It is taken where there is none, where the present one has run out, or where that has the token `instead_of`.
        """
        with self._locking() as connection:
            while not _take(connection, lock, instead_of):
                # Released between the two statements: PostgreSQL shows each what is committed by then.
                row = connection.execute(select(LOCKS).where(LOCKS.c.target == lock.target)).one_or_none()
                if row is not None:
                    return self._lock_of(row)
        return None

    def renew_lock(self, target: str, token: str, beat: datetime, expires: datetime) -> bool:
        """False where the lock is not that token's any more."""
        signs = {"beat": _to_text(beat), "expires": _to_text(expires)}
        with self._locking() as connection:
            return connection.execute(update(LOCKS).where(_of(target, token)).values(signs)).rowcount == 1

    def release_lock(self, target: str, token: str) -> bool:
        """False where the lock is not that token's any more; whoever has it keeps it."""
        with self._locking() as connection:
            return connection.execute(delete(LOCKS).where(_of(target, token))).rowcount == 1

    def lock_of(self, target: str) -> Lock | None:
        """Whoever took a target last and did not give it back, run out or not."""
        with self._reading() as connection:
            row = connection.execute(select(LOCKS).where(LOCKS.c.target == target)).one_or_none()
        return self._lock_of(row) if row is not None else None

    def _lock_of(self, row: Row[Any]) -> Lock:
        with self._decoding():
            times = (datetime.fromisoformat(each) for each in (row.since, row.beat, row.expires))
            return Lock(row.target, row.token, row.holder, *times)


def _take(connection: Connection, lock: Lock, instead_of: str) -> bool:
    free = or_(LOCKS.c.expires <= _to_text(lock.since), LOCKS.c.token == instead_of)
    row = {
        "target": lock.target,
        "token": lock.token,
        "holder": lock.holder,
        "since": _to_text(lock.since),
        "beat": _to_text(lock.beat),
        "expires": _to_text(lock.expires),
    }
    statement = upsert(connection, LOCKS, where=free)
    return connection.execute(statement, row, execution_options={"preserve_rowcount": True}).rowcount == 1


def _of(target: str, token: str) -> Any:
    return and_(LOCKS.c.target == target, LOCKS.c.token == token)


def _to_text(moment: datetime) -> str:
    """Of one length, so that the texts are in the order of the times."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
