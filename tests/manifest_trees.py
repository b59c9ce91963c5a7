"""Manifest trees from texts, read and merged as the program does it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from reconciler.core.manifests import (
    ManifestPart,
    Manifests,
    check_custom,
    merge_parts,
    read_document,
    resolve_target,
)
from reconciler.diagnostics import Diagnostic, Faults
from reconciler.storage.yaml import read_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.core.marked import MarkedDict


@dataclass(frozen=True)
class Source:
    file: str
    directory: str
    is_defaults: bool
    document: MarkedDict | None


def source_of(name: str, text: str) -> Source:
    """`name` is a path below `manifests/`."""
    path = PurePosixPath("manifests") / name
    faults = Faults()
    document = read_yaml(text.encode(), str(path), faults)
    faults.raise_errors()
    return Source(str(path), str(path.parent), path.stem == "_defaults", document)


def part_of(text: str, faults: Faults, name: str = "a.yaml") -> ManifestPart:
    return read_document(source_of(name, text), faults)


def read_tree(tree: Mapping[str, str], faults: Faults) -> Manifests:
    return merge_parts([part_of(text, faults, name) for name, text in tree.items()], faults)


def good_tree(tree: Mapping[str, str] | str) -> Manifests:
    """The manifests of a tree, or of one file, without faults."""
    faults = Faults()
    manifests = read_tree({"a.yaml": tree} if isinstance(tree, str) else tree, faults)
    assert [str(each) for each in faults.ordered()] == []
    return manifests


def faults_of(tree: Mapping[str, str] | str, *, select_abstract: bool = False) -> list[Diagnostic]:
    """Everything that is wrong with a tree, its targets and its users' own `custom` included."""
    faults = Faults()
    manifests = read_tree({"a.yaml": tree} if isinstance(tree, str) else tree, faults)
    for key, entry in manifests.users.items():
        faults.extend(check_custom(key, entry.value.get("custom"), manifests.settings, entry.mark))
    for name, entry in manifests.targets.items():
        if select_abstract or not entry.value.get("abstract"):
            resolve_target(name, manifests, faults)
    return faults.ordered()
