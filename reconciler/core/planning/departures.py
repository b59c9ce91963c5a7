"""Operations on those who leave: disabled, deleted, or left as they are and said so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciler.core.comparing.attributes import ACTIVE, AttributeView
from reconciler.core.deciding.decisions import Decision, is_active
from reconciler.core.deciding.lifecycle import DeletionTerm
from reconciler.core.deciding.situations import Reaction, Standing
from reconciler.core.known import LESSONS_LAST, Learnt
from reconciler.core.manifests.choices import CannotDisable
from reconciler.core.plan import Change
from reconciler.core.planning.confirming import INCOMPLETE, Confirmation
from reconciler.core.planning.permits import Permits, why
from reconciler.core.planning.rows import RowMaker
from reconciler.core.resources import Kind
from reconciler.core.vocabulary import Action, Situation, Verdict

KEPT = "kept, as the target's lifecycle says"
REMAINS = "it should have no access, and can be neither deleted nor disabled"
OUT_OF_GROUPS = "it is in none of the groups that are managed here once this plan is carried out"
CANNOT_DISABLE = "the platform cannot disable anybody"


@dataclass(frozen=True, slots=True)
class DepartureMaker:
    """Makes the operations of one kind's departures.

    `refused`: keys of objects that the platform lately refused to delete, with its words. `ended`: keys of
    users whose access ends by leaving every managed group, since nothing else can be done.
    """

    view: AttributeView
    out: RowMaker
    permits: Permits
    confirmation: Confirmation
    reactions: Mapping[Standing, Reaction]
    term: DeletionTerm
    refused: Mapping[str, str] = field(default_factory=dict)
    ended: frozenset[str] = frozenset()

    @property
    def cannot_disable(self) -> CannotDisable:
        return self.permits.target.settings.lifecycle.cannot_disable

    def leave(self, decision: Decision) -> None:
        """No longer desired here: disabled, deleted, emptied or kept, as the target's lifecycle says."""
        standing = Standing.OUT_OF_SCOPE if decision.situation is Situation.LEFT_SCOPE else Standing.UNDECLARED
        reaction = self.reactions[standing]
        if self._is_emergency(decision, reaction):
            self.disable(decision, certain=self.confirmation.end(decision))
        elif reaction is Reaction.KEEP:
            self.out.withhold(decision, None, decision.situation, KEPT)
        elif reaction is Reaction.DELETE:
            self.delete(decision, certain=self.confirmation.departure(decision))
        elif reaction is Reaction.DISABLE:
            self.disable(decision, certain=self.confirmation.departure(decision))

    def _is_emergency(self, decision: Decision, reaction: Reaction) -> bool:
        """Whether somebody's direct act asks for more than the lifecycle, or for more than it is sure of."""
        if decision.emergency is None or decision.live is None or not is_active(decision.live):
            return False
        return reaction is Reaction.KEEP or not self.confirmation.departure(decision)

    def retire(self, decision: Decision) -> None:
        self.delete(decision, certain=self.confirmation.end(decision))

    def delete(self, decision: Decision, *, certain: bool) -> None:
        """Falls back to disabling where the target may not receive a delete."""
        refusal = self.refused.get(decision.key or "")
        if not certain:
            self.out.hold(decision, Action.DELETE, Verdict.UNCONFIRMED, INCOMPLETE)
            return
        if refusal is not None:
            self.out.withhold(decision, Action.DELETE, Verdict.BLOCKED, f"the platform refused it: {refusal}")
        elif self.permits.permitted(decision, Action.DELETE):
            self.out.add(decision, Action.DELETE, [])
            return
        if self.out.kind is Kind.USER:
            self.disable(decision, certain=certain)

    def disable(self, decision: Decision, *, certain: bool) -> None:
        live = decision.live
        if live is None or not is_active(live):
            return
        verdict = self.permits.verdict(decision, Action.DISABLE)
        if not certain:
            self.out.hold(decision, Action.DISABLE, Verdict.UNCONFIRMED, INCOMPLETE)
        elif verdict is None:
            before = self.view[ACTIVE].read(live.document)
            self.out.add(decision, Action.DISABLE, [Change(path=ACTIVE, before=before, after=False)])
        elif decision.situation is Situation.RETIRED or verdict is Verdict.BLOCKED:
            self.access_remains(decision, verdict)
        else:
            self.permits.refuse(decision, Action.DISABLE, verdict)

    def access_remains(self, decision: Decision, verdict: Verdict) -> None:
        """An end of access that no request can bring about is for a person to see to, unless `keep` says otherwise."""
        cannot = self.permits.unknown(Action.DISABLE) or CANNOT_DISABLE
        cause = cannot if verdict is Verdict.BLOCKED else why(Action.DISABLE, verdict)
        if (decision.key or "") in self.ended and decision.emergency is None:
            self.out.withhold(decision, Action.DISABLE, Verdict.BLOCKED, f"{cause}; {OUT_OF_GROUPS}")
            return
        if self.cannot_disable is CannotDisable.KEEP:
            self.out.withhold(decision, Action.DISABLE, Verdict.BLOCKED, cause)
            return
        day = self.term.day(decision.known) if decision.situation is Situation.REMOVED else None
        if day is not None and self.term.active_too:
            detail = f"{CANNOT_DISABLE}; it is deleted on {day}"
            self.out.withhold(decision, Action.DISABLE, Verdict.BLOCKED, detail)
            return
        detail = REMAINS if decision.situation is Situation.RETIRED else cause
        self.out.hold(decision, Action.DISABLE, Verdict.ACCESS_REMAINS, detail)


def refusal_of(lesson: Learnt) -> str:
    """The platform's words, and when they are put to the test again."""
    return f"{lesson.value} (tried again from {lesson.day + LESSONS_LAST}; `apply --retry` at once)"
