"""Finding a profile by name."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, NamedTuple

from reconciler.platforms.facts import Fact, each_source, split_facts
from reconciler.platforms.profile import Profile

WITHOUT_SCIM = MappingProxyType(
    {
        "huawei-iam": "huawei-identity-center",
        "tencent-cam": "tencent-identity-center",
        "volcengine-iam": "volcengine-identity-center",
        "aws-iam": "aws-identity-center",
    }
)
"""Services that have no SCIM interface at all, and the service of the same vendor that has one."""


class Dossier(NamedTuple):
    """Everything that is known of a platform: its profile, each fact with its origin, what the sources stand for."""

    profile: Profile
    facts: tuple[Fact, ...]
    sources: Mapping[str, str]


@cache
def platform_names() -> tuple[str, ...]:
    """The built-in platforms, sorted."""
    folder = files("reconciler.platforms").joinpath("builtin")
    return tuple(sorted(entry.name.removesuffix(".yaml") for entry in folder.iterdir() if entry.name.endswith(".yaml")))


def load_profile(name: str) -> Profile:
    """The profile of a built-in platform. Raises KeyError for a name that is not in `platform_names()`."""
    return load_dossier(name).profile


@cache
def load_dossier(name: str) -> Dossier:
    """A built-in platform with the sources of its facts. Raises KeyError for a name that is not there."""
    document = read_builtin(name)
    plain, facts = split_facts(document)
    return Dossier(Profile.model_validate(plain), facts, dict(each_source(document)))


def read_builtin(name: str) -> dict[str, Any]:
    """A profile's file as it is written. Raises KeyError for a name that is not in `platform_names()`."""
    from ruamel.yaml import YAML

    if name not in platform_names():
        raise KeyError(name)
    text = files("reconciler.platforms").joinpath("builtin", f"{name}.yaml").read_text(encoding="utf-8")
    found: dict[str, Any] = YAML(typ="safe", pure=True).load(text)
    return found
