"""Catalogs, targets and faults of manifest trees that are given as texts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from textwrap import dedent
from typing import Any

from manifest_trees import source_of

from reconciler.cli.validate import check_everything
from reconciler.cli.wiring import Loaded
from reconciler.core.desired.catalog import Catalog, make_catalog, merge_sources
from reconciler.core.mapping.targets import Target, prepare_target
from reconciler.core.mapping.wanted import Wanted
from reconciler.core.resources import Kind
from reconciler.diagnostics import Faults

TODAY = date(2026, 11, 21)
TARGET = 'targets: {there: {platform: generic, url: "https://scim.example/v2"}}\n'

Tree = Mapping[str, str] | str
"""Texts by file name; a lone text is one file."""


def files_of(tree: Tree) -> dict[str, str]:
    return {"a.yaml": dedent(tree)} if isinstance(tree, str) else {name: dedent(text) for name, text in tree.items()}


def load_tree(tree: Tree, today: date = TODAY) -> tuple[Catalog, Faults]:
    faults = Faults()
    sources = [source_of(name, text) for name, text in files_of(tree).items()]
    return make_catalog(merge_sources(sources, faults), today, faults), faults


def good_catalog(tree: Tree, today: date = TODAY) -> Catalog:
    """The catalog of a tree without faults."""
    catalog, faults = load_tree(tree, today)
    assert [str(each) for each in faults.ordered()] == []
    return catalog


def complaints(tree: Tree, today: date = TODAY) -> list[str]:
    """Everything that `reconciler validate` says about a tree, line by line."""
    catalog, faults = load_tree(tree, today)
    check_everything(Loaded(catalog, "", faults), faults)
    return [str(each) for each in faults.ordered()]


def good_target(catalog: Catalog, name: str = "there") -> Target:
    faults = Faults()
    target = prepare_target(name, catalog.manifests, faults)
    assert target is not None, [str(each) for each in faults.ordered()]
    return target


def mapped(tree: Tree, name: str = "there", today: date = TODAY) -> dict[tuple[Kind, str], Wanted]:
    """What a target should hold, by kind and key."""
    catalog = good_catalog(tree, today)
    faults = Faults()
    wanted = catalog.mapped(good_target(catalog, name), faults)
    assert faults.items == []
    return {(each.kind, each.key): each for each in wanted}


def values_of(tree: Tree, key: str, name: str = "there", today: date = TODAY) -> dict[str, Any]:
    """The mapped values of one user."""
    return mapped(tree, name, today)[Kind.USER, key].values
