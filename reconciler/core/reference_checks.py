"""References between users and groups: unknown ones and circles are faults, each with its place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from reconciler.core.desired import Desired
from reconciler.core.manifests.rules import Rule
from reconciler.core.resources import DesiredUser, Kind, Membership, Ref
from reconciler.diagnostics import Faults, SourceMark, did_you_mean

MOST_COMPARISONS = 20_000_000
"""Of characters with characters, in search of the nearest name: so many misspelt ones need no more suggestions."""

MOST_CIRCLES = 100
"""A few groups that all hold each other make more circles than anybody can read."""

MOST_NAMES = 12
"""Of one circle, as it is shown."""


def check_references(desired: Desired, joining: Iterable[tuple[str, Membership]], faults: Faults) -> None:
    """Checks managers, members, users' groups and nesting. `joining` are the lines under users' `groups`."""
    references = References(desired, faults)
    for key, membership in joining:
        if key not in desired.groups:
            references.check(Ref(Kind.GROUP, key), f"users.{membership.member.key}.groups", membership.mark)
    for group in desired.groups.values():
        for each in group.memberships or ():
            if each.member.key not in (desired.users if each.member.kind is Kind.USER else desired.groups):
                references.check(each.member, f"groups.{group.key}.members", each.mark)
    for user in desired.users.values():
        for path, manager, mark in _managers(user):
            references.check(Ref(Kind.USER, manager), path, mark)
    managers = {key: [m] for key, user in desired.users.items() if (m := user.attributes.get("manager"))}
    _check_circles(managers, "users", "manager", desired, faults)
    nested = {
        key: [each.member.key for each in group.memberships or () if each.member.kind is Kind.GROUP]
        for key, group in desired.groups.items()
    }
    _check_circles(nested, "groups", "members", desired, faults)


class References:
    """Checks references one by one. Of misspelt names only the first get suggestions where there are many."""

    def __init__(self, desired: Desired, faults: Faults) -> None:
        self._known: Mapping[Kind, Mapping[str, object]] = {Kind.USER: desired.users, Kind.GROUP: desired.groups}
        self._faults = faults
        self._remedies: dict[Ref, str] = {}
        self._compared = 0

    def known(self, kind: Kind) -> Iterable[str]:
        """Every key of the manifests."""
        return self._known[kind]

    def check(self, ref: Ref, path: str, mark: SourceMark | None) -> None:
        """A fault at `path` where the manifests declare no such user or group."""
        if ref.key not in self._known[ref.kind]:
            problem = f"there is no {ref.kind} {ref.key!r}"
            self._faults.error(Rule.UNKNOWN_REFERENCE, path, problem, remedy=self._remedy(ref), mark=mark)

    def _remedy(self, ref: Ref) -> str:
        if ref not in self._remedies:
            known = self._known[ref.kind]
            self._compared += len(ref.key) * sum(map(len, known))
            near = did_you_mean(ref.key, known) if self._compared <= MOST_COMPARISONS else ""
            self._remedies[ref] = near or f"declare it under {ref.kind}s, or take the reference out"
        return self._remedies[ref]


def _managers(user: DesiredUser) -> Iterator[tuple[str, str, SourceMark]]:
    """The user's manager, and those that exceptions under `on` name, each with its path and place."""
    if manager := user.attributes.get("manager"):
        yield f"users.{user.key}.manager", manager, user.sources.of("manager")
    for pattern, attributes in user.overrides:
        if manager := attributes.get("manager"):
            yield f"users.{user.key}.on.{pattern}.manager", manager, user.sources.of(f"on.{pattern}")


def _check_circles(
    edges: Mapping[str, Sequence[str]], section: str, attribute: str, desired: Desired, faults: Faults
) -> None:
    """Reports each circle once, at its alphabetically first member."""
    for circle in find_circles(edges):
        first = circle[0]
        entry = desired.users[first] if section == "users" else desired.groups[first]
        faults.error(
            Rule.REFERENCE_CYCLE,
            f"{section}.{first}.{attribute}",
            f"goes round in a circle: {' → '.join([*_shortened(circle), first])}",
            remedy="take one of these references out",
            mark=entry.sources.of(attribute),
        )


def _shortened(circle: list[str]) -> list[str]:
    if len(circle) <= MOST_NAMES:
        return circle
    half = MOST_NAMES // 2
    return [*circle[:half], f"… {len(circle) - 2 * half:,} more …", *circle[-half:]]


def find_circles(edges: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """Every circle that a walk meets, each beginning with its smallest name; sorted, without recursion.

    There is one in the answer exactly when there is one in the graph; the answer ends after `MOST_CIRCLES`.
    """
    done: set[str] = set()
    circles: set[tuple[str, ...]] = set()
    for start in sorted(edges):
        if start in done:
            continue
        path, on_path = [start], {start}
        stack = [iter(edges[start])]
        while stack:
            step = next(stack[-1], None)
            if step is None:
                stack.pop()
                finished = path.pop()
                on_path.discard(finished)
                done.add(finished)
            elif step in on_path and len(circles) < MOST_CIRCLES:
                circles.add(_rotated(path[path.index(step) :]))
            elif step not in done and step not in on_path and step in edges:
                path.append(step)
                on_path.add(step)
                stack.append(iter(edges[step]))
    return [list(each) for each in sorted(circles)]


def _rotated(circle: list[str]) -> tuple[str, ...]:
    at = circle.index(min(circle))
    return tuple(circle[at:] + circle[:at])
