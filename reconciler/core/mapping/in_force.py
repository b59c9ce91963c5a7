"""Settings that the language has and this version does not carry out yet: said, never passed over in silence."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.core.manifests import Entry, Rule, setting_mark
from reconciler.core.manifests.targets import TargetSettings
from reconciler.diagnostics import Faults

NOT_YET: tuple[tuple[str, ...], ...] = (
    ("pace", "rate"),
    ("pace", "budget"),
)
"""By their names in `TargetSettings`."""


def warn_of_settings(settings: TargetSettings, layers: list[Entry], faults: Faults) -> None:
    """A warning for each setting that a target has and that has no effect."""
    for path in _given(settings):
        written = tuple(_as_written(each) for each in path)
        where = ".".join(("targets", settings.name, *written))
        mark = setting_mark(layers, written)
        faults.warning(Rule.NOT_IN_FORCE, where, "is understood and has no effect in this version", mark=mark)


def _given(settings: TargetSettings) -> Iterator[tuple[str, ...]]:
    for path in NOT_YET:
        section = settings
        for name in path[:-1]:
            section = getattr(section, name)
        if path[-1] in section.model_fields_set:
            yield path


def _as_written(name: str) -> str:
    """camelCase, as in YAML."""
    first, *rest = name.split("_")
    return first + "".join(each.title() for each in rest)
