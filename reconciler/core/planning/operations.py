"""Operations from decisions: what each object's situation asks for, unless the target may not receive it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciler.core.comparing.attributes import ACTIVE, EXTERNAL_ID, AttributeView, is_empty
from reconciler.core.deciding.changes import ChangeMaker
from reconciler.core.deciding.decisions import Decision
from reconciler.core.deciding.references import markers_in
from reconciler.core.deciding.situations import Standing
from reconciler.core.manifests.choices import Adopt, Reenable
from reconciler.core.mapping.fitting import NEVER_LEFT_OUT
from reconciler.core.mapping.targets import Target
from reconciler.core.mapping.wanted import Wanted
from reconciler.core.plan import Change
from reconciler.core.planning.confirming import INCOMPLETE, Confirmation
from reconciler.core.planning.departures import CANNOT_DISABLE, DepartureMaker
from reconciler.core.planning.permits import Permits, adoption_barred, why
from reconciler.core.planning.protection import renames
from reconciler.core.planning.rows import RowMaker
from reconciler.core.planning.yielding import Yielding
from reconciler.core.resources import Kind, LiveResource
from reconciler.core.vocabulary import Action, Situation, Verdict
from reconciler.scim.values import read_boolean

HIDDEN = (
    "it changed object {id}, which was there before and which nothing shows: let this target see it, so that it can be "
    "adopted, or give the user another userName"
)

REFERENCES = "references"
"""Marks the id of an update that only fills in ids which creates of the same plan bring about."""


@dataclass(frozen=True, slots=True)
class OperationMaker:
    """Makes the operations of one kind; `departures` those on who leaves; `yielding`: what is another target's.

    `not_kept`: keys and the attributes that the endpoint was found not to keep for them; "" is for every object.
    `taken`: ids of objects that an earlier creation changed and that nothing shows, by the creation's key and name.
    """

    kind: Kind
    target: Target
    view: AttributeView
    maker: ChangeMaker
    out: RowMaker
    confirmation: Confirmation
    permits: Permits
    departures: DepartureMaker
    yielding: Yielding
    not_kept: frozenset[tuple[str, str]] = frozenset()
    taken: Mapping[tuple[str, str], str] = field(default_factory=dict)
    stateless: bool = False

    def handle(self, decision: Decision) -> None:
        """Adds what a decision leads to."""
        if self.yielding.handle(decision):
            return
        reaction = _REACTIONS.get(decision.situation)
        if reaction is None:
            return
        if self.stateless and self._is_barred(decision):
            self.out.note_stop(decision, Action.ADOPT)
            self.permits.refuse(decision, Action.ADOPT, Verdict.POLICY)
            return
        problem = self._problem(decision) if self.stateless else ""
        if problem:
            self.out.note_stop(decision, Action.ADOPT)
            self.out.withhold(decision, Action.UPDATE, Verdict.NOT_ADOPTED, problem)
            return
        reaction(self, decision)

    def create(self, decision: Decision) -> None:
        wanted = decision.wanted
        if wanted is None:
            return
        verdict = creation_refused(self.target, wanted)
        if not self.confirmation.absent(decision):
            self.out.hold(decision, Action.CREATE, Verdict.UNCONFIRMED, INCOMPLETE)
        elif (wanted.key, wanted.name) in self.taken:
            words = HIDDEN.format(id=self.taken[wanted.key, wanted.name])
            self.out.hold(decision, Action.CREATE, Verdict.TAKEN_OVER, words)
        elif verdict is not None:
            possible = self.target.refuses(self.kind, Action.CREATE) is None
            detail = CANNOT_DISABLE if possible else why(Action.CREATE, verdict)
            self.out.withhold(decision, Action.CREATE, verdict, detail)
        else:
            changes = self.maker.creating(wanted)
            self.out.add(decision, Action.CREATE, [each for each in changes if not markers_in(each.after)])
            later = [each for each in changes if markers_in(each.after)]
            if later and self.permits.permitted(decision, Action.UPDATE):
                self.out.add(decision, Action.UPDATE, later, REFERENCES)

    def adopt(self, decision: Decision) -> None:
        """Recorded, then updated; an adopted account is never enabled."""
        problem = self._problem(decision)
        if problem:
            self.out.withhold(decision, Action.ADOPT, Verdict.NOT_ADOPTED, problem)
        elif not self.permits.permitted(decision, Action.ADOPT):
            return
        elif decision.known is not None and not decision.confirmed_gone:
            self.out.hold(decision, Action.ADOPT, Verdict.UNCONFIRMED, INCOMPLETE)
        else:
            self.out.add(decision, Action.ADOPT, [])
            self.update(decision, may_enable=False)

    def update(self, decision: Decision, *, may_enable: bool = True) -> None:
        """Every change of a live object in one operation, which `active` gives its name."""
        allowed = [each for each in decision.changes if not self._is_blocked(decision, each)]
        access = [each for each in allowed if _access_action(each) is not None]
        action = next((made for each in access if (made := self._judge_access(decision, each, may_enable))), None)
        rest = [each for each in allowed if each not in access]
        if rest and not self.permits.permitted(decision, Action.UPDATE):
            rest = []
        chosen = [each for each in allowed if each in rest or (action is not None and each in access)]
        now = [each for each in chosen if not markers_in(each.after)]
        later = [each for each in chosen if markers_in(each.after)]
        if now:
            self.out.add(decision, action or Action.UPDATE, now)
        if later:
            self.out.add(decision, Action.UPDATE, later, REFERENCES)

    def enable_ours(self, decision: Decision) -> None:
        self.update(decision, may_enable=self.target.settings.lifecycle.reenable is not Reenable.NEVER)

    def enable_theirs(self, decision: Decision) -> None:
        self.update(decision, may_enable=self.target.settings.lifecycle.reenable is Reenable.ALWAYS)

    def leave(self, decision: Decision) -> None:
        self.departures.leave(decision)

    def retire(self, decision: Decision) -> None:
        self.departures.retire(decision)

    def stray(self, decision: Decision) -> None:
        """Foreign objects are counted elsewhere; one that an absent entry matches is shown."""
        if decision.wanted is not None:
            self.out.withhold(decision, Action.DELETE, Verdict.NOT_OWNED, "it was neither created nor adopted here")
        elif decision.emergency is not None:
            self.departures.disable(decision, certain=self.confirmation.end(decision))

    def hold_as_it_is(self, decision: Decision) -> None:
        self.out.hold(decision, None, decision.situation, decision.detail)

    def _judge_access(self, decision: Decision, change: Change, may_enable: bool) -> Action | None:
        """ENABLE or DISABLE where that may be done, else None and a row that says why not."""
        action = _access_action(change)
        if action is Action.ENABLE and not may_enable:
            ours = decision.situation is Situation.RETURNED
            reason = decision.situation if ours else Situation.DISABLED_THERE
            detail = "`reenable` is never" if ours else "it was not disabled from here"
            self.out.withhold(decision, action, reason, detail)
            return None
        if action is Action.DISABLE and not self.confirmation.end(decision):
            self.out.hold(decision, action, Verdict.UNCONFIRMED, INCOMPLETE)
            return None
        verdict = self.permits.verdict(decision, action) if action is not None else None
        if action is None or verdict is None:
            return action
        if action is Action.DISABLE:
            self.departures.access_remains(decision, verdict)
        else:
            self.permits.refuse(decision, action, verdict)
        return None

    def _is_blocked(self, decision: Decision, change: Change) -> bool:
        """RFC 7643 §2.2: an immutable attribute "SHALL NOT be updated" once it is set. What access and matching
        depend on is not learnt away where the endpoint does not keep it, and not sent again and again either.
        """
        attribute = self.view[change.path].attribute
        immutable = attribute is not None and attribute.mutability.casefold() == "immutable"
        detail = ""
        if renames(self.kind, change) and self.permits.protection.covers(decision):
            detail = f"{change.path} stays: {why(Action.UPDATE, Verdict.PROTECTED)}"
            self.out.withhold(decision, Action.UPDATE, Verdict.PROTECTED, detail)
            return True
        if immutable and change.before is not None:
            detail = f"{change.path} cannot be changed once it is set"
        elif change.path in NEVER_LEFT_OUT[self.kind] - {ACTIVE} and self._is_lost(decision, change.path):
            detail = f"the endpoint accepts {change.path} and does not keep it"
        if detail:
            self.out.withhold(decision, Action.UPDATE, Verdict.BLOCKED, detail)
        return bool(detail)

    def _is_lost(self, decision: Decision, path: str) -> bool:
        return not self.not_kept.isdisjoint({("", path), (decision.key or "", path)})

    def _is_barred(self, decision: Decision) -> bool:
        wanted = decision.wanted is not None and decision.wanted.standing is Standing.WANTED
        return wanted and decision.live is not None and adoption_barred(self.target, self.kind)

    def _problem(self, decision: Decision) -> str:
        wanted = decision.wanted
        if decision.live is None or wanted is None or wanted.standing is not Standing.WANTED:
            return ""
        return adoption_problem(wanted, decision.live, self.target, self.view)


def _access_action(change: Change) -> Action | None:
    """What a change of `active` amounts to; None for every other change."""
    wanted = read_boolean(change.after) if change.path == ACTIVE else None
    return None if wanted is None else Action.ENABLE if wanted else Action.DISABLE


def creation_refused(target: Target, wanted: Wanted) -> Verdict | None:
    """Why an object may not be created on a target. An inactive user is none where nobody can be made inactive."""
    verdict = target.refuses(wanted.kind, Action.CREATE)
    if verdict is None and wanted.kind is Kind.USER and not wanted.active:
        blocked = target.refuses(wanted.kind, Action.DISABLE) is Verdict.BLOCKED
        return Verdict.BLOCKED if blocked else None
    return verdict


def adoption_problem(wanted: Wanted, live: LiveResource, target: Target, view: AttributeView) -> str:
    """Why the matching live object may not be taken over under the target's `adopt`; "" where it may."""
    rule = target.settings.ownership.adopt
    if rule is Adopt.MATCHED:
        return ""
    if rule is Adopt.NEVER:
        return "it is there already, and `adopt` is never"
    facts = view[EXTERNAL_ID]
    theirs = facts.read(live.document)
    ours = wanted.values.get(EXTERNAL_ID)
    if is_empty(theirs) or (not is_empty(ours) and facts.comparable(theirs) == facts.comparable(ours)):
        return ""
    return f"it is claimed by another externalId, {theirs!r}"


_REACTIONS = {
    Situation.UNREADABLE: OperationMaker.hold_as_it_is,
    Situation.DISPUTED: OperationMaker.hold_as_it_is,
    Situation.IDENTITY_CHANGED: OperationMaker.hold_as_it_is,
    Situation.RELINKED: OperationMaker.adopt,
    Situation.LOST: OperationMaker.create,
    Situation.RETIRED: OperationMaker.retire,
    Situation.REMOVED: OperationMaker.leave,
    Situation.LEFT_SCOPE: OperationMaker.leave,
    Situation.FOREIGN: OperationMaker.stray,
    Situation.MISSING: OperationMaker.create,
    Situation.ADOPTABLE: OperationMaker.adopt,
    Situation.DISABLED_THERE: OperationMaker.enable_theirs,
    Situation.RETURNED: OperationMaker.enable_ours,
    Situation.DRIFTED: OperationMaker.update,
}
"""The one place where reactions are configured. What is missing here (waiting, gone, in_sync) needs nothing done."""
