"""People who were disabled in an emergency: every plan wants them inactive, whatever the manifests say."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from reconciler.core.comparing.attributes import ACTIVE
from reconciler.core.deciding.decisions import Decision
from reconciler.core.deciding.situations import Standing
from reconciler.core.known import Emergency
from reconciler.core.mapping.targets import Target
from reconciler.core.mapping.wanted import Wanted
from reconciler.core.planning.rows import RowMaker
from reconciler.core.resources import DesiredUser, Kind, State
from reconciler.core.vocabulary import Action, Verdict

HELD = "disabled in an emergency on {day}; `reconciler release user:{key} {target}` ends it, or state: disabled"


BY_HAND = {
    Verdict.BLOCKED: "the platform cannot disable anybody",
    Verdict.UNMANAGED_OPERATION: "`manage` leaves it out",
    Verdict.POLICY: "the platform is not known to support changing users that were there before",
}


@dataclass(slots=True)
class Emergencies:
    """Those of one target. Filled as they are imposed: `ended`, keys of those that the manifests end by denying access
    themselves, and `renamed`, those whose user has another key by now.
    """

    target: str
    today: date
    declared: dict[str, Emergency]
    ended: list[str] = field(default_factory=list)
    renamed: list[Emergency] = field(default_factory=list)

    @classmethod
    def of(cls, target: str, today: date, declared: Iterable[Emergency]) -> Emergencies:
        return cls(target, today, {each.key.casefold(): each for each in declared})

    def impose(self, wanted: Wanted) -> None:
        """Wants a user inactive who is in an emergency, under this key or an earlier one."""
        found = self._about(wanted)
        if not found:
            return
        if denies_access(wanted):
            self.ended += [each.key for each in found]
            return
        wanted.values[ACTIVE] = False
        wanted.emergency = min(each.since for each in found)
        if found[0].key.casefold() != wanted.key.casefold():
            self.renamed.append(Emergency(wanted.key, wanted.emergency))
            self.ended += [each.key for each in found]

    def mark(self, decision: Decision) -> None:
        """Notes since when an emergency is in force for an object, wanted or only recorded."""
        if decision.wanted is not None and decision.wanted.standing is Standing.WANTED:
            decision.emergency = decision.wanted.emergency
        elif decision.kind is Kind.USER and decision.wanted is None and decision.known is not None:
            found = self.declared.get(decision.known.key.casefold())
            decision.emergency = found.since if found is not None else None

    def show(self, decision: Decision, out: RowMaker) -> None:
        """Says of a user to whom the manifests give access that it is withheld, unless an operation says so."""
        wanted = decision.wanted
        if wanted is None or decision.emergency is None or not isinstance(wanted.entry, DesiredUser):
            return
        if wanted.entry.is_active(self.today) and not out.disables(wanted.key):
            detail = HELD.format(day=decision.emergency, key=wanted.key, target=self.target)
            out.withhold(decision, Action.ENABLE, Verdict.EMERGENCY, detail)

    def _about(self, wanted: Wanted) -> list[Emergency]:
        """The one under the user's own key first."""
        if wanted.kind is not Kind.USER or not self.declared:
            return []
        keys = dict.fromkeys(each.casefold() for each in (wanted.key, *wanted.entry.previously))
        return [self.declared[each] for each in keys if each in self.declared]


def denies_access(wanted: Wanted) -> bool:
    """Whether the manifests themselves say that a user is disabled or absent, and the mapping carries it over."""
    entry = wanted.entry
    if not isinstance(entry, DesiredUser):
        return False
    return entry.state is State.ABSENT or (entry.state is State.DISABLED and not wanted.active)


def by_hand(verdict: Verdict, target: Target, id: str) -> str:
    """Why a target may not be told to disable somebody, and what is left to do there."""
    deletes = verdict is Verdict.BLOCKED and target.refuses(Kind.USER, Action.DELETE) is None
    otherwise = "; `state: absent` has the next apply delete it" if deletes else ""
    return f"{BY_HAND[verdict]}; in its console, lock or delete object {id}, end its sessions and keys{otherwise}"
