"""`reconciler state forget`: what it means is shown first."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from reconciler.cli.locking import briefly_locked
from reconciler.cli.output import write_result
from reconciler.cli.records import NOTHING_RECORDED, chosen_for, hint, record_of
from reconciler.core.journal import EntryState
from reconciler.errors import RunError, UsageError
from reconciler.render.counting import counted
from reconciler.render.neutral import visible
from reconciler.render.state_text import forgetting_object, forgetting_target

if TYPE_CHECKING:
    from reconciler.cli.context import Context
    from reconciler.cli.options import TargetChoice
    from reconciler.cli.records import Store
    from reconciler.core.known import Known
    from reconciler.core.resources import Ref

FORGOTTEN = "forgotten before it was looked for"


def forget_object(context: Context, store: Store, ref: Ref, choice: TargetChoice, *, yes: bool) -> None:
    """Removes the record of one object on each chosen target, after asking."""
    records = {name: record_of(store, name, ref) for name in chosen_for(context, store, ref, choice)}
    write_result("".join(forgetting_object(name, record) for name, record in records.items()))
    _ask(counted(len(records), "record"), yes=yes)
    with briefly_locked(store, records):
        for name, record in records.items():
            _close_journal(store, name, record)
            store.forget(name, record.kind, record.key)
    write_result(f"forgotten: {counted(len(records), 'record')}\n")


def forget_target(store: Store, name: str, *, yes: bool) -> None:
    """Removes everything that is known of a target, after asking."""
    require_recorded(store, name)
    records = store.known(name)
    write_result(forgetting_target(name, records))
    _ask(f"everything of target {name}", yes=yes)
    with briefly_locked(store, [name]):
        _close_journal(store, name)
        store.forget_target(name)
    write_result(f"forgotten: target {visible(name)}, {counted(len(records), 'record')}\n")


def _close_journal(store: Store, target: str, record: Known | None = None) -> None:
    """What an interrupted run left open is settled, of one object or of all: the next plan does not take it back."""
    left = store.unfinished(target)
    if record is not None:
        left = [each for each in left if (each.kind, each.key.casefold()) == (record.kind, record.key.casefold())]
    store.journal(target, [replace(each, state=EntryState.SETTLED, detail=FORGOTTEN) for each in left])


def require_recorded(store: Store, name: str) -> None:
    """Raises `UsageError` where nothing is known of a target, with the nearest one; `RunError` where of none."""
    recorded = store.targets()
    if not recorded:
        raise RunError(NOTHING_RECORDED)
    if name not in recorded:
        raise UsageError(f"nothing is recorded of a target {name!r}{hint(name, recorded)}")


def _ask(what: str, *, yes: bool) -> None:
    """Raises `UsageError` where nobody can be asked, `RunError` where the answer is no."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise UsageError("there is no terminal to ask on: add --yes to forget without asking")
    if not click.confirm(f"Forget {what}?", err=True):
        raise RunError("declined; nothing was forgotten")
