"""References between users and groups: unknown ones and circles are faults, each with its place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from reconciler.core.desired import Desired
from reconciler.core.manifests.rules import Rule
from reconciler.core.resources import Kind, Membership
from reconciler.diagnostics import Faults, SourceMark, did_you_mean


def check_references(desired: Desired, joining: Iterable[tuple[str, Membership]], faults: Faults) -> None:
    """Checks managers, members, users' groups and nesting. `joining` are the lines under users' `groups`."""
    for group in desired.groups.values():
        for each in group.memberships or ():
            _check_member(group.key, each, desired, faults)
    for key, membership in joining:
        if key not in desired.groups:
            path = f"users.{membership.member.key}.groups"
            _unknown(path, "group", key, desired.groups, membership.mark, faults)
    managers: dict[str, str] = {}
    for user in desired.users.values():
        manager = user.attributes.get("manager")
        if not manager:
            continue
        managers[user.key] = manager
        if manager not in desired.users:
            mark = user.sources.of("manager")
            _unknown(f"users.{user.key}.manager", "user", manager, desired.users, mark, faults)
    _check_circles({key: [m] for key, m in managers.items()}, "users", "manager", desired, faults)
    nested = {
        key: [each.member.key for each in group.memberships or () if each.member.kind is Kind.GROUP]
        for key, group in desired.groups.items()
    }
    _check_circles(nested, "groups", "members", desired, faults)


def _check_member(group: str, membership: Membership, desired: Desired, faults: Faults) -> None:
    kind, key = membership.member
    known: Mapping[str, object] = desired.users if kind is Kind.USER else desired.groups
    if key not in known:
        _unknown(f"groups.{group}.members", str(kind), key, known, membership.mark, faults)


def _unknown(
    path: str, what: str, key: str, known: Iterable[str], mark: SourceMark | None, faults: Faults
) -> None:
    remedy = did_you_mean(key, known) or f"declare it under {what}s, or take the reference out"
    faults.error(Rule.UNKNOWN_REFERENCE, path, f"there is no {what} {key!r}", remedy=remedy, mark=mark)


def _check_circles(
    edges: Mapping[str, list[str]], section: str, attribute: str, desired: Desired, faults: Faults
) -> None:
    """Reports each circle once, at its alphabetically first member."""
    for circle in find_circles(edges):
        first = circle[0]
        entry = desired.users[first] if section == "users" else desired.groups[first]
        faults.error(
            Rule.REFERENCE_CYCLE,
            f"{section}.{first}.{attribute}",
            f"goes round in a circle: {' → '.join([*circle, first])}",
            remedy="take one of these references out",
            mark=entry.sources.of(attribute),
        )


def find_circles(edges: Mapping[str, list[str]]) -> list[list[str]]:
    """Every circle that a walk meets, each beginning with its smallest name; sorted, without recursion."""
    done: set[str] = set()
    circles: set[tuple[str, ...]] = set()
    for start in sorted(edges):
        if start in done:
            continue
        path, on_path = [start], {start}
        stack = [iter(edges.get(start, ()))]
        while stack:
            step = next(stack[-1], None)
            if step is None:
                stack.pop()
                finished = path.pop()
                on_path.discard(finished)
                done.add(finished)
            elif step in on_path:
                circles.add(_rotated(path[path.index(step) :]))
            elif step not in done and step in edges:
                path.append(step)
                on_path.add(step)
                stack.append(iter(edges[step]))
    return [list(each) for each in sorted(circles)]


def _rotated(circle: list[str]) -> tuple[str, ...]:
    at = circle.index(min(circle))
    return tuple(circle[at:] + circle[:at])
