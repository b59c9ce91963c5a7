"""Carrying out membership operations: deltas by PATCH, whole lists only where an endpoint takes nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from reconciler.core.comparing.attributes import MEMBERS
from reconciler.core.comparing.elements import as_elements
from reconciler.core.plan import Member, Operation
from reconciler.core.planning.bodies import (
    add_members_body,
    member_element,
    member_id,
    put_members_body,
    remove_members_body,
)
from reconciler.core.planning.recording import Effect
from reconciler.core.report import Result
from reconciler.core.requests import Answer, Request
from reconciler.core.resources import Kind
from reconciler.core.vocabulary import Action
from reconciler.errors import EndpointError
from reconciler.platforms.profile import MemberRemoval, Shape
from reconciler.workflow.writing import SHAPE_REFUSALS, Done, Writer, replace_members


@dataclass(slots=True)
class MemberWriter:
    """Adds and removes members. `aliases` are ids by what some servers list in their place."""

    writer: Writer
    aliases: Mapping[str, str]

    async def carry_out(self, operation: Operation) -> Done:
        """Sends what is still missing and checks that it is there afterwards."""
        writer = self.writer
        id = writer.id_of(operation)
        if id is None:
            return writer.skipped(operation, f"group {operation.key} was not created")
        ready = replace_members(operation, writer.ids)
        lost = self._unborn(operation)
        if not ready.members:
            return writer.skipped(operation, f"none of its members was created: {', '.join(lost)}")
        adding = operation.action is Action.ADD_MEMBERS
        done = await (self._add(ready, id) if adding else self._remove(ready, id))
        if done.result is Result.DONE and lost:
            return Done(Result.FAILED, Effect(operation, False, id), _not_created(operation, lost))
        return done

    async def complete(self, operation: Operation, created: Done) -> Done:
        """After a group's create: whoever the endpoint ignored in the POST is added by PATCH."""
        id = created.effect.id
        if created.result is not Result.DONE or id is None or not operation.members:
            return created
        half = replace(created.effect, incomplete=True)
        try:
            added = await self._add_left_out(operation, id)
        except EndpointError as error:
            return Done(Result.IN_DOUBT, half, f"it was created, and its members could not be checked: {error}")
        if added is not None and added.result is not Result.DONE:
            return Done(added.result, half, added.detail, added.status)
        lost = self._unborn(operation)
        return Done(Result.FAILED, half, _not_created(operation, lost)) if lost else created

    async def _add_left_out(self, operation: Operation, id: str) -> Done | None:
        """None where nobody was left out."""
        ready = replace_members(operation, self.writer.ids)
        there = await self._members(id, None)
        left_out = tuple(each for each in ready.members if each.id not in there)
        return await self._add(ready.model_copy(update={"members": left_out}), id) if left_out else None

    def _unborn(self, operation: Operation) -> list[str]:
        """Members whose own create did not succeed."""
        return [each.key or "" for each in operation.members if each.id is None and each.key not in self.writer.ids]

    async def _add(self, operation: Operation, id: str) -> Done:
        elements = [member_element(each) for each in operation.members]
        ids = _ids(operation.members)
        refusal: Done | None = None
        patching = [shape for shape in self.writer.lessons.update_shapes(Kind.GROUP) if shape is not Shape.PUT]
        for method in (*(["PATCH"] if patching else []), "PUT"):
            if method == "PATCH":
                body = add_members_body(elements)
            else:
                body = put_members_body(await self._document(id), elements)
            answer = await self._send(method, id, body)
            if answer.succeeded:
                there = await self._members(id, answer.document)
                missing = [each for each in ids if each not in there]
                if not missing:
                    return self.writer.done(operation, id)
                refusal = self._failed(operation, id, f"{len(missing)} members were accepted and not added", answer)
            else:
                refusal = refusal or self.writer.failed(operation, method, answer)
                if answer.status not in SHAPE_REFUSALS:
                    break
        return refusal or self.writer.skipped(operation, "there is no way to add members here")

    async def _remove(self, operation: Operation, id: str) -> Done:
        ids = _ids(operation.members)
        spelled = ids
        refusal: Done | None = None
        for removal in self.writer.lessons.removal_shapes():
            whole = removal in (MemberRemoval.REPLACE, MemberRemoval.PUT)
            document = await self._document(id) if whole else {}
            spelled = self._spelled(ids, document) if whole else spelled
            body = remove_members_body(spelled, removal, document)
            method = "PUT" if removal is MemberRemoval.PUT else "PATCH"
            answer = await self._send(method, id, body)
            if not answer.succeeded:
                refusal = refusal or self.writer.failed(operation, method, answer)
                if answer.status not in SHAPE_REFUSALS:
                    break
                continue
            shown = await self._shown(id, answer.document)
            there = self._resolved(shown)
            staying = [each for each in ids if each in there]
            if not staying:
                self.writer.lessons.remember_removal(removal)
                return self.writer.done(operation, id)
            spelled = self._spelled(ids, shown)
            refusal = self._failed(
                operation, id, f"{len(staying)} members were accepted for removal and stayed", answer
            )
        return refusal or self.writer.skipped(operation, "there is no way to remove members here")

    async def _send(self, method: str, id: str, body: dict[str, Any]) -> Answer:
        return await self.writer.directory.send(Request(method, (*self.writer.collections[Kind.GROUP], id), body))

    async def _document(self, id: str) -> Mapping[str, Any]:
        live = await self.writer.directory.get(Kind.GROUP, id)
        return live.document if live is not None else {}

    async def _shown(self, id: str, answered: Mapping[str, Any] | None) -> Mapping[str, Any]:
        """The group with its members as the answer shows it, else as it reads now."""
        return answered if answered is not None and MEMBERS in answered else await self._document(id)

    async def _members(self, id: str, answered: Mapping[str, Any] | None) -> set[str]:
        return self._resolved(await self._shown(id, answered))

    def _listed(self, document: Mapping[str, Any]) -> list[str]:
        """Members as the endpoint spells them."""
        elements = as_elements(self.writer.views[Kind.GROUP][MEMBERS].read(document))
        return [found for each in elements if (found := member_id(each)) is not None]

    def _resolved(self, document: Mapping[str, Any]) -> set[str]:
        """Members as ids, and as whatever else the endpoint lists in their place."""
        listed = self._listed(document)
        return {*listed, *(self.aliases[each.casefold()] for each in listed if each.casefold() in self.aliases)}

    def _spelled(self, ids: Sequence[str], document: Mapping[str, Any]) -> list[str]:
        """The ids in the endpoint's own spelling, where it lists members by name."""
        own = {self.aliases.get(each.casefold(), each): each for each in self._listed(document) if each not in ids}
        return [own.get(each, each) for each in ids]

    def _failed(self, operation: Operation, id: str, detail: str, answer: Answer) -> Done:
        return Done(Result.FAILED, Effect(operation, False, id), detail, answer.status)


def _not_created(operation: Operation, lost: Sequence[str]) -> str:
    return f"{len(lost)} of {len(operation.members)} members were not created: {', '.join(lost[:5])}"


def _ids(members: Sequence[Member]) -> list[str]:
    return [each.id for each in members if each.id is not None]
