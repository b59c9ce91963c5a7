"""Carrying out membership operations: deltas by PATCH, whole lists only where an endpoint takes nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reconciler.core.attributes import MEMBERS
from reconciler.core.bodies import add_members_body, member_element, member_id, put_members_body, remove_members_body
from reconciler.core.elements import as_elements
from reconciler.core.plan import Member, Operation
from reconciler.core.recording import Effect
from reconciler.core.report import Result
from reconciler.core.requests import Answer, Request
from reconciler.core.resources import Kind
from reconciler.core.vocabulary import Action
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
        lost = [each.key or "" for each in operation.members if each.id is None and each.key not in writer.ids]
        if not ready.members:
            return writer.skipped(operation, f"none of its members was created: {', '.join(lost)}")
        adding = operation.action is Action.ADD_MEMBERS
        done = await (self._add(ready, id) if adding else self._remove(ready, id))
        if done.result is Result.DONE and lost:
            detail = f"{len(lost)} of {len(operation.members)} members were not created: {', '.join(lost[:5])}"
            return Done(Result.FAILED, Effect(operation, False, id), detail)
        return done

    async def complete(self, operation: Operation, created: Done, answered: Any) -> Done:
        """After a group's create: whoever the endpoint ignored in the POST is added by PATCH."""
        id = created.effect.id
        if created.result is not Result.DONE or id is None or not operation.members:
            return created
        ready = replace_members(operation, self.writer.ids)
        there = await self._members(id, answered)
        left_out = tuple(each for each in ready.members if each.id not in there)
        if left_out:
            done = await self._add(ready.model_copy(update={"members": left_out}), id)
            if done.result is not Result.DONE:
                return Done(done.result, Effect(operation, False, id), done.detail, done.status)
        lost = [each.key or "" for each in operation.members if each.id is None and each.key not in self.writer.ids]
        if lost:
            detail = f"{len(lost)} of {len(operation.members)} members were not created: {', '.join(lost[:5])}"
            return Done(Result.FAILED, Effect(operation, False, id), detail)
        return created

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
                    return self.writer.done(operation, id, [])
                refusal = self._failed(operation, id, f"{len(missing)} members were accepted and not added", answer)
            else:
                refusal = refusal or self.writer.failed(operation, method, answer)
                if answer.status not in SHAPE_REFUSALS:
                    break
        return refusal or self.writer.skipped(operation, "there is no way to add members here")

    async def _remove(self, operation: Operation, id: str) -> Done:
        ids = _ids(operation.members)
        refusal: Done | None = None
        for removal in self.writer.lessons.removal_shapes():
            whole = removal in (MemberRemoval.REPLACE, MemberRemoval.PUT)
            document = await self._document(id) if whole else {}
            body = remove_members_body(ids, removal, document)
            method = "PUT" if removal is MemberRemoval.PUT else "PATCH"
            answer = await self._send(method, id, body)
            if not answer.succeeded:
                refusal = refusal or self.writer.failed(operation, method, answer)
                if answer.status not in SHAPE_REFUSALS:
                    break
                continue
            there = await self._members(id, answer.document)
            staying = [each for each in ids if each in there]
            if not staying:
                self.writer.lessons.remember_removal(removal)
                return self.writer.done(operation, id, [])
            refusal = self._failed(operation, id, f"{len(staying)} members were accepted for removal and stayed", answer)
        return refusal or self.writer.skipped(operation, "there is no way to remove members here")

    async def _send(self, method: str, id: str, body: dict[str, Any]) -> Answer:
        return await self.writer.directory.send(Request(method, (*self.writer.collections[Kind.GROUP], id), body))

    async def _document(self, id: str) -> Mapping[str, Any]:
        live = await self.writer.directory.get(Kind.GROUP, id)
        return live.document if live is not None else {}

    async def _members(self, id: str, answered: Mapping[str, Any] | None) -> set[str]:
        """Ids of the members as the answer shows them, else as the group reads now."""
        if answered is None or MEMBERS not in answered:
            answered = await self._document(id)
        return set(self._resolved(as_elements(self.writer.views[Kind.GROUP][MEMBERS].read(answered))))

    def _resolved(self, members: Iterable[Any]) -> Iterable[str]:
        for each in members:
            found = member_id(each)
            if found is not None:
                yield found
                if found.casefold() in self.aliases:
                    yield self.aliases[found.casefold()]

    def _failed(self, operation: Operation, id: str, detail: str, answer: Answer) -> Done:
        return Done(Result.FAILED, Effect(operation, False, id), detail, answer.status)


def _ids(members: Sequence[Member]) -> list[str]:
    return [each.id for each in members if each.id is not None]
