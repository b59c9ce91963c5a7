"""The journal around the requests of a run: intents are on disk before anything of them is sent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import islice
from typing import Any

from reconciler.core.journal import Entry, EntryState, kept_since
from reconciler.core.plan import Operation
from reconciler.core.report import Result
from reconciler.core.vocabulary import Action
from reconciler.workflow.ports import Clock, StateStore
from reconciler.workflow.writing import Done

MOST_AT_ONCE = 128
"""Operations whose intents are written in one transaction: a commit costs as much as dozens of rows."""

FEWEST_AT_ONCE = 8

MOST_UNWRITTEN = 4 * MOST_AT_ONCE
"""Endings that are written by themselves; as a rule they go with the next intents."""

LONGEST_UNWRITTEN = timedelta(seconds=1)
"""How long an ending may wait for others to be written with it."""

STATES = {
    Result.DONE: EntryState.CONFIRMED,
    Result.ALREADY: EntryState.CONFIRMED,
    Result.FAILED: EntryState.FAILED,
    Result.SKIPPED: EntryState.NOT_SENT,
    Result.NOT_SENT: EntryState.NOT_SENT,
    Result.IN_DOUBT: EntryState.IN_DOUBT,
}


@dataclass(slots=True)
class Journal:
    """One run's. `images`: what each operation replaces, by its id."""

    store: StateStore
    clock: Clock
    target: str
    run: str
    images: Mapping[str, Mapping[str, Any]]
    entries: dict[str, Entry] = field(default_factory=dict)
    unwritten: list[Entry] = field(default_factory=list)

    def announced(self, items: Iterable[Sequence[Operation]], workers: int) -> Iterator[Sequence[Operation]]:
        """The same items; none is handed out before what it is about to send is on disk."""
        waiting = iter(items)
        size = min(MOST_AT_ONCE, max(FEWEST_AT_ONCE, 4 * workers))
        while batch := list(islice(waiting, size)):
            intents = [self._intend(each) for item in batch for each in item if each.id not in self.entries]
            self.write([each for each in intents if each.action is not Action.ADOPT])
            yield from batch

    def announce(self, operations: Sequence[Operation]) -> None:
        """Puts on disk what some operations are about to send; `announced` then leaves it at that."""
        self.write([self._intend(each) for each in operations if each.action is not Action.ADOPT])

    def _intend(self, operation: Operation) -> Entry:
        entry = Entry(
            run=self.run,
            operation=operation.id,
            position=len(self.entries),
            kind=operation.kind,
            key=operation.key,
            action=operation.action,
            state=EntryState.INTENDED,
            intent=intent_of(operation),
            at=self.clock.now(),
            id=operation.precondition.id if operation.precondition is not None else None,
            before=self.images.get(operation.id),
        )
        self.entries[operation.id] = entry
        return entry

    def end(self, operation: Operation, done: Done) -> None:
        """Notes how an operation ended; written with others, soon."""
        entry = self.entries[operation.id]
        ended = replace(
            entry,
            state=STATES[done.result],
            id=done.effect.id or entry.id,
            detail=done.detail,
            status=done.status,
            at=self.clock.now(),
        )
        self.unwritten.append(ended)
        if len(self.unwritten) >= MOST_UNWRITTEN or ended.at - self.unwritten[0].at >= LONGEST_UNWRITTEN:
            self.write()

    def write(self, intents: Sequence[Entry] = ()) -> None:
        """Writes every ending that is not on disk yet, and some intents, in one transaction."""
        self.store.journal(self.target, [*self.unwritten, *intents])
        self.unwritten.clear()

    def forget_the_old(self) -> None:
        """Removes what runs did that are over for long: nobody undoes them, and it is about people."""
        started = [each.started for each in self.store.runs(self.target)]
        self.store.prune_journal(self.target, kept_since(started, self.clock.now()))


def intent_of(operation: Operation) -> dict[str, Any]:
    """What of an operation is kept: no secret, since a password is a marker in every plan."""
    intent: dict[str, Any] = {
        "name": operation.name,
        "changes": [{"path": each.path, "after": each.after} for each in operation.changes],
    }
    if operation.members:
        intent["members"] = [{"key": each.key, "id": each.id} for each in operation.members]
    return intent
