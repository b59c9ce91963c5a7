"""`reconciler disable`: recorded first, then sent to every target at the same time."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from reconciler.cli.endings import without_secrets
from reconciler.cli.locking import locksmith
from reconciler.cli.output import progress_for_errors, tell, write_result
from reconciler.cli.records import hint, parse_subject
from reconciler.cli.wiring import Loaded, choose_targets, endpoint_of, load, open_job, open_store
from reconciler.core.deciding.decisions import Decision
from reconciler.core.disabling import AT_REST, Ended, Ending
from reconciler.core.known import Emergency, Known
from reconciler.core.mapping.targets import Target, prepare_target
from reconciler.core.planning.protection import Protection
from reconciler.core.planning.seeking import entry_of, seek
from reconciler.core.resources import Kind, Ref
from reconciler.core.tokens import claimed_subject
from reconciler.core.vocabulary import Situation
from reconciler.diagnostics import Faults
from reconciler.errors import ExitCode, ReconcilerError, RunError, UsageError
from reconciler.render.counting import counted
from reconciler.render.disabling_text import disabling_json, disabling_text
from reconciler.workflow.emergency import disable_at_once

if TYPE_CHECKING:
    from reconciler.cli.context import Context
    from reconciler.cli.options import Output, TargetChoice
    from reconciler.workflow.ports import StateStore

UNHELD = "there is no state store (RECONCILER_STATE): nothing holds it, and the next apply does what the manifests say"


@dataclass(frozen=True, slots=True)
class Emergencies:
    """What the command is about: a user on some targets, and what is recorded there."""

    context: Context
    loaded: Loaded
    targets: Sequence[Target]
    store: StateStore
    key: str

    @property
    def subject(self) -> str:
        return str(Ref(Kind.USER, self.key))


def disable(context: Context, subject: str, choice: TargetChoice, output: Output, *, yes: bool) -> ExitCode:
    """Asks, records the emergency on every target, and only then sends anything."""
    ref = parse_user(subject)
    loaded = _load_what_is_sound(context)
    targets, codes = _prepare(choose_targets(choice, loaded.manifests), loaded)
    with _open_store(context) as store:
        key = _known_key(ref, loaded, [each for target in targets for each in store.known(target.name)])
        emergency = Emergencies(context, loaded, _concerned(targets, key, loaded, store), store, key)
        _warn(emergency)
        _ask(emergency, yes=yes)
        for target in emergency.targets:
            store.declare_emergencies(target.name, [Emergency(key, loaded.catalog.today)])
        done = asyncio.run(_disable_everywhere(emergency))
    endings = [ended for ended, _ in done]
    _show(emergency, endings, output)
    return ExitCode.first([*codes, *(code for _, code in done)])


def parse_user(subject: str) -> Ref:
    """`user:KEY`. Raises `UsageError`, also for a group."""
    ref = parse_subject(subject)
    if ref.kind is not Kind.USER:
        raise UsageError(f"{subject!r} is a group: only users can be disabled; write user:KEY")
    return ref


def _load_what_is_sound(context: Context) -> Loaded:
    """A mistake somewhere in the manifests does not keep anybody's access."""
    loaded = load(context)
    if count := len(loaded.faults.errors):
        tell(f"the manifests have {counted(count, 'fault')} (`reconciler validate`): going by what is sound")
    return loaded


def _prepare(names: Iterable[str], loaded: Loaded) -> tuple[list[Target], list[ExitCode]]:
    targets: list[Target] = []
    codes: list[ExitCode] = []
    for name in names:
        faults = Faults()
        target = prepare_target(name, loaded.manifests, faults)
        if target is None:
            tell(f"Error: target {name}: {next(map(str, faults.errors), 'its settings have faults')}")
            codes.append(ExitCode.ERROR)
        else:
            targets.append(target)
    return targets, codes


@contextmanager
def _open_store(context: Context) -> Iterator[StateStore]:
    with ExitStack() as stack:
        try:
            store = stack.enter_context(open_store(context, writing=True))
        except RunError as error:
            way_out = "`reconciler --state none disable …` acts without it, and nothing holds it then"
            raise RunError(f"{error}; {way_out}") from error
        yield store


def _known_key(ref: Ref, loaded: Loaded, known: Iterable[Known]) -> str:
    """The key as it is written in the manifests, else in the records. Raises `UsageError` where nobody knows it."""
    entry = entry_of(ref.key, loaded.catalog)
    if entry is not None:
        return entry.key
    keys = {each.key.casefold(): each.key for each in known if each.kind is Kind.USER}
    found = keys.get(ref.key.casefold())
    if found is None:
        nearest = hint(ref.key, [*loaded.catalog.declared.users, *keys.values()])
        unread = f"; files that cannot be read: {', '.join(sorted(loaded.unread))}" if loaded.unread else ""
        raise UsageError(f"no user is called {ref.key!r}{nearest}{unread}")
    return found


def _concerned(targets: Iterable[Target], key: str, loaded: Loaded, store: StateStore) -> list[Target]:
    """The targets on which the user can be meant: all of them, or those with a record where the manifests have none."""
    declared = entry_of(key, loaded.catalog) is not None
    found = []
    for target in targets:
        if declared or any(each.key.casefold() == key.casefold() for each in store.known(target.name)):
            found.append(target)
        else:
            tell(f"target {target.name}: nothing is known of user:{key} there")
    return found


def _warn(emergency: Emergencies) -> None:
    """Protection keeps plans from disabling somebody; a person who says so may."""
    for target in emergency.targets:
        if _is_protected(emergency, target):
            tell(
                f"target {target.name}: {emergency.subject} is protected (`safety.protect`, `safety.self`) or is "
                "the account of its token: should somebody enable it there, no plan disables it again"
            )
        holder = locksmith(emergency.store).holder(target.name)
        if holder is not None:
            tell(f"target {target.name}: a run is at work there ({holder.holder}); this does not wait for it")
    if not emergency.context.has_state:
        tell(UNHELD)


def _is_protected(emergency: Emergencies, target: Target) -> bool:
    known = emergency.store.known(target.name)
    sought = seek(emergency.key, emergency.loaded.catalog, target, known)
    accounts = _own_accounts(emergency.context, target)
    decision = Decision(Kind.USER, emergency.key, Situation.DRIFTED, sought.wanted, known=sought.record)
    return Protection.of(target.settings.safety, *accounts).covers(decision)


def _own_accounts(context: Context, target: Target) -> list[str]:
    try:
        tokens = endpoint_of(context, target).tokens
    except RunError:
        return []
    return [subject for each in tokens if (subject := claimed_subject(each.token)) is not None]


def _ask(emergency: Emergencies, *, yes: bool) -> None:
    """Raises `UsageError` where nobody can be asked, `RunError` where the answer is no."""
    if yes or not emergency.targets:
        return
    if not sys.stdin.isatty():
        raise UsageError("there is no terminal to ask on: add --yes to disable without asking")
    names = ", ".join(each.name for each in emergency.targets)
    if not click.confirm(f"Disable {emergency.subject} on {names} at once?", err=True):
        raise RunError("declined; nothing was sent and nothing recorded")


async def _disable_everywhere(emergency: Emergencies) -> list[tuple[Ended, ExitCode]]:
    """All targets at the same time: one that does not answer keeps no other waiting."""
    return list(await asyncio.gather(*(_disable_on(target, emergency) for target in emergency.targets)))


async def _disable_on(target: Target, emergency: Emergencies) -> tuple[Ended, ExitCode]:
    try:
        async with open_job(emergency.context, target, emergency.store, progress_for_errors()) as job:
            ended = await disable_at_once(job, emergency.loaded.catalog, emergency.key)
    except ReconcilerError as error:
        return Ended(target.name, Ending.UNREACHABLE, quoted=without_secrets(str(error))), error.exit_code
    return ended, ExitCode.DONE if ended.result in AT_REST else ExitCode.PARTIAL


def _show(emergency: Emergencies, endings: Sequence[Ended], output: Output) -> None:
    held = emergency.context.has_state
    if output.form == "json":
        write_result(disabling_json(emergency.subject, endings, held=held, redact=output.redact))
        return
    write_result(disabling_text(emergency.subject, endings, redact=output.redact))
    if held and endings and not all(_is_protected(emergency, target) for target in emergency.targets):
        tell(
            f"every plan keeps {emergency.subject} inactive there until the manifests say `state: disabled` or "
            f"`absent`, or `reconciler release {emergency.subject}`"
        )
