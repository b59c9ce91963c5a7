"""Tencent Cloud Identity Center: user names stay, and nobody is known to be disabled or deleted through SCIM."""

from __future__ import annotations

from pathlib import Path

import pytest
from branches import PEOPLE, Branch, branch
from planning_kit import signs
from platforms.deeds import add_stranger
from platforms.laws import written
from platforms.steps import cut, done, held, withheld
from workplace import outcomes, results

from reconciler.core.vocabulary import DropReason
from reconciler.scim.urns import ENTERPRISE_USER

TENCENT = "tencent-identity-center"
LIFTED = "capabilities: {user.enable: true, user.disable: true, user.delete: true, group.delete: true}"
REMAINS = {("cy.day", "disable", "access_remains")}
BLOCKED = {("cy.day", "disable", "blocked")}


@pytest.fixture
def tencent(tmp_path: Path) -> Branch:
    """PEOPLE, applied."""
    place = branch(tmp_path, TENCENT)
    done(place, "user:ann.lee create", "user:bob.ray create", "user:cy.day create", "group:eng create")
    place.vendor.clear_log()
    return place


def test_everybody_comes_and_the_second_plan_is_empty(tencent: Branch) -> None:
    tencent.converged()
    assert set(tencent.users()) == {"ann.lee", "bob.ray", "cy.day"}
    assert tencent.members("Engineering") == {"ann.lee", "bob.ray"}


def test_a_rename_is_blocked_and_shown_and_the_rest_is_changed(tencent: Branch) -> None:
    before = tencent.users()["cy.day"]["id"]
    tencent.replace("cy.day: {", "cy.day: {userName: cyrus, title: Boss, ")
    tencent.replace("displayName: Cy Day", "displayName: Cyrus Day")
    done(tencent, "user:cy.day update")
    [row] = tencent.converged(withheld=[("cy.day", "blocked")]).withheld
    assert row.detail == "userName cannot be changed once it is set"
    live = tencent.users()["cy.day"]
    assert (live["id"], live["displayName"]) == (before, "Cyrus Day")


def test_whoever_takes_a_name_that_is_kept_is_held(tencent: Branch) -> None:
    tencent.replace("  cy.day: {", "  cy.day: {userName: cyrus, ")
    tencent.replace("groups:", "  dee: {userName: cy.day, displayName: Dee, emails: dee@example.com}\ngroups:")
    done(tencent)
    assert held(tencent) == {("dee", "create", "disputed")}
    assert set(tencent.users()) == {"ann.lee", "bob.ray", "cy.day"}
    assert written(tencent) == []


@pytest.mark.parametrize("end", ["disabled", "taken out"])
def test_whoever_should_be_disabled_is_shown_and_nothing_is_sent(tencent: Branch, end: str) -> None:
    if end == "disabled":
        tencent.replace("  cy.day: {", "  cy.day: {state: disabled, ")
    else:
        cut(tencent, "cy.day")
    done(tencent)
    # Of somebody declared inactive the memberships end instead, and he has none.
    assert (held(tencent), withheld(tencent)) == ((set(), BLOCKED) if end == "disabled" else (REMAINS, set()))
    tencent.target = ("lifecycle: {cannotDisable: keep}",)
    assert (held(tencent), withheld(tencent)) == (set(), {("cy.day", "disable", "blocked")})
    assert written(tencent) == []


def test_whoever_is_to_be_deleted_is_shown_and_stays(tencent: Branch) -> None:
    tencent.replace("  cy.day: {", "  cy.day: {state: absent, ")
    done(tencent)
    assert (held(tencent), withheld(tencent)) == (set(), {("cy.day", "delete", "blocked"), *BLOCKED})
    assert (set(tencent.users()), written(tencent)) == ({"ann.lee", "bob.ray", "cy.day"}, [])


@pytest.mark.parametrize("end", ["absent", "taken out"])
def test_whoever_leaves_and_cannot_be_disabled_leaves_the_groups_at_least(tencent: Branch, end: str) -> None:
    if end == "absent":
        tencent.replace("  bob.ray: {", "  bob.ray: {state: absent, ")
    else:
        tencent.replace("[ann.lee, bob.ray]", "[ann.lee]")
        cut(tencent, "bob.ray")
    done(tencent, "group:eng remove_members")
    assert tencent.members("Engineering") == {"ann.lee"}


def test_what_nobody_knows_of_the_platform_is_said_with_the_way_to_lift_it(tencent: Branch) -> None:
    tencent.replace("  bob.ray: {", "  bob.ray: {state: disabled, ")
    tencent.replace("  cy.day: {", "  cy.day: {state: absent, ")
    tencent.people = tencent.people.partition("groups:")[0] + "groups: {eng: {state: absent}}\n"
    plan = tencent.plan().plan
    details = {each.key: each.detail for each in (*plan.held, *plan.withheld)}
    for key, action, whom in (("bob.ray", "disable", "user"), ("cy.day", "delete", "user"), ("eng", "delete", "group")):
        lifted = f"(`capabilities: {{{whom}.{action}: true}}` says that it does)"
        assert details[key] == f"the platform is not known to {action} {whom}s {lifted}"


def test_nobody_comes_who_would_have_to_be_inactive(tencent: Branch) -> None:
    tencent.replace("groups:", "  dee: {state: disabled, displayName: Dee, emails: dee@example.com}\ngroups:")
    done(tencent)
    assert withheld(tencent) == {("dee", "create", "blocked")}


def test_members_come_and_go_and_a_group_is_renamed(tencent: Branch) -> None:
    tencent.replace("displayName: Engineering, members: [ann.lee, bob.ray]", "displayName: Engines, members: [cy.day]")
    done(tencent, "group:eng update", "group:eng add_members", "group:eng remove_members")
    assert tencent.members("Engines") == {"cy.day"}
    tencent.converged()


def test_a_group_that_is_taken_out_stays_and_one_that_should_go_is_blocked(tencent: Branch) -> None:
    tencent.people = tencent.people.partition("groups:")[0]
    tencent.converged(withheld=[("eng", "removed")])
    tencent.target = ("lifecycle: {groups: {onRemove: delete}}",)
    tencent.converged(withheld=[("eng", "blocked")])
    tencent.people += "groups: {eng: {state: absent}}\n"
    tencent.converged(withheld=[("eng", "blocked")])
    assert "Engineering" in tencent.groups()
    tencent.target = ("lifecycle: {groups: {onRemove: empty}}",)
    tencent.people = tencent.people.partition("groups:")[0]
    done(tencent, "group:eng remove_members")
    assert tencent.members("Engineering") == set()


def test_a_lifted_disable_that_is_not_carried_out_has_failed(tencent: Branch) -> None:
    tencent.target = (LIFTED,)
    tencent.replace("  bob.ray: {", "  bob.ray: {state: disabled, ")
    for _ in range(2):
        applied = tencent.apply()
        assert results(applied) == {"user:bob.ray:disable": "failed"}
        assert "did not carry it out" in outcomes(applied)["user:bob.ray:disable"].detail
        assert signs(tencent.plan().plan.operations) == ["user:bob.ray disable"]


def test_a_lifted_delete_that_is_refused_has_failed_and_is_not_tried_again_and_again(tencent: Branch) -> None:
    tencent.target = (LIFTED,)
    tencent.replace("  cy.day: {", "  cy.day: {state: absent, ")
    applied = tencent.apply()
    assert results(applied) == {"user:cy.day:delete": "failed"}
    assert "DELETE is not supported here" in outcomes(applied)["user:cy.day:delete"].detail
    assert tencent.refused != []
    tencent.vendor.clear_log()
    assert results(tencent.apply()) == {"user:cy.day:disable": "failed"}
    assert withheld(tencent) == {("cy.day", "delete", "blocked")}
    assert tencent.refused == []
    assert "cy.day" in tencent.users()


def test_a_lifted_delete_of_a_group_that_is_refused_has_failed(tencent: Branch) -> None:
    tencent.target = (LIFTED,)
    tencent.people = tencent.people.partition("groups:")[0] + "groups: {eng: {state: absent}}\n"
    assert results(tencent.apply()) == {"group:eng:delete": "failed"}
    assert "Engineering" in tencent.groups()


def test_whoever_was_there_is_adopted_and_changed_but_for_the_name(tmp_path: Path) -> None:
    place = branch(tmp_path, TENCENT)
    add_stranger(place, "BOB.RAY")
    operations = place.plan().plan.operations
    assert [each for each in signs(operations) if "bob" in each] == ["user:bob.ray adopt", "user:bob.ray update"]
    assert set(results(place.apply()).values()) == {"done"}
    place.converged()
    assert place.users()["BOB.RAY"]["displayName"] == "Bob Ray"


def test_the_enterprise_extension_is_left_out_and_said(tencent: Branch) -> None:
    tencent.target = ("mapping: own",)
    tencent.replace("  cy.day: {", "  cy.day: {department: D, manager: ann.lee, ")
    tencent.people += (
        "mappings: {own: {extends: tencent-identity-center, users: {attributes: "
        f'{{"{ENTERPRISE_USER}:department": "{{{{ user.department }}}}"}}}}}}}}\n'
    )
    plan = tencent.converged()
    assert [(each.what, each.reason, each.examples) for each in plan.dropped] == [
        (f"{ENTERPRISE_USER}:department", DropReason.NOT_IN_SCHEMA, ("user:cy.day",))
    ]
    assert ENTERPRISE_USER not in tencent.users()["cy.day"]


@pytest.mark.parametrize("name", ["ann lee", "安", "a" * 65, "ann/lee"])
def test_a_name_that_is_not_taken_is_found_before_anything_is_sent(tmp_path: Path, name: str) -> None:
    place = branch(tmp_path, TENCENT, PEOPLE.replace("  ann.lee: {", f'  ann.lee: {{userName: "{name}", '))
    assert ["users.ann.lee" in each for each in place.faults()] == [True]
    assert written(place) == []
