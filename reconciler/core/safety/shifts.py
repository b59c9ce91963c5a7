"""How many people each group effectively gains and loses, through nested groups too."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from reconciler.core.safety.crowds import Crowd

BATCH = 16_384
"""So many people are followed through nested groups at a time: bits of one number for each group."""


@dataclass(frozen=True, slots=True)
class Shift:
    """How many people a group gains and loses. `indirect`: only through groups that are nested in it."""

    group: str
    gained: int
    lost: int
    indirect: bool


@dataclass(frozen=True, slots=True)
class Shifts:
    """Of every group that gains or loses somebody; `people` are all whom it concerns, by id."""

    groups: Sequence[Shift] = ()
    people: frozenset[str] = frozenset()


def find_shifts(before: Crowd, after: Crowd) -> Shifts:
    """Who effectively comes and goes. Only changed groups are looked at, and those that they are nested in."""
    changed = set(after.members)
    if not changed:
        return Shifts()
    affected = _upward(changed, before, after)
    nesting = {each for each in affected if any(before.inside(each)) or any(after.inside(each))}
    gained, lost = Counter[str](), Counter[str]()
    people: set[str] = set()
    for group in changed - nesting:
        was, will = before.direct(group), after.direct(group)
        people |= was ^ will
        gained[group], lost[group] = len(will - was), len(was - will)
    concerned = sorted(_concerned(changed, before, after)) if nesting else []
    for start in range(0, len(concerned), BATCH):
        people |= _follow(concerned[start : start + BATCH], nesting, (before, after), gained, lost)
    moved = sorted(group for group in affected if gained[group] or lost[group])
    return Shifts(
        [Shift(group, gained[group], lost[group], group not in changed) for group in moved], frozenset(people)
    )


def _follow(
    people: Sequence[str], groups: set[str], sides: tuple[Crowd, Crowd], gained: Counter[str], lost: Counter[str]
) -> set[str]:
    """Counts those of some people who come to and go from groups with groups in them, and gives them back."""
    places = {id: place for place, id in enumerate(people)}
    was, will = (_effective(groups, side, places) for side in sides)
    touched = 0
    for group in groups:
        gained[group] += (will[group] & ~was[group]).bit_count()
        lost[group] += (was[group] & ~will[group]).bit_count()
        touched |= was[group] ^ will[group]
    return {id for id, place in places.items() if touched >> place & 1}


def _upward(groups: Iterable[str], before: Crowd, after: Crowd) -> set[str]:
    """Groups and all that they are nested in, on either side."""
    parents: dict[str, list[str]] = {}
    if before.draft.people.nested_allowed:
        _add_parents({group: before.inside(group) for group in before.decisions}, parents)
        _add_parents({group: after.inside(group) for group in after.members}, parents)
    found: set[str] = set()
    waiting = list(groups)
    while waiting:
        each = waiting.pop()
        if each not in found:
            found.add(each)
            waiting.extend(parents.get(each, ()))
    return found


def _add_parents(inside: Mapping[str, Iterable[str]], parents: dict[str, list[str]]) -> None:
    for group, inner in inside.items():
        for each in inner:
            parents.setdefault(each, []).append(group)


def _concerned(changed: Iterable[str], before: Crowd, after: Crowd) -> set[str]:
    """Ids of everybody who might come or go: direct members, and people of groups that are put in or taken out."""
    moved = {id for group in changed for id in before.direct(group) ^ after.direct(group)}
    groups = [before.nested[id] for id in moved if id in before.nested]
    return {id for id in moved if id not in before.nested} | before.people(*groups) | after.people(*groups)


def _effective(groups: Iterable[str], crowd: Crowd, places: Mapping[str, int]) -> dict[str, int]:
    """For each group, and all within it, the people at some places who are in it.

    Inner groups come first, so that one pass settles everything but circles; those settle since sets only grow.
    """
    inside = {group: tuple(crowd.inside(group)) for group in crowd.within(groups)}
    found = {group: _bits(crowd.direct(group), places) for group in inside}
    order = _inner_first(inside)
    moving = True
    while moving:
        moving = False
        for group in order:
            joined = found[group]
            for inner in inside[group]:
                joined |= found[inner]
            moving |= joined != found[group]
            found[group] = joined
    return found


def _inner_first(inside: Mapping[str, Sequence[str]]) -> list[str]:
    order: list[str] = []
    seen: set[str] = set()
    for start in inside:
        waiting = [(start, iter(inside[start]))] if start not in seen else []
        seen.add(start)
        while waiting:
            group, rest = waiting[-1]
            inner = next((each for each in rest if each not in seen), None)
            if inner is None:
                order.append(group)
                waiting.pop()
            else:
                seen.add(inner)
                waiting.append((inner, iter(inside[inner])))
    return order


def _bits(members: Iterable[str], places: Mapping[str, int]) -> int:
    buffer = bytearray(len(places) // 8 + 1)
    for member in members:
        place = places.get(member)
        if place is not None:
            buffer[place >> 3] |= 1 << (place & 7)
    return int.from_bytes(buffer, "little")
