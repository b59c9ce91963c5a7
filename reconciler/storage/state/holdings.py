"""Who owns what, across the targets of a store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, and_, bindparam, func, select

from reconciler.core.known import Holding, Origin
from reconciler.core.resources import Kind
from reconciler.storage.state.tables import ENDPOINTS, OBJECTS
from reconciler.storage.state.transactions import Transactions

if TYPE_CHECKING:
    from collections.abc import Mapping

OWNED = OBJECTS.c.origin.in_([each.value for each in Origin if each is not Origin.MATCHED])
TARGETS_THERE = (
    select(ENDPOINTS.c.target)
    .where(ENDPOINTS.c.fingerprint == bindparam("fingerprint"), ENDPOINTS.c.target != bindparam("of_target"))
    .order_by(ENDPOINTS.c.target)
)
HOLDINGS = select(
    OBJECTS.c.target, OBJECTS.c.kind, OBJECTS.c.key_folded, OBJECTS.c.key, OBJECTS.c.remote_id, OBJECTS.c.origin
).where(and_(OBJECTS.c.target == bindparam("of_target"), OWNED))
COUNTS = select(OBJECTS.c.target, OBJECTS.c.kind, func.count().label("number")).where(OWNED)


class Holdings(Transactions):
    """What targets own, read across them."""

    def targets_beside(self, target: str, fingerprint: str) -> list[str]:
        """The other targets whose records are about an endpoint, sorted."""
        with self._reading() as connection:
            return _targets_beside(connection, target, fingerprint)

    def holdings_beside(self, target: str, fingerprint: str) -> list[Holding]:
        """What other targets own on an endpoint, ordered by target, kind and key."""
        with self._reading() as connection:
            rows = [
                row
                for each in _targets_beside(connection, target, fingerprint)
                for row in connection.execute(HOLDINGS, {"of_target": each})
            ]
        ordered = sorted(rows, key=lambda row: (row.target, row.kind, row.key_folded))
        with self._decoding():
            return [Holding(row.target, Kind(row.kind), row.key, row.remote_id, Origin(row.origin)) for row in ordered]

    def owned_counts(self) -> dict[str, Mapping[Kind, int]]:
        """How many users and groups each target owns, by its name."""
        with self._reading() as connection:
            rows = connection.execute(COUNTS.group_by(OBJECTS.c.target, OBJECTS.c.kind)).all()
        found: dict[str, dict[Kind, int]] = {}
        with self._decoding():
            for row in rows:
                found.setdefault(row.target, {})[Kind(row.kind)] = row.number
        return {name: found[name] for name in sorted(found)}


def _targets_beside(connection: Connection, target: str, fingerprint: str) -> list[str]:
    return sorted(connection.scalars(TARGETS_THERE, {"fingerprint": fingerprint, "of_target": target}))
