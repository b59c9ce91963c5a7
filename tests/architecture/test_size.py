"""Small modules, small functions, few parameters."""

from __future__ import annotations

import ast
from statistics import median, quantiles

from sources import Source, sources

LONGEST_MODULE = 300
LONGEST_FUNCTION = 40
MOST_PARAMETERS = 6

EXCEPTIONS: dict[str, str] = {}
"""Modules, and functions as MODULE:NAME, that are over the budget, each with the reason."""


def lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    assert node.end_lineno is not None
    return node.end_lineno - node.lineno + 1


def parameters(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    given = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    return len([each for each in given if each.arg not in {"self", "cls"}])


def over_budget(source: Source) -> list[str]:
    found = [source.name] if len(source.text.splitlines()) > LONGEST_MODULE else []
    return found + [
        f"{source.name}:{each.name}"
        for each in source.functions
        if lines(each) > LONGEST_FUNCTION or parameters(each) > MOST_PARAMETERS
    ]


def test_nothing_is_over_the_budget_without_a_reason() -> None:
    assert sorted(name for source in sources() for name in over_budget(source)) == sorted(EXCEPTIONS)


def test_most_things_are_far_below_it() -> None:
    modules = [len(each.text.splitlines()) for each in sources() if each.functions]
    functions = [lines(each) for source in sources() for each in source.functions]
    assert median(modules) <= 110
    assert median(functions) <= 9
    assert quantiles(functions, n=10)[-1] <= 25
