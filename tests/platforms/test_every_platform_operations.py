"""Profile and sandbox agree: what a profile says a platform can do is sent and done, everything else is never sent."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from branches import PEOPLE, Branch, branch
from platforms.laws import written
from platforms.worlds import PLATFORMS, ROOM
from workplace import operation, results

from reconciler.core.plan import Operation, Plan
from reconciler.core.planning.staleness import StalePlanError
from reconciler.platforms.profile import Profile, Shape
from reconciler.scim.lookup import get_ignoring_case

pytestmark = pytest.mark.parametrize("platform", PLATFORMS)

NAMED = {"add_members": "members", "remove_members": "members"}


def stages() -> Iterator[str]:
    """Manifests that ask for every operation there is, one after another."""
    yield PEOPLE
    text = PEOPLE.replace("displayName: Cy Day", "displayName: Cyrus Day")
    yield text
    text = text.replace("  cy.day: {", "  cy.day: {userName: cyrus, ")
    yield text
    yield text.replace("{userName: cyrus, ", "{userName: cyrus, state: disabled, ")
    yield text
    text = text.replace("[ann.lee, bob.ray]", "[bob.ray, cy.day]")
    yield text
    text = text.replace("displayName: Engineering", "displayName: Engines")
    yield text
    text = text.replace("  cy.day: {", "  cy.day: {state: absent, ")
    yield text
    yield text.partition("groups:")[0] + "groups: {eng: {state: absent}}\n"


def kinds_of(done: Operation) -> set[str]:
    """As a profile calls them; a change of userName is called `user.rename`."""
    renamed = done.kind == "user" and done.action == "update" and any(each.path == "userName" for each in done.changes)
    return {f"{done.kind}.{NAMED.get(done.action, done.action)}"} | ({"user.rename"} if renamed else set())


def promised(profile: Profile) -> set[str]:
    users = {f"user.{each}" for each in profile.users.can} | ({"user.rename"} if profile.users.rename else set())
    return users | {f"group.{each}" for each in (profile.groups.can if profile.groups is not None else ())}


def requests_of(place: Branch) -> set[str]:
    """What was asked of the endpoint, by its own log; updates are not told apart."""
    asked = set()
    for each in (exchange.request for exchange in place.vendor.log):
        name = {"POST": "create", "DELETE": "delete", "PUT": "update", "PATCH": "update"}.get(each.method)
        if each.kind is not None and name is not None:
            asked.add(f"{each.kind.lower()}.{name}")
    return asked


def test_all_that_it_can_is_done_and_nothing_else_is_sent(tmp_path: Path, platform: str) -> None:
    place = branch(tmp_path, platform, PEOPLE, ROOM)
    done = set()
    for text in stages():
        place.people = text
        planned = place.plan()
        assert set(results(place.apply(planned)).values()) <= {"done"}
        done |= {kind for each in planned.plan.operations for kind in kinds_of(each)}
        assert place.plan().plan.operations == ()
    assert done == promised(place.vendor.profile)
    assert requests_of(place) <= promised(place.vendor.profile)
    assert place.refused == []


def test_updates_have_a_form_that_the_platform_takes(tmp_path: Path, platform: str) -> None:
    place = branch(tmp_path, platform, PEOPLE, ROOM)
    for text in stages():
        place.people = text
        place.apply()
    profile = place.vendor.profile
    sides = {"User": profile.users.updates, "Group": profile.groups.updates if profile.groups is not None else ()}
    for each in (exchange.request for exchange in place.vendor.log):
        if each.kind is None or each.method not in {"PUT", "PATCH"}:
            continue
        shapes = sides[each.kind]
        if each.method == "PUT":
            assert Shape.PUT in shapes
        elif all(get_ignoring_case(one, "path") for one in each.operations):
            assert Shape.PATCH in shapes
        else:
            assert Shape.PATCH_WITHOUT_PATH in shapes


def reread(plan: Plan) -> Plan:
    return Plan.model_validate_json(plan.model_dump_json())


def test_a_saved_plan_is_carried_out_as_it_is(tmp_path: Path, platform: str) -> None:
    place = branch(tmp_path, platform, PEOPLE, ROOM)
    for text in list(stages())[:3]:
        place.people = text
        saved = place.plan().plan
        assert written(place) == []
        applied = place.apply_saved(reread(saved))
        assert {*results(applied)} == {each.id for each in saved.operations}
        assert set(results(applied).values()) <= {"done"}
        assert place.plan().plan.operations == ()
        place.vendor.clear_log()


def test_a_saved_plan_is_stale_once_somebody_changed_what_it_changes(tmp_path: Path, platform: str) -> None:
    place = branch(tmp_path, platform)
    place.apply()
    place.replace("displayName: Cy Day", "displayName: Cyrus Day")
    planned = place.plan()
    assert operation(planned, "user:cy.day:update").changes
    place.edit(next(each for each in place.users() if each.startswith("cy")), displayName="Somebody")
    place.vendor.clear_log()
    with pytest.raises(StalePlanError, match=r"cy\.day"):
        place.apply_saved(reread(planned.plan))
    assert written(place) == []


def test_the_first_plan_of_a_second_run_is_empty_without_a_store_as_well(tmp_path: Path, platform: str) -> None:
    place = branch(tmp_path, platform)
    place.apply()
    place.state = "none"
    plan = place.plan().plan
    assert plan.operations == (), [(each.id, each.changes, each.members) for each in plan.operations]
    assert plan.held == ()
