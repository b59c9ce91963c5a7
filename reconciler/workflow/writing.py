"""Carrying out one operation: prepare, send, check; another request shape where one is refused."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from reconciler.core.comparing.attributes import ACTIVE, AttributeView
from reconciler.core.comparing.diff import Difference, diff_values
from reconciler.core.deciding.references import markers_in, resolve_markers
from reconciler.core.plan import Change, Operation
from reconciler.core.planning.bodies import update_body
from reconciler.core.planning.goals import Goals, lesson_subject
from reconciler.core.planning.recording import Effect
from reconciler.core.report import Result
from reconciler.core.requests import Answer, Request
from reconciler.core.resources import Kind
from reconciler.platforms.profile import Shape
from reconciler.workflow.lessons import Lessons
from reconciler.workflow.ports import Directory, Pause
from reconciler.workflow.preconditions import Preconditions
from reconciler.workflow.refusals import NOT_THERE, refuses_shape
from reconciler.workflow.settling import Settling


@dataclass(frozen=True, slots=True)
class Done:
    """How one operation ended. `detail` is for people, `status` the answer's where one mattered."""

    result: Result
    effect: Effect
    detail: str = ""
    status: int | None = None


@dataclass(slots=True)
class Writer:
    """Writes users, and groups without their members.

    `goals` tells what an object should be like in the end, `ids` knows everybody on the target by `user:KEY`.
    """

    directory: Directory
    goals: Goals
    views: Mapping[Kind, AttributeView]
    collections: Mapping[Kind, tuple[str, ...]]
    lessons: Lessons
    ids: dict[str, str] = field(default_factory=dict)
    pause: Pause = asyncio.sleep
    deleted: set[str] = field(default_factory=set)
    """Ids of what this run deleted: whoever is deleted leaves every group."""
    settling: Settling = field(init=False)
    preconditions: Preconditions = field(init=False)

    def __post_init__(self) -> None:
        self.settling = Settling(self.directory, self.pause)
        self.preconditions = Preconditions(self.directory, self.settling, self.lessons)

    async def update(self, operation: Operation) -> Done:
        """Every change of one object in one request, in the first shape that goes through."""
        id = self.id_of(operation)
        waiting = [marker for each in operation.changes for marker in markers_in(each.after) if marker not in self.ids]
        if id is None or waiting:
            return self.skipped(operation, f"it needs {', '.join(waiting) or operation.key}, which was not created")
        changes = [
            each.model_copy(update={"after": resolve_markers(each.after, self.ids)}) for each in operation.changes
        ]
        return await self.bring_about(operation, id, changes, self.goals.of(operation, self.ids))

    async def bring_about(
        self, operation: Operation, id: str, changes: Sequence[Change], goal: Mapping[str, Any]
    ) -> Done:
        """Tries one shape after the other until the object is as it should be or no shape is left.

        After a shape that was accepted and did not do everything, what is still missing is worked out from the object
        as it is now: some servers append where they should replace.
        """
        kind = operation.kind
        remaining = list(changes)
        missing: Sequence[Difference] = ()
        refusal: Done | None = None
        for shape in self.lessons.shapes_for(kind, changes):
            answer = await self._write(operation, id, (shape, remaining), goal)
            if answer is None:
                return self.vanished(operation, id)
            method = "PUT" if shape is Shape.PUT else "PATCH"
            if not answer.succeeded:
                if answer.status in NOT_THERE and await self.directory.get(kind, id) is None:
                    return self.vanished(operation, id)
                refusal = refusal or self.failed(operation, method, answer)
                if not refuses_shape(method, answer, kind):
                    break
                self.lessons.note_refusal(kind, shape)
                continue
            found = await self.missing(operation, id, goal, answer.document)
            if found is None:
                return self.vanished(operation, id)
            missing = found
            if not missing:
                self.lessons.note_success(kind, shape)
                return self.done(operation, id)
            remaining = changes_of(missing)
        return await self._settle_for_less(operation, id, missing) if missing else refusal or self.done(operation, id)

    async def _write(
        self, operation: Operation, id: str, how: tuple[Shape, Sequence[Change]], goal: Mapping[str, Any]
    ) -> Answer | None:
        """Sends changes in a shape; made anew where the object moved on meanwhile. None where the object is gone."""
        kind, (shape, changes) = operation.kind, how
        look = partial(self._reached, operation, id, goal)
        while True:
            document = await self._document_for(shape, kind, id)
            if document is None:
                return None
            body = update_body(changes, shape, document, self.views[kind])
            method = "PUT" if shape is Shape.PUT else "PATCH"
            request = Request(method, (*self.collections[kind], id), body)
            answer = await self.preconditions.send(request, look)
            if not await self.preconditions.may_try_again(kind, id, request, answer):
                return answer

    async def _reached(self, operation: Operation, id: str, goal: Mapping[str, Any]) -> Answer | None:
        """What looking shows of a write whose answer was lost; see `settling.Look`."""
        live = await self.directory.get(operation.kind, id)
        if live is None:
            return Answer(404)
        return None if self._differences(operation, goal, live.document) else Answer(200, live.document)

    async def _settle_for_less(self, operation: Operation, id: str, missing: Sequence[Difference]) -> Done:
        """Accepted in every shape and not there: learnt, so that later plans leave it out or show it as blocked.

        Whether somebody is active is never learnt: it has failed, and is tried again in every run.
        """
        live = await self.directory.get(operation.kind, id)
        if live is None:
            return self.vanished(operation, id)
        document, view = live.document, self.views[operation.kind]
        subjects = list(dict.fromkeys(lesson_subject(each, document, view) for each in missing))
        for subject in (each for each in subjects if each != ACTIVE):
            elsewhere = self.goals.kept_elsewhere(operation, subject)
            self.lessons.learn_not_kept(operation.kind, subject, operation.key, only_there=elsewhere)
        if ACTIVE in subjects:
            detail = "the endpoint accepted the change of active and did not carry it out"
            return Done(Result.FAILED, Effect(operation, False, id, frozenset(subjects)), detail)
        return self.done(operation, id)

    async def _document_for(self, shape: Shape, kind: Kind, id: str) -> Mapping[str, Any] | None:
        """A fresh copy for the shapes that send whole attributes; None where the object is gone."""
        if shape is Shape.PATCH:
            return {}
        live = await self.directory.get(kind, id)
        return live.document if live is not None else None

    async def missing(
        self, operation: Operation, id: str, goal: Mapping[str, Any], answered: Mapping[str, Any] | None
    ) -> list[Difference] | None:
        """What differs from the goal after a write; what the answer says is missing, a second read confirms.

        None where the object cannot be read.
        """
        if answered is not None and not self._differences(operation, goal, answered):
            return []
        found: list[Difference] = []
        for _ in range(1 if answered is not None else 2):
            live = await self.directory.get(operation.kind, id)
            if live is None:
                return None
            found = self._differences(operation, goal, live.document)
            if not found:
                break
        return found

    def _differences(
        self, operation: Operation, goal: Mapping[str, Any], document: Mapping[str, Any]
    ) -> list[Difference]:
        """What is still missing, without what is known not to be kept."""
        view = self.views[operation.kind]
        lost = self.lessons.not_kept_of(operation.kind, operation.key)
        return [each for each in diff_values(goal, document, view) if lesson_subject(each, document, view) not in lost]

    def id_of(self, operation: Operation) -> str | None:
        if operation.precondition is not None:
            return operation.precondition.id
        return self.ids.get(f"{operation.kind}:{operation.key}")

    def done(self, operation: Operation, id: str) -> Done:
        return Done(Result.DONE, Effect(operation, True, id, self.lessons.not_kept_of(operation.kind, operation.key)))

    def vanished(self, operation: Operation, id: str) -> Done:
        """Written, or about to be, and not to be read any more: somebody deleted it meanwhile."""
        detail = f"object {id} is not there any more"
        return Done(Result.FAILED, Effect(operation, False, id), detail, 404)

    def failed(self, operation: Operation, method: str, answer: Answer) -> Done:
        words = answer.fault.detail if answer.fault is not None else ""
        id = self.id_of(operation) if method != "POST" else None
        path = "/".join((*self.collections[operation.kind], *([id] if id is not None else [])))
        detail = f"{method} /{path} was answered {answer.status}: {words or 'without a reason'}"
        return Done(Result.FAILED, Effect(operation, False, self.id_of(operation)), detail, answer.status)

    def unclear(self, operation: Operation, detail: str, id: str | None = None) -> Done:
        return Done(Result.IN_DOUBT, Effect(operation, False, id), detail)

    def refused(self, operation: Operation, detail: str) -> Done:
        """Nothing that is ours came of it."""
        return Done(Result.FAILED, Effect(operation, False), detail)

    def skipped(self, operation: Operation, detail: str) -> Done:
        return Done(Result.SKIPPED, Effect(operation, False), detail)


def replace_members(operation: Operation, ids: Mapping[str, str]) -> Operation:
    """The operation with the members who have an id by now; the others are left out."""
    if all(each.id is not None for each in operation.members):
        return operation
    members = tuple(
        each if each.id is not None else each.model_copy(update={"id": ids[each.key or ""]})
        for each in operation.members
        if each.id is not None or (each.key or "") in ids
    )
    return operation.model_copy(update={"members": members})


def changes_of(differences: Sequence[Difference]) -> list[Change]:
    return [Change(path=each.path, before=each.before, after=each.after) for each in differences]
