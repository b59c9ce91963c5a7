"""Running a step over several targets: one that fails is reported and does not keep the others from theirs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from reconciler.cli.endings import without_secrets
from reconciler.cli.output import progress_for_errors, tell
from reconciler.cli.wiring import open_job, open_store
from reconciler.errors import EndpointError, ExitCode, RefusedError, RunError

if TYPE_CHECKING:
    from reconciler.cli.context import Context
    from reconciler.core.mapping.targets import Target
    from reconciler.workflow.planning import Job

Found = TypeVar("Found")
Step = Callable[["Job"], Awaitable[Found]]


def run_step(context: Context, target: Target, step: Step[Found], *, writing: bool = False) -> Found:
    """Runs one step of one target with everything open that it needs."""
    found: list[Found] = []

    async def inside() -> None:
        progress = progress_for_errors()
        with open_store(context, writing=writing) as store:
            async with open_job(context, target, store, progress) as job:
                try:
                    found.append(await step(job))
                finally:
                    # However it ends: a bar that stays would keep the terminal's cursor hidden.
                    progress.end()

    # Not returned through the task: asyncio prints a finished task, result and all, into a message nobody sees
    # (signal.getsignal on its SIGINT handler), which takes seconds for a large plan.
    asyncio.run(inside())
    return found[0]


def run_over(
    context: Context, targets: Sequence[Target], step: Step[Found]
) -> tuple[list[tuple[Target, Found]], list[ExitCode]]:
    """What the step brought for each target that it could be run for, and the exit codes of the others."""
    found: list[tuple[Target, Found]] = []
    codes: list[ExitCode] = []
    for target in targets:
        try:
            found.append((target, run_step(context, target, step)))
        except (EndpointError, RefusedError, RunError) as error:
            tell(f"Error: target {target.name}: {without_secrets(str(error))}")
            codes.append(error.exit_code)
    return found, codes
