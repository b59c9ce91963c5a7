"""Failing objects in the state store."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, select

from reconciler.core.failures import Failure, Refusal
from reconciler.core.resources import Kind
from reconciler.core.vocabulary import Action
from reconciler.storage.state.rows import UNSTORABLE, folded
from reconciler.storage.state.statements import upsert
from reconciler.storage.state.tables import FAILURES
from reconciler.storage.state.transactions import Transactions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Row

DELETE_FAILURE = delete(FAILURES).where(
    FAILURES.c.target == bindparam("of_target"),
    FAILURES.c.kind == bindparam("of_kind"),
    FAILURES.c.key_folded == bindparam("of_key"),
)


class FailingObjects(Transactions):
    """One row at most for each object of a target."""

    def failures(self, target: str) -> list[Failure]:
        """Ordered by kind and key."""
        with self._reading() as connection:
            rows = connection.execute(select(FAILURES).where(FAILURES.c.target == target)).all()
        with self._decoding():
            return [_failure_of(row) for row in sorted(rows, key=lambda row: (row.kind, row.key_folded))]

    def record_failures(self, target: str, failing: Sequence[Failure], settled: Iterable[Failure]) -> None:
        """Inserts or replaces some and removes others, all or none."""
        ended = [subject_of(target, each.refusal.kind, each.refusal.key) for each in settled]
        if not (failing or ended):
            return
        with self._writing() as connection:
            if ended:
                connection.execute(DELETE_FAILURE, ended)
            if failing:
                connection.execute(upsert(connection, FAILURES), [_failure_row(target, each) for each in failing])


def subject_of(target: str, kind: Kind, key: str) -> dict[str, str]:
    """What `DELETE_FAILURE` is told."""
    return {"of_target": target, "of_kind": kind.value, "of_key": folded(key)}


def _failure_row(target: str, failure: Failure) -> dict[str, Any]:
    refusal = failure.refusal
    return {
        "target": target,
        "kind": refusal.kind.value,
        "key_folded": folded(refusal.key),
        "key": refusal.key,
        "action": refusal.action.value,
        "digest": refusal.digest,
        "attempts": failure.attempts,
        "first_at": _to_text(failure.first),
        "last_at": _to_text(failure.last),
        "next_at": _to_text(failure.next),
        "status": refusal.status,
        "detail": UNSTORABLE.sub("\ufffd", refusal.detail),
    }


def _failure_of(row: Row[Any]) -> Failure:
    """Raises ValueError where the row holds what was never written."""
    refusal = Refusal(Kind(row.kind), row.key, Action(row.action), row.digest, row.status, row.detail)
    times = (datetime.fromisoformat(each) for each in (row.first_at, row.last_at, row.next_at))
    return Failure(refusal, row.attempts, *times)


def _to_text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()
