"""Writes of a run that kills itself at a chosen moment; as a script, at every moment in turn.

`deadly_writes.py write URL` writes to the targets of a number of its own in each run, `deadly_writes.py open URL` makes
the store. Both print, as a JSON list, how many writes each run had confirmed when it was killed; the last one was not.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import count

from sqlalchemy import Engine, Pool, event

from reconciler.core.failures import Failure, Refusal
from reconciler.core.journal import Entry, EntryState
from reconciler.core.known import Emergency, Known, Learnt, Lesson, Origin, Run, Selected
from reconciler.core.resources import Kind
from reconciler.core.vocabulary import Action
from reconciler.storage.state.opening import open_state
from reconciler.storage.state.store import SqlState

DAY = date(2026, 11, 21)
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
ANN, BOB, CYD = (Known(Kind.USER, key, id, Origin.CREATED) for key, id in [("ann", "1"), ("bob", "2"), ("cyd", "3")])
SWAPPED = [replace(ANN, id="2"), replace(BOB, id="1"), CYD]
RUN = Run("noon", "", NOON, "plan", "tool")
INTENDED = [
    Entry("noon", f"user:{key}:update", place, Kind.USER, key, Action.UPDATE, EntryState.INTENDED, {}, NOON)
    for place, key in enumerate(("ann", "bob"))
]
CONFIRMED = [replace(each, state=EntryState.CONFIRMED) for each in INTENDED]
FAILING = [
    Failure(Refusal(Kind.USER, key, Action.UPDATE, "digest", 422, "no"), 1, NOON, NOON, NOON) for key in ("ann", "bob")
]
SELECTED = [Selected("scope", name, Kind.USER, 4) for name in ("east", "west")]

Write = Callable[[SqlState, str, str], None]

WRITES: tuple[Write, ...] = (
    lambda state, old, _: state.bind(old, "0123"),
    lambda state, old, _: state.record_run(replace(RUN, target=old)),
    lambda state, old, _: state.record(old, [ANN, BOB]),
    lambda state, old, _: state.record(old, SWAPPED),
    lambda state, old, _: state.learn(old, [Learnt(Lesson.UNDELETABLE, Kind.USER, "delete", "no", DAY, "ann")]),
    lambda state, old, _: state.declare_emergencies(old, [Emergency("ann", DAY), Emergency("bob", DAY)]),
    lambda state, old, _: state.end_emergency(old, "bob"),
    lambda state, old, _: state.record_selections(old, SELECTED, DAY),
    lambda state, old, _: state.record_selections(old, SELECTED[:1], DAY),
    lambda state, old, _: state.record_failures(old, FAILING, []),
    lambda state, old, _: state.record_failures(old, FAILING[:1], FAILING[1:]),
    lambda state, old, _: state.journal(old, INTENDED),
    lambda state, old, _: state.journal(old, CONFIRMED),
    lambda state, old, _: state.forget(old, Kind.USER, "cyd"),
    lambda state, old, _: state.record_run(replace(RUN, target=old, ended=NOON)),
    lambda state, old, _: state.move(old, Kind.USER, "ann", "anne"),
    lambda state, old, new: state.move_target(old, new),
    lambda state, _, new: state.unbind(new),
    lambda state, _, new: state.forget_target(new),
)


def write(state: SqlState, number: int, step: Write) -> None:
    step(state, f"old-{number}", f"new-{number}")


def die_at(moment: int) -> None:
    """Ends this process, as if somebody else did: before a statement, before a commit, or right after a transaction."""
    moments = count(1)

    def tick(*_: object) -> None:
        if next(moments) == moment:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(Engine, "before_cursor_execute", tick)
    event.listen(Engine, "commit", tick)
    event.listen(Pool, "checkin", tick)


def write_all(url: str, number: int, confirm: Callable[[], None]) -> None:
    with closing(open_state(url, create=True)) as state:
        assert isinstance(state, SqlState)
        die_at(number)
        for step in WRITES:
            write(state, number, step)
            confirm()


def make(url: str, number: int, confirm: Callable[[], None]) -> None:
    die_at(number)
    open_state(url, create=True).close()
    confirm()


def killed(work: Callable[[str, int, Callable[[], None]], None], url: str, number: int) -> tuple[int, bool]:
    """How many writes were confirmed in a process of its own, and whether it was killed."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            work(url, number, lambda: os.write(writing, b".") and None)
            code = 0
        finally:
            os._exit(code)
    os.close(writing)
    with os.fdopen(reading, "rb") as confirmed:
        done = len(confirmed.read())
    _, status = os.waitpid(child, 0)
    if not os.WIFSIGNALED(status) and status:
        raise SystemExit("the writes failed")
    return done, os.WIFSIGNALED(status)


def main() -> None:
    work = {"write": write_all, "open": make}[sys.argv[1]]
    open_state(sys.argv[2], create=False).close()  # so that not every child has to import everything
    confirmed = []
    for number in count(1):
        done, was_killed = killed(work, sys.argv[2], number)
        confirmed.append(done)
        if not was_killed:
            break
    json.dump(confirmed, sys.stdout)


if __name__ == "__main__":
    main()
