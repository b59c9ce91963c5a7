"""Carrying out membership operations: deltas by PATCH, whole lists only where an endpoint takes nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from reconciler.core.plan import Member, Operation
from reconciler.core.planning.bodies import member_element
from reconciler.core.planning.recording import Effect
from reconciler.core.report import Result
from reconciler.core.vocabulary import Action
from reconciler.errors import EndpointError
from reconciler.workflow.joining import Joining
from reconciler.workflow.leaving import Leaving
from reconciler.workflow.rosters import Rosters
from reconciler.workflow.writing import Done, Writer, replace_members


@dataclass(slots=True)
class MemberWriter:
    """Adds and removes members. `aliases` are ids by what some servers list in their place."""

    writer: Writer
    aliases: Mapping[str, str]
    rosters: Rosters = field(init=False)
    joining: Joining = field(init=False)
    leaving: Leaving = field(init=False)

    def __post_init__(self) -> None:
        self.rosters = Rosters(self.writer, self.aliases)
        self.joining = Joining(self.rosters)
        self.leaving = Leaving(self.rosters, self.joining)

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
        missing = set(await self.rosters.absent(id, _ids(ready.members), None))
        left_out = tuple(each for each in ready.members if each.id in missing)
        return await self._add(ready.model_copy(update={"members": left_out}), id) if left_out else None

    def _unborn(self, operation: Operation) -> list[str]:
        """Members whose own create did not succeed."""
        return [each.key or "" for each in operation.members if each.id is None and each.key not in self.writer.ids]

    async def _remove(self, operation: Operation, id: str) -> Done:
        """Whoever was deleted before is out already, and may be nobody whom the endpoint would know."""
        staying = [each for each in _ids(operation.members) if each not in self.writer.deleted]
        return await self.leaving.remove(operation, id, staying) if staying else self.writer.done(operation, id)

    async def _add(self, operation: Operation, id: str) -> Done:
        return await self.joining.add(operation, id, [member_element(each) for each in operation.members])


def _not_created(operation: Operation, lost: Sequence[str]) -> str:
    return f"{len(lost)} of {len(operation.members)} members were not created: {', '.join(lost[:5])}"


def _ids(members: Sequence[Member]) -> list[str]:
    return [each.id for each in members if each.id is not None]
