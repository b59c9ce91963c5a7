"""Everything that can end a command, and the one table of exit codes.

ReconcilerError                 1
├── ManifestError               1   faults in manifests, with every place
├── RunError                    1   something else stopped the run (a lock held, declined, a broken store)
├── UsageError                 64   the command was called wrongly
├── EndpointError               6   the endpoint cannot be reached, or refuses the credentials
├── StalePlanError              4   the saved plan no longer holds, or was altered
├── RefusedError                3   a limit or a guard refuses the plan
└── InterruptedRun            130   Ctrl-C; what was under way was finished
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reconciler.diagnostics import Diagnostic


class ExitCode(IntEnum):
    """How a command ends. Scripts rely on these numbers; they do not change.

    Listed by rank: over several targets the first that holds is the command's code.
    """

    INTERRUPTED = 130
    USAGE = 64
    UNREACHABLE = 6
    ERROR = 1
    STALE = 4
    REFUSED = 3
    PARTIAL = 5
    PENDING = 2
    DONE = 0

    @classmethod
    def first(cls, codes: Iterable[ExitCode]) -> ExitCode:
        """The code of a command whose targets ended with `codes`.

        >>> ExitCode.first([ExitCode.PENDING, ExitCode.REFUSED]).name
        'REFUSED'
        """
        rank = list(cls)
        return min(codes, key=rank.index, default=cls.DONE)


class ReconcilerError(Exception):
    """The root of every error that a person is meant to read."""

    exit_code: ExitCode = ExitCode.ERROR


class ManifestError(ReconcilerError):
    """The manifests hold faults; all of one stage are collected before this is raised."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics = list(diagnostics)
        super().__init__("\n".join(str(each) for each in self.diagnostics))


class RunError(ReconcilerError):
    """Something other than the manifests or the endpoint stopped the run."""


class UsageError(ReconcilerError):
    """The command line asks for something that cannot be meant."""

    exit_code = ExitCode.USAGE


class EndpointError(ReconcilerError):
    """The endpoint cannot be reached, answers nothing usable, or refuses the credentials."""

    exit_code = ExitCode.UNREACHABLE


class StalePlanError(ReconcilerError):
    """A saved plan was altered, or would no longer be planned as it stands."""

    exit_code = ExitCode.STALE


class RefusedError(ReconcilerError):
    """A limit or a guard refuses the plan before the first write."""

    exit_code = ExitCode.REFUSED


class InterruptedRun(ReconcilerError):  # noqa: N818  it is an ending, not a fault
    """The run was stopped by Ctrl-C after what was under way had finished."""

    exit_code = ExitCode.INTERRUPTED
