"""What holds of every run on every platform, whatever the manifests say and whatever somebody did in the console."""

from __future__ import annotations

from typing import Any

from branches import Branch
from platforms.worlds import GROUPS, World
from workplace import results

from reconciler.core.plan import Plan
from reconciler.core.vocabulary import Situation, Verdict

READING = {"GET", "HEAD"}


HELD = {Verdict.ACCESS_REMAINS, Verdict.NAME_CYCLE, Situation.DISPUTED}
"""What random manifests may bring about that a person has to look at."""


def run(place: Branch, world: World) -> Plan:
    """Plans, applies and plans once more; gives the first plan. Everything that is true of each run is asserted."""
    place.people = world.text
    before = people(place)
    place.vendor.clear_log()
    planned = place.plan()
    assert place.plan().plan.operations == planned.plan.operations
    assert written(place) == []
    applied = place.apply(planned)
    assert set(results(applied).values()) <= {"done"}, applied.report.outcomes
    assert place.refused == []
    after = place.plan().plan
    assert after.operations == (), [(each.id, each.changes, each.members) for each in after.operations]
    assert {each.reason for each in after.held} <= HELD, after.held
    nobody_is_there_twice(place)
    nobody_lost_what_was_not_ended(before, people(place), world, place)
    return planned.plan


def written(place: Branch) -> list[str]:
    """The writing requests on resources that the endpoint got."""
    asked = (each.request for each in place.vendor.log)
    return [f"{each.method} {each.path}" for each in asked if each.kind is not None and each.method not in READING]


def people(place: Branch) -> dict[str, dict[str, Any]]:
    """Everybody in the console by id."""
    return {str(each["id"]): each for each in place.users().values()}


def ours(place: Branch) -> dict[str, dict[str, Any]]:
    """Users of the manifests in the console, by key."""
    kept = {each.id: each.key for each in place.known.values() if each.kind == "user"}
    return {kept[id]: each for id, each in people(place).items() if id in kept}


def nobody_is_there_twice(place: Branch) -> None:
    listed = place._rows("/Users")
    for name in ("id", "userName", "externalId"):
        values = [str(each[name]).casefold() for each in listed if each.get(name)]
        assert len(values) == len(set(values)), (name, values)


def nobody_lost_what_was_not_ended(
    before: dict[str, dict[str, Any]], after: dict[str, dict[str, Any]], world: World, place: Branch
) -> None:
    """Only `absent` deletes, only an end of access disables, and whoever is no business of ours stays the same."""
    for id, was in before.items():
        key = str(was.get("externalId") or was["userName"]).casefold()
        now = after.get(id)
        if now is None:
            assert world.users.get(key) == {"state": "absent"}, f"{key} was deleted"
        elif was.get("active") and not now.get("active"):
            assert key in world.ended, f"{key} was disabled"
        if key.startswith("stranger"):
            assert now == was


def all_is_there(place: Branch, world: World) -> None:
    """The console shows what the manifests say, as far as the platform can hold it."""
    profile, there = place.vendor.profile, ours(place)
    can = profile.users.can
    creations = {each.key for each in place.plan().plan.held if each.action == "create"}
    for key in world.desired - creations:
        wanted = world.users[key]
        if key not in there:
            assert wanted.get("state") == "disabled"
            assert "disable" not in can, f"{key} is missing"
            continue
        assert str(there[key]["displayName"]).casefold() == wanted["displayName"].casefold()
        if "disable" in can:
            assert there[key]["active"] is (wanted.get("state", "active") == "active"), key
    if profile.groups is not None:
        for key in {*GROUPS} - creations:
            members_are_there(place, world, key)


def members_are_there(place: Branch, world: World, key: str) -> None:
    """Exactly those of our people who are declared, exist, and are not to lose their access."""
    group = world.groups.get(key, {})
    if "members" not in group:
        return
    there = {str(each["id"]): one for one, each in ours(place).items()}
    [live] = [each for each in place._rows("/Groups") if each["id"] == place.known[f"group:{key}"].id]
    found = {there[each["value"]] for each in live.get("members") or [] if each["value"] in there}
    declared = world.desired.intersection(group["members"]) - left_out(place, world)
    assert found == declared & {*there.values()}


def left_out(place: Branch, world: World) -> set[str]:
    """Whose access ends by leaving every group, since the platform disables nobody."""
    if "disable" in place.vendor.profile.users.can:
        return set()
    return {key for key in world.desired if world.users[key].get("state") == "disabled"}
