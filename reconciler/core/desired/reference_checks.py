"""References between users and groups: unknown ones and circles are faults, each with its place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from reconciler.core.desired.circles import circle_text, find_circles
from reconciler.core.desired.composition import Desired
from reconciler.core.manifests.rules import Rule
from reconciler.core.resources import DesiredUser, Kind, Membership, Ref
from reconciler.diagnostics import Faults, SourceMark


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
    """Checks references one by one."""

    def __init__(self, desired: Desired, faults: Faults) -> None:
        self._known: Mapping[Kind, Mapping[str, object]] = {Kind.USER: desired.users, Kind.GROUP: desired.groups}
        self._faults = faults
        self._remedies: dict[Ref, str] = {}

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
            near = self._faults.suggest(ref.key, self._known[ref.kind])
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
            f"goes round in a circle: {circle_text(circle)}",
            remedy="take one of these references out",
            mark=entry.sources.of(attribute),
        )
