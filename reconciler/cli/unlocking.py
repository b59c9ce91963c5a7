"""`reconciler unlock`: who holds a lock is shown first."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from reconciler.cli.edges import SystemClock
from reconciler.cli.locking import locksmith
from reconciler.cli.output import write_result
from reconciler.core.locks import describe_holder
from reconciler.errors import RunError, UsageError
from reconciler.render.neutral import visible

if TYPE_CHECKING:
    from reconciler.core.locks import Lock
    from reconciler.workflow.ports import LockTable

GOES_ON = "a run that goes on there sends nothing more once it notices"
FREE = "it has ended, or gave no sign of life for too long: the next apply takes the lock without asking"


def unlock(table: LockTable, target: str, *, yes: bool) -> None:
    """Removes exactly the lock that was shown. One that was taken since stays."""
    lock = table.lock_of(target)
    if lock is None:
        write_result(f"{visible(target)}: nobody holds its lock\n")
        return
    write_result(visible(f"{target}: locked by {describe_holder(lock, SystemClock().now())}") + "\n")
    _ask(lock, alive=locksmith(table).holder(target) is not None, yes=yes)
    if not table.release_lock(target, lock.token):
        write_result(f"{visible(target)}: that lock was given back meanwhile\n")
        return
    write_result(f"{visible(target)}: the lock is removed\n")


def _ask(lock: Lock, *, alive: bool, yes: bool) -> None:
    """Raises `UsageError` where nobody can be asked, `RunError` where the answer is no."""
    write_result(f"  {GOES_ON if alive else FREE}\n")
    if yes:
        return
    if not sys.stdin.isatty():
        raise UsageError("there is no terminal to ask on: add --yes to remove the lock without asking")
    if not click.confirm(f"Remove the lock of {lock.target}?", err=True):
        raise RunError("declined; the lock stays")
