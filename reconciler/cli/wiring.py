"""The only module that knows everyone: reads the manifests, opens stores and endpoints, hands them to the workflow."""

from __future__ import annotations

import gc
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import date
from secrets import SystemRandom
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from reconciler import __version__
from reconciler.cli.context import NO_STATE, Context
from reconciler.cli.edges import Environment, SystemClock
from reconciler.core.desired.catalog import (
    Catalog,
    drop_guesses,
    make_catalog,
    merge_sources,
    timezone_mark,
    unread_files,
)
from reconciler.core.desired.scopes import globs
from reconciler.core.endpoint import Endpoint
from reconciler.core.events import Listeners, unwatched
from reconciler.core.manifests import Manifests, Rule
from reconciler.core.mapping.connecting import connect, parse_hosts
from reconciler.core.mapping.password_sources import PasswordSource
from reconciler.core.mapping.targets import Target, prepare_target
from reconciler.diagnostics import Faults, SourceMark, did_you_mean
from reconciler.errors import UsageError
from reconciler.storage.manifest_files import manifests_digest, read_manifest_files

if TYPE_CHECKING:
    from reconciler.cli.options import TargetChoice
    from reconciler.storage.state.nothing import NoState
    from reconciler.storage.state.store import SqlState
    from reconciler.workflow.planning import Job
    from reconciler.workflow.ports import Progress, StateStore


@dataclass(frozen=True, slots=True)
class Loaded:
    """The manifests as read: usable where `faults` holds no errors."""

    catalog: Catalog
    digest: str
    faults: Faults
    unread: frozenset[str] = frozenset()
    """Files that could not be read to their end."""

    @property
    def manifests(self) -> Manifests:
        return self.catalog.manifests


def tune_collector() -> None:
    """Large documents come and go; the default thresholds spend most of the time looking for garbage in them."""
    gc.set_threshold(1_000_000, 50, 100)


def load(context: Context) -> Loaded:
    """Reads and checks every manifest. Faults are collected; nothing is raised for them."""
    tune_collector()
    faults = Faults()
    sources = read_manifest_files(context.manifests, faults)
    unread = unread_files(sources, faults)
    manifests = merge_sources(sources, faults)
    today = _today(manifests, timezone_mark(sources), faults)
    catalog = make_catalog(manifests, today, faults)
    drop_guesses(unread, faults)
    return Loaded(catalog, manifests_digest(sources), faults, unread)


def load_valid(context: Context) -> Loaded:
    """As `load`; raises `ManifestError` with everything that is wrong."""
    loaded = load(context)
    loaded.faults.raise_errors()
    return loaded


def _today(manifests: Manifests, mark: SourceMark | None, faults: Faults) -> date:
    now = SystemClock().now()
    zone = manifests.settings.timezone
    try:
        return now.astimezone(ZoneInfo(zone)).date()
    except (ZoneInfoNotFoundError, ValueError, OSError):
        remedy = "write an IANA name such as Asia/Shanghai"
        faults.error(Rule.WRONG_VALUE, "settings.timezone", f"there is no time zone {zone!r}", remedy=remedy, mark=mark)
        return now.date()


def choose_targets(choice: TargetChoice, manifests: Manifests) -> list[str]:
    """Names of the targets that a command is for, in the order of the manifests. Raises `UsageError`."""
    usable = [name for name, entry in manifests.targets.items() if not entry.value.get("abstract")]
    if not usable:
        raise UsageError("the manifests declare no target")
    if choice.environment is not None:
        return _of_environment(choice.environment, usable, manifests)
    if choice.everything:
        return usable
    if not choice.names:
        if len(usable) > 1:
            raise UsageError(f"name a target: {', '.join(usable)}; or --all, or --env NAME")
        return usable
    return _by_name(choice.names, usable)


def _by_name(names: tuple[str, ...], usable: list[str]) -> list[str]:
    for name in names:
        if not any(map(globs([name]), usable)):
            hint = did_you_mean(name, usable)
            raise UsageError(f"there is no target {name!r}{f' ({hint})' if hint else ''}")
    fits = globs(names)
    return [each for each in usable if fits(each)]


def _of_environment(environment: str, usable: list[str], manifests: Manifests) -> list[str]:
    faults = Faults()
    found: dict[str, str | None] = {}
    for name in usable:
        target = prepare_target(name, manifests, faults)
        found[name] = target.settings.environment if target is not None else None
    faults.raise_errors()
    chosen = [name for name in usable if found[name] == environment]
    if not chosen:
        hint = did_you_mean(environment, (each for each in found.values() if each))
        raise UsageError(f"no target has environment {environment!r}{f' ({hint})' if hint else ''}")
    return chosen


def prepare_targets(names: list[str], loaded: Loaded) -> list[Target]:
    """The targets, checked against the manifests; warnings join those of the manifests.

    Raises `ManifestError` with the faults of all of them.
    """
    from reconciler.core.mapping.target_checks import check_target

    faults = Faults()
    targets = []
    for name in names:
        target = prepare_target(name, loaded.manifests, faults)
        if target is not None:
            check_target(target, loaded.catalog, faults)
            targets.append(target)
    faults.raise_errors()
    # What a platform leaves out is part of every plan; line by line it is told by `validate`.
    loaded.faults.extend(each for each in faults.items if each.rule is not Rule.LEFT_OUT_VALUE)
    return targets


@contextmanager
def open_store(context: Context, *, writing: bool) -> Iterator[StateStore]:
    """The state store; plan, drift, explain and check open it without ever writing it."""
    from reconciler.storage.state.opening import open_state

    store = open_state(context.state, create=writing)
    try:
        yield store
    finally:
        store.close()


@contextmanager
def open_kept_store(context: Context, *, writing: bool) -> Iterator[SqlState | NoState]:
    """The state store as `reconciler state` works on it: where there is none, none is made."""
    from reconciler.storage.state.opening import open_existing_state, open_state

    store = open_existing_state(context.state) if writing else open_state(context.state, create=False)
    try:
        yield store
    finally:
        store.close()


def upgrade_store(context: Context) -> None:
    """Brings the store to the present schema, for a command that is about to write it: plans only read."""
    from reconciler.storage.state.opening import upgrade_state

    upgrade_state(context.state)


def endpoint_of(context: Context, target: Target) -> Endpoint:
    """Where and how to reach a target. Raises `RunError` where a `${…}` is not set."""
    environment = Environment(context.manifests.absolute().parent)
    return connect(target.settings, target.profile, environment, parse_hosts(os.environ.get("RECONCILER_HOSTS")))


@asynccontextmanager
async def open_job(context: Context, target: Target, store: StateStore, progress: Progress) -> AsyncIterator[Job]:
    """One target's run with its connection open. Raises `RunError` where a `${…}` is not set."""
    from reconciler.cli.watching import command_name, watch
    from reconciler.client.directory import open_directory
    from reconciler.workflow.planning import Job
    from reconciler.workflow.telemetry import UNTOLD

    clock = SystemClock()
    environment = Environment(context.manifests.absolute().parent)
    endpoint = endpoint_of(context, target)
    watching = watch(target.name)
    listeners = Listeners(progress.say, watching.exchanged if watching.watches_exchanges else unwatched)
    directory = open_directory(endpoint, today=clock.now().date(), listeners=listeners)
    try:
        with watching.doing(command_name()):
            yield Job(
                target=target,
                endpoint=endpoint,
                directory=directory,
                store=store,
                clock=clock,
                progress=progress,
                tool=__version__,
                stateless=context.state == NO_STATE,
                passwords=PasswordSource(target.settings.passwords, environment, SystemRandom()),
                telemetry=watching if watching.watches else UNTOLD,
            )
    finally:
        await directory.close()
        watching.close()
