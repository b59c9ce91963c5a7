"""The state of a run without a store, or with one that does not exist yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date, datetime

    from reconciler.core.failures import Failure
    from reconciler.core.journal import Entry
    from reconciler.core.known import Emergency, Holding, Known, Learnt, Run, Selected
    from reconciler.core.locks import Lock
    from reconciler.core.resources import Kind

NO_LINEAGE = "none"


class NoState:
    """Knows nothing, and forgets at once whatever it is told."""

    @property
    def lineage(self) -> str:
        return NO_LINEAGE

    def fingerprint(self, target: str) -> str | None:  # noqa: ARG002  the same for every target
        return None

    def bind(self, target: str, fingerprint: str) -> None: ...

    def known(self, target: str) -> list[Known]:  # noqa: ARG002  the same for every target
        return []

    def record(self, target: str, known: Sequence[Known]) -> None: ...

    def forget(self, target: str, kind: Kind, key: str) -> None: ...

    def learnt(self, target: str, since: date) -> list[Learnt]:  # noqa: ARG002  the same for every target
        return []

    def learn(self, target: str, lessons: Sequence[Learnt]) -> None: ...

    def emergencies(self, target: str) -> list[Emergency]:  # noqa: ARG002  the same for every target
        return []

    def declare_emergencies(self, target: str, emergencies: Sequence[Emergency]) -> None: ...

    def end_emergency(self, target: str, key: str) -> None: ...

    def targets_in_emergency(self) -> list[str]:
        return []

    def failures(self, target: str) -> list[Failure]:  # noqa: ARG002  the same for every target
        return []

    def record_failures(self, target: str, failing: Sequence[Failure], settled: Iterable[Failure]) -> None: ...

    def record_run(self, run: Run) -> None: ...

    def runs(self, target: str) -> list[Run]:  # noqa: ARG002  the same for every target
        return []

    def targets_with_runs(self) -> list[str]:
        return []

    def journal(self, target: str, entries: Sequence[Entry]) -> None: ...

    def entries(self, target: str, run: str) -> list[Entry]:  # noqa: ARG002  the same for every run
        return []

    def unfinished(self, target: str) -> list[Entry]:  # noqa: ARG002  the same for every target
        return []

    def prune_journal(self, target: str, before: datetime) -> None: ...

    def targets(self) -> list[str]:
        return []

    def selections(self, target: str) -> list[Selected]:  # noqa: ARG002  the same for every target
        return []

    def record_selections(self, target: str, selected: Sequence[Selected], day: date) -> None: ...

    def targets_beside(self, target: str, fingerprint: str) -> list[str]:  # noqa: ARG002  the same for every target
        return []

    def holdings_beside(self, target: str, fingerprint: str) -> list[Holding]:  # noqa: ARG002  the same for every target
        return []

    def owned_counts(self) -> dict[str, Mapping[Kind, int]]:
        return {}

    def move(self, target: str, kind: Kind, old: str, new: str) -> None: ...

    def move_target(self, old: str, new: str) -> None: ...

    def unbind(self, target: str) -> None: ...

    def forget_target(self, target: str) -> None: ...

    @property
    def place(self) -> str:
        return NO_LINEAGE

    def take_lock(self, lock: Lock, *, instead_of: str = "") -> Lock | None: ...

    def renew_lock(self, target: str, token: str, beat: datetime, expires: datetime) -> bool:  # noqa: ARG002
        return True

    def release_lock(self, target: str, token: str) -> bool:  # noqa: ARG002  there is none
        return False

    def lock_of(self, target: str) -> Lock | None: ...

    def close(self) -> None: ...
