"""Carrying out one operation: prepare, send, check; another request shape where one is refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from reconciler.core.attributes import AttributeView
from reconciler.core.bodies import update_body
from reconciler.core.diff import Difference, diff_values
from reconciler.core.fitting import NEVER_LEFT_OUT, base_of
from reconciler.core.plan import Change, Operation
from reconciler.core.recording import Effect
from reconciler.core.references import markers_in, resolve_markers
from reconciler.core.report import Result
from reconciler.core.requesting import COLLECTIONS, create_body
from reconciler.core.requests import Answer, FilterNotOfferedError, Request
from reconciler.core.resources import Kind, LiveResource
from reconciler.core.vocabulary import Action
from reconciler.platforms.profile import Shape
from reconciler.workflow.lessons import Lessons
from reconciler.workflow.ports import Directory

SHAPE_REFUSALS = frozenset((400, 403, 405, 406, 415, 422, 500, 501))
"""Answers that may mean the form of a request and not what it asks for."""


@dataclass(frozen=True, slots=True)
class Done:
    """How one operation ended. `detail` is for people, `status` the answer's where one mattered."""

    result: Result
    effect: Effect
    detail: str = ""
    status: int | None = None


@dataclass(slots=True)
class Writer:
    """Writes users, and groups without their members. `ids` knows everybody on the target by `user:KEY`."""

    directory: Directory
    views: Mapping[Kind, AttributeView]
    collections: Mapping[Kind, tuple[str, ...]]
    match: Mapping[Kind, Sequence[str]]
    lessons: Lessons
    ids: dict[str, str] = field(default_factory=dict)

    async def create(self, operation: Operation) -> Done:
        """POST, then read back what was kept."""
        present = replace_members(operation, self.ids)
        body = resolve_markers(create_body(present, self.views[operation.kind]), self.ids)
        answer = await self.directory.send(Request("POST", self.collections[operation.kind], body))
        if not answer.succeeded:
            return self.failed(operation, "POST", answer)
        id = await self._created_id(operation, answer)
        if id is None:
            return self.unclear(operation, f"the endpoint answered {answer.status} to POST without an id")
        self.ids[f"{operation.kind}:{operation.key}"] = id
        not_kept = await self._left_out(operation.kind, id, operation.changes, answer.document)
        missing = [each for each in not_kept if each in NEVER_LEFT_OUT]
        if missing:
            repaired = await self._update(operation, id, [c for c in operation.changes if c.path in missing])
            not_kept = [each for each in not_kept if each not in missing or each in repaired.effect.not_kept]
        return self.done(operation, id, not_kept)

    async def update(self, operation: Operation) -> Done:
        """Every change of one object in one request, in the first shape that goes through."""
        id = self.id_of(operation)
        waiting = [marker for each in operation.changes for marker in markers_in(each.after) if marker not in self.ids]
        if id is None or waiting:
            return self.skipped(operation, f"it needs {', '.join(waiting) or operation.key}, which was not created")
        changes = [each.model_copy(update={"after": resolve_markers(each.after, self.ids)}) for each in operation.changes]
        return await self._update(operation, id, changes)

    async def delete(self, operation: Operation) -> Done:
        """RFC 7644 §3.6; an object that is not there any more is as good as deleted."""
        id = self.id_of(operation)
        if id is None:
            return self.skipped(operation, "its id is not known")
        answer = await self.directory.send(Request("DELETE", (*self.collections[operation.kind], id)))
        if answer.succeeded or answer.status in (404, 410):
            return self.done(operation, id, [])
        return self.failed(operation, "DELETE", answer)

    async def _update(self, operation: Operation, id: str, changes: Sequence[Change]) -> Done:
        """Tries one shape after the other until every change is kept or no shape is left."""
        kind = operation.kind
        remaining = list(changes)
        refusal: Done | None = None
        accepted = False
        for shape in self.lessons.update_shapes(kind):
            document = await self._document_for(shape, kind, id)
            body = update_body(remaining, shape, document, self.views[kind])
            method = "PUT" if shape is Shape.PUT else "PATCH"
            answer = await self.directory.send(Request(method, (*self.collections[kind], id), body))
            if not answer.succeeded:
                refusal = refusal or self.failed(operation, method, answer)
                if answer.status not in SHAPE_REFUSALS:
                    break
                continue
            accepted = True
            lost = set(await self._left_out(kind, id, remaining, answer.document))
            if len(lost) < len(remaining) or not lost:
                self.lessons.remember_shape(kind, shape)
            remaining = [each for each in remaining if self._subject(kind, each.path) in lost or each.path in lost]
            if not remaining:
                return self.done(operation, id, [])
        if refusal is not None and not accepted:
            return refusal
        return self._not_kept(operation, id, remaining)

    def _not_kept(self, operation: Operation, id: str, remaining: Sequence[Change]) -> Done:
        """Accepted in every shape and not there: learnt, but for what access depends on, which is a failure."""
        paths = [self._subject(operation.kind, each.path) for each in remaining]
        done = self.done(operation, id, paths)
        if "active" in paths:
            detail = "the endpoint accepted the change of active and did not carry it out"
            return replace(done, result=Result.FAILED, detail=detail, effect=replace(done.effect, done=False))
        return done

    async def _document_for(self, shape: Shape, kind: Kind, id: str) -> Mapping[str, Any]:
        """A fresh copy for the shapes that send whole attributes."""
        if shape is Shape.PATCH:
            return {}
        live = await self.directory.get(kind, id)
        return live.document if live is not None else {}

    async def _left_out(
        self, kind: Kind, id: str, changes: Sequence[Change], answered: Mapping[str, Any] | None
    ) -> list[str]:
        """Which changes the endpoint did not keep, by lesson subject; what the answer lacks, a second read confirms."""
        wanted = {each.path: each.after for each in changes if not markers_in(each.after)}
        differing = self._differences(kind, wanted, answered)
        if answered is not None and not differing:
            return []
        for _ in range(1 if answered is not None else 2):
            live = await self.directory.get(kind, id)
            differing = self._differences(kind, wanted, live.document if live is not None else None)
            if not differing:
                return []
        return list(dict.fromkeys(self._subject(kind, each.path) for each in differing))

    def _differences(
        self, kind: Kind, wanted: Mapping[str, Any], document: Mapping[str, Any] | None
    ) -> list[Difference]:
        """What is still missing, without what is known not to be kept."""
        differences = diff_values(wanted, document or {}, self.views[kind])
        return [each for each in differences if not self.lessons.knows(kind, self._subject(kind, each.path))]

    def _subject(self, kind: Kind, path: str) -> str:
        """The name under which a lesson about a path is kept: a sub-attribute counts for every element."""
        parsed = self.views[kind][path].path
        return f"{base_of(parsed)}.{parsed.sub}" if parsed.filter is not None and parsed.sub else path

    async def _created_id(self, operation: Operation, answer: Answer) -> str | None:
        """The new object's id from the answer, else from a look-up by its match keys."""
        id = (answer.document or {}).get("id")
        if isinstance(id, str | int) and not isinstance(id, bool) and id != "":
            return str(id)
        found = await self.look_up(operation)
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

    def done(self, operation: Operation, id: str, not_kept: Sequence[str]) -> Done:
        if not_kept:
            self.lessons.learn_not_kept(operation.kind, not_kept, operation.key)
        known = self.lessons.known_among(operation.kind, (self._subject(operation.kind, c.path) for c in operation.changes))
        return Done(Result.DONE, Effect(operation, True, id, frozenset(not_kept) | known))

    def failed(self, operation: Operation, method: str, answer: Answer) -> Done:
        words = answer.fault.detail if answer.fault is not None else ""
        path = "/".join(self.collections[operation.kind])
        detail = f"{method} /{path} was answered {answer.status}: {words or 'without a reason'}"
        return Done(Result.FAILED, Effect(operation, False, self.id_of(operation)), detail, answer.status)

    def unclear(self, operation: Operation, detail: str) -> Done:
        return Done(Result.IN_DOUBT, Effect(operation, False), detail)

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


def collections_of(endpoints: Mapping[str, str]) -> dict[Kind, tuple[str, ...]]:
    """Where each kind's resources live, as path segments below the base URL."""
    return {kind: tuple(filter(None, endpoints[COLLECTIONS[kind]].split("/"))) for kind in Kind}


