"""`reconciler release`: what it means is shown first."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from reconciler.cli.disabling import parse_user
from reconciler.cli.output import write_result
from reconciler.cli.records import hint
from reconciler.cli.wiring import Loaded, choose_targets, load, open_kept_store
from reconciler.core.desired.scopes import globs
from reconciler.core.known import Emergency
from reconciler.core.mapping.targets import prepare_target
from reconciler.core.planning.releasing import prospect
from reconciler.core.planning.seeking import entry_of, seek
from reconciler.core.resources import Ref
from reconciler.diagnostics import Faults
from reconciler.errors import RunError, UsageError
from reconciler.render.neutral import visible

if TYPE_CHECKING:
    from reconciler.cli.context import Context
    from reconciler.cli.options import TargetChoice
    from reconciler.cli.records import Store

UNKNOWN = "what the next plan does with it is not known: the manifests have faults, or no such target"


def release(context: Context, subject: str, choice: TargetChoice, *, yes: bool) -> None:
    """Ends a user's emergency on the chosen targets, after asking."""
    ref = parse_user(subject)
    if not context.has_state:
        raise RunError("there is no state store (--state, RECONCILER_STATE): nothing is held that could be released")
    loaded = load(context)
    with open_kept_store(context, writing=True) as store:
        chosen = _chosen(_held(ref, loaded, store), choice, loaded, ref)
        for target, each in chosen.items():
            told = _prospect(target, each, loaded, store)
            write_result(f"{visible(target)}: user:{visible(each.key)}, disabled on {each.since}; released, {told}\n")
        _ask(ref, list(chosen), yes=yes)
        for target, each in chosen.items():
            store.end_emergency(target, each.key)
    write_result(f"released: {visible(str(ref))} on {visible(', '.join(chosen))}\n")


def _held(ref: Ref, loaded: Loaded, store: Store) -> dict[str, Emergency]:
    """The user's emergencies by target. Raises `UsageError` with the nearest key where there is none."""
    entry = entry_of(ref.key, loaded.catalog)
    names = {each.casefold() for each in (ref.key, *((entry.key, *entry.previously) if entry is not None else ()))}
    declared = {target: store.emergencies(target) for target in store.targets_in_emergency()}
    found = {target: each for target, some in declared.items() for each in some if each.key.casefold() in names}
    if not found:
        keys = {each.key for some in declared.values() for each in some}
        raise UsageError(f"no emergency holds {ref}{hint(ref.key, keys)}")
    return found


def _chosen(found: Mapping[str, Emergency], choice: TargetChoice, loaded: Loaded, ref: Ref) -> dict[str, Emergency]:
    """Those on the chosen targets. Raises `UsageError` for a name that none is on, and where several could be meant."""
    if choice.everything:
        return dict(found)
    names = choice.names
    if choice.environment is not None:
        names = tuple(each for each in choose_targets(choice, loaded.manifests) if each in found)
    elif not names and len(found) == 1:
        return dict(found)
    if not names:
        raise UsageError(f"{ref} is held on {', '.join(found)}: name the target, or --all")
    for name in names:
        if not any(map(globs([name]), found)):
            raise UsageError(f"no emergency holds {ref} on {name!r}; it is held on {', '.join(found)}")
    return {target: each for target, each in found.items() if globs(names)(target)}


def _prospect(target: str, emergency: Emergency, loaded: Loaded, store: Store) -> str:
    """What the next plan does, in words."""
    declared = target in loaded.manifests.targets and not loaded.faults.errors
    prepared = prepare_target(target, loaded.manifests, Faults()) if declared else None
    if prepared is None:
        return UNKNOWN
    record = seek(emergency.key, loaded.catalog, prepared, store.known(target)).record
    return prospect(emergency.key, prepared, loaded.catalog, record)


def _ask(ref: Ref, targets: list[str], *, yes: bool) -> None:
    """Raises `UsageError` where nobody can be asked, `RunError` where the answer is no."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise UsageError("there is no terminal to ask on: add --yes to release without asking")
    if not click.confirm(f"Release {ref} on {', '.join(targets)}?", err=True):
        raise RunError("declined; nothing was released")
