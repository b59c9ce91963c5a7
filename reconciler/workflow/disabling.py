"""Disabling in a plan: what rides along never keeps anybody's access."""

from __future__ import annotations

from reconciler.core.comparing.attributes import ACTIVE
from reconciler.core.plan import Operation
from reconciler.core.planning.recording import Effect
from reconciler.core.report import Result
from reconciler.workflow.writing import Done, Writer


async def disable(writer: Writer, operation: Operation) -> Done:
    """Everything in one request; where that is refused, `active` alone.

    The other changes have then failed, and the effect is that of the disabling.
    """
    done = await writer.update(operation)
    alone = tuple(each for each in operation.changes if each.path == ACTIVE)
    id = writer.id_of(operation)
    if done.result is not Result.FAILED or id is None or len(alone) == len(operation.changes):
        return done
    disabling = operation.model_copy(update={"changes": alone})
    ended = await writer.bring_about(disabling, id, alone, {ACTIVE: False})
    if ended.result is not Result.DONE:
        return done
    return Done(
        Result.FAILED, Effect(disabling, True, id), f"disabled; its other changes failed: {done.detail}", done.status
    )
