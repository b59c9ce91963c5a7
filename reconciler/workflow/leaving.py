"""Removing members, without ever taking out anybody else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from reconciler.core.comparing.attributes import MEMBERS
from reconciler.core.comparing.elements import as_elements, get_sub
from reconciler.core.plan import Operation
from reconciler.core.planning.bodies import lists_members, member_id, remove_members_body
from reconciler.core.report import Result
from reconciler.core.requests import Answer
from reconciler.core.resources import Kind
from reconciler.platforms.profile import MemberRemoval
from reconciler.workflow.joining import HIDDEN, Joining
from reconciler.workflow.portions import Portions
from reconciler.workflow.refusals import NOT_THERE, TOO_MUCH, refuses_shape
from reconciler.workflow.rosters import Rosters
from reconciler.workflow.writing import Done


@dataclass(slots=True)
class Leaving:
    """`joining` puts back whoever an endpoint takes out without having been asked to."""

    rosters: Rosters
    joining: Joining

    async def remove(self, operation: Operation, id: str, ids: Sequence[str]) -> Done:
        """In parts that the endpoint takes; the first that fails for another reason ends it."""
        portions = Portions(self.rosters.writer.lessons, len(ids))
        done = self.rosters.writer.done(operation, id)
        while portions.left:
            start = len(ids) - portions.left
            done = await self._remove_part(operation, id, ids[start : start + portions.next])
            if done.result is Result.DONE:
                portions.went_through()
            elif done.status not in TOO_MUCH or not portions.halve():
                break
        return done

    async def _remove_part(self, operation: Operation, id: str, ids: Sequence[str]) -> Done:
        """One shape after the other. Every one that might take out others needs to know who is there."""
        rosters, writer = self.rosters, self.rosters.writer
        refusal: Done | None = None
        for removal in writer.lessons.removal_shapes():
            before: Mapping[str, Any] = {}
            if not self._is_exact(removal):
                read = await rosters.document(id)
                if read is None:
                    return writer.vanished(operation, id)
                if not lists_members(read):
                    refusal = refusal or rosters.failed(operation, id, HIDDEN)
                    continue
                if rosters.resolved(read).isdisjoint(ids):
                    return writer.done(operation, id)
                before = read
            body = remove_members_body(rosters.spelled(ids, before), removal, before)
            method = "PUT" if removal is MemberRemoval.PUT else "PATCH"
            answer = await rosters.send(method, id, body, partial(rosters.left, id, ids))
            if answer.succeeded:
                ending = await self._check(operation, id, ids, before, answer)
                if ending is not None:
                    self._remember(removal, ending)
                    return ending
                refusal = await self._stayed(operation, id, ids, answer)
            else:
                if answer.status in NOT_THERE and await rosters.document(id) is None:
                    return writer.vanished(operation, id)
                refusal = refusal or writer.failed(operation, method, answer)
                if not refuses_shape(method, answer):
                    break
        return refusal or writer.skipped(operation, "there is no way to remove members here")

    def _is_exact(self, removal: MemberRemoval) -> bool:
        """Whether the form takes out those alone whom it names."""
        groups = self.rosters.writer.lessons.profile.groups
        documented = groups is not None and groups.members.safe_values
        return removal is MemberRemoval.FILTER or (removal is MemberRemoval.VALUES and documented)

    def _remember(self, removal: MemberRemoval, ending: Done) -> None:
        if ending.result is Result.DONE:
            self.rosters.writer.lessons.remember_removal(removal)

    async def _check(
        self, operation: Operation, id: str, ids: Sequence[str], before: Mapping[str, Any], answer: Answer
    ) -> Done | None:
        """None where somebody who was to leave is still there, and nobody else is gone."""
        if not self.rosters.visible:
            staying = await self.rosters.present(id, ids)
            return None if staying else self.rosters.writer.done(operation, id)
        shown = await self.rosters.shown(id, answer.document)
        if self._lost(ids, before, shown):
            shown = await self.rosters.document(id) or {}
        lost = self._lost(ids, before, shown)
        if lost:
            return await self._put_back(operation, id, lost, answer)
        return self.rosters.writer.done(operation, id) if self.rosters.resolved(shown).isdisjoint(ids) else None

    async def _stayed(self, operation: Operation, id: str, ids: Sequence[str], answer: Answer) -> Done:
        absent = await self.rosters.absent(id, ids, answer.document)
        staying = [each for each in ids if each not in absent]
        detail = f"{len(staying)} members were accepted for removal and stayed"
        return self.rosters.failed(operation, id, detail, answer.status)

    def _lost(
        self, ids: Sequence[str], before: Mapping[str, Any], after: Mapping[str, Any]
    ) -> dict[str, dict[str, Any]]:
        """Elements by id of whoever was to stay and is not there any more."""
        gone = {*ids, *self.rosters.resolved(after)}
        elements = as_elements(self.rosters.writer.views[Kind.GROUP][MEMBERS].read(before))
        listed = [(self.rosters.own_id(id), each) for each in elements if (id := member_id(each)) is not None]
        return {id: _element(id, each) for id, each in listed if id not in gone}

    async def _put_back(
        self, operation: Operation, id: str, lost: Mapping[str, dict[str, Any]], answer: Answer
    ) -> Done:
        added = await self.joining.add(operation, id, list(lost.values()))
        detail = f"the endpoint removed {len(lost)} members who were to stay"
        if added.result is Result.DONE:
            return self.rosters.failed(operation, id, f"{detail}; they were put back", answer.status)
        names = ", ".join(list(lost)[:5])
        return self.rosters.failed(operation, id, f"{detail} ({names}), and {added.detail}", answer.status)


def _element(id: str, element: Any) -> dict[str, Any]:
    nested = str(get_sub(element, "type") or "").casefold() == "group"
    return {"value": id, "type": "Group"} if nested else {"value": id}
