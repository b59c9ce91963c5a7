"""The desired state: every user and group of the manifests composed, every reference checked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from reconciler.core.desired.composing import (
    DefaultsLayer,
    EntrySources,
    merge_attributes,
    normal_attributes,
    read_overrides,
)
from reconciler.core.expressions import ExpressionError, Names, group_view, user_view
from reconciler.core.manifests.custom import check_custom
from reconciler.core.manifests.merging import Entry, Manifests
from reconciler.core.manifests.rules import Rule
from reconciler.core.marked import MarkedDict, MarkedList
from reconciler.core.resources import (
    ALWAYS,
    Days,
    DesiredGroup,
    DesiredUser,
    Kind,
    Membership,
    Ref,
    State,
)
from reconciler.diagnostics import Faults, SourceMark


@dataclass(frozen=True, slots=True)
class Desired:
    """All users and groups by key. `members_where`: the filter of each group that has one, and its place."""

    users: dict[str, DesiredUser]
    groups: dict[str, DesiredGroup]
    members_where: dict[str, tuple[str, SourceMark]] = field(default_factory=dict)


def compose(manifests: Manifests, faults: Faults) -> Desired:
    """Composes every entry with its defaults. Faults in expressions, references and custom attributes are collected."""
    composer = _Composer(manifests, faults)
    for kind in Kind:
        for written in manifests.defaults.get(f"{kind}s", ()):
            composer.layer(written, kind)
    users = {key: composer.user(entry) for key, entry in manifests.users.items()}
    groups = {key: composer.group(entry) for key, entry in manifests.groups.items()}
    where = {
        key: (text, entry.value.value_mark("membersWhere"))
        for key, entry in manifests.groups.items()
        if (text := entry.value.get("membersWhere"))
    }
    return Desired(users, groups, where)


class _Composer:
    def __init__(self, manifests: Manifests, faults: Faults) -> None:
        self.manifests = manifests
        self.faults = faults
        custom = manifests.settings.custom
        self.custom = frozenset(custom) if custom else None
        self.tables = {name: entry.value for name, entry in manifests.tables.items()}
        self.layers: dict[tuple[int, Kind], DefaultsLayer] = {}
        self.from_users = _by_group(memberships_of_users(manifests))

    def user(self, entry: Entry) -> DesiredUser:
        earlier = tuple(entry.value.get("previously") or ())
        user = DesiredUser(
            entry.key,
            self._attributes(entry, Kind.USER, entry.key),
            entry.mark,
            EntrySources(entry.value, entry.defaults, entry.mark),
            State(entry.value.get("state") or State.ACTIVE),
            read_days(entry.value),
            earlier,
            read_overrides(entry.value),
            tuple(self._attributes(entry, Kind.USER, key) for key in earlier),
        )
        if user.state is not State.ABSENT:
            self._check_custom(user)
        return user

    def group(self, entry: Entry) -> DesiredGroup:
        own: MarkedList | None = entry.value.get("members")
        joined = self.from_users.get(entry.key, ())
        declared = own is not None or bool(joined) or bool(entry.value.get("membersWhere"))
        listed = tuple(map(read_membership, own, own.item_marks)) if own is not None else ()
        earlier = tuple(entry.value.get("previously") or ())
        return DesiredGroup(
            entry.key,
            self._attributes(entry, Kind.GROUP, entry.key),
            entry.mark,
            EntrySources(entry.value, entry.defaults, entry.mark),
            (*listed, *joined) if declared else None,
            entry.value.get("membership") == "exact",
            entry.value.get("state") == "absent",
            earlier,
            read_overrides(entry.value),
            tuple(self._attributes(entry, Kind.GROUP, key) for key in earlier),
        )

    def _attributes(self, entry: Entry, kind: Kind, key: str) -> dict[str, Any]:
        """The entry's attributes over its defaults, as they are under a key: its own or an earlier one."""
        own = normal_attributes(entry.value)
        merged = self._merged_defaults(entry, kind, key, own) if entry.defaults else {}
        attributes = merge_attributes(merged, own)
        attributes.setdefault(_NAME[kind], key)
        # An externalId that is written as null is left alone; only one that nobody speaks of is the key.
        if "externalId" not in entry.value and not (entry.defaults and _names(entry.defaults, "externalId")):
            attributes["externalId"] = key
        return attributes

    def _merged_defaults(self, entry: Entry, kind: Kind, key: str, own: Mapping[str, Any]) -> dict[str, Any]:
        context = {str(kind): _own_view(kind, key, entry, own)}
        merged: dict[str, Any] = {}
        for written in entry.defaults:
            try:
                merged = merge_attributes(merged, normal_attributes(self.layer(written, kind).values_for(context)))
            except ExpressionError as error:
                self._report(written, kind, error, f" (for {kind} {entry.key})")
        return merged

    def layer(self, written: MarkedDict, kind: Kind) -> DefaultsLayer:
        """A `defaults` section compiled, once; what does not compile is a fault and left out."""
        found = self.layers.get((id(written), kind))
        if found is None:
            names = Names(self.custom, self.tables, kind)
            found = DefaultsLayer({}, names)
            for name, value in written.items():
                try:
                    one = DefaultsLayer({name: value}, names)
                except ExpressionError as error:
                    self._report(written, kind, error)
                else:
                    found.constant |= one.constant
                    found.templates |= one.templates
            self.layers[(id(written), kind)] = found
        return found

    def _report(self, written: MarkedDict, kind: Kind, error: ExpressionError, whose: str = "") -> None:
        path, mark = f"defaults.{kind}s.{error.path}", written.value_mark(error.path.partition(".")[0])
        self.faults.error(Rule.INVALID_EXPRESSION, path, error.problem + whose, remedy=error.remedy, mark=mark)

    def _check_custom(self, user: DesiredUser) -> None:
        """The user's `custom` as composed, and with each exception under `on` laid over it."""
        if self.custom is None:
            return
        known = set()
        for each in check_custom(user.key, user.attributes.get("custom"), self.manifests.settings):
            known.add((each.path, each.problem))
            self.faults.add(replace(each, mark=user.sources.of(each.path.removeprefix(f"users.{user.key}."))))
        for pattern, over in user.overrides:
            custom = merge_attributes(user.attributes, over).get("custom")
            for each in check_custom(user.key, custom, self.manifests.settings):
                if (each.path, each.problem) not in known:
                    self.faults.add(replace(each, mark=user.sources.of(f"on.{pattern}")))


_NAME = {Kind.USER: "userName", Kind.GROUP: "displayName"}
"""What is the key where nothing else is said, null included: no object can do without."""


def _names(layers: Iterable[MarkedDict], attribute: str) -> bool:
    return any(attribute in layer for layer in layers)


def _own_view(kind: Kind, key: str, entry: Entry, own: Mapping[str, Any]) -> dict[str, Any]:
    """What the expressions of defaults see: the key, and what the entry itself says."""
    if kind is Kind.GROUP:
        return group_view(key, own)
    return user_view(key, own, groups=[group for group, _ in _groups_of(entry)])


def read_days(written: Mapping[str, Any]) -> Days:
    """`from` and `until` of an entry or of a membership line."""
    first, last = written.get("from"), written.get("until")
    if first is None and last is None:
        return ALWAYS
    return Days(date.fromisoformat(first) if first else None, date.fromisoformat(last) if last else None)


def read_membership(line: Any, mark: SourceMark) -> Membership:
    """One line under a group's `members`."""
    if isinstance(line, str):
        return Membership(Ref(Kind.USER, line), ALWAYS, mark)
    kind = Kind.USER if "user" in line else Kind.GROUP
    return Membership(Ref(kind, line[str(kind)]), read_days(line), mark)


def memberships_of_users(manifests: Manifests) -> Iterator[tuple[str, Membership]]:
    """The lines under users' `groups`, each with its group's key."""
    for entry in manifests.users.values():
        yield from _groups_of(entry)


def _by_group(lines: Iterator[tuple[str, Membership]]) -> dict[str, tuple[Membership, ...]]:
    joined: dict[str, list[Membership]] = {}
    for group, membership in lines:
        joined.setdefault(group, []).append(membership)
    return {group: tuple(each) for group, each in joined.items()}


def _groups_of(entry: Entry) -> Iterator[tuple[str, Membership]]:
    lines: MarkedList = entry.value.get("groups") or MarkedList()
    for at, line in enumerate(lines):
        group = line if isinstance(line, str) else line["group"]
        days = ALWAYS if isinstance(line, str) else read_days(line)
        yield group, Membership(Ref(Kind.USER, entry.key), days, lines.mark_of(at))
