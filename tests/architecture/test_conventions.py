"""What the house agreed on and no linter knows."""

from __future__ import annotations

import ast
import re
import subprocess
from importlib import import_module

import pytest
from sources import ROOT, Source, sources, sources_below

from reconciler.errors import ExitCode, ReconcilerError

ENDINGS = {
    "INTERRUPTED": 130, "USAGE": 64, "UNREACHABLE": 6, "ERROR": 1, "STALE": 4, "REFUSED": 3, "PARTIAL": 5,
    "PENDING": 2, "DONE": 0,
}  # fmt: skip
"""The published exit codes by rank; scripts rely on them."""

LEFT_FOR_LATER = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")


def error_classes() -> list[type[ReconcilerError]]:
    for source in sources():
        if source.name != "__main__":
            import_module(source.dotted)
    found: list[type[ReconcilerError]] = [ReconcilerError]
    for each in found:
        found.extend(child for child in each.__subclasses__() if child not in found)
    return [each for each in found if each.__module__.startswith("reconciler.")]


def named_codes(source: Source) -> set[str]:
    """Members of `ExitCode` that a module names."""
    attributes = (each for each in source.nodes(ast.Attribute) if isinstance(each, ast.Attribute))
    named = {each.attr for each in attributes if isinstance(each.value, ast.Name) and each.value.id == "ExitCode"}
    return {each for each in named if each.isupper()}


def test_exit_codes_are_the_published_ones_in_their_order() -> None:
    assert {each.name: each.value for each in ExitCode} == ENDINGS
    assert [each.name for each in ExitCode] == list(ENDINGS)


def test_every_error_has_an_exit_code_of_the_table() -> None:
    for each in error_classes():
        assert isinstance(each.exit_code, ExitCode), each
        assert each.exit_code is not ExitCode.DONE


def test_every_exit_code_belongs_to_an_error_or_is_given_by_a_command() -> None:
    of_errors = {each.exit_code.name for each in error_classes()}
    of_commands = set().union(*map(named_codes, sources_below("cli")))
    assert of_errors | of_commands == set(ENDINGS)


def test_every_package_and_module_says_what_it_is_for() -> None:
    silent = [each.name for each in sources() if not ast.get_docstring(each.tree)]
    assert silent == []


def test_nothing_is_left_for_later() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    files = [ROOT / each for each in listed.stdout.decode().split("\0") if each] or list(ROOT.glob("reconciler/**/*"))
    for file in files:
        if (
            file.suffix in {".py", ".yaml", ".yml", ".toml", ".md", ".j2", ".mjs"}
            and file.name != "test_conventions.py"
        ):
            assert not LEFT_FOR_LATER.search(file.read_text(encoding="utf-8")), file


def test_no_code_asks_which_platform_it_is() -> None:
    """A vendor is data: what differs stands in its profile, and is asked of the profile."""
    for source in sources():
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Compare):
                assert not compares_with_words(node), f"{source.name}:{node.lineno}"
            elif isinstance(node, ast.Match):
                assert not names_a_platform(node.subject), f"{source.name}:{node.lineno}"


def names_a_platform(node: ast.expr) -> bool:
    name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
    return name.endswith(("platform", "vendor"))


def compares_with_words(node: ast.Compare) -> bool:
    sides = [node.left, *node.comparators]
    words = any(isinstance(each, ast.Constant) for side in sides for each in ast.walk(side))
    return words and any(map(names_a_platform, sides))


@pytest.mark.parametrize("vendor", ["alibaba", "huawei", "tencent", "volcengine", "aws", "okta", "entra"])
def test_no_code_knows_a_vendor_by_name(vendor: str) -> None:
    """Outside `platforms` a vendor stands in comments and examples only."""
    for source in sources():
        if source.below("platforms"):
            continue
        examples = {id(each) for node in source.nodes(ast.Call) if is_example(node) for each in ast.walk(node)}
        for node in source.nodes(ast.Constant):
            assert isinstance(node, ast.Constant)
            if id(node) not in examples and isinstance(node.value, str) and " " not in node.value:
                assert not re.search(rf"\b{vendor}\b", node.value, re.IGNORECASE), f"{source.name}:{node.lineno}"


def is_example(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"says", "Field"}
