"""A whole run in one process: manifests as texts, a SCIM server behind httpx's ASGI transport, a store on disk."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import httpx
from databases import STORES
from planning_kit import NOW, TODAY, URL, catalog_of, target_of, target_text
from servers.bulk import shut_bulk
from servers.faults import FaultyServer
from servers.inprocess import Caller

from reconciler.client.directory import open_directory
from reconciler.client.pacing import Timer
from reconciler.core.desired.catalog import Catalog
from reconciler.core.disabling import Ended
from reconciler.core.endpoint import Endpoint
from reconciler.core.failures import Failure
from reconciler.core.known import Emergency, Known, Run
from reconciler.core.mapping.targets import Target
from reconciler.core.plan import Operation, Plan
from reconciler.core.planning.selection import Selection
from reconciler.core.planning.staleness import check_circumstances, check_not_applied, operations_to_do
from reconciler.core.report import Outcome
from reconciler.core.resources import Kind
from reconciler.sandbox import SandboxStore, create_app
from reconciler.storage.state.opening import open_state
from reconciler.workflow.applying import Applied, Stop, apply_plan
from reconciler.workflow.emergency import disable_at_once
from reconciler.workflow.planning import Job, Planned, make_plan
from reconciler.workflow.ports import Passwords

Found = TypeVar("Found")


@dataclass
class FixedClock:
    time: datetime = NOW

    def now(self) -> datetime:
        return self.time


@dataclass
class Quiet:
    """Progress that remembers how far it got."""

    done: int = 0
    said: list[str] = field(default_factory=list)
    on_advance: Callable[[int], None] = lambda _: None

    def expect(self, seconds: float) -> None:
        """How long a run takes here depends on the machine."""

    def begin(self, what: str, total: int | None) -> None:
        self.said.append(what if total is None else f"{what}: {total}")

    def advance(self, count: int = 1) -> None:
        self.done += count
        self.on_advance(self.done)

    def say(self, sentence: str) -> None:
        self.said.append(sentence)

    def end(self) -> None: ...


async def no_sleep(_: float) -> None:
    await asyncio.sleep(0)


@dataclass
class Workplace:
    """`people` is a manifest text, `target` holds further keys of the target `there`, or whatever `name` says.

    `server` lets faults at every request, which come one by one: it has no /Bulk. `call` speaks to the endpoint behind
    its back.
    """

    folder: Path
    people: str
    target: Sequence[str] = ()
    concurrency: int = 4
    state: str | None = None
    url: str = URL
    app: Any = None
    clock: FixedClock = field(default_factory=FixedClock)
    progress: Quiet = field(default_factory=Quiet)
    passwords: Passwords | None = None
    name: str = "there"

    def __post_init__(self) -> None:
        self.store = SandboxStore()
        inner = self.app or create_app(self.store)
        self.server = FaultyServer(inner)
        shut_bulk(self.server)
        self.call = Caller(inner)
        if self.state is None:
            self.state = STORES.url(self.folder) or f"sqlite:///{self.folder / 'state.db'}"

    def replace(self, old: str, new: str) -> None:
        assert old in self.people, f"{old!r} is not in the manifests"
        self.people = self.people.replace(old, new)

    @property
    def catalog(self) -> Catalog:
        """What the manifests say today."""
        return catalog_of(self._tree, self.clock.time.date())

    def plan(
        self, *, only: Sequence[str] = (), exclude: Sequence[str] = (), due: bool = False, retry: bool = False
    ) -> Planned:
        catalog = self.catalog
        selection = Selection(tuple(only), tuple(exclude), due)
        return self._run(lambda job: make_plan(replace(job, retry=retry), catalog, "digest", selection), writing=False)

    def apply(self, planned: Planned | None = None, *, stop: Stop | None = None, **choice: Any) -> Applied:
        made = planned if planned is not None else self.plan(**choice)
        chosen = stop or Stop()
        return self._run(lambda job: apply_plan(job, made, made.plan.operations, chosen), writing=True)

    def apply_saved(self, saved: Plan, max_age: timedelta = timedelta(days=7)) -> Applied:
        """As `apply FILE` does it. Raises `StalePlanError`."""
        check_not_applied(saved, self.runs)
        fresh = self.plan()
        check_circumstances(saved, fresh.plan, self.clock.now(), max_age)
        remaining = operations_to_do(saved, fresh.draft, fresh.plan.operations)
        reviewed = replace(fresh, plan=saved, saved=True)
        return self._run(lambda job: apply_plan(job, reviewed, remaining, Stop()), writing=True)

    def disable(self, key: str) -> Ended:
        """As `disable user:KEY` does it: recorded, then sent."""
        catalog = self.catalog

        async def step(job: Job) -> Ended:
            job.store.declare_emergencies(self.name, [Emergency(key, catalog.today)])
            return await disable_at_once(job, catalog, key)

        return self._run(step, writing=True)

    def settled(self) -> Plan:
        """Asserts that nothing is pending and nothing held."""
        plan = self.plan().plan
        assert plan.operations == (), [(each.id, each.changes, each.members) for each in plan.operations]
        assert plan.held == ()
        return plan

    @property
    def failures(self) -> list[Failure]:
        """The objects that failed at their last attempt."""
        with closing(open_state(self.state or "none", create=False)) as store:
            return store.failures(self.name)

    @property
    def known(self) -> dict[str, Known]:
        """What the store remembers, by `user:KEY`."""
        store = open_state(self.state or "none", create=False)
        try:
            return {f"{each.kind}:{each.key}": each for each in store.known(self.name)}
        finally:
            store.close()

    @property
    def runs(self) -> list[Run]:
        """The applies so far, the latest first."""
        store = open_state(self.state or "none", create=False)
        try:
            return store.runs("there")
        finally:
            store.close()

    def users(self) -> dict[str, dict[str, Any]]:
        """Live users by userName, read behind the fault layer."""
        return {each["userName"]: each for each in self._rows("/Users")}

    def groups(self) -> dict[str, dict[str, Any]]:
        return {each["displayName"]: each for each in self._rows("/Groups")}

    def members(self, name: str) -> set[str]:
        """UserNames of a group's members; ids where they are nobody's."""
        names = {each["id"]: user for user, each in self.users().items()}
        return {names.get(each["value"], each["value"]) for each in self.groups()[name].get("members") or []}

    def edit(self, name: str, **values: Any) -> None:
        """Somebody changes a user behind our back."""
        live = self.users()[name]
        operations = [{"op": "replace", "path": path, "value": value} for path, value in values.items()]
        assert self.patch(f"/Users/{live['id']}", *operations) < 300

    def patch(self, path: str, *operations: dict[str, Any]) -> int:
        body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": list(operations)}
        return self.call("PATCH", path, body).status_code

    def _rows(self, path: str) -> list[dict[str, Any]]:
        return list(self.call("GET", f"{path}?count=1000").json().get("Resources") or [])

    @property
    def _tree(self) -> Mapping[str, str]:
        return {"people.yaml": self.people, "targets.yaml": target_text(*self.target, name=self.name)}

    def _run(self, step: Callable[[Job], Awaitable[Found]], *, writing: bool) -> Found:
        return asyncio.run(self._inside(step, writing=writing))

    def _endpoint(self, target: Target) -> Endpoint:
        return Endpoint(self.url, concurrency=self.concurrency, profile=target.profile)

    async def _inside(self, step: Callable[[Job], Awaitable[Found]], *, writing: bool) -> Found:
        target = target_of(self.catalog, self.name)
        endpoint = self._endpoint(target)
        transport = httpx.ASGITransport(app=self.server)
        directory = open_directory(endpoint, transport=transport, timer=Timer(no_sleep), today=TODAY)
        store = open_state(self.state or "none", create=writing)
        try:
            stateless = self.state == "none"
            job = Job(target, endpoint, directory, store, self.clock, self.progress, "1", stateless=stateless)
            return await step(replace(job, passwords=self.passwords, pause=no_sleep))
        finally:
            store.close()
            await directory.close()


def outcomes(applied: Applied) -> dict[str, Outcome]:
    """What became of each operation, by its id."""
    return {each.operation: each for each in applied.report.outcomes}


def results(applied: Applied) -> dict[str, str]:
    return {each.operation: str(each.result) for each in applied.report.outcomes}


def operation(planned: Planned, id: str) -> Operation:
    [found] = [each for each in planned.plan.operations if each.id == id]
    return found


__all__ = ["FixedClock", "Kind", "Quiet", "Workplace", "operation", "outcomes", "results"]
