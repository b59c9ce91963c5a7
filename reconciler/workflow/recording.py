"""Writing down what a run brought about, while it goes on and at its end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from reconciler.core.deciding.decisions import Decision
from reconciler.core.deciding.references import holds_reference
from reconciler.core.known import Known, Learnt
from reconciler.core.planning.drafts import Draft
from reconciler.core.planning.recording import Effect, Ledger
from reconciler.core.planning.resuming import Resumed
from reconciler.core.planning.rows import label_of
from reconciler.core.resources import Kind
from reconciler.core.safety.emptied import to_remember
from reconciler.core.safety.limits import in_force
from reconciler.workflow.neighbours import end_surrendered
from reconciler.workflow.ports import StateStore

RECORD_EVERY = 200
"""Effects after which the store is written; what a killed run did not record stands in its journal."""


@dataclass(slots=True)
class Recorder:
    """The records of one target, as a run changes them."""

    store: StateStore
    target: str
    draft: Draft
    ledger: Ledger
    decisions: Mapping[tuple[Kind, str], Decision] = field(init=False)
    unrecorded: set[tuple[Kind, str]] = field(default_factory=set)
    finished: set[tuple[Kind, str]] = field(default_factory=set)
    """New users whose records are as they will be at the end."""

    def __post_init__(self) -> None:
        self.decisions = {(each.kind, label_of(each)): each for each in self.draft.decisions}
        for each in self.draft.rows.set_aside:
            self.ledger.add(Effect(each, False))

    def settle(self, resumed: Resumed) -> None:
        """What interrupted runs left open goes into the records first, so that it is settled for good."""
        self.store.record(self.target, resumed.fresh)
        self.store.journal(self.target, resumed.entries)

    def add(self, effect: Effect) -> None:
        """Notes an effect, and writes the records of some objects now and then."""
        self.ledger.add(effect)
        label = (effect.operation.kind, effect.operation.key)
        self.unrecorded.add(label)
        self.finished.discard(label)
        if len(self.unrecorded) >= RECORD_EVERY:
            self.record_touched()

    def record_touched(self) -> None:
        """Writes the records of the objects that had an effect since the last time."""
        decisions = [self.decisions[each] for each in self.unrecorded if each in self.decisions]
        self.finished |= {(each.kind, label_of(each)) for each in decisions if _is_final(each)}
        records = [found for each in decisions if (found := self.ledger.record(each)) is not None]
        self.store.record(self.target, records)
        self.unrecorded.clear()

    def record_everything(self, lessons: Sequence[Learnt]) -> None:
        """Every matched object's applied values, and what was learnt; records of objects that are gone end."""
        records: list[Known] = []
        ended: list[Known] = []
        for decision in self.draft.decisions:
            if (decision.kind, label_of(decision)) in self.finished:
                continue
            if self.ledger.closed(decision) and decision.known is not None:
                ended.append(decision.known)
            elif (found := self.ledger.record(decision)) is not None:
                records.append(found)
                if decision.known is not None and decision.known.key.casefold() != found.key.casefold():
                    ended.append(decision.known)
        self.store.record(self.target, records)
        self.store.declare_emergencies(self.target, self.draft.emergencies.renamed)
        for key in self.draft.emergencies.ended:
            self.store.end_emergency(self.target, key)
        for each in ended:
            self.store.forget(self.target, each.kind, each.key)
        end_surrendered(self.draft, self.target, self.store)
        self.store.learn(self.target, lessons)
        self._record_selections()

    def _record_selections(self) -> None:
        """How many each scope and rule selects, for the next plan to compare with."""
        today, draft = self.ledger.today, self.draft
        allow = in_force(self.ledger.target.settings.safety.allow, draft.rows.operations, today)
        allowed = allow is not None and allow.limits.emptied
        selected = to_remember(draft.selected, draft.emptied, allowed=allowed)
        if set(selected) != set(self.store.selections(self.target)):
            self.store.record_selections(self.target, selected, today)


def _is_final(decision: Decision) -> bool:
    """Whether nothing that happens to others can change what is recorded of somebody."""
    if decision.kind is not Kind.USER or decision.known is not None or decision.wanted is None:
        return False
    return not any(map(holds_reference, decision.wanted.values.values()))
