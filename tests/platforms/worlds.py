"""Organisations that every platform takes, and random edits of them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from random import Random
from typing import Any

from reconciler.platforms.registry import platform_names

PLATFORMS = [each for each in platform_names() if each != "generic"]
KEYS = [f"p{number:02}" for number in range(9)]
GROUPS = ["eng", "ops", "p00"]
"""A group with the key and the name of a user is no user."""
FIRST = ("Ann", "Örjan", "小明", "Inês", "D'Arcy")
LAST = ("Lee", "O'Hara", "Müller-Öz", "王", 'Ray "R"')
ROOM = "safety: {limits: {removeMembers: {percent: 100}, removeMembersPerGroup: {percent: 100}}}"
GROUPS_GO = "lifecycle: {groups: {onRemove: delete}}"


@dataclass
class World:
    """Manifests as data. `text` is what the file would say; JSON is YAML."""

    rng: Random
    users: dict[str, dict[str, Any]] = field(default_factory=dict)
    groups: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def text(self) -> str:
        return json.dumps({"users": self.users, "groups": self.groups}, ensure_ascii=False)

    @property
    def desired(self) -> set[str]:
        """Keys of the users who should be there."""
        return {key for key, each in self.users.items() if each.get("state") != "absent"}

    @property
    def ended(self) -> set[str]:
        """Keys of those whose access the manifests end: everybody who is not declared, or not as active."""
        return {key for key in KEYS if self.users.get(key, {"state": "absent"}).get("state", "active") != "active"}

    def grow(self) -> None:
        """A first organisation: most people, all groups."""
        for key in KEYS[:-2]:
            self.users[key] = self.person(key)
        for key in GROUPS:
            self.groups[key] = self.group(key)
        self.mend()

    def edit(self, times: int = 4) -> None:
        for _ in range(times):
            self.rng.choice(EDITS)(self)
        self.mend()

    def person(self, key: str) -> dict[str, Any]:
        rng, number = self.rng, KEYS.index(key)
        first, last = rng.choice(FIRST), rng.choice(LAST)
        user: dict[str, Any] = {
            "name": {"givenName": first, "familyName": last},
            "displayName": f"{first} {last} {rng.choice('äB')}",
            "emails": self.address(key),
        }
        more = {
            "title": rng.choice(["Engineer", "Chef de projet", "经理", ""]),
            "department": rng.choice(["Sales", "Recht & Ordnung"]),
            "phoneNumbers": f"+49 30 12345{number}{rng.randint(0, 9)}",
            "preferredLanguage": rng.choice(["de", "en-US"]),
            "userType": rng.choice(["Employee", "Contractor"]),
            "addresses": {"work": {"locality": rng.choice(["Berlin", "上海"]), "country": "DE"}},
            "manager": KEYS[0],
        }
        user |= {name: each for name, each in more.items() if rng.random() < 0.5}
        if rng.random() < 0.2:
            user["userName"] = f"{key}.{rng.choice('xyZ')}"
        return user

    def address(self, key: str) -> str:
        """One that nobody else has."""
        taken = {str(each.get("emails")).casefold() for other, each in self.users.items() if other != key}
        usual = [f"{key}@{each}" for each in ("example.com", "Example.org")]
        free = [each for each in usual if each.casefold() not in taken]
        return self.rng.choice(free or [f"{key}.{self.rng.randrange(10**6)}@example.com"])

    def group(self, key: str) -> dict[str, Any]:
        taken = {each.get("displayName") for other, each in self.groups.items() if other != key}
        name = self.rng.choice([each for each in (key, f"{key} team", f"{key} 部门 (“new”)") if each not in taken])
        return {"displayName": name, "members": [each for each in self.users if self.rng.random() < 0.5]}

    def mend(self) -> None:
        """Without references to people who are not declared."""
        for key, user in self.users.items():
            if user.get("manager") == key or user.get("manager") not in self.desired:
                user.pop("manager", None)
        for group in self.groups.values():
            if "members" in group:
                group["members"] = [each for each in group["members"] if each in self.users]


def _hire(world: World) -> None:
    key = world.rng.choice(KEYS)
    if key not in world.desired:
        world.users[key] = world.person(key)


def _change(world: World) -> None:
    key = world.rng.choice(KEYS)
    if key in world.desired:
        state = world.users[key].get("state", "active")
        world.users[key] = world.person(key) | {"state": state}


def _rename(world: World) -> None:
    key = world.rng.choice(KEYS)
    if key in world.desired:
        world.users[key]["userName"] = f"{key}.{world.rng.randint(1, 9)}"


def _toggle(world: World) -> None:
    key = world.rng.choice(KEYS)
    if key in world.desired:
        was = world.users[key].get("state", "active")
        world.users[key]["state"] = "disabled" if was == "active" else "active"


def _take_out(world: World) -> None:
    world.users.pop(world.rng.choice(KEYS), None)


def _end(world: World) -> None:
    world.users[world.rng.choice(KEYS)] = {"state": "absent"}


def _regroup(world: World) -> None:
    key = world.rng.choice(GROUPS)
    world.groups[key] = world.group(key)


def _move(world: World) -> None:
    for group in world.groups.values():
        if "members" in group:
            group["members"] = [each for each in world.users if world.rng.random() < 0.5]


def _ungroup(world: World) -> None:
    key = world.rng.choice(GROUPS)
    if world.rng.random() < 0.5:
        world.groups.pop(key, None)
    else:
        world.groups[key] = {"state": "absent"}


def _trade(world: World) -> None:
    """What one person had is another's, and the other way round, or the first has something new."""
    if len(world.desired) < 2:
        return
    one, other = (world.users[each] for each in world.rng.sample(sorted(world.desired), 2))
    if world.rng.random() < 0.5:
        one["emails"], other["emails"] = other["emails"], one["emails"]
    else:
        other["emails"], one["emails"] = one["emails"], f"new{world.rng.randrange(10**6)}@example.com"


def _trade_names(world: World) -> None:
    there = [each for each in world.groups.values() if "members" in each]
    if len(there) < 2:
        return
    one, other = world.rng.sample(there, 2)
    one["displayName"], other["displayName"] = other["displayName"], one["displayName"]


EDITS = (
    *(_hire, _hire, _change, _change, _rename, _toggle, _toggle, _take_out, _end),
    *(_regroup, _move, _ungroup, _trade, _trade_names),
)
