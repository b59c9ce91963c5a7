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
    from reconciler.render.counting import counted
    from reconciler.render.diagnostics import render_diagnostics

    loaded = load(context)
    faults = loaded.faults
    check_everything(loaded, faults)
    found = faults.ordered()
    if found or form != "text":
        write_result(render_diagnostics(found, form))
    if not faults.errors:
        manifests = loaded.manifests
        usable = [each for each in manifests.targets.values() if not each.value.get("abstract")]
        sections = {"user": manifests.users, "group": manifests.groups, "target": usable}
        verdict = f"valid: {', '.join(counted(len(entries), noun) for noun, entries in sections.items())}"
        write_result(f"{verdict}\n") if form == "text" else tell(verdict)
    return ExitCode.ERROR if faults.errors else ExitCode.DONE


def check_everything(loaded: Loaded, faults: Faults) -> None:
    """What one target alone does not need: every selection, every mapping, and everything mapped for every target."""
    from reconciler.core.desired.catalog import drop_guesses
    from reconciler.core.desired.selection_checks import check_selections
    from reconciler.core.mapping.rule_checks import check_mappings
    from reconciler.core.mapping.target_checks import check_target
    from reconciler.core.mapping.targets import check_target_names, prepare_target

    manifests, catalog = loaded.manifests, loaded.catalog
    check_selections(catalog, faults)
    check_mappings(manifests, catalog.desired, faults)
    for name, entry in manifests.targets.items():
        check_target_names(name, manifests, faults)
        if entry.value.get("abstract"):
            continue
        target = prepare_target(name, manifests, faults)
        if target is not None:
            check_target(target, catalog, faults)
    drop_guesses(loaded.unread, faults)
