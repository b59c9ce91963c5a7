"""The state store on any database that `opening` has made ready."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, delete, select

from reconciler.core.known import Emergency
from reconciler.core.resources import Kind
from reconciler.errors import RefusedError
from reconciler.storage.state.failing import DELETE_FAILURE, FailingObjects, subject_of
from reconciler.storage.state.holdings import Holdings
from reconciler.storage.state.journal import entries_of, entry_of, entry_row, pruning, unfinished
from reconciler.storage.state.locks import Locks
from reconciler.storage.state.nothing import NO_LINEAGE
from reconciler.storage.state.rows import (
    emergency_row,
    folded,
    known_of,
    last_of_each,
    learnt_of,
    lesson_row,
    object_row,
    run_of,
    run_row,
)
from reconciler.storage.state.selections import Selections
from reconciler.storage.state.statements import (
    DELETE_LESSONS,
    DELETE_OBJECT,
    FIND_OBJECT,
    FREE_ID,
    RENAME_LESSONS,
    RENAME_OBJECT,
    TARGETS,
    carry_emergencies,
    chunks,
    rename_target,
    upsert,
)
from reconciler.storage.state.tables import (
    EMERGENCIES,
    ENDPOINTS,
    FAILURES,
    JOURNAL,
    LESSONS,
    META,
    OBJECTS,
    RUNS,
    SELECTIONS,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from reconciler.core.journal import Entry
    from reconciler.core.known import Known, Learnt, Run


class SqlState(Locks, Holdings, Selections, FailingObjects):
    """What is remembered between runs. Every method is one transaction."""

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
        """Removes one object's record and what was learnt about it; nothing happens where there is none."""
        which = {"of_target": target, "of_kind": kind.value}
        with self._writing() as connection:
            connection.execute(DELETE_OBJECT, {**which, "of_key": folded(key)})
            connection.execute(DELETE_LESSONS, {**which, "of_key": key})
            connection.execute(DELETE_FAILURE, subject_of(target, kind, key))

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

    def emergencies(self, target: str) -> list[Emergency]:
        """Who is kept inactive on a target, ordered by key."""
        query = select(EMERGENCIES).where(EMERGENCIES.c.target == target)
        with self._reading() as connection:
            rows = connection.execute(query).all()
        return [Emergency(row.key, row.since) for row in sorted(rows, key=lambda row: row.key_folded)]

    def declare_emergencies(self, target: str, emergencies: Sequence[Emergency]) -> None:
        """Inserts or replaces by key, all or none."""
        if emergencies:
            with self._writing() as connection:
                rows = [emergency_row(target, each) for each in emergencies]
                connection.execute(upsert(connection, EMERGENCIES), rows)

    def end_emergency(self, target: str, key: str) -> None:
        """Nothing happens where there is none."""
        mine = and_(EMERGENCIES.c.target == target, EMERGENCIES.c.key_folded == folded(key))
        with self._writing() as connection:
            connection.execute(delete(EMERGENCIES).where(mine))

    def targets_in_emergency(self) -> list[str]:
        """Targets on which anybody is kept inactive, sorted, whether or not the manifests still have them."""
        with self._reading() as connection:
            return sorted(connection.scalars(select(EMERGENCIES.c.target).distinct()))

    def record_run(self, run: Run) -> None:
        """Inserts or replaces by target and id."""
        with self._writing() as connection:
            connection.execute(upsert(connection, RUNS), run_row(run))

    def runs(self, target: str) -> list[Run]:
        """The applies to a target, the latest first."""
        query = select(RUNS).where(RUNS.c.target == target)
        with self._reading() as connection:
            rows = connection.execute(query).all()
        with self._decoding():
            return sorted(map(run_of, rows), key=lambda each: (each.started, each.id), reverse=True)

    def targets_with_runs(self) -> list[str]:
        """Sorted, whether or not anything is still known of them."""
        with self._reading() as connection:
            return sorted(connection.scalars(select(RUNS.c.target).distinct()))

    def journal(self, target: str, entries: Sequence[Entry]) -> None:
        """Inserts or replaces by run and operation, all or none."""
        if entries:
            with self._writing() as connection:
                connection.execute(upsert(connection, JOURNAL), [entry_row(target, each) for each in entries])

    def entries(self, target: str, run: str) -> list[Entry]:
        """What a run did, in its order."""
        with self._reading() as connection:
            rows = connection.execute(entries_of(target, run)).all()
        with self._decoding():
            return [entry_of(row) for row in rows]

    def unfinished(self, target: str) -> list[Entry]:
        """What is in doubt, and what runs that never ended confirmed, in the order in which it was sent."""
        with self._reading() as connection:
            rows = connection.execute(unfinished(target)).all()
        with self._decoding():
            return [entry_of(row) for row in rows]

    def prune_journal(self, target: str, before: datetime) -> None:
        """Forgets what runs did that began before a time; of one that left anything unfinished nothing is forgotten."""
        with self._writing() as connection:
            connection.execute(pruning(target, before))

    def targets(self) -> list[str]:
        """Everything that something is known of, sorted; runs alone do not count."""
        with self._reading() as connection:
            return sorted(connection.scalars(TARGETS))

    def move(self, target: str, kind: Kind, old: str, new: str) -> None:
        """Gives one object's record, and what was learnt about it, another key.

        Raises `RefusedError` where the new key has a record already.
        """
        which = {"of_target": target, "of_kind": kind.value}
        with self._writing() as connection:
            taken = connection.scalar(FIND_OBJECT, {**which, "of_key": folded(new)})
            if taken is not None and folded(new) != folded(old):
                raise RefusedError(
                    f"target {target}: {kind}:{taken} has a record already; forget or move that one first"
                )
            renamed = {"new_key": new, "new_folded": folded(new)}
            connection.execute(RENAME_OBJECT, {**which, **renamed, "of_key": folded(old)})
            connection.execute(DELETE_FAILURE, subject_of(target, kind, old))
            if old != new:
                connection.execute(DELETE_LESSONS, {**which, "of_key": new})
                connection.execute(RENAME_LESSONS, {**which, "of_key": old, "new_key": new})
                if kind is Kind.USER:
                    mine = and_(EMERGENCIES.c.target == target, EMERGENCIES.c.key_folded == folded(old))
                    carry_emergencies(connection, mine, key=new, key_folded=folded(new))

    def move_target(self, old: str, new: str) -> None:
        """Makes everything that is known of one target, and its runs, those of another name.

        Raises `RefusedError` where something is known of the new one.
        """
        with self._writing() as connection:
            if new in connection.scalars(TARGETS).all():
                raise RefusedError(f"target {new}: something is recorded of it already; forget or move that first")
            connection.execute(delete(FAILURES).where(FAILURES.c.target == new))
            for table in (OBJECTS, ENDPOINTS, LESSONS, RUNS, JOURNAL, SELECTIONS, FAILURES):
                connection.execute(rename_target(table), {"of_target": old, "new_target": new})
            carry_emergencies(connection, EMERGENCIES.c.target == old, target=new)

    def unbind(self, target: str) -> None:
        """Forgets which endpoint the target's records belong to."""
        with self._writing() as connection:
            connection.execute(delete(ENDPOINTS).where(ENDPOINTS.c.target == target))

    def forget_target(self, target: str) -> None:
        """Removes everything that is known of a target. Its runs stay: they happened; emergencies stay in force."""
        with self._writing() as connection:
            for table in (OBJECTS, ENDPOINTS, LESSONS, SELECTIONS, FAILURES):
                connection.execute(delete(table).where(table.c.target == target))
