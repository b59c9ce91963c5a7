"""`core` and `scim` take values and give values; nothing below the edges talks to anybody."""

from __future__ import annotations

import ast

import pytest
from sources import Source, sources, sources_below

HARMLESS = {
    "__future__", "array", "base64", "collections", "dataclasses", "datetime", "enum", "fnmatch", "functools",
    "hashlib", "html", "inspect", "itertools", "json", "math", "operator", "re", "typing", "unicodedata",
}  # fmt: skip
"""Of the standard library, what computes and does nothing else."""

PATHS_WITHOUT_FILES = {"pathlib.PurePath", "pathlib.PurePosixPath"}

OUTSIDE_WORLD = {"open", "print", "input", "exec", "eval", "compile", "__import__", "breakpoint"}
CLOCKS = {"now", "utcnow", "today", "fromtimestamp", "localtime"}

pure = pytest.mark.parametrize("source", sources_below("core", "scim"), ids=lambda each: each.name)


def called(source: Source) -> list[tuple[str, ast.Call]]:
    """Every call with the name, or the dot and the attribute, that is called."""
    found = []
    for node in source.nodes(ast.Call):
        assert isinstance(node, ast.Call)
        if isinstance(node.func, ast.Name):
            found.append((node.func.id, node))
        elif isinstance(node.func, ast.Attribute):
            found.append((f".{node.func.attr}", node))
    return found


@pure
def test_the_inner_layers_import_nothing_that_reaches_out(source: Source) -> None:
    libraries = {"jinja2", "orjson", "phonenumbers", "pydantic", "pydantic_core", "typing_extensions", "reconciler"}
    for name in source.imports:
        top = name.partition(".")[0]
        assert top in HARMLESS | libraries or name in PATHS_WITHOUT_FILES, f"{source.name} imports {name}"


@pure
def test_the_inner_layers_call_no_clock_no_file_and_no_terminal(source: Source) -> None:
    for name, call in called(source):
        place = f"{source.name}:{call.lineno}"
        assert name not in OUTSIDE_WORLD, f"{place} calls {name}"
        assert name.removeprefix(".") not in CLOCKS, f"{place} asks for the time"
        assert name != ".astimezone" or call.args, f"{place} asks for this machine's time zone"


def test_only_the_command_line_and_render_write_to_the_terminal() -> None:
    for source in sources():
        if source.below("cli", "render", "telemetry", "__main__"):
            continue
        imported = set(source.imports)
        assert not {each for each in imported if each.partition(".")[0] in {"logging", "warnings"}}, source.name
        assert "print" not in {name for name, _ in called(source)}, source.name
        streams = {
            node.attr
            for node in source.nodes(ast.Attribute)
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "sys"
        }
        assert not streams & {"stdout", "stderr", "stdin", "__stdout__", "__stderr__", "argv", "exit"}, source.name


def test_only_the_command_line_reads_the_environment() -> None:
    """`getproxies` is how the network asks for HTTPS_PROXY; everything else arrives as a value."""
    for source in sources():
        if source.below("cli"):
            continue
        names = {node.attr for node in source.nodes(ast.Attribute) if isinstance(node, ast.Attribute)}
        assert not names & {"environ", "getenv"}, source.name
