"""Finding a profile by name."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from types import MappingProxyType

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


@cache
def platform_names() -> tuple[str, ...]:
    """The built-in platforms, sorted."""
    folder = files("reconciler.platforms").joinpath("builtin")
    return tuple(sorted(entry.name.removesuffix(".yaml") for entry in folder.iterdir() if entry.name.endswith(".yaml")))


@cache
def load_profile(name: str) -> Profile:
    """The profile of a built-in platform. Raises KeyError for a name that is not in `platform_names()`."""
    from ruamel.yaml import YAML

    if name not in platform_names():
        raise KeyError(name)
    text = files("reconciler.platforms").joinpath("builtin", f"{name}.yaml").read_text(encoding="utf-8")
    return Profile.model_validate(YAML(typ="safe", pure=True).load(text))
