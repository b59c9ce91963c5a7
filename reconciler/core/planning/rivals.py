"""Other targets of the manifests on the endpoint of one: what they desire there is known without asking anybody."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from reconciler.core.deciding.neighbours import Rival
from reconciler.core.deciding.situations import Standing
from reconciler.core.desired.catalog import Catalog
from reconciler.core.endpoint import Endpoint
from reconciler.core.manifests.extending import resolve_target
from reconciler.core.manifests.targets import TargetSettings
from reconciler.core.manifests.variables import VARIABLE
from reconciler.core.mapping.platform_values import PlatformFitter
from reconciler.core.mapping.targets import Target, prepare_target
from reconciler.core.resources import Kind
from reconciler.diagnostics import Faults


def find_rivals(target: Target, catalog: Catalog, fingerprint: str, recorded: Collection[str]) -> list[Rival]:
    """The other targets of an endpoint, by what the manifests say of them.

    `recorded`: targets whose records are about it. Raises `ManifestError` where one of those cannot be made ready:
    nobody knows then what it desires.
    """
    found = []
    for name in _others(target, catalog):
        faults = Faults()
        settings = resolve_target(name, catalog.manifests, faults)
        if settings is None:
            if name in recorded:
                faults.raise_errors()
            continue
        if _is_same_endpoint(target.settings, settings, fingerprint, recorded=name in recorded):
            rival = prepare_target(name, catalog.manifests, faults)
            faults.raise_errors()
            if rival is not None:
                found.append(_rival(rival, catalog))
    return found


def _others(target: Target, catalog: Catalog) -> Iterator[str]:
    targets = catalog.manifests.targets.items()
    return (name for name, entry in targets if name != target.name and entry.value.get("abstract") is not True)


def _is_same_endpoint(mine: TargetSettings, other: TargetSettings, fingerprint: str, *, recorded: bool) -> bool:
    """Addresses with a variable are the same where they are written alike, or where the records are about one."""
    url = other.url.rstrip("/")
    if VARIABLE.search(url):
        return recorded or url.casefold() == mine.url.rstrip("/").casefold()
    return Endpoint(url).fingerprint == fingerprint


def _rival(target: Target, catalog: Catalog) -> Rival:
    """Its wanted objects in the form that its platform takes. Raises `ManifestError`."""
    faults = Faults()
    wanted = [each for each in catalog.mapped(target, faults) if each.standing is Standing.WANTED]
    faults.raise_errors()
    for kind in Kind:
        platform = PlatformFitter.of(target, kind)
        for each in wanted:
            if each.kind is kind:
                platform.fit(each)
    match = {kind: target.rules[kind].match for kind in Kind}
    return Rival(target.name, match, {kind: [each for each in wanted if each.kind is kind] for kind in Kind})
