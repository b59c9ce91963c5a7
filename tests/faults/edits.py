"""A small organisation, what people make of its manifests, and what they did not ask for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st
from planning_kit import USER

KEYS = tuple(f"u{number}" for number in range(8))
GROUPS = ("g", "h")
FOREIGN_USERS, FOREIGN_GROUPS = ("zed", "yan"), ("theirs",)
"""On the target before us; the manifests may come to want `zed` and `theirs`, never `yan`."""

Directory = dict[str, dict[str, Any]]
"""Live objects by id."""


@dataclass(frozen=True)
class Edited:
    """What the manifests say. `users` maps keys to what follows them, such as `{title: T}`."""

    users: Mapping[str, str]
    groups: Mapping[str, tuple[str, ...]]
    lifecycle: str = "onRemove: disable, groups: {onRemove: keep}"

    @property
    def text(self) -> str:
        users = "".join(f"  {key}: {values}\n" for key, values in self.users.items())
        groups = "".join(f"  {name}: {{members: [{', '.join(keys)}]}}\n" for name, keys in self.groups.items())
        defaults = 'defaults: {users: {emails: "{{ user.key }}@example.com"}}\n'
        return f"{defaults}users:\n{users or '  {}'}\ngroups:\n{groups or '  {}'}\n"

    @property
    def declared_ends(self) -> set[str]:
        """Keys of whom the manifests themselves say that their access ends."""
        ending = ("state: disabled", "state: absent", "until: 2026-01-01")
        return {key for key, values in self.users.items() if any(each in values for each in ending)}

    @property
    def absent(self) -> set[str]:
        return {key for key, values in self.users.items() if "state: absent" in values}

    @property
    def removed(self) -> set[str]:
        return {*KEYS} - self.users.keys()

    @property
    def may_be_deleted(self) -> set[str]:
        return self.absent | (self.removed if "onRemove: delete, " in self.lifecycle else set())

    def wants_in(self, group: str) -> set[str]:
        """Keys of whom the manifests want in a group, or do not speak of the group at all."""
        return {*self.groups[group]} - self.absent if group in self.groups else {*KEYS}


BEFORE = Edited(dict.fromkeys(KEYS, "{title: Engineer}"), {"g": KEYS, "h": ("u0", "u1", "u2")})


@dataclass
class Sight:
    """Everything on the server, read behind every fault."""

    users: Directory = field(default_factory=dict)
    groups: Directory = field(default_factory=dict)

    def names(self, collection: str) -> list[str]:
        rows = self.users if collection == "users" else self.groups
        return sorted(str(each.get("userName", each.get("displayName", ""))) for each in rows.values())

    def members(self, group_id: str) -> set[str]:
        return {str(each["value"]) for each in self.groups[group_id].get("members") or []}


def sight(users: Iterable[Mapping[str, Any]], groups: Iterable[Mapping[str, Any]]) -> Sight:
    return Sight({each["id"]: dict(each) for each in users}, {each["id"]: dict(each) for each in groups})


def settle_strangers(call: Any) -> None:
    """Those who were there before us."""
    for name in FOREIGN_USERS:
        call(
            "POST",
            "/Users",
            {"schemas": [USER], "userName": name, "active": True, "emails": [{"value": f"{name}@example.com"}]},
        )
    for name in FOREIGN_GROUPS:
        group = "urn:ietf:params:scim:schemas:core:2.0:Group"
        call("POST", "/Groups", {"schemas": [group], "displayName": name})


def nothing_unasked(before: Sight, after: Sight, edited: Edited, unread: set[str]) -> None:
    """Asserts that nobody was disabled, deleted or taken out of a group whom the manifests did not name so.

    `unread`: ids of ours that no listing brought. Then a line that is gone means nothing yet, and only what the
    manifests say in words counts.
    """
    unsure_users, unsure_groups = (not unread.isdisjoint(side) for side in (before.users, before.groups))
    ends = edited.declared_ends | (set() if unsure_users else edited.removed)
    for id, was in before.users.items():
        key, now = was["userName"], after.users.get(id)
        if now is None:
            assert key in edited.may_be_deleted & ends, f"{key} was deleted"
        elif was.get("active", True) and not now.get("active", True):
            assert key in ends, f"{key} was disabled"
    for id, group in before.groups.items():
        name = group["displayName"]
        if id not in after.groups:
            assert name not in edited.groups, f"{name} was deleted"
            assert "groups: {onRemove: delete}" in edited.lifecycle, f"{name} was deleted"
            assert not unsure_groups, f"{name} was deleted"
            continue
        for lost in before.members(id) & (after.users.keys() - after.members(id)):
            key = before.users[lost]["userName"]
            assert not unsure_users, f"{key} was taken out of {name}"
            assert not unsure_groups, f"{key} was taken out of {name}"
            assert key not in edited.wants_in(name), f"{key} was taken out of {name}"


def nothing_twice(seen: Sight) -> None:
    for collection in ("users", "groups"):
        names = seen.names(collection)
        assert len(names) == len(set(names)), names
        rows = seen.users if collection == "users" else seen.groups
        ids = [each["externalId"] for each in rows.values() if each.get("externalId")]
        assert len(ids) == len(set(ids)), ids


def as_the_manifests_say(seen: Sight, edited: Edited) -> None:
    """Asserts that the server holds what the manifests ask for, nobody more of ours, and every stranger."""
    by_name = {each["userName"]: each for each in seen.users.values()}
    for key in edited.users.keys() - edited.absent:
        assert by_name[key].get("active", True) is (key not in edited.declared_ends), key
    for key in edited.absent:
        assert key not in by_name, key
    for key in edited.removed & by_name.keys():
        assert by_name[key]["active"] is False, key
    assert by_name.keys() >= {"yan"}
    ids = {each["displayName"]: id for id, each in seen.groups.items()}
    for name in edited.groups:
        keys = {seen.users[id]["userName"] for id in seen.members(ids[name]) if id in seen.users}
        assert keys == edited.wants_in(name), name


VALUES = (
    "{title: Engineer}",
    "{title: Boss}",
    "{state: disabled}",
    "{state: absent}",
    "{until: 2026-01-01}",
)
LIFECYCLES = [
    f"onRemove: {users}, groups: {{onRemove: {groups}}}"
    for users in ("disable", "delete")
    for groups in ("keep", "delete")
]


def edits() -> st.SearchStrategy[Edited]:
    """Somebody goes, stays, changes or comes, one by one, so that no example is about nobody."""
    gone_or = st.sampled_from([None, *VALUES])
    new = st.sampled_from([None, "{}"])
    users = st.fixed_dictionaries({**dict.fromkeys(KEYS, gone_or), **dict.fromkeys(("zed", "new", "newer"), new)})
    members = st.fixed_dictionaries(dict.fromkeys((*KEYS, "zed", "new"), st.booleans()))
    groups = st.fixed_dictionaries(dict.fromkeys((*GROUPS, *FOREIGN_GROUPS, "fresh"), st.none() | members))
    return st.builds(_edited, users, groups, st.sampled_from(LIFECYCLES))


def _edited(users: dict[str, str | None], groups: dict[str, dict[str, bool] | None], lifecycle: str) -> Edited:
    there = {key: values for key, values in users.items() if values is not None}
    rosters = {name: members for name, members in groups.items() if members is not None}
    chosen = {
        name: tuple(key for key, is_in in roster.items() if is_in and key in there) for name, roster in rosters.items()
    }
    return Edited(there, chosen, lifecycle)
