"""Locks on targets, for as long as a command works on them."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from reconciler.cli.edges import SystemClock, SystemProcesses
from reconciler.cli.output import tell
from reconciler.cli.wiring import open_store
from reconciler.errors import ExitCode, RunError
from reconciler.workflow.locking import Lease, LockHeldError, Locksmith, beating

if TYPE_CHECKING:
    from reconciler.cli.context import Context
    from reconciler.workflow.ports import LockTable


@dataclass(frozen=True, slots=True)
class Locked:
    """The targets whose locks this command holds, and the exit codes of those that somebody else does."""

    leases: dict[str, Lease] = field(default_factory=dict)
    codes: list[ExitCode] = field(default_factory=list)


def locksmith(table: LockTable) -> Locksmith:
    return Locksmith(table, SystemClock(), SystemProcesses(), time.sleep, tell)


@contextmanager
def locked(context: Context, targets: Sequence[str], patience: float) -> Iterator[Locked]:
    """Holds the locks of all targets that can be had within `patience` seconds; the others are told about.

    Given back however the block is left. Where there is deliberately no store there are no locks.
    """
    with open_store(context, writing=True) as store, ExitStack() as given_back:
        found = Locked()
        smith = locksmith(store)
        # In one order for everybody: two runs that wait do not wait for each other.
        for target in sorted(targets):
            try:
                lease = smith.take(target, timedelta(seconds=patience))
            except LockHeldError as error:
                tell(f"Error: {error}")
                found.codes.append(error.exit_code)
                continue
            given_back.callback(_give_back, lease)
            found.leases[target] = lease
        with beating(list(found.leases.values())):
            yield found


@contextmanager
def briefly_locked(table: LockTable, targets: Iterable[str]) -> Iterator[None]:
    """Holds locks for a moment, while records are put right. Raises `LockHeldError` where a run is at work."""
    smith = locksmith(table)
    with ExitStack() as given_back:
        for target in sorted(set(targets)):
            lease = smith.take(target)
            given_back.callback(_give_back, lease)
        yield


def _give_back(lease: Lease) -> None:
    try:
        lease.release()
    except RunError as error:
        tell(f"target {lease.lock.target}: its lock could not be given back and runs out by itself: {error}")
