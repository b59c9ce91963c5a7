"""`reconciler validate`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reconciler.cli.options import format_option, pass_context
from reconciler.errors import ExitCode

if TYPE_CHECKING:
    from reconciler.cli.context import Context
    from reconciler.cli.wiring import Loaded
    from reconciler.diagnostics import Faults


@click.command("validate")
@format_option("text", "json", "sarif", "github")
@pass_context
def command(context: Context, form: str) -> ExitCode:
    """Check every manifest, offline: no endpoint is asked, no ${…} is needed."""
    from reconciler.cli.output import tell, write_result
    from reconciler.cli.wiring import load
    from reconciler.render.diagnostics import render_diagnostics

    loaded = load(context)
    faults = loaded.faults
    if not faults.errors:
        check_all_targets(loaded, faults)
    found = faults.ordered()
    if found or form != "text":
        write_result(render_diagnostics(found, form))
    if not faults.errors:
        desired = loaded.catalog.desired
        count = len(loaded.manifests.targets)
        verdict = f"valid: {len(desired.users):,} users, {len(desired.groups):,} groups, {count:,} targets"
        write_result(f"{verdict}\n") if form == "text" else tell(verdict)
    return ExitCode.ERROR if faults.errors else ExitCode.DONE


def check_all_targets(loaded: Loaded, faults: Faults) -> None:
    """What only shows when everything is mapped for every target."""
    from reconciler.core.target_checks import check_selections, check_target
    from reconciler.core.targets import prepare_target

    check_selections(loaded.catalog, faults)
    for name, entry in loaded.manifests.targets.items():
        if entry.value.get("abstract"):
            continue
        target = prepare_target(name, loaded.manifests, faults)
        if target is not None:
            check_target(target, loaded.catalog, faults)
