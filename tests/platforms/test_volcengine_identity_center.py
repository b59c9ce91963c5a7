"""Volcengine Cloud Identity Center: trusted with new users alone, no states, everything in one answer."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from datetime import timedelta
from pathlib import Path

import pytest
from branches import PEOPLE, Branch, Settings, branch
from planning_kit import NOW, rows_of, signs
from platforms.deeds import add_stranger
from platforms.laws import written
from platforms.steps import cut, done, held
from workplace import results

from reconciler.sandbox import SandboxOptions

VOLCENGINE = "volcengine-identity-center"
POLICY = ("bob.ray", "adopt", "policy")


@pytest.fixture
def volcengine(tmp_path: Path) -> Branch:
    """PEOPLE, applied."""
    place = branch(tmp_path, VOLCENGINE)
    done(place, "user:ann.lee create", "user:bob.ray create", "user:cy.day create", "group:eng create")
    place.vendor.clear_log()
    return place


def test_everybody_comes_and_the_second_plan_is_empty(volcengine: Branch) -> None:
    volcengine.converged()
    assert set(volcengine.users()) == {"ann.lee", "bob.ray", "cy.day"}
    assert volcengine.members("Engineering") == {"ann.lee", "bob.ray"}


def test_everything_is_listed_in_one_answer(volcengine: Branch) -> None:
    for number in range(130):
        add_stranger(volcengine, f"stranger{number:03}")
    volcengine.vendor.clear_log()
    assert volcengine.converged().foreign["users"] == 130
    listed = [each.request for each in volcengine.vendor.log if each.request.lists]
    assert sorted(each.path for each in listed) == ["/Groups", "/Users"]
    assert all("startIndex" not in each.query for each in listed)


def test_who_was_created_here_is_changed(volcengine: Branch) -> None:
    volcengine.replace("displayName: Cy Day", "displayName: Cyrus, phoneNumbers: '+49301234567'")
    done(volcengine, "user:cy.day update")
    assert volcengine.users()["cy.day"]["displayName"] == "Cyrus"


def test_a_rename_is_blocked_and_shown_until_it_is_lifted(volcengine: Branch) -> None:
    volcengine.replace("  cy.day: {", "  cy.day: {userName: cyrus, ")
    done(volcengine)
    volcengine.converged(withheld=[("cy.day", "blocked")])
    assert written(volcengine) == []
    volcengine.target = ("capabilities: {user.rename: true}",)
    assert signs(volcengine.plan().plan.operations) == ["user:cy.day update"]


@pytest.mark.parametrize("end", ["disabled", "taken out"])
def test_whoever_should_be_disabled_is_shown_and_nothing_is_sent(volcengine: Branch, end: str) -> None:
    if end == "disabled":
        volcengine.replace("  cy.day: {", "  cy.day: {state: disabled, ")
    else:
        cut(volcengine, "cy.day")
    done(volcengine)
    assert held(volcengine) == (set() if end == "disabled" else {("cy.day", "disable", "access_remains")})
    assert written(volcengine) == []


def test_a_lifted_disable_that_is_not_carried_out_has_failed(volcengine: Branch) -> None:
    volcengine.target = ("capabilities: {user.disable: true}",)
    volcengine.replace("  cy.day: {", "  cy.day: {state: disabled, ")
    assert results(volcengine.apply()) == {"user:cy.day:disable": "failed"}
    assert signs(volcengine.plan().plan.operations) == ["user:cy.day disable"]


def test_whoever_is_absent_is_deleted_and_leaves_the_groups(volcengine: Branch) -> None:
    volcengine.replace("  bob.ray: {", "  bob.ray: {state: absent, ")
    volcengine.apply()
    volcengine.converged()
    assert set(volcengine.users()) == {"ann.lee", "cy.day"}
    assert volcengine.members("Engineering") == {"ann.lee"}


def test_members_come_and_go_and_a_group_is_renamed(volcengine: Branch) -> None:
    volcengine.replace("Engineering, members: [ann.lee, bob.ray]", "Engines, members: [bob.ray, cy.day]")
    done(volcengine, "group:eng update", "group:eng add_members", "group:eng remove_members")
    assert volcengine.members("Engines") == {"bob.ray", "cy.day"}
    volcengine.converged()


def test_a_group_that_is_taken_out_stays_and_an_absent_one_is_deleted(volcengine: Branch) -> None:
    volcengine.people = volcengine.people.partition("groups:")[0]
    volcengine.converged(withheld=[("eng", "removed")])
    volcengine.people += "groups: {eng: {state: absent}}\n"
    done(volcengine, "group:eng delete")
    assert volcengine.groups() == {}
    volcengine.converged()


@pytest.fixture
def before(tmp_path: Path) -> Branch:
    """Bob was there before."""
    place = branch(tmp_path, VOLCENGINE)
    add_stranger(place, "bob.ray")
    return place


def test_whoever_was_there_is_left_alone_by_policy(before: Branch) -> None:
    was = before.users()["bob.ray"]
    done(before, "user:ann.lee create", "user:cy.day create", "group:eng create")
    assert rows_of(before.converged(withheld=[("bob.ray", "policy")]).withheld) == {POLICY}
    assert before.users()["bob.ray"] == was
    assert before.members("Engineering") == {"ann.lee"}


def test_whoever_was_there_is_not_ended_either(before: Branch) -> None:
    before.apply()
    for end in ("state: absent, ", "state: disabled, "):
        before.replace("  bob.ray: {", f"  bob.ray: {{{end}")
        done(before)
        assert "bob.ray" in before.users()
        before.replace(end, "")


def test_policy_is_lifted_step_by_step(before: Branch) -> None:
    before.apply()
    before.target = ("capabilities: {user.associate: true}",)
    done(before, "user:bob.ray adopt", "group:eng add_members")
    before.converged(withheld=[("bob.ray", "policy")])
    assert before.users()["bob.ray"]["displayName"] == "bob.ray"
    before.target = ("capabilities: {user.associate: true, user.modify: true}",)
    done(before, "user:bob.ray update")
    before.converged()
    assert before.users()["bob.ray"]["displayName"] == "Bob Ray"
    assert before.members("Engineering") == {"ann.lee", "bob.ray"}


def test_an_adopted_user_is_not_deleted_until_changes_are_lifted(before: Branch) -> None:
    before.target = ("capabilities: {user.associate: true}",)
    before.apply()
    before.replace("  bob.ray: {", "  bob.ray: {state: absent, ")
    done(before, "group:eng remove_members")
    assert rows_of(before.plan().plan.withheld) == {("bob.ray", "delete", "policy"), ("bob.ray", "disable", "blocked")}
    assert held(before) == set()
    before.target = ("capabilities: {user.associate: true, user.modify: true}",)
    done(before, "user:bob.ray delete")
    before.converged()


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (-1, "bearer token 1 expired on 2026-11-20, as the token itself says"),
        (7, "bearer token 1 expires on 2026-11-28, as the token itself says"),
        (300, None),
    ],
)
def test_the_end_that_a_credential_claims_is_warned_about(tmp_path: Path, days: int, said: str | None) -> None:
    claims = b'{"exp": %d}' % (NOW + timedelta(days=days)).timestamp()
    token = ".".join(urlsafe_b64encode(each).decode().rstrip("=") for each in (b'{"alg": "none"}', claims, b"-"))
    settings, options = Settings({"TOKEN": token}), SandboxOptions(tokens=(token,))
    place = Branch(tmp_path, PEOPLE, platform=VOLCENGINE, settings=settings, options=options)
    assert [each for each in place.plan().plan.notes if "bearer token" in each] == ([said] if said else [])
