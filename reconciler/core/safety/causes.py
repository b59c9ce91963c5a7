"""Mapping rules that are behind most of a plan's updates: one changed line can reach everybody."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from reconciler.core.plan import Operation
from reconciler.core.resources import Kind
from reconciler.core.vocabulary import Action

MANY = 10
"""Fewer updates than so many are read one by one."""
MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class Cause:
    """A mapping rule and how many objects it updates. `place`: the one line that all the values come from, else ""."""

    rule: str
    kind: Kind
    number: int
    place: str = ""


def find_causes(operations: Iterable[Operation]) -> list[Cause]:
    """The rules behind half or more of the updates of a kind, where these are many; those that reach most first."""
    updates = [each for each in operations if each.action is Action.UPDATE]
    found = [cause for kind in Kind for cause in _of_kind(kind, [each for each in updates if each.kind is kind])]
    return sorted(found, key=lambda each: (-each.number, each.rule))[:MOST_NAMED]


def _of_kind(kind: Kind, updates: Sequence[Operation]) -> list[Cause]:
    reach: Counter[str] = Counter()
    places: dict[str, set[str | None]] = defaultdict(set)
    for each in updates:
        written = {change.rule: change.source for change in each.changes if change.rule is not None}
        reach.update(written.keys())
        for rule, source in written.items():
            places[rule].add(source)
    return [
        Cause(rule, kind, number, _only(places[rule]))
        for rule, number in reach.items()
        if number >= MANY and 2 * number >= len(updates)
    ]


def _only(places: set[str | None]) -> str:
    [first, *others] = places
    return first or "" if not others else ""
