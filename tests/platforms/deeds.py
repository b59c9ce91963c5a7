"""What people do in a vendor's console behind the reconciler's back, at random."""

from __future__ import annotations

import json
from collections.abc import Callable
from random import Random
from typing import Any, NamedTuple

from branches import Branch
from platforms.laws import ours


class Deed(NamedTuple):
    """`shows`: keys of which at least one must be in the next plan; empty where nothing may be planned."""

    what: str
    shows: frozenset[str] = frozenset()


def do_something(place: Branch, rng: Random) -> Deed:
    there = ours(place)
    if not there:
        return Deed("nobody is there")
    key = rng.choice(sorted(there))
    return rng.choice(DEEDS)(place, rng, key, there[key])


def _call_otherwise(place: Branch, _: Random, key: str, user: dict[str, Any]) -> Deed:
    return _set(place, key, user, "displayName", "Somebody Else")


def _rename(place: Branch, _: Random, key: str, user: dict[str, Any]) -> Deed:
    return _set(place, key, user, "userName", f"{user['userName']}-there")


def _disable(place: Branch, _: Random, key: str, user: dict[str, Any]) -> Deed:
    return _set(place, key, user, "active", not user.get("active"))


def _set(place: Branch, key: str, user: dict[str, Any], path: str, value: Any) -> Deed:
    if path not in user or not _is_wanted(place, key):
        return Deed(f"{key} has no {path}")
    place.patch(f"/Users/{user['id']}", {"op": "replace", "path": path, "value": value})
    what = f"{path} of {key} is {value}"
    return Deed(what) if path == "active" and value is _is_active(place, key) else Deed(what, frozenset((key,)))


def _delete(place: Branch, _: Random, key: str, user: dict[str, Any]) -> Deed:
    place.console("DELETE", f"/Users/{user['id']}")
    wanted = _is_wanted(place, key)
    return Deed(f"{key} is deleted", frozenset((key,)) if wanted else frozenset())


def _let_in(place: Branch, rng: Random, key: str, user: dict[str, Any]) -> Deed:
    group = _group(place, rng)
    if group is None or user["id"] in _members(group):
        return Deed("nobody joins")
    place.patch(f"/Groups/{group['id']}", {"op": "add", "path": "members", "value": [{"value": user["id"]}]})
    return Deed(f"{key} joins {group['displayName']}", _seen(place, group))


def _turn_out(place: Branch, rng: Random, _: str, __: dict[str, Any]) -> Deed:
    group = _group(place, rng)
    if group is None or not _members(group):
        return Deed("nobody leaves")
    member = rng.choice(_members(group))
    place.patch(f"/Groups/{group['id']}", {"op": "remove", "path": f'members[value eq "{member}"]'})
    return Deed(f"{member} leaves {group['displayName']}", _seen(place, group))


def _stranger(place: Branch, rng: Random, _: str, __: dict[str, Any]) -> Deed:
    add_stranger(place, f"stranger{rng.randrange(10**6)}")
    return Deed("a stranger comes")


def add_stranger(place: Branch, name: str, **more: Any) -> str:
    """The id of a user whom a person made in the console, with no more than the platform knows."""
    users = place.vendor.profile.users
    parts = users.attributes["emails"].sub if "emails" in users.attributes else None
    email = {"value": f"{name}@console.example", "type": "work", "primary": True}
    whole = {
        "displayName": name,
        "name": {"givenName": name, "familyName": "There"},
        "emails": [{part: each for part, each in email.items() if parts is None or part in parts}],
        "active": True,
    } | more
    known = {path: each for path, each in whole.items() if not users.closed or path in users.attributes}
    schemas = ["urn:ietf:params:scim:schemas:core:2.0:User"]
    return str(place.console("POST", "/Users", {"schemas": schemas, "userName": name} | known)["id"])


def _group(place: Branch, rng: Random) -> dict[str, Any] | None:
    if place.vendor.profile.groups is None:
        return None
    managed = {each.id for each in place.known.values() if each.kind == "group"}
    found = [each for _, each in sorted(place.groups().items()) if each["id"] in managed]
    return rng.choice(found) if found else None


def _members(group: dict[str, Any]) -> list[str]:
    return sorted(str(each["value"]) for each in group.get("members") or [])


def _seen(place: Branch, group: dict[str, Any]) -> frozenset[str]:
    """The group's key, where the platform tells of members and the manifests name them."""
    groups = place.vendor.profile.groups
    [key] = [each.key for each in place.known.values() if each.id == group["id"]]
    told = groups is not None and bool(groups.members.read)
    return frozenset((key,)) if told and f'"{key}": {{"displayName"' in place.people else frozenset()


def _is_active(place: Branch, key: str) -> bool:
    """Whether the manifests want somebody active, whom the platform may be unable to disable."""
    return bool(json.loads(place.people)["users"][key].get("state", "active") == "active")


def _is_wanted(place: Branch, key: str) -> bool:
    return f'"{key}": {{"name"' in place.people


DEEDS: tuple[Callable[[Branch, Random, str, dict[str, Any]], Deed], ...] = (
    _call_otherwise,
    _rename,
    _disable,
    _delete,
    _let_in,
    _turn_out,
    _stranger,
)
