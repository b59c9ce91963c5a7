"""One manifest file as a whole."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any

from pydantic import TypeAdapter, with_config
from typing_extensions import TypedDict

from reconciler.core.manifests.entries import Groups, Users
from reconciler.core.manifests.scalars import CLOSED, Key, says
from reconciler.core.manifests.sections import Defaults, MappingEntry, ScopeEntry, Settings, Table
from reconciler.core.manifests.targets import TargetEntry


@with_config(CLOSED)
class ManifestFile(TypedDict, total=False):
    """A manifest of users, groups, scopes, mappings and targets. The sections of all files are merged."""

    settings: Annotated[Settings | None, says("What holds for the whole tree. Declared once.")]
    defaults: Annotated[
        Defaults | None,
        says("For the users and groups of this file; in `_defaults.yaml`: of this directory and below."),
    ]
    users: Annotated[Users | None, says("Users by key.")]
    groups: Annotated[Groups | None, says("Groups by key.")]
    scopes: Annotated[dict[Key, ScopeEntry] | None, says("Which users and groups a target gets, by name.")]
    tables: Annotated[
        dict[Key, Table] | None,
        says("Small translations by name; built-in mappings look placements up in `organization`."),
    ]
    mappings: Annotated[
        dict[Key, MappingEntry] | None, says("How users and groups become a target's resources, by name.")
    ]
    targets: Annotated[dict[Key, TargetEntry] | None, says("Where resources go and what may happen there, by name.")]


SECTIONS = tuple(ManifestFile.__annotations__)


@cache
def manifest_adapter() -> TypeAdapter[Any]:
    """Built at the first use: commands that read no manifests do not pay for it."""
    return TypeAdapter(ManifestFile)
