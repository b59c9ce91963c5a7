"""The desired state: every user and group of the manifests composed, every reference checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from reconciler.core.composing import (
    DefaultsLayer,
    EntrySources,
    merge_attributes,
    normal_attributes,
    read_overrides,
)
from reconciler.core.expressions import ExpressionError, Names
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
    """All users and groups by key. `memberships_where` holds the parsed `membersWhere` of groups that have one."""

    users: dict[str, DesiredUser]
    groups: dict[str, DesiredGroup]
    members_where: dict[str, tuple[str, SourceMark]] = field(default_factory=dict)


def compose(manifests: Manifests, faults: Faults) -> Desired:
    """Composes every entry with its defaults. Faults in expressions, references and custom attributes are collected."""
    composer = _Composer(manifests, faults)
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
        self.layers: dict[tuple[int, Kind], DefaultsLayer] = {}
        self.from_users = _by_group(memberships_of_users(manifests))

    def user(self, entry: Entry) -> DesiredUser:
        attributes = self._attributes(entry, Kind.USER)
        attributes.setdefault("userName", entry.key)
        if "externalId" not in entry.value:
            attributes.setdefault("externalId", entry.key)
        written = {**_control(entry.defaults), **entry.value}
        state = State(written.get("state") or State.ACTIVE)
        user = DesiredUser(
            entry.key,
            attributes,
            entry.mark,
            EntrySources(entry.value, entry.defaults, entry.mark),
            state,
            read_days(written),
            tuple(entry.value.get("previously") or ()),
            read_overrides(entry.value),
        )
        if state is not State.ABSENT:
            self._check_custom(user)
        return user

    def group(self, entry: Entry) -> DesiredGroup:
        attributes = self._attributes(entry, Kind.GROUP)
        attributes.setdefault("displayName", entry.key)
        if "externalId" not in entry.value:
            attributes.setdefault("externalId", entry.key)
        own: MarkedList | None = entry.value.get("members")
        joined = self.from_users.get(entry.key, ())
        declared = own is not None or bool(joined) or bool(entry.value.get("membersWhere"))
        listed = tuple(read_membership(own, at) for at in range(len(own))) if own is not None else ()
        written = {**_control(entry.defaults), **entry.value}
        return DesiredGroup(
            entry.key,
            attributes,
            entry.mark,
            EntrySources(entry.value, entry.defaults, entry.mark),
            (*listed, *joined) if declared else None,
            written.get("membership") == "exact",
            written.get("state") == "absent",
            tuple(entry.value.get("previously") or ()),
            read_overrides(entry.value),
        )

    def _attributes(self, entry: Entry, kind: Kind) -> dict[str, Any]:
        own = normal_attributes(entry.value)
        if not entry.defaults:
            return {name: value for name, value in own.items() if value is not None}
        context = {str(kind): {**own, "key": entry.key}}
        merged: dict[str, Any] = {}
        for written in entry.defaults:
            layer = self._layer(written, kind)
            try:
                merged = merge_attributes(merged, normal_attributes(layer.values_for(context)))
            except ExpressionError as error:
                path = f"defaults.{kind}s.{error.path}"
                problem = f"{error.problem} (for {kind} {entry.key})"
                self.faults.error(
                    Rule.INVALID_EXPRESSION, path, problem, remedy=error.remedy, mark=written.mark_of(error.path or "")
                )
        return {name: value for name, value in merge_attributes(merged, own).items() if value is not None}

    def _layer(self, written: MarkedDict, kind: Kind) -> DefaultsLayer:
        found = self.layers.get((id(written), kind))
        if found is None:
            found = DefaultsLayer({}, Names(self.custom, {}, kind))
            for name, value in written.items():
                try:
                    one = DefaultsLayer({name: value}, Names(self.custom, {}, kind))
                except ExpressionError as error:
                    path = f"defaults.{kind}s.{name}"
                    self.faults.error(
                        Rule.INVALID_EXPRESSION, path, error.problem, remedy=error.remedy, mark=written.value_mark(name)
                    )
                else:
                    found.constant |= one.constant
                    found.templates |= one.templates
            self.layers[(id(written), kind)] = found
        return found

    def _check_custom(self, user: DesiredUser) -> None:
        for each in check_custom(user.key, user.attributes.get("custom"), self.manifests.settings, user.mark):
            name = each.path.rpartition(".")[2]
            self.faults.add(replace(each, mark=each.mark or user.sources.of(f"custom.{name}")))


def _control(defaults: Sequence[MarkedDict]) -> dict[str, Any]:
    """Control keys that defaults may give, such as `state` or `membership`; the innermost wins."""
    given: dict[str, Any] = {}
    for layer in defaults:
        given |= {name: layer[name] for name in ("state", "from", "until", "membership") if name in layer}
    return given


def read_days(written: Mapping[str, Any]) -> Days:
    """`from` and `until` of an entry or of a membership line."""
    first, last = written.get("from"), written.get("until")
    if first is None and last is None:
        return ALWAYS
    return Days(date.fromisoformat(first) if first else None, date.fromisoformat(last) if last else None)


def read_membership(lines: MarkedList, at: int) -> Membership:
    """One line under a group's `members`."""
    line, mark = lines[at], lines.mark_of(at)
    if isinstance(line, str):
        return Membership(Ref(Kind.USER, line), ALWAYS, mark)
    kind = Kind.USER if "user" in line else Kind.GROUP
    return Membership(Ref(kind, line[str(kind)]), read_days(line), mark)


def memberships_of_users(manifests: Manifests) -> Iterator[tuple[str, Membership]]:
    """The lines under users' `groups`, their own or else their innermost defaults', each with its group's key."""
    for entry in manifests.users.values():
        yield from _groups_of(entry)


def _by_group(lines: Iterator[tuple[str, Membership]]) -> dict[str, tuple[Membership, ...]]:
    joined: dict[str, list[Membership]] = {}
    for group, membership in lines:
        joined.setdefault(group, []).append(membership)
    return {group: tuple(each) for group, each in joined.items()}


def _groups_of(entry: Entry) -> Iterator[tuple[str, Membership]]:
    layer = next((each for each in (entry.value, *reversed(entry.defaults)) if "groups" in each), None)
    lines: MarkedList = (layer["groups"] if layer is not None else None) or MarkedList()
    for at, line in enumerate(lines):
        group = line if isinstance(line, str) else line["group"]
        days = ALWAYS if isinstance(line, str) else read_days(line)
        yield group, Membership(Ref(Kind.USER, entry.key), days, lines.mark_of(at))
