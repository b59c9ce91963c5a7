"""`options` and `capabilities` of a target against what its platform has."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from reconciler.core.manifests.extending import setting_mark
from reconciler.core.manifests.faults import shown
from reconciler.core.manifests.merging import Entry
from reconciler.core.manifests.rules import Rule
from reconciler.core.manifests.targets import TargetSettings
from reconciler.diagnostics import Faults
from reconciler.platforms.capabilities import CAPABILITIES, fits
from reconciler.platforms.profile import OptionProfile, Profile


def check_options(settings: TargetSettings, profile: Profile, layers: Sequence[Entry], faults: Faults) -> None:
    """Options that the platform does not have, and values that they cannot have. `layers`: the target as written."""
    for name, value in settings.options.items():
        path, mark = f"targets.{settings.name}.options.{name}", setting_mark(layers, ("options", name))
        option = profile.options.get(name)
        if option is not None:
            _check_option(option, value, (path, mark), faults)
        elif not profile.any_options:
            problem = f"{profile.name} has no option {name!r}"
            faults.error(Rule.UNKNOWN_KEY, path, problem, remedy=faults.suggest(name, profile.options), mark=mark)


def _check_option(option: OptionProfile, value: Any, at: tuple[str, Any], faults: Faults) -> None:
    path, mark = at
    if option.type == "boolean":
        if not isinstance(value, bool):
            faults.error(Rule.WRONG_TYPE, path, f"must be true or false, not {shown(value)}", mark=mark)
    elif not isinstance(value, str):
        problem = f"must be a text, not {shown(value)}"
        faults.error(Rule.WRONG_TYPE, path, problem, remedy=_example(option), mark=mark)
    elif option.pattern is not None and not re.fullmatch(option.pattern, value):
        remedy = _example(option) or f"it must match {option.pattern}"
        faults.error(Rule.WRONG_VALUE, path, f"{shown(value)} is not allowed here", remedy=remedy, mark=mark)


def _example(option: OptionProfile) -> str:
    return f"write it as in {option.example}" if option.example is not None else ""


def check_capabilities(settings: TargetSettings, layers: Sequence[Entry], faults: Faults) -> None:
    """Capabilities that no platform has, and values that they cannot have."""
    for name, value in settings.capabilities.items():
        path, mark = f"targets.{settings.name}.capabilities.{name}", setting_mark(layers, ("capabilities", name))
        if name not in CAPABILITIES:
            problem, remedy = f"unknown capability {name!r}", faults.suggest(name, CAPABILITIES)
            faults.error(Rule.UNKNOWN_KEY, path, problem, remedy=remedy, mark=mark)
        elif not fits(name, value):
            kind = "a whole number from 1 on" if CAPABILITIES[name].counted else "true or false"
            faults.error(Rule.WRONG_TYPE, path, f"must be {kind}, not {shown(value)}", mark=mark)
