"""Membership operations: who joins and leaves each group, cut to the size that the platform takes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reconciler.core.comparing.attributes import MEMBERS
from reconciler.core.deciding.decisions import Decision
from reconciler.core.deciding.deltas import MemberDelta
from reconciler.core.deciding.situations import Reaction, Standing
from reconciler.core.known import Known
from reconciler.core.plan import Member, Operation
from reconciler.core.planning.confirming import INCOMPLETE
from reconciler.core.planning.operations import OperationMaker
from reconciler.core.planning.permits import why
from reconciler.core.planning.rows import object_name
from reconciler.core.resources import Kind, Ref
from reconciler.core.vocabulary import Action, By, Situation, Verdict

UNKNOWABLE = "the platform does not show who is in it, and there is no record of what was applied"
EMPTYING = {Situation.LEFT_SCOPE: Standing.OUT_OF_SCOPE, Situation.REMOVED: Standing.UNDECLARED}


@dataclass(slots=True)
class MembershipMaker:
    """Adds membership operations beside what `OperationMaker` makes of a group itself.

    `largest`: how many members one request may carry. `confirmed`: both listings are the whole truth, so that members
    may be removed. `silent`: ids of groups of whose members nothing tells, no read and no record. `guarded`: ids of
    whom nothing may take out of a group: protected ones, and groups with such users in them.
    """

    maker: OperationMaker
    largest: int
    confirmed: bool
    silent: frozenset[str] = frozenset()
    guarded: frozenset[str] = frozenset()
    kept: int = 0

    def empties(self, decision: Decision) -> bool:
        """Whether a group that is no longer desired loses its members and stays."""
        standing = EMPTYING.get(decision.situation)
        return standing is not None and self.maker.departures.reactions[standing] is Reaction.EMPTY

    def handle(self, decision: Decision, delta: MemberDelta | None) -> None:
        """`delta` is None where the group's members are not managed."""
        if decision.situation in EMPTYING and not self.empties(decision):
            return
        if delta is None or decision.situation in _UNTOUCHED:
            return
        self.kept += delta.kept
        if not (delta.joining or delta.leaving):
            return
        if self._is_withheld(decision):
            return
        if delta.joining:
            self._join(decision, delta.joining)
        if delta.leaving:
            self._leave(decision, delta.leaving)

    def _is_withheld(self, decision: Decision) -> bool:
        """A group that is not created or not adopted gets no members either."""
        if Ref(Kind.GROUP, decision.key or "") in self.maker.out.rows.stopped:
            return True
        if decision.live is not None and decision.live.id in self.silent:
            self.maker.out.withhold(decision, Action.ADD_MEMBERS, Verdict.BLOCKED, UNKNOWABLE)
            return True
        return not self.maker.permits.permitted(decision, Action.ADD_MEMBERS)

    def _join(self, decision: Decision, joining: Sequence[Member]) -> None:
        rest = list(joining)
        if decision.live is None:
            rest = self._with_create(decision, rest)
        for number, chunk in enumerate(self._chunks(rest), 1):
            self._add(decision, Action.ADD_MEMBERS, chunk, number)

    def _with_create(self, decision: Decision, joining: list[Member]) -> list[Member]:
        """The first members go into the create itself; groups that are created beside it come afterwards."""
        operations = self.maker.out.rows.operations
        at = self.maker.out.rows.creates.get(Ref(Kind.GROUP, decision.key or ""))
        if at is None:
            return []
        ready = [each for each in joining if each.id is not None or not (each.key or "").startswith("group:")]
        first = ready[: self.largest]
        operations[at] = operations[at].model_copy(update={"members": tuple(first)})
        sent = {each.key for each in first}
        return [each for each in joining if each.key not in sent]

    def _leave(self, decision: Decision, leaving: Sequence[Member]) -> None:
        if not self.confirmed:
            detail = f"{len(leaving):,} member{'s' if len(leaving) != 1 else ''}; {INCOMPLETE}"
            self.maker.out.hold(decision, Action.REMOVE_MEMBERS, Verdict.UNCONFIRMED, detail)
            return
        whole = self.maker.permits.protection.covers(decision)
        staying = [each for each in leaving if whole or each.id in self.guarded]
        if staying:
            who = ", ".join(each.key or each.id or "" for each in staying[:5])
            stay = "1 member stays" if len(staying) == 1 else f"{len(staying):,} members stay"
            detail = f"{stay} ({who}): {why(Action.REMOVE_MEMBERS, Verdict.PROTECTED)}"
            self.maker.out.withhold(decision, Action.REMOVE_MEMBERS, Verdict.PROTECTED, detail)
        going = [] if whole else [each for each in leaving if each.id not in self.guarded]
        for number, chunk in enumerate(self._chunks(going), 1):
            self._add(decision, Action.REMOVE_MEMBERS, chunk, number)

    def _add(self, decision: Decision, action: Action, members: Sequence[Member], number: int) -> None:
        label = decision.key or ""
        suffix = f":{number}" if number > 1 else ""
        self.maker.out.rows.operations.append(
            Operation(
                id=f"group:{label}:{action}{suffix}",
                kind=Kind.GROUP,
                key=label,
                name=object_name(decision),
                action=action,
                situation=decision.situation,
                reason=decision.situation,
                by=_by(decision.known, action, members),
                members=tuple(members),
                precondition=self.maker.out.precondition(decision),
            )
        )

    def _chunks(self, members: Sequence[Member]) -> Iterator[Sequence[Member]]:
        for start in range(0, len(members), self.largest):
            yield members[start : start + self.largest]


_UNTOUCHED = frozenset(
    (
        Situation.UNREADABLE,
        Situation.DISPUTED,
        Situation.IDENTITY_CHANGED,
        Situation.FOREIGN,
        Situation.RETIRED,
        Situation.GONE,
        Situation.WAITING,
    )
)


def _by(known: Known | None, action: Action, members: Sequence[Member]) -> By:
    """Somebody who joins although last applied was put out there; somebody who leaves and was not, was put in."""
    if known is None or MEMBERS not in known.applied:
        return By.US
    applied = set(known.applied[MEMBERS])
    theirs = sum((each.id in applied) == (action is Action.ADD_MEMBERS) for each in members)
    if theirs == 0:
        return By.US
    return By.THEM if theirs == len(members) else By.BOTH
