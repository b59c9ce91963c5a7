"""Deleting, and what is left to do where the platform refuses it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from reconciler.core.comparing.attributes import ACTIVE
from reconciler.core.comparing.diff import diff_values
from reconciler.core.plan import Operation
from reconciler.core.planning.recording import Effect
from reconciler.core.report import Result
from reconciler.core.requests import Answer, Request
from reconciler.core.resources import Kind
from reconciler.core.vocabulary import Action
from reconciler.workflow.refusals import NOT_THERE
from reconciler.workflow.writing import Done, Writer, changes_of

UNDELETABLE_GROUPS = frozenset((403, 405, 501))
"""Answers that mean that the platform does not delete this group, whatever the moment."""


@dataclass(frozen=True, slots=True)
class Deleting:
    """Deletes through a writer, which disables where that is all that can be done."""

    writer: Writer

    async def delete(self, operation: Operation) -> Done:
        """RFC 7644 §3.6; an object that is not there any more is as good as deleted."""
        writer = self.writer
        id = writer.id_of(operation)
        if id is None:
            return writer.skipped(operation, "its id is not known")
        request = Request("DELETE", (*writer.collections[operation.kind], id))
        look = partial(self._gone, operation.kind, id)
        answer = await writer.preconditions.send(request, look)
        while await writer.preconditions.may_try_again(operation.kind, id, request, answer):
            answer = await writer.preconditions.send(request, look)
        if answer.succeeded or answer.status in NOT_THERE:
            writer.deleted.add(id)
            return writer.done(operation, id)
        if operation.kind is Kind.USER and answer.status in writer.lessons.profile.users.undeletable:
            return await self._end_otherwise(operation, id, answer)
        if operation.kind is Kind.GROUP and answer.status in UNDELETABLE_GROUPS:
            return await self._leave_it(operation, id, answer)
        return writer.failed(operation, "DELETE", answer)

    async def _gone(self, kind: Kind, id: str) -> Answer | None:
        """What looking shows of a DELETE whose answer was lost."""
        return Answer(404) if await self.writer.directory.get(kind, id) is None else None

    async def _leave_it(self, operation: Operation, id: str, answer: Answer) -> Done:
        """A group that the platform does not delete is shown as blocked from now on, and not asked about each time."""
        if await self.writer.directory.get(operation.kind, id) is None:
            return self.writer.done(operation, id)
        words = (answer.fault.detail if answer.fault is not None else "") or "without a reason"
        self.writer.lessons.note_undeletable(operation.kind, operation.key, words)
        return self.writer.failed(operation, "DELETE", answer)

    async def _end_otherwise(self, operation: Operation, id: str, answer: Answer) -> Done:
        """Disables where that is possible; the effect is then that of a disable, so that this is remembered."""
        words = (answer.fault.detail if answer.fault is not None else "") or "without a reason"
        detail = f"{operation.key} ({id}) cannot be deleted here (DELETE answered {answer.status}: {words})"
        live = await self.writer.directory.get(operation.kind, id)
        if live is None:
            return self.writer.done(operation, id)
        self.writer.lessons.note_undeletable(operation.kind, operation.key, words)
        if "disable" not in self.writer.lessons.profile.users.can:
            return Done(Result.FAILED, Effect(operation, False, id), f"{detail}; nor can it be disabled", answer.status)
        disabling = operation.model_copy(update={"action": Action.DISABLE})
        goal = {ACTIVE: False}
        differing = diff_values(goal, live.document, self.writer.views[operation.kind])
        if not differing:
            return Done(Result.FAILED, Effect(disabling, True, id), f"{detail}; it is inactive already", answer.status)
        done = await self.writer.bring_about(disabling, id, changes_of(differing), goal)
        ending = "disabled instead" if done.result is Result.DONE else f"nor disabled: {done.detail}"
        effect = Effect(disabling, True, id) if done.result is Result.DONE else Effect(operation, False, id)
        return Done(Result.FAILED, effect, f"{detail}; {ending}", answer.status)
