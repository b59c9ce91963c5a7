"""Adding members: in parts that the endpoint takes, and by the whole list only where there is no PATCH."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from reconciler.core.plan import Operation
from reconciler.core.planning.bodies import add_members_body, lists_members, put_members_body
from reconciler.core.requests import Answer
from reconciler.core.resources import Kind
from reconciler.platforms.profile import Shape
from reconciler.workflow.portions import Portions
from reconciler.workflow.refusals import NOT_THERE, TOO_MUCH, refuses_shape
from reconciler.workflow.rosters import Rosters
from reconciler.workflow.writing import Done

HIDDEN = "the endpoint does not show who is in the group, so that its list of members cannot be written"


@dataclass(slots=True)
class Joining:
    rosters: Rosters

    async def add(self, operation: Operation, id: str, elements: Sequence[dict[str, Any]]) -> Done:
        """Adds elements of `members`. What was accepted and does not show is never followed by a PUT of the list."""
        rosters, writer = self.rosters, self.rosters.writer
        refusal: Done | None = None
        if any(shape is not Shape.PUT for shape in writer.lessons.update_shapes(Kind.GROUP)):
            answer, taken = await self._patch(id, elements)
            if answer.succeeded:
                return await self._confirmed(operation, id, elements, answer)
            refusal = writer.failed(operation, "PATCH", answer)
            if taken or not refuses_shape("PATCH", answer):
                if answer.status in NOT_THERE and await rosters.document(id) is None:
                    return writer.vanished(operation, id)
                return refusal
        return await self._put(operation, id, elements, refusal)

    async def _put(
        self, operation: Operation, id: str, elements: Sequence[dict[str, Any]], refusal: Done | None
    ) -> Done:
        rosters, writer = self.rosters, self.rosters.writer
        document = await rosters.document(id)
        if document is None:
            return writer.vanished(operation, id)
        if not lists_members(document):
            return _with(refusal, HIDDEN) if refusal else rosters.failed(operation, id, HIDDEN)
        look = partial(rosters.joined, id, _ids(elements))
        answer = await rosters.send("PUT", id, put_members_body(document, elements), look)
        if answer.succeeded:
            return await self._confirmed(operation, id, elements, answer)
        return refusal or writer.failed(operation, "PUT", answer)

    async def _patch(self, id: str, elements: Sequence[dict[str, Any]]) -> tuple[Answer, int]:
        """The last answer, and how many members were accepted before it."""
        portions = Portions(self.rosters.writer.lessons, len(elements))
        while True:
            taken = len(elements) - portions.left
            part = elements[taken : taken + portions.next]
            look = partial(self.rosters.joined, id, _ids(part))
            answer = await self.rosters.send("PATCH", id, add_members_body(part), look)
            if answer.succeeded:
                portions.went_through()
                if not portions.left:
                    return answer, len(elements)
            elif answer.status not in TOO_MUCH or not portions.halve():
                return answer, taken

    async def _confirmed(
        self, operation: Operation, id: str, elements: Sequence[dict[str, Any]], answer: Answer
    ) -> Done:
        """What the answer does not show, another read may."""
        missing = _ids(elements)
        for answered in (answer.document, None):
            missing = await self.rosters.absent(id, missing, answered)
            if not missing:
                return self.rosters.writer.done(operation, id)
        detail = f"{len(missing)} members were accepted and not added"
        return self.rosters.failed(operation, id, detail, answer.status)


def _with(refusal: Done, words: str) -> Done:
    return replace(refusal, detail=f"{refusal.detail}; {words}")


def _ids(elements: Sequence[dict[str, Any]]) -> list[str]:
    return [str(each["value"]) for each in elements]
