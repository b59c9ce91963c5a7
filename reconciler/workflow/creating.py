"""Creating: what was there before is never taken for new, and what may be there already is not sent again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from reconciler.core.deciding.references import resolve_markers
from reconciler.core.plan import Operation
from reconciler.core.planning.authorship import NAMES, bears_external_id, bears_name, shows_no_external_id
from reconciler.core.planning.passwords import without_password
from reconciler.core.planning.requesting import create_body
from reconciler.core.requests import Answer
from reconciler.core.resources import Kind, LiveResource
from reconciler.core.vocabulary import Action
from reconciler.errors import EndpointError
from reconciler.platforms.profile import Creation
from reconciler.scim.lookup import get_ignoring_case
from reconciler.workflow.locations import last_segment
from reconciler.workflow.passwords import creation_request
from reconciler.workflow.ports import Passwords
from reconciler.workflow.refusals import refuses_members
from reconciler.workflow.searching import Searching
from reconciler.workflow.takeovers import creation_of, is_older
from reconciler.workflow.writing import Done, Writer, changes_of, replace_members

TAKEN_OVER = "taken over"

Name = tuple[Kind, Any]
"""Comparable, as the target's schema compares names."""


@dataclass(slots=True)
class Creating:
    """Creates through a writer. `present` holds the ids of what was there before."""

    writer: Writer
    searching: Searching
    present: Mapping[Kind, frozenset[str]]
    passwords: Passwords | None = None
    promised: dict[Name, str] = field(default_factory=dict)
    """Keys by the names that are given to new objects."""

    def promise(self, operations: Iterable[Operation]) -> None:
        """Notes whose names are to appear: an object that bears another's name is never taken for one's own."""
        for each in operations:
            if each.action is Action.CREATE:
                self.promised[self._name(each.kind, _values(each).get(NAMES[each.kind]))] = each.key

    async def create(self, operation: Operation) -> Done:
        """POST, then read back what was kept. What was there before is never taken for new."""
        kind = operation.kind
        lenient = self._is_lenient(kind)
        if lenient and (found := await self.searching.look_up(operation)):
            return self.writer.refused(
                operation, f"it is there already, as {found[0].id}: the next plan shows its adoption"
            )
        present = replace_members(operation, self.writer.ids)
        answer = await self._post(present)
        if not answer.succeeded and present.members and refuses_members(answer):
            bare = await self._post(present.model_copy(update={"members": ()}))
            answer = bare if bare.succeeded else answer
        if not answer.succeeded:
            return self.writer.failed(operation, "POST", answer)
        id = await self._created_id(operation, answer)
        if id is None:
            return self.writer.unclear(operation, f"the endpoint answered {answer.status} to POST without an id")
        if id in self.present[kind] or (lenient and is_older(answer.document, answer.date)):
            self.writer.lessons.note_take_over(operation, id)
            return self.writer.refused(operation, f"{TAKEN_OVER}: the POST changed object {id}, which was there before")
        return await self._created(operation, id, answer)

    async def _created(self, operation: Operation, id: str, answer: Answer) -> Done:
        """What the answer names is believed once it was seen: some endpoints name another object's id."""
        try:
            shown = answer.document or await self._read(operation.kind, id)
            if shown is not None and self._is_of_another(operation, LiveResource(operation.kind, id, dict(shown))):
                return await self._found_again(operation, id)
            self.writer.ids[f"{operation.kind}:{operation.key}"] = id
            return await self._check_created(without_password(operation), id, replace(answer, document=shown))
        except EndpointError as error:
            return self.writer.unclear(operation, f"it was created and could not be read back: {error}", id)

    async def _found_again(self, operation: Operation, named: str) -> Done:
        """The object itself, where the answer named another one; that one is left alone."""
        made = await self._made(operation)
        id = get_ignoring_case(made.document or {}, "id") if made is not None else None
        if made is None or not isinstance(id, str) or id == named:
            return self.writer.unclear(operation, f"the endpoint named {named} as its id, which is another object's")
        self.writer.ids[f"{operation.kind}:{operation.key}"] = id
        return await self._check_created(without_password(operation), id, made)

    def _is_of_another(self, operation: Operation, shown: LiveResource) -> bool:
        """Whether an object bears a name that is promised to another, or another name and another externalId."""
        kind, view, values = operation.kind, self.writer.views[operation.kind], _values(operation)
        name = self._name(kind, view[NAMES[kind]].read(shown.document))
        if name == self._name(kind, values.get(NAMES[kind])) or bears_external_id(values, shown, view):
            return False
        return name in self.promised or not shows_no_external_id(values, shown, view)

    def _name(self, kind: Kind, name: Any) -> Name:
        return kind, self.writer.views[kind][NAMES[kind]].comparable(name)

    async def _read(self, kind: Kind, id: str) -> dict[str, Any] | None:
        live = await self.writer.directory.get(kind, id)
        return live.document if live is not None else None

    async def _post(self, operation: Operation) -> Answer:
        body = resolve_markers(create_body(operation, self.writer.views[operation.kind]), self.writer.ids)
        collection = self.writer.collections[operation.kind]
        request = creation_request(operation, collection, body, self.passwords)
        return await self.writer.settling.send(request, partial(self._made, operation))

    async def _made(self, operation: Operation) -> Answer | None:
        """What looking shows of a POST whose answer was lost: the new object, if exactly one can be it."""
        values, view = _values(operation), self.writer.views[operation.kind]
        found = [each for each in await self.searching.search(operation) if each.id not in self.present[operation.kind]]
        ours = [each for each in found if bears_name(values, each, view)]
        if len(ours) > 1 or (found and not ours and self._is_lenient(operation.kind)):
            raise EndpointError(f"its name is borne by {', '.join(each.id for each in found)}")
        return Answer(200, ours[0].document) if ours else None

    def _is_lenient(self, kind: Kind) -> bool:
        """Whether a POST may change what is there already."""
        return creation_of(self.writer.lessons.profile, kind) is not Creation.NEW

    async def _check_created(self, operation: Operation, id: str, answer: Answer) -> Done:
        """What a POST did not bring about is tried once more as an update, and learnt where that does not help."""
        goal = {each.path: resolve_markers(each.after, self.writer.ids) for each in operation.changes}
        missing = await self.writer.missing(operation, id, goal, answer.document)
        if missing is None:
            return self.writer.unclear(operation, "it was created, and the endpoint does not show it", id)
        return (
            await self.writer.bring_about(operation, id, changes_of(missing), goal)
            if missing
            else self.writer.done(operation, id)
        )

    async def _created_id(self, operation: Operation, answer: Answer) -> str | None:
        """The new object's id from the answer, else from its Location or a look-up by its match keys."""
        id = get_ignoring_case(answer.document or {}, "id")
        if isinstance(id, str | int) and not isinstance(id, bool) and id != "":
            return str(id)
        try:
            if answer.document is None and (located := last_segment(answer.location)):
                live = await self.writer.directory.get(operation.kind, located)
                if live is not None:
                    return live.id
            found = await self.searching.look_up(operation)
        except EndpointError:
            return None
        return found[0].id if len(found) == 1 else None


def _values(operation: Operation) -> dict[str, Any]:
    return {each.path: each.after for each in operation.changes}
