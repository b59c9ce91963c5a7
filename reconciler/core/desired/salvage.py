"""What a file's own faults leave usable: the refused parts are taken out, so that one run can check all the rest."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from reconciler.core.manifests import ManifestPart, Rule
from reconciler.core.manifests.faults import visible
from reconciler.core.marked import MarkedDict, MarkedList
from reconciler.diagnostics import Diagnostic

UNIT_DEPTH: Mapping[str, int] = {"users": 3, "groups": 3, "defaults": 3, "tables": 3, "scopes": 4, "mappings": 5}
"""How many keys lead to the smallest part of a section that is taken out; items of lists go one by one.

Targets stay whole: resolving them judges them once more, with all that they extend.
"""

HARMLESS = frozenset((Rule.INVALID_KEY, Rule.MISPLACED_EXPRESSION, Rule.MISPLACED_SECTION))
"""Faults of values that are what they should be, in the wrong place or under the wrong name."""

_INDEX = re.compile(r"\[(\d+)\]")

Steps = tuple[str | int, ...]
Cuts = dict[str | int, "Cuts"]
"""What to take out: a step that leads to nothing further is an end."""


def salvage(part: ManifestPart, found: Iterable[Diagnostic]) -> ManifestPart:
    """The part without whatever `found`, the faults of reading it, speak of. An entry that is none at all is empty."""
    cuts: Cuts = {}
    for each in found:
        steps = () if each.rule in HARMLESS else locate_unit(part.document, each.path)
        if len(steps) > 1:
            _add(cuts, steps)
    return replace(part, document=_without(part.document, cuts, 0)) if cuts else part


def locate_unit(document: MarkedDict, path: str) -> Steps:
    """The part of the document that a diagnostic's path leads into; no steps where it is none that can be taken out.

    >>> locate_unit(MarkedDict({"users": MarkedDict({"a.b": MarkedDict({"name": 5})})}), "users.a.b.name")
    ('users', 'a.b', 'name')
    """
    steps: list[str | int] = []
    node: Any = document
    deepest = UNIT_DEPTH.get(re.split(r"[.\[]", path, maxsplit=1)[0], 0)
    while path and isinstance(node, MarkedDict) and len(steps) < deepest:
        key = _leading_key(node, path)
        if key is None:
            break
        steps.append(key)
        path = path[len(visible(key)) :].removeprefix(".")
        node = node[key]
    index = _INDEX.match(path)
    if isinstance(node, MarkedList) and index is not None and int(index[1]) < len(node):
        steps.append(int(index[1]))
    return tuple(steps)


def _leading_key(node: MarkedDict, path: str) -> str | None:
    """The longest key with which the path begins: keys may hold dots and brackets."""
    ends = [len(path), *(at for at in range(len(path) - 1, 0, -1) if path[at] in ".[")]
    known: Mapping[str, str] = {visible(key): key for key in node} if "\\" in path else {}
    for end in ends:
        head = path[:end]
        if head in node:
            return head
        if head in known:
            return known[head]
    return None


def _add(cuts: Cuts, steps: Steps) -> None:
    """Remembers one cut; a shorter one takes what a longer one would have taken."""
    node = cuts
    for step in steps[:-1]:
        if node.get(step) == {}:
            return
        node = node.setdefault(step, {})
    node[steps[-1]] = {}


def _without(node: Any, cuts: Cuts, level: int) -> Any:
    if isinstance(node, MarkedList):
        kept = [at for at in range(len(node)) if at not in cuts]
        marks = (mark for at in kept for mark in node.marks[at + 1 : at + 2])
        return MarkedList([node[at] for at in kept], node.file, [node.marks[0], *marks])
    values: dict[str, Any] = {}
    marks_kept = [node.marks[0]]
    for at, (key, value) in enumerate(node.items()):
        inner = cuts.get(key)
        if inner is not None and not inner and not _is_entry(level):
            continue
        values[key] = value if inner is None else _without(value, inner, level + 1) if inner else None
        marks_kept += node.marks[2 * at + 1 : 2 * at + 3]
    return MarkedDict(values, node.file, marks_kept)


def _is_entry(level: int) -> bool:
    """Whether the keys of a mapping at that level name entries: others may refer to them, whatever they hold."""
    return level == 1
