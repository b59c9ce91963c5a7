"""The shown detail of one change: a multi-valued attribute element by element, a complex one part by part."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deepdiff.model import DiffLevel

_DEEPEST = 20


class Mark(StrEnum):
    """What happens to a row, as Terraform marks it."""

    ADD = "+"
    CHANGE = "~"
    REMOVE = "-"
    ADOPT = "="
    ATTENTION = "!"
    NONE = " "


@dataclass(frozen=True, slots=True)
class Detail:
    """`before` and `after` are JSON values; `path` is empty for an element as a whole."""

    mark: Mark
    path: str = ""
    before: Any = None
    after: Any = None


def explode(before: Any, after: Any) -> tuple[Detail, ...]:
    """What differs inside two values; () where showing them whole says it best."""
    if isinstance(before, dict) and isinstance(after, dict):
        return _parts(before, after)
    if not isinstance(before, list | None) or not isinstance(after, list | None):
        return ()
    old, new = before or [], after or []
    is_plain = max(len(old), len(new)) <= 1 and not (old and new)
    return () if is_plain else tuple(_elements(old, new))


def _elements(before: list[Any], after: list[Any]) -> Iterator[Detail]:
    """Elements that stay are left out; how often an element occurs counts."""
    gone = Counter(map(_identity, before)) - Counter(map(_identity, after))
    new = Counter(map(_identity, after)) - Counter(map(_identity, before))
    for element in before:
        if gone[_identity(element)] > 0:
            gone[_identity(element)] -= 1
            yield Detail(Mark.REMOVE, before=element)
    for element in after:
        if new[_identity(element)] > 0:
            new[_identity(element)] -= 1
            yield Detail(Mark.ADD, after=element)


def _identity(element: Any) -> str:
    return json.dumps(element, sort_keys=True, default=str)


def _parts(before: dict[str, Any], after: dict[str, Any]) -> tuple[Detail, ...]:
    if _is_deep(before, _DEEPEST) or _is_deep(after, _DEEPEST):
        return ()
    from deepdiff import DeepDiff

    found = DeepDiff(before, after, view="tree", ignore_private_variables=False)
    return tuple(sorted((_detail(level) for group in found.values() for level in group), key=lambda each: each.path))


def _detail(level: DiffLevel) -> Detail:
    from deepdiff.helper import notpresent

    path = ".".join(str(step) for step in level.path(output_format="list"))
    if level.t1 is notpresent:
        return Detail(Mark.ADD, path, after=level.t2)
    if level.t2 is notpresent:
        return Detail(Mark.REMOVE, path, before=level.t1)
    return Detail(Mark.CHANGE, path, level.t1, level.t2)


def _is_deep(value: Any, limit: int) -> bool:
    if not isinstance(value, dict | list):
        return False
    inner = value.values() if isinstance(value, dict) else value
    return limit == 0 or any(_is_deep(each, limit - 1) for each in inner)
