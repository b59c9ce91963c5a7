"""How many each scope and rule of a target selected at its last apply."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select

from reconciler.core.known import Selected
from reconciler.core.resources import Kind
from reconciler.storage.state.tables import SELECTIONS
from reconciler.storage.state.transactions import Transactions

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date


class Selections(Transactions):
    """The counts of one apply replace those of the one before it."""

    def selections(self, target: str) -> list[Selected]:
        """Ordered by what, name and kind, whatever the database's own order is."""
        query = select(SELECTIONS).where(SELECTIONS.c.target == target)
        with self._reading() as connection:
            rows = connection.execute(query).all()
        with self._decoding():
            found = [Selected(row.what, row.name, Kind(row.kind), row.number) for row in rows]
        return sorted(found, key=lambda each: (each.what, each.name, each.kind))

    def record_selections(self, target: str, selected: Sequence[Selected], day: date) -> None:
        """All or none."""
        rows = [
            {
                "target": target,
                "what": each.what,
                "name": each.name,
                "kind": each.kind.value,
                "number": each.number,
                "day": day,
            }
            for each in selected
        ]
        with self._writing() as connection:
            connection.execute(delete(SELECTIONS).where(SELECTIONS.c.target == target))
            if rows:
                connection.execute(insert(SELECTIONS), rows)
