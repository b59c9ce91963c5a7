"""Carrying out one operation: prepare, send, check; another request shape where one is refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

from reconciler.core.comparing.attributes import ACTIVE, AttributeView
from reconciler.core.comparing.diff import Difference, diff_values
from reconciler.core.deciding.references import markers_in, resolve_markers
from reconciler.core.plan import Change, Operation
from reconciler.core.planning.bodies import update_body
from reconciler.core.planning.goals import Goals, lesson_subject
from reconciler.core.planning.passwords import without_password
from reconciler.core.planning.recording import Effect
from reconciler.core.planning.requesting import create_body
from reconciler.core.report import Result
from reconciler.core.requests import Answer, FilterNotOfferedError, Request
from reconciler.core.resources import Kind, LiveResource
from reconciler.errors import EndpointError
from reconciler.platforms.profile import Creation, Shape
from reconciler.scim.lookup import get_ignoring_case
from reconciler.workflow.lessons import Lessons
from reconciler.workflow.passwords import creation_request
from reconciler.workflow.ports import Directory, Passwords
from reconciler.workflow.refusals import NOT_THERE, refuses_members, refuses_shape
from reconciler.workflow.takeovers import creation_of, is_older

TAKEN_OVER = "taken over"


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

    `goals` tells what an object should be like in the end, `present` holds the ids of what was there before, `ids`
    knows everybody on the target by `user:KEY`.
    """

    directory: Directory
    goals: Goals
    views: Mapping[Kind, AttributeView]
    collections: Mapping[Kind, tuple[str, ...]]
    match: Mapping[Kind, Sequence[str]]
    lessons: Lessons
    present: Mapping[Kind, frozenset[str]]
    ids: dict[str, str] = field(default_factory=dict)
    passwords: Passwords | None = None
    deleted: set[str] = field(default_factory=set)
    """Ids of what this run deleted: whoever is deleted leaves every group."""

    async def create(self, operation: Operation) -> Done:
        """POST, then read back what was kept. What was there before is never taken for new."""
        kind = operation.kind
        lenient = creation_of(self.lessons.profile, kind) is not Creation.NEW
        if lenient and (found := await self.look_up(operation)):
            return self.refused(operation, f"it is there already, as {found[0].id}: the next plan shows its adoption")
        present = replace_members(operation, self.ids)
        answer = await self._post(present)
        if not answer.succeeded and present.members and refuses_members(answer):
            bare = await self._post(present.model_copy(update={"members": ()}))
            answer = bare if bare.succeeded else answer
        if not answer.succeeded:
            return self.failed(operation, "POST", answer)
        id = await self._created_id(operation, answer)
        if id is None:
            return self.unclear(operation, f"the endpoint answered {answer.status} to POST without an id")
        if id in self.present[kind] or (lenient and is_older(answer.document, answer.date)):
            self.lessons.note_take_over(operation, id)
            return self.refused(operation, f"{TAKEN_OVER}: the POST changed object {id}, which was there before")
        self.ids[f"{operation.kind}:{operation.key}"] = id
        try:
            return await self._check_created(without_password(operation), id, answer)
        except EndpointError as error:
            return self.unclear(operation, f"it was created and could not be read back: {error}", id)

    async def _post(self, operation: Operation) -> Answer:
        body = resolve_markers(create_body(operation, self.views[operation.kind]), self.ids)
        collection = self.collections[operation.kind]
        return await self.directory.send(creation_request(operation, collection, body, self.passwords))

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

    async def _check_created(self, operation: Operation, id: str, answer: Answer) -> Done:
        """What a POST did not bring about is tried once more as an update, and learnt where that does not help."""
        goal = {each.path: resolve_markers(each.after, self.ids) for each in operation.changes}
        missing = await self._missing(operation, id, goal, answer.document)
        if missing is None:
            return self.unclear(operation, "it was created, and the endpoint does not show it", id)
        return await self.bring_about(operation, id, changes_of(missing), goal) if missing else self.done(operation, id)

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
            document = await self._document_for(shape, kind, id)
            if document is None:
                return self.vanished(operation, id)
            body = update_body(remaining, shape, document, self.views[kind])
            method = "PUT" if shape is Shape.PUT else "PATCH"
            answer = await self._send_twice(Request(method, (*self.collections[kind], id), body))
            if not answer.succeeded:
                if answer.status in NOT_THERE and await self.directory.get(kind, id) is None:
                    return self.vanished(operation, id)
                refusal = refusal or self.failed(operation, method, answer)
                if not refuses_shape(method, answer, kind):
                    break
                self.lessons.note_refusal(kind, shape)
                continue
            found = await self._missing(operation, id, goal, answer.document)
            if found is None:
                return self.vanished(operation, id)
            missing = found
            if not missing:
                self.lessons.note_success(kind, shape)
                return self.done(operation, id)
            remaining = changes_of(missing)
        return await self._settle_for_less(operation, id, missing) if missing else refusal or self.done(operation, id)

    async def _send_twice(self, request: Request) -> Answer:
        """500 may be a bad moment or an opinion of the request: it is an opinion when it comes again."""
        answer = await self.directory.send(request)
        again = answer.status == 500 and request.method == "PATCH"
        return await self.directory.send(request) if again else answer

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

    async def _missing(
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

    async def _created_id(self, operation: Operation, answer: Answer) -> str | None:
        """The new object's id from the answer, else from its Location or a look-up by its match keys."""
        id = get_ignoring_case(answer.document or {}, "id")
        if isinstance(id, str | int) and not isinstance(id, bool) and id != "":
            return str(id)
        try:
            if answer.document is None and (located := _last_segment(answer.location)):
                live = await self.directory.get(operation.kind, located)
                if live is not None:
                    return live.id
            found = await self.look_up(operation)
        except EndpointError:
            return None
        return found[0].id if len(found) == 1 else None

    async def look_up(self, operation: Operation) -> list[LiveResource]:
        """Objects that bear the operation's own match values."""
        values = {each.path: each.after for each in operation.changes}
        for attribute in self.match[operation.kind]:
            value = values.get(attribute)
            if not isinstance(value, str) or not value:
                continue
            try:
                found = await self.directory.find(operation.kind, attribute, value)
            except FilterNotOfferedError:
                continue
            if found:
                return list(found)
        return []

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
    members = tuple(
        each if each.id is not None else each.model_copy(update={"id": ids[each.key or ""]})
        for each in operation.members
        if each.id is not None or (each.key or "") in ids
    )
    return operation.model_copy(update={"members": members})


def _last_segment(location: str | None) -> str:
    """The id at the end of an address; empty where there is none."""
    try:
        return unquote(urlsplit(location or "").path.rstrip("/").rpartition("/")[2])
    except ValueError:
        return ""


def changes_of(differences: Sequence[Difference]) -> list[Change]:
    return [Change(path=each.path, before=each.before, after=each.after) for each in differences]
