"""Imports go downward only, and a library is known to those alone whose work it is."""

from __future__ import annotations

import os
import re
import sys
import tomllib
from pathlib import Path

import pytest
from importlinter.cli import lint_imports
from sources import ROOT, Source, sources

LAYERS = (
    ("cli",),
    ("workflow", "client", "storage", "render", "telemetry", "sandbox"),
    ("core",),
    ("platforms",),
    ("scim",),
    ("diagnostics",),
    ("errors",),
)
RANK = {name: rank for rank, layer in enumerate(LAYERS) for name in layer}

ANNOTATIONS_ONLY = {("errors", "reconciler.diagnostics.Diagnostic")}
"""An error carries what the layer above collected; it is a name for type checkers, never imported at run time."""

STAND_ALONE = {"__init__", "__main__"}
"""The version, which everybody may read, and the way in."""

LIBRARIES: dict[str, tuple[str, ...]] = {
    "aiohttp": ("client/network", "client/reasons"),
    "click": ("cli",),
    "deepdiff": ("render/details",),
    "httpx": ("client", "cli/story"),
    "httpx_aiohttp": ("client/network",),
    "jinja2": ("core/expressions", "render/markdown"),
    "markupsafe": ("render/markdown",),
    "opentelemetry": ("telemetry/otel",),
    "orjson": ("core", "client", "storage", "render", "telemetry", "sandbox", "cli"),
    "phonenumbers": ("core/phones",),
    "pydantic": ("core", "platforms"),
    "pydantic_core": ("core/manifests",),
    "rich": ("render",),
    "ruamel": ("storage/yaml", "platforms/registry"),
    "_ruamel_yaml": ("storage/yaml/events",),  # ruamel.yaml.clib's C parser
    "scim2_models": ("sandbox",),
    "scim2_server": ("sandbox",),
    "sqlalchemy": ("storage/state",),
    "typing_extensions": ("core/manifests",),
    "uvicorn": ("sandbox/server",),
}
"""Every library that is used, and the modules and packages that may import it."""

DISTRIBUTIONS = {
    "opentelemetry": "opentelemetry-sdk",
    "_ruamel_yaml": "ruamel.yaml.clib",
    "markupsafe": "jinja2",
    "aiohttp": "httpx-aiohttp",
    "phonenumbers": "phonenumberslite",
    "pydantic_core": "pydantic",
    "ruamel": "ruamel.yaml",
}
"""Where a library comes from that is not declared under its own name."""


def outside(source: Source) -> set[str]:
    """Top-level names of the libraries that a module imports."""
    tops = {each.partition(".")[0] for each in source.imports}
    return tops - set(sys.stdlib_module_names) - {"reconciler"}


def test_the_contracts_of_import_linter_hold(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "path", [os.fspath(ROOT), *sys.path])
    code = lint_imports(os.fspath(ROOT / "pyproject.toml"), cache_dir=os.fspath(tmp_path), no_logo=True)
    assert code == 0, capsys.readouterr().out


@pytest.mark.parametrize("source", sources(), ids=lambda each: each.name)
def test_a_module_imports_its_own_folder_and_what_is_below(source: Source) -> None:
    """As import-linter has it, and for names that only type checkers see as well."""
    own = source.name.partition("/")[0]
    if own in STAND_ALONE:
        return
    for name in source.imports:
        top, _, rest = name.partition(".")
        other = rest.partition(".")[0]
        if (source.name, name) in ANNOTATIONS_ONLY:
            continue
        if top == "reconciler" and other not in {own, "__version__", ""}:
            assert RANK[other] > RANK[own], f"{source.name} imports {name}"


def test_the_sandbox_does_not_share_the_planners_mistakes() -> None:
    for source in sources():
        if source.below("sandbox"):
            assert not any(each.startswith("reconciler.core") for each in source.imports), source.name


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_library_is_imported_where_the_table_says(library: str) -> None:
    importers = [each for each in sources() if library in outside(each)]
    places = LIBRARIES[library]
    assert [each.name for each in importers if not each.below(*places)] == []
    assert [place for place in places if not any(each.below(place) for each in importers)] == []


def test_every_library_is_in_the_table_and_declared() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    declared = [*project["dependencies"], *extras["sandbox"], *extras["otel"]]
    names = {re.split(r"[\[<>=!~; ]", each)[0].lower().replace("_", "-") for each in declared}
    used = set().union(*map(outside, sources()))
    assert used == set(LIBRARIES)
    assert {DISTRIBUTIONS.get(each, each).replace("_", "-") for each in used} <= names


def test_only_wiring_and_the_commands_know_how_edges_are_opened() -> None:
    """Whoever opens a store or an endpoint decides which; below the command line nobody does."""
    openers = {"reconciler.storage.state.opening.open_state", "reconciler.client.directory.open_directory"}
    importers = {each.name for each in sources() if openers & set(each.imports)}
    assert importers - {"storage/state/__init__"} == {"cli/wiring"}
