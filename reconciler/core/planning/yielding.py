"""What a target leaves to another one on the same endpoint: that one owns it, or takes it over."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from reconciler.core.deciding.decisions import Decision, is_active
from reconciler.core.deciding.neighbours import Neighbours
from reconciler.core.known import Holding
from reconciler.core.planning.departures import DepartureMaker
from reconciler.core.planning.rows import RowMaker, label_of
from reconciler.core.resources import Kind
from reconciler.core.vocabulary import Action, Situation, Verdict

HANDED_OVER = "target {heir} desires it: its next apply takes it over, and nothing is done to it until then"
FIRST_COME = "desired by target {name} as well: whichever target is applied first owns them, or say in its scope which"

LEAVING = {
    Situation.LEFT_SCOPE: Action.DISABLE,
    Situation.REMOVED: Action.DISABLE,
    Situation.RETIRED: Action.DELETE,
    Situation.WAITING: Action.DELETE,
}
_COMING = {
    Situation.MISSING: Action.CREATE,
    Situation.LOST: Action.CREATE,
    Situation.ADOPTABLE: Action.ADOPT,
    Situation.RELINKED: Action.ADOPT,
}
_OPEN = frozenset((Situation.UNREADABLE, Situation.DISPUTED, Situation.FOREIGN, Situation.GONE))


@dataclass(frozen=True, slots=True)
class Yielding:
    """Rows for what is another target's, or will be."""

    out: RowMaker
    departures: DepartureMaker

    def handle(self, decision: Decision) -> bool:
        """Whether another target sees to an object. An emergency that is in force here is carried out all the same."""
        if decision.situation in _OPEN:
            return False
        if decision.holder is not None:
            self._withhold(decision, _COMING.get(decision.situation, Action.UPDATE), str(decision.holder))
            return True
        if decision.heir is None:
            return False
        if decision.emergency is not None and decision.live is not None and is_active(decision.live):
            self.departures.disable(decision, certain=self.departures.confirmation.end(decision))
        else:
            self._withhold(decision, LEAVING[decision.situation], HANDED_OVER.format(heir=decision.heir))
        return True

    def _withhold(self, decision: Decision, action: Action, detail: str) -> None:
        if decision.kind is Kind.GROUP and action is Action.DISABLE:
            action = Action.UPDATE
        self.out.withhold(decision, action, Verdict.OWNED_ELSEWHERE, detail)
        # Whatever it is, nothing goes into it or out of it from here.
        self.out.note_stop(decision, Action.ADOPT)


def mark_owners(decisions: Iterable[Decision], neighbours: Mapping[Kind, Neighbours]) -> None:
    """Notes which decisions are about another target's objects, and which objects another target is to take over."""
    for each in decisions:
        beside = neighbours[each.kind]
        if each.live is not None:
            each.holder = beside.elsewhere.get(each.live.id)
        elif each.wanted is not None and each.situation in _COMING:
            each.holder = beside.holder(each.wanted, each.known)
        if each.holder is None and each.live is not None and each.situation in LEAVING:
            each.heir = beside.heir(each.live, each.known)


def shared_keys(
    decisions: Iterable[Decision], neighbours: Mapping[Kind, Neighbours]
) -> dict[tuple[Kind, str], list[tuple[str, str]]]:
    """What is about to become this target's although others desire it too: its label, and their names and keys."""
    coming = (each for each in decisions if each.situation in _COMING and each.holder is None)
    found = {
        (each.kind, label_of(each)): neighbours[each.kind].sharers(each.wanted)
        for each in coming
        if each.wanted is not None
    }
    return {label: sharers for label, sharers in found.items() if sharers}


def surrendered(neighbours: Mapping[Kind, Neighbours]) -> dict[tuple[Kind, str], list[Holding]]:
    """What other targets still have on record of this target's objects, by kind and id."""
    return {(kind, id): held for kind, beside in neighbours.items() for id, held in beside.surrendered.items()}


def sharing_notes(shared: Mapping[tuple[Kind, str], Iterable[tuple[str, str]]]) -> list[str]:
    """Says of what is nobody's yet that more than one target desires it."""
    names = sorted({name for sharers in shared.values() for name, _ in sharers})
    counts = {name: sum(name in dict(sharers) for sharers in shared.values()) for name in names}
    return [
        f"{count:,} new {'object is' if count == 1 else 'objects are'} {FIRST_COME.format(name=name)}"
        for name, count in counts.items()
    ]


def taken_since(
    shared: Mapping[tuple[Kind, str], Iterable[tuple[str, str]]], holdings: Iterable[Holding]
) -> dict[tuple[Kind, str], Holding]:
    """Of what several targets desire, what one of the others has come to own since the plan was made."""
    held = {(each.target, each.kind, each.key.casefold()): each for each in holdings}
    found = {}
    for (kind, label), sharers in shared.items():
        theirs = (held.get((name, kind, key.casefold())) for name, key in sharers)
        holding = next((each for each in theirs if each is not None), None)
        if holding is not None:
            found[kind, label] = holding
    return found
