"""Who is a member of which group on a given day, by key: windows, `membersWhere`, nesting."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from reconciler.core.desired.composition import Desired
from reconciler.core.desired.selecting import compile_user_filter, user_document
from reconciler.core.resources import ALWAYS, Days, Kind, Membership, Ref, State
from reconciler.scim.filters import parse_filter
from reconciler.scim.schemas import ResourceSchema


@dataclass(slots=True)
class Memberships:
    """`direct`: group key to the lines in force; None where the group's members are not managed.

    `lines`: of each group of which some lines have days, all of them, in force or not, and whom `membersWhere` selects.
    """

    direct: dict[str, tuple[Membership, ...] | None]
    lines: dict[str, tuple[Membership, ...]] = field(default_factory=dict)
    _within: dict[str, frozenset[str]] = field(default_factory=dict)

    def having(self, test: Callable[[Days], bool]) -> Memberships:
        """As it would be if those lines were in force whose days fit."""
        if not self.lines:
            return self
        changed = {
            key: tuple(_each_once(each for each in lines if test(each.days))) for key, lines in self.lines.items()
        }
        return Memberships({**self.direct, **changed}, self.lines)

    def on(self, day: date) -> Memberships:
        """As the lines of the manifests have it on a day; `membersWhere` selects whom it selects today."""
        return self.having(lambda days: days.cover(day))

    def users_within(self, group: str) -> frozenset[str]:
        """Keys of the users in a group, directly or through nested groups. Circles end where they close."""
        found = self._within.get(group)
        if found is None:
            found = frozenset(each.member.key for each in self.flat(group))
            self._within[group] = found
        return found

    def flat(self, group: str, *, nested: Mapping[str, bool] | None = None) -> list[Membership]:
        """The user lines of a group with nested groups dissolved; each user once, at its first line.

        A nested group that `nested` marks True is kept as a line of its own instead.
        """
        lines: dict[Ref, Membership] = {}
        seen = {group}
        waiting = list(reversed(self.direct.get(group) or ()))
        while waiting:
            each = waiting.pop()
            kind, key = each.member
            if kind is Kind.USER or (nested is not None and nested.get(key, False)):
                lines.setdefault(each.member, each)
            elif key not in seen:
                seen.add(key)
                inner = self.direct.get(key) or ()
                waiting.extend(Membership(line.member, line.days, each.mark) for line in reversed(inner))
        return list(lines.values())


def resolve_memberships(desired: Desired, schema: ResourceSchema, today: date) -> Memberships:
    """Drops lines outside their days and adds what `membersWhere` selects. An absent group has no members."""
    memberships = Memberships({})
    for key, group in desired.groups.items():
        lines = None if group.absent else group.memberships
        if lines is not None and any(each.days != ALWAYS for each in lines):
            memberships.lines[key] = lines
        if lines is not None:
            lines = tuple(_each_once(each for each in lines if each.days.cover(today)))
        memberships.direct[key] = lines
    if desired.members_where:
        _add_selected(desired, schema, today, memberships)
    return memberships


def _add_selected(desired: Desired, schema: ResourceSchema, today: date, memberships: Memberships) -> None:
    people = [
        (user.key, user_document(user, today)) for user in desired.users.values() if user.state is not State.ABSENT
    ]
    for key, (text, mark) in desired.members_where.items():
        if desired.groups[key].absent:
            continue
        test = compile_user_filter(parse_filter(text), schema)
        selected = [Membership(Ref(Kind.USER, who), ALWAYS, mark) for who, document in people if test(document)]
        memberships.direct[key] = tuple(_each_once([*(memberships.direct.get(key) or ()), *selected]))
        if key in memberships.lines:
            memberships.lines[key] = (*memberships.lines[key], *selected)


def _each_once(lines: Iterable[Membership]) -> list[Membership]:
    unique: dict[Ref, Membership] = {}
    for each in lines:
        unique.setdefault(each.member, each)
    return list(unique.values())
