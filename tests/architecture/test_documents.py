"""What the documents name exists."""

from __future__ import annotations

import re
from importlib import import_module
from typing import Any

import pytest
from sources import PACKAGE, ROOT

from reconciler.cli.main import COMMANDS

COMMAND_NAMES = [each.name for section in COMMANDS.values() for each in section]
HEADING = "## The life of one attribute"


def life_of_one_attribute() -> str:
    text = (PACKAGE / "README.md").read_text(encoding="utf-8")
    assert HEADING in text
    return text.partition(HEADING)[2].partition("\n## ")[0]


def named_functions() -> list[str]:
    """Dotted names in backticks, such as `core.comparing.diff.diff_values`, in their order."""
    found = re.findall(r"`([a-z_]+(?:\.\w+)+)(?:\(.*?\))?`", life_of_one_attribute())
    return list(dict.fromkeys(found))


def resolve(dotted: str) -> Any:
    """The object behind a dotted name below the package: module, class, method or function."""
    parts = dotted.split(".")
    for length in range(len(parts), 0, -1):
        try:
            found: Any = import_module(".".join(["reconciler", *parts[:length]]))
        except ModuleNotFoundError:
            continue
        for name in parts[length:]:
            found = getattr(found, name)
        return found
    raise LookupError(dotted)


def test_the_life_of_one_attribute_goes_through_every_layer() -> None:
    names = named_functions()
    assert len(names) >= 15
    assert {each.partition(".")[0] for each in names} >= {"core", "storage", "client", "workflow", "render"}


@pytest.mark.parametrize("dotted", named_functions())
def test_each_function_of_the_life_of_one_attribute_exists(dotted: str) -> None:
    assert callable(resolve(dotted))


def test_a_name_that_does_not_exist_is_noticed() -> None:
    with pytest.raises(AttributeError):
        resolve("core.diff.no_such_function")
    with pytest.raises(LookupError):
        resolve("nothing.of.the.kind")


@pytest.mark.parametrize("name", COMMAND_NAMES)
def test_the_readme_mentions_every_command(name: str) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert re.search(rf"`(?:reconciler )?{name}\b|reconciler .*\b{name}\b", text), name


def test_the_layers_in_the_package_readme_are_the_real_ones() -> None:
    text = (PACKAGE / "README.md").read_text(encoding="utf-8")
    folders = {each.parent.name for each in PACKAGE.glob("*/__init__.py")}
    assert [each for each in sorted(folders) if not re.search(rf"\b{each}\b", text)] == []
