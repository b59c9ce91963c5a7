"""The package's own source files, parsed, for the tests that look at the architecture."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "reconciler"


@dataclass(frozen=True)
class Source:
    """One module; `name` is its path below the package without the suffix, such as "core/plan" or "core/__init__"."""

    name: str
    text: str
    tree: ast.Module

    @property
    def dotted(self) -> str:
        return ".".join(("reconciler", *self.name.removesuffix("__init__").rstrip("/").split("/"))).rstrip(".")

    def below(self, *places: str) -> bool:
        """Whether the module is one of the places or inside one of them."""
        return any(self.name == place or self.name.startswith(f"{place}/") for place in places)

    @property
    def imports(self) -> Iterator[str]:
        """Dotted names of what is imported anywhere in the module, for type checking as well."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from (each.name for each in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module is not None:
                assert node.level == 0, f"{self.name}:{node.lineno} imports relatively"
                yield from (f"{node.module}.{each.name}" for each in node.names)

    @property
    def functions(self) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
        yield from (each for each in ast.walk(self.tree) if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef))

    def nodes(self, *kinds: type[ast.AST]) -> Iterator[ast.AST]:
        yield from (each for each in ast.walk(self.tree) if isinstance(each, kinds))


@cache
def sources() -> tuple[Source, ...]:
    """Every module of the package."""
    files = sorted(PACKAGE.rglob("*.py"))
    return tuple(_read(file) for file in files)


def _read(file: Path) -> Source:
    text = file.read_text(encoding="utf-8")
    return Source(file.relative_to(PACKAGE).with_suffix("").as_posix(), text, ast.parse(text))


def sources_below(*places: str) -> list[Source]:
    found = [each for each in sources() if each.below(*places)]
    assert found, f"there is nothing below {places}"
    return found
