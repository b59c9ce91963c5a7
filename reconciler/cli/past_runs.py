"""Past runs from the state store: found, listed and shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.cli.output import write_result
from reconciler.cli.records import hint
from reconciler.errors import RunError, UsageError
from reconciler.render.history import run_json, run_text, runs_json, runs_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.cli.context import Context
    from reconciler.cli.options import Output
    from reconciler.cli.records import Store
    from reconciler.core.journal import Entry
    from reconciler.core.known import Run

NO_RUNS = "no run is on record: nothing was applied yet, or there is no state store (--state, RECONCILER_STATE)"


def list_runs(store: Store, target: str | None, output: Output) -> None:
    """Prints every run, the latest first."""
    runs = past_runs(store, target)
    write_result(runs_json(runs) if output.form == "json" else runs_text(runs))


def show_run(context: Context, store: Store, which: tuple[str, str | None], output: Output) -> None:
    """Prints one run with its operations. `which`: the run, or how its id begins, and its target where that is said."""
    run = find_run(store, *which)
    entries: Sequence[Entry] = store.entries(run.target, run.id)
    if output.redact:
        from reconciler.cli.masking import personal_paths, read_settings
        from reconciler.render.redaction import redact_entry

        manifests = read_settings(context.manifests)
        personal = personal_paths(run.target, manifests) if run.target in manifests.targets else None
        entries = [redact_entry(each, personal) for each in entries]
    write_result(run_json(run, entries) if output.form == "json" else run_text(run, entries))


def past_runs(store: Store, target: str | None = None) -> list[Run]:
    """The runs on one target, or on all, the latest first.

    Raises `UsageError` for a target without any, `RunError` where there are none at all.
    """
    recorded = store.targets_with_runs()
    if not recorded:
        raise RunError(NO_RUNS)
    if target is not None and target not in recorded:
        raise UsageError(f"no run on a target {target!r} is on record{hint(target, recorded)}")
    runs = [run for name in recorded if target in (None, name) for run in store.runs(name)]
    return sorted(runs, key=lambda each: (each.started, each.id), reverse=True)


def find_run(store: Store, name: str, target: str | None = None) -> Run:
    """The run with an id, or the only one whose id begins so. Raises `UsageError`."""
    runs = past_runs(store, target)
    found = [each for each in runs if each.id == name] or [each for each in runs if each.id.startswith(name)]
    if not found:
        raise UsageError(f"there is no run {name!r}{hint(name, [each.id for each in runs])}: `reconciler history`")
    if len(found) > 1:
        listed = ", ".join(f"{each.id} on {each.target}" for each in found[:5])
        raise UsageError(f"{name!r} is the beginning of several runs: {listed}")
    return found[0]
