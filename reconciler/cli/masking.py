"""`--redact`: the attributes that `settings.personal` names, and what a target's rules make of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.render.redaction import derived_paths, redact_plan

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from reconciler.core.manifests import Manifests
    from reconciler.core.plan import Plan


def mask_plans(plans: Sequence[Plan], manifests: Manifests) -> list[Plan]:
    """The plans as everybody may see them."""
    return [redact_plan(plan, personal_paths(plan.target, manifests)) for plan in plans]


def personal_paths(target: str, manifests: Manifests) -> list[str]:
    """The personal attributes, and the paths of a target whose rules read one of them.

    A target that the manifests no longer have adds nothing.
    """
    from reconciler.core.mapping.targets import prepare_target
    from reconciler.diagnostics import Faults

    personal = manifests.settings.personal
    prepared = prepare_target(target, manifests, Faults()) if target in manifests.targets else None
    if prepared is None:
        return personal
    rules = {rule.text: " ".join(rule.template.names_used) for side in prepared.rules.values() for rule in side.rules}
    return [*personal, *derived_paths(personal, rules)]


def read_settings(directory: Path) -> Manifests:
    """The manifests, for their settings. Raises `ManifestError` where a file does not hold manifests."""
    from reconciler.core.desired.catalog import merge_sources
    from reconciler.diagnostics import Faults
    from reconciler.storage.manifest_files import read_manifest_files

    faults = Faults()
    manifests = merge_sources(read_manifest_files(directory, faults), faults)
    faults.raise_errors()
    return manifests
