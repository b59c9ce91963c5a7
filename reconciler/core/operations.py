"""Operations from decisions: what each object's situation asks for, unless the target may not receive it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from reconciler.core.attributes import ACTIVE, EXTERNAL_ID, AttributeView, is_empty
from reconciler.core.changes import ChangeMaker
from reconciler.core.deciding import Decision, is_active, name_of
from reconciler.core.manifests.choices import Adopt, Reenable
from reconciler.core.plan import Change, Operation, Precondition, Row
from reconciler.core.references import markers_in
from reconciler.core.resources import Kind, LiveResource, Ref
from reconciler.core.situations import Reaction, Standing
from reconciler.core.targets import Target
from reconciler.core.vocabulary import Action, By, Situation, Verdict
from reconciler.scim.values import digest

REFERENCES = "references"
"""Marks the id of an update that only fills in ids which creates of the same plan bring about."""


@dataclass(slots=True)
class Rows:
    """What comes out beside the operations."""

    operations: list[Operation] = field(default_factory=list)
    withheld: list[Row] = field(default_factory=list)
    held: list[Row] = field(default_factory=list)
    stopped: set[Ref] = field(default_factory=set)
    """Objects whose create or adoption was withheld or held."""
    creates: dict[Ref, int] = field(default_factory=dict)
    """Where in `operations` each create stands."""


@dataclass(frozen=True, slots=True)
class OperationMaker:
    """Makes the operations of one kind. `confirmed` is False where the kind's listing is not the whole truth."""

    kind: Kind
    target: Target
    view: AttributeView
    maker: ChangeMaker
    confirmed: bool
    searched: frozenset[str]
    reactions: Mapping[Standing, Reaction]
    rows: Rows
    stateless: bool = False

    def handle(self, decision: Decision) -> None:
        """Adds what a decision leads to."""
        reaction = _REACTIONS.get(decision.situation)
        if reaction is None:
            return
        if self.stateless and decision.live is not None and decision.changes:
            problem = adoption_problem(decision, self.target, self.view)
            if problem:
                self.withhold(decision, Action.UPDATE, Verdict.NOT_ADOPTED, problem)
                return
        reaction(self, decision)

    def create(self, decision: Decision) -> None:
        wanted = decision.wanted
        if wanted is None:
            return
        if not self.confirmed and wanted.key not in self.searched:
            self.hold(decision, Action.CREATE, Verdict.UNCONFIRMED, "the listing was not complete")
        elif self.permitted(decision, Action.CREATE):
            changes = self.maker.creating(wanted)
            now = [each for each in changes if not markers_in(each.after)]
            self.add(decision, Action.CREATE, now)
            self._fill_references(decision, [each for each in changes if markers_in(each.after)])

    def adopt(self, decision: Decision) -> None:
        """Recorded, then updated; an adopted account is never enabled."""
        if decision.live is None or decision.wanted is None:
            return
        problem = adoption_problem(decision, self.target, self.view)
        if problem:
            self.withhold(decision, Action.ADOPT, Verdict.NOT_ADOPTED, problem)
            return
        self.add(decision, Action.ADOPT, [])
        self.update(decision, may_enable=False)

    def update(self, decision: Decision, *, may_enable: bool = True) -> None:
        """Every change of a live object: one operation, which `active` gives its name."""
        changes = [each for each in decision.changes if not self._is_blocked(decision, each)]
        enabling = next((each for each in changes if each.path == ACTIVE and each.after is True), None)
        disabling = next((each for each in changes if each.path == ACTIVE and each.after is False), None)
        if enabling is not None and (not may_enable or not self.permitted(decision, Action.ENABLE)):
            if not may_enable:
                self.withhold(decision, Action.ENABLE, Situation.DISABLED_THERE, "it was not disabled from here")
            changes.remove(enabling)
            enabling = None
        if disabling is not None and not self.permitted(decision, Action.DISABLE):
            changes.remove(disabling)
            disabling = None
        later = [each for each in changes if markers_in(each.after)]
        now = [each for each in changes if not markers_in(each.after)]
        action = Action.ENABLE if enabling else Action.DISABLE if disabling else Action.UPDATE
        if now and (action is not Action.UPDATE or self.permitted(decision, Action.UPDATE)):
            self.add(decision, action, now)
        self._fill_references(decision, later)

    def enable_ours(self, decision: Decision) -> None:
        self.update(decision, may_enable=self.target.settings.lifecycle.reenable is not Reenable.NEVER)

    def enable_theirs(self, decision: Decision) -> None:
        self.update(decision, may_enable=self.target.settings.lifecycle.reenable is Reenable.ALWAYS)

    def leave(self, decision: Decision) -> None:
        """No longer desired here: disabled, deleted, emptied or kept, as the target's lifecycle says."""
        standing = Standing.OUT_OF_SCOPE if decision.situation is Situation.LEFT_SCOPE else Standing.UNDECLARED
        reaction = self.reactions[standing]
        if reaction is Reaction.KEEP:
            self.withhold(decision, None, decision.situation, "kept, as the target's lifecycle says")
        elif reaction is Reaction.DELETE:
            self.delete(decision)
        elif reaction is Reaction.DISABLE:
            self.disable(decision)

    def delete(self, decision: Decision) -> None:
        if not self.confirmed and decision.situation is not Situation.RETIRED:
            self.hold(decision, Action.DELETE, Verdict.UNCONFIRMED, "the listing was not complete")
        elif self.permitted(decision, Action.DELETE):
            self.add(decision, Action.DELETE, [])
        elif self.kind is Kind.USER and decision.situation is Situation.RETIRED:
            self.disable(decision)

    def disable(self, decision: Decision) -> None:
        live = decision.live
        if live is None or not is_active(live):
            return
        if not self.confirmed and decision.situation is not Situation.RETIRED:
            self.hold(decision, Action.DISABLE, Verdict.UNCONFIRMED, "the listing was not complete")
        elif self.permitted(decision, Action.DISABLE):
            before = self.view[ACTIVE].read(live.document)
            self.add(decision, Action.DISABLE, [Change(path=ACTIVE, before=before, after=False)])
        elif decision.situation is Situation.RETIRED:
            self.hold(decision, Action.DISABLE, Verdict.ACCESS_REMAINS, "neither delete nor disable is possible")

    def stray(self, decision: Decision) -> None:
        """Foreign objects are counted elsewhere; one that an absent entry matches is shown."""
        if decision.wanted is not None:
            self.withhold(decision, Action.DELETE, Verdict.NOT_OWNED, "it was neither created nor adopted here")

    def hold_as_it_is(self, decision: Decision) -> None:
        self.hold(decision, None, decision.situation, decision.detail)

    def permitted(self, decision: Decision, action: Action) -> bool:
        """Whether the target may receive the action; a row says so where it may not."""
        verdict = self.target.refuses(self.kind, action)
        if verdict is None:
            return True
        why = "the platform cannot do it" if verdict is Verdict.BLOCKED else "`manage` leaves it out"
        self.withhold(decision, action, verdict, why)
        return False

    def add(self, decision: Decision, action: Action, changes: Sequence[Change], suffix: str = "") -> None:
        by = By.US
        sides = {each.by for each in changes}
        if sides:
            by = sides.pop() if len(sides) == 1 else By.BOTH
        label = label_of(decision)
        if action is Action.CREATE:
            self.rows.creates[Ref(self.kind, label)] = len(self.rows.operations)
        self.rows.operations.append(
            Operation(
                id=":".join(filter(None, (self.kind, label, action, suffix))),
                kind=self.kind,
                key=label,
                name=name_of(decision.live) if action is Action.DELETE and decision.live else object_name(decision),
                action=action,
                situation=decision.situation,
                reason=decision.situation,
                by=by,
                changes=tuple(changes),
                precondition=self.precondition(decision),
            )
        )

    def precondition(self, decision: Decision) -> Precondition | None:
        live = decision.live
        if live is None:
            return None
        paths = decision.wanted.values if decision.wanted is not None else (ACTIVE,)
        meta = live.document.get("meta")
        version = meta.get("version") if isinstance(meta, dict) else None
        return Precondition(
            id=live.id,
            version=version if isinstance(version, str) else None,
            digest=live_digest(live, sorted(paths), self.view),
        )

    def withhold(self, decision: Decision, action: Action | None, reason: Verdict | Situation, detail: str) -> None:
        self._note_stop(decision, action)
        self.rows.withheld.append(self._row(decision, action, reason, detail))

    def hold(self, decision: Decision, action: Action | None, reason: Verdict | Situation, detail: str) -> None:
        self._note_stop(decision, action)
        self.rows.held.append(self._row(decision, action, reason, detail))

    def _note_stop(self, decision: Decision, action: Action | None) -> None:
        if action in (Action.CREATE, Action.ADOPT):
            self.rows.stopped.add(Ref(self.kind, label_of(decision)))

    def _row(
        self, decision: Decision, action: Action | None, reason: Verdict | Situation, detail: str
    ) -> Row:
        live = decision.live
        return Row(
            kind=self.kind,
            key=decision.key,
            name=object_name(decision),
            id=live.id if live is not None else decision.known.id if decision.known is not None else None,
            action=action,
            situation=decision.situation,
            reason=reason,
            detail=detail,
        )

    def _is_blocked(self, decision: Decision, change: Change) -> bool:
        """RFC 7643 §2.2: an immutable attribute "SHALL NOT be updated" once it is set."""
        attribute = self.view[change.path].attribute
        blocked = attribute is not None and attribute.mutability.casefold() == "immutable" and change.before is not None
        if blocked:
            self.withhold(decision, Action.UPDATE, Verdict.BLOCKED, f"{change.path} cannot be changed once it is set")
        return blocked

    def _fill_references(self, decision: Decision, changes: list[Change]) -> None:
        if changes and self.permitted(decision, Action.UPDATE):
            self.add(decision, Action.UPDATE, changes, REFERENCES)


def adoption_problem(decision: Decision, target: Target, view: AttributeView) -> str:
    """Why the matching live object may not be taken over under the target's `adopt`; "" where it may."""
    rule = target.settings.ownership.adopt
    if decision.live is None or decision.wanted is None or rule is Adopt.MATCHED:
        return ""
    if rule is Adopt.NEVER:
        return "it is there already, and `adopt` is never"
    facts = view[EXTERNAL_ID]
    theirs = facts.read(decision.live.document)
    ours = decision.wanted.values.get(EXTERNAL_ID)
    if is_empty(theirs) or (not is_empty(ours) and facts.comparable(theirs) == facts.comparable(ours)):
        return ""
    return f"it is claimed by another externalId, {theirs!r}"


def label_of(decision: Decision) -> str:
    """The key, or the live name of an object that the manifests do not know."""
    if decision.key is not None:
        return decision.key
    return name_of(decision.live) if decision.live is not None else ""


def object_name(decision: Decision) -> str:
    if decision.wanted is not None:
        return decision.wanted.name
    if decision.live is not None:
        return name_of(decision.live)
    return decision.known.name if decision.known is not None else ""


def live_digest(live: LiveResource, paths: Iterable[str], view: AttributeView) -> str:
    """Over the live values at some paths, free of order and of what the schema ignores."""
    return digest({path: view[path].comparable(view[path].read(live.document)) for path in paths})


_REACTIONS = {
    Situation.UNREADABLE: OperationMaker.hold_as_it_is,
    Situation.DISPUTED: OperationMaker.hold_as_it_is,
    Situation.IDENTITY_CHANGED: OperationMaker.hold_as_it_is,
    Situation.RELINKED: OperationMaker.adopt,
    Situation.LOST: OperationMaker.create,
    Situation.RETIRED: OperationMaker.delete,
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
