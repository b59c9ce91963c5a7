"""A whole apply against a server that takes its time, over real connections, with a real store."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from organisations import write_users
from servers.processes import running
from speed import Spent, spending
from sqlalchemy import event
from sqlalchemy.engine import Engine

from reconciler.cli.context import Color, Context
from reconciler.cli.running import run_step
from reconciler.cli.wiring import load_valid, prepare_targets
from reconciler.core.planning.selection import EVERYTHING
from reconciler.core.report import Result
from reconciler.workflow.applying import Stop, apply_plan
from reconciler.workflow.planning import Job, make_plan

SERVER = Path(__file__).with_name("slow_server.py")
LATENCY = 0.02
"""Seconds that each write takes at the server."""


@dataclass(frozen=True)
class Applying:
    """What an apply that created users took. `planned` and `applied` are the server's counts of what each asked."""

    users: int
    spent: Spent
    planned: Mapping[str, Any]
    applied: Mapping[str, Any]
    commits: int


@contextmanager
def slow_server(folder: Path, latency: float = LATENCY) -> Iterator[str]:
    """The URL of a server in a process of its own."""
    with running([sys.executable, str(SERVER), str(latency)], {}, folder / "server.log") as url:
        yield url


def counts(url: str) -> dict[str, Any]:
    return dict(httpx.get(f"{url}/counts").json())


def empty(url: str) -> None:
    """The server holds nothing any more and counts from nought."""
    httpx.delete(f"{url}/counts")


def create_by_applying(url: str, users: int, connections: int, folder: Path) -> Applying:
    """Plans and applies an organisation that the endpoint has nothing of, without managers: each user is one request.

    `folder` is used once.
    """
    write_users(folder / "manifests", users, team=1)
    target = f"{{platform: generic, url: '{url}', pace: {{concurrency: {connections}}}}}"
    (folder / "manifests" / "targets.yaml").write_text(f"targets:\n  there: {target}\n")
    context = Context(folder / "manifests", f"sqlite:///{folder / 'state.db'}", Color.NEVER)
    loaded = load_valid(context)

    async def step(job: Job) -> Applying:
        planned = await make_plan(job, loaded.catalog, loaded.digest, EVERYTHING)
        before = counts(url)
        with _commits() as commits, spending() as spent:
            applied = await apply_plan(job, planned, planned.plan.operations, Stop())
        made = len(applied.report.having(Result.DONE))
        assert made == users, applied.report.counts
        return Applying(users, spent, before, counts(url), len(commits))

    [there] = prepare_targets(["there"], loaded)
    return run_step(context, there, step, writing=True)


@contextmanager
def _commits() -> Iterator[list[None]]:
    """One entry for each transaction that any store ends inside."""
    seen: list[None] = []

    def note(_: Any) -> None:
        seen.append(None)

    event.listen(Engine, "commit", note)
    try:
        yield seen
    finally:
        event.remove(Engine, "commit", note)
