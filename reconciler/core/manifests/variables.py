"""`${NAME}` and `${file:PATH}`: where they may stand, and how they are written."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from reconciler.core.manifests.rules import Rule
from reconciler.core.marked import MarkedDict, locate, path_text
from reconciler.diagnostics import Diagnostic

if TYPE_CHECKING:
    from reconciler.core.manifests.shapes import Loc

VARIABLE = re.compile(r"\$\{(?P<file>file:)?(?P<name>(?:[^{}]|\{key\})*)\}")
"""A variable: `file` tells a path from the name of an environment variable."""

KEY = "{key}"
"""In `passwords.from`: the key of the user whose password it is."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_PLACES = ("url", "auth", "headers", "passwords")
_FILE_PLACES = ("auth", "passwords")


def misplaced_variables(targets: MarkedDict, document: MarkedDict) -> Iterator[Diagnostic]:
    """Faults of every `${` in targets that nothing would resolve."""
    for loc, text in _texts(targets, ("targets",)):
        problem = _problem(loc[2:], text)
        if problem:
            remedy = "${NAME} stands in url, auth, headers, passwords.from; ${file:PATH} in auth, passwords.from"
            yield Diagnostic(Rule.MISPLACED_VARIABLE, path_text(loc), problem, remedy, locate(document, loc))


def _texts(node: Any, loc: Loc) -> Iterator[tuple[Loc, str]]:
    if isinstance(node, str):
        if "${" in node:
            yield loc, node
        return
    steps = node.items() if isinstance(node, Mapping) else enumerate(node) if isinstance(node, list) else ()
    for step, value in steps:
        yield from _texts(value, (*loc, step))


def _problem(loc: Loc, text: str) -> str:
    place = str(loc[0]) if loc else ""
    if place not in _PLACES or (place == "passwords" and loc[1:] != ("from",)):
        return "${…} is not resolved here"
    found = list(VARIABLE.finditer(text))
    if len(found) != text.count("${"):
        return "a ${…} is not closed"
    for each in found:
        if each["file"] and place not in _FILE_PLACES:
            return "${file:…} is not resolved here"
        name = each["name"].replace(KEY, "key") if place == "passwords" else each["name"]
        if not each["file"] and not _NAME.fullmatch(name):
            return f"{each.group()!r} names no environment variable"
    return ""
