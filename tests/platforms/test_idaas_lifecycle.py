""" "User lifecycle sync behavior" of the vendor's page on Microsoft Entra ID, row by row, as manifest changes."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from branches import Branch, branch
from planning_kit import signs
from workplace import operation, results

from reconciler.core.vocabulary import Action, Situation

if TYPE_CHECKING:
    from pathlib import Path

PEOPLE = """
users:
  ann: {displayName: Ann, userType: staff, emails: ann@example.com}
  bob: {displayName: Bob, userType: staff}
  cy: {displayName: Cy, userType: staff}
groups:
  eng: {displayName: Engineering, members: [ann, bob]}
scopes:
  staff: {users: {where: userType eq "staff"}}
"""
BOB = "  bob: {displayName: Bob, userType: staff}\n"


@pytest.fixture
def idaas(tmp_path: Path) -> Branch:
    """Everybody is there."""
    made = branch(tmp_path, "alibaba-idaas", PEOPLE, "scope: staff", "lifecycle: {deleteAfter: 30d}")
    made.apply()
    made.converged()
    made.vendor.clear_log()
    return made


def disabled(idaas: Branch, key: str = "bob") -> None:
    """Applies what the manifests say now: one disable, by one PATCH of `active` alone."""
    planned = idaas.plan()
    assert [each for each in signs(planned.plan.operations) if each.startswith("user:")] == [f"user:{key} disable"]
    idaas.apply(planned)
    patches = [each.request for each in idaas.vendor.log if each.request.method == "PATCH" and not each.reply.refused]
    users = [each.body["Operations"] for each in patches if each.path.startswith("/Users/")]
    assert users == [[{"op": "replace", "path": "active", "value": False}]]
    assert idaas.users()[key]["active"] is False
    idaas.converged()


def test_user_disabled_sends_active_false_and_the_user_is_marked_as_disabled(idaas: Branch) -> None:
    idaas.replace("{displayName: Bob", "{state: disabled, displayName: Bob")
    disabled(idaas)
    assert idaas.members("Engineering") == {"ann", "bob"}


def test_user_whose_last_day_is_over_is_disabled(idaas: Branch) -> None:
    idaas.replace("{displayName: Bob", "{until: 2026-11-22, displayName: Bob")
    idaas.converged()
    idaas.clock.time += timedelta(days=2)
    disabled(idaas)


def test_user_re_enabled_sends_active_true_and_the_status_returns_to_normal(idaas: Branch) -> None:
    idaas.replace("{displayName: Bob", "{state: disabled, displayName: Bob")
    disabled(idaas)
    idaas.replace("{state: disabled, displayName: Bob", "{displayName: Bob")
    planned = idaas.plan()
    [change] = operation(planned, "user:bob:enable").changes
    assert (change.path, change.before, change.after) == ("active", False, True)
    idaas.apply(planned)
    assert idaas.users()["bob"]["active"] is True
    idaas.converged()


def test_user_removed_from_app_assignment_is_disabled(idaas: Branch) -> None:
    idaas.replace("{displayName: Bob, userType: staff}", "{displayName: Bob, userType: vendor}")
    assert operation(idaas.plan(), "user:bob:disable").situation is Situation.LEFT_SCOPE
    disabled(idaas)
    idaas.clock.time += timedelta(days=365)
    idaas.converged()
    assert "bob" in idaas.users()


def test_user_back_in_scope_is_enabled(idaas: Branch) -> None:
    idaas.replace("{displayName: Bob, userType: staff}", "{displayName: Bob, userType: vendor}")
    disabled(idaas)
    idaas.replace("{displayName: Bob, userType: vendor}", "{displayName: Robert, userType: staff}")
    planned = idaas.plan()
    assert operation(planned, "user:bob:enable").situation is Situation.RETURNED
    idaas.apply(planned)
    assert (idaas.users()["bob"]["active"], idaas.users()["bob"]["displayName"]) == (True, "Robert")
    idaas.converged()


def test_user_deleted_from_app_is_disabled(idaas: Branch) -> None:
    idaas.replace(BOB, "")
    idaas.replace("[ann, bob]", "[ann]")
    assert operation(idaas.plan(), "user:bob:disable").situation is Situation.REMOVED
    disabled(idaas)
    [waiting] = idaas.plan().plan.waiting
    assert (waiting.key, str(waiting.due)) == ("bob", "2026-12-21")


def test_user_deleted_from_app_who_comes_back_in_time_is_enabled(idaas: Branch) -> None:
    idaas.replace(BOB, "")
    idaas.replace("[ann, bob]", "[ann]")
    disabled(idaas)
    before = idaas.users()["bob"]["id"]
    idaas.replace("  cy:", f"{BOB}  cy:")
    idaas.replace("[ann]", "[ann, bob]")
    idaas.apply()
    assert (idaas.users()["bob"]["id"], idaas.users()["bob"]["active"]) == (before, True)
    assert idaas.converged().waiting == ()


def test_user_permanently_deleted_by_state_absent_is_deleted_from_idaas(idaas: Branch) -> None:
    idaas.replace(BOB, "  bob: {state: absent}\n")
    planned = idaas.plan()
    assert operation(planned, "user:bob:delete").action is Action.DELETE
    applied = idaas.apply(planned)
    assert set(results(applied).values()) == {"done"}
    assert set(idaas.users()) == {"ann", "cy"}
    assert idaas.members("Engineering") == {"ann"}
    idaas.converged()


def test_user_permanently_deleted_after_the_term_is_deleted_from_idaas(idaas: Branch) -> None:
    idaas.replace(BOB, "")
    idaas.replace("[ann, bob]", "[ann]")
    disabled(idaas)
    idaas.clock.time += timedelta(days=29)
    assert idaas.plan().plan.operations == ()
    idaas.clock.time += timedelta(days=1)
    planned = idaas.plan()
    assert [(str(each.action), each.situation) for each in planned.plan.operations] == [("delete", Situation.RETIRED)]
    idaas.apply(planned)
    assert set(idaas.users()) == {"ann", "cy"}
    idaas.converged()


def test_user_disabled_in_the_console_is_reported_and_left_disabled(idaas: Branch) -> None:
    idaas.edit("bob", active=False)
    planned = idaas.plan()
    assert planned.plan.operations == ()
    [row] = planned.plan.withheld
    assert (row.key, row.situation, row.action) == ("bob", Situation.DISABLED_THERE, Action.ENABLE)


def test_user_disabled_here_and_re_enabled_in_the_console_is_disabled_again(idaas: Branch) -> None:
    idaas.replace("{displayName: Bob", "{state: disabled, displayName: Bob")
    disabled(idaas)
    idaas.edit("bob", active=True)
    idaas.vendor.clear_log()
    disabled(idaas)


def test_user_removed_and_re_enabled_in_the_console_is_disabled_again_and_not_deleted(idaas: Branch) -> None:
    idaas.replace(BOB, "")
    idaas.replace("[ann, bob]", "[ann]")
    disabled(idaas)
    idaas.edit("bob", active=True)
    idaas.clock.time += timedelta(days=31)
    idaas.vendor.clear_log()
    assert signs(idaas.plan().plan.operations) == ["user:bob disable"]


def test_user_deleted_in_the_console_is_created_again_and_said_to_be_lost(idaas: Branch) -> None:
    idaas.console("DELETE", f"/Users/{idaas.users()['bob']['id']}")
    planned = idaas.plan()
    assert operation(planned, "user:bob:create").situation is Situation.LOST
    idaas.apply(planned)
    assert idaas.members("Engineering") == {"ann", "bob"}
    idaas.converged()


def test_user_created_disabled_is_created_with_active_false(idaas: Branch) -> None:
    idaas.replace("groups:", "  dan: {state: disabled, displayName: Dan, userType: staff}\ngroups:")
    idaas.apply()
    assert idaas.users()["dan"]["active"] is False
    idaas.converged()
