"""Alibaba Cloud RAM, whole runs: users alone, four attributes, PUT, nobody can be disabled, everybody is looked up."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from branches import Branch, branch
from planning_kit import signs
from platforms.centers import done
from workplace import outcomes, results

from reconciler.core.plan import Plan
from reconciler.core.planning.departures import CANNOT_DISABLE, REMAINS
from reconciler.core.vocabulary import DropReason

RAM = "alibaba-ram"
KEPT_BY_KEYS = "DeleteConflict.User.AccessKey: the user has access keys"
PEOPLE = """
users:
  ann.lee: {displayName: Ann Lee, emails: ann.lee@example.com}
  bob.ray: {displayName: Bob Ray}
  cy.day: {displayName: Cy Day}
  di.fox: {displayName: Di Fox}
groups:
  eng: {displayName: Engineering, members: [ann.lee, bob.ray]}
  ops: {displayName: Operations, members: [cy.day, {group: eng}]}
"""
DELETED_IN_TIME = "lifecycle: {cannotDisable: delete, deleteAfter: 30d}"


@pytest.fixture
def ram(tmp_path: Path) -> Branch:
    """Everybody is there."""
    made = branch(tmp_path, RAM, PEOPLE)
    done(made, *(f"user:{each} create" for each in ("ann.lee", "bob.ray", "cy.day", "di.fox")))
    made.vendor.clear_log()
    return made


def console_user(place: Branch, name: str, **more: Any) -> str:
    """The id of a user whom a person made in the RAM console: without externalId."""
    body = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": name, "displayName": f"{name} there"}
    return str(place.console("POST", "/Users", body | more)["id"])


def written(place: Branch) -> list[tuple[str, Any]]:
    """Methods and bodies of what changed something on the endpoint."""
    asked = (each.request for each in place.vendor.log if each.request.path.startswith("/Users"))
    return [(each.method, each.body) for each in asked if each.method != "GET"]


def rows(plan: Plan) -> list[tuple[str, str | None, str, str, str]]:
    """Withheld and held rows: which of the two, key, action, reason and detail."""
    sides = (("withheld", plan.withheld), ("held", plan.held))
    return [
        (side, each.key or "", each.action and str(each.action), str(each.reason), each.detail)
        for side, found in sides
        for each in found
    ]


def stays(place: Branch, *expected: tuple[str, str | None, str, str, str]) -> None:
    """Nothing can be done: a plan shows these rows alone, an apply sends no request that writes."""
    for _ in range(2):
        planned = place.plan()
        assert planned.plan.operations == ()
        assert rows(planned.plan) == list(expected)
        place.vendor.clear_log()
        place.apply(planned)
        assert written(place) == []


CANNOT = ("disable", "access_remains", CANNOT_DISABLE)


def test_creates_everybody_once_with_three_attributes(tmp_path: Path) -> None:
    made = branch(tmp_path, RAM, PEOPLE)
    made.apply()
    made.converged()
    assert {name: (each["externalId"], each["displayName"]) for name, each in made.users().items()} == {
        "ann.lee": ("ann.lee", "ann lee"),
        "bob.ray": ("bob.ray", "bob ray"),
        "cy.day": ("cy.day", "cy day"),
        "di.fox": ("di.fox", "di fox"),
    }
    assert {(method, *sorted(body)) for method, body in written(made)} == {
        ("POST", "displayName", "externalId", "schemas", "userName")
    }


def test_everybody_is_looked_up_and_nobody_is_listed(tmp_path: Path) -> None:
    made = branch(tmp_path, RAM, PEOPLE)
    made.plan()
    filters = {each.request.query["filter"] for each in made.vendor.log if each.request.lists}
    names = ("ann.lee", "bob.ray", "cy.day", "di.fox")
    assert filters == {f'{path} eq "{name}"' for path in ("externalId", "userName") for name in names}
    made.apply()
    made.vendor.clear_log()
    made.plan()
    assert {each.request.path for each in made.vendor.log if each.request.kind == "User"} == {
        f"/Users/{each['id']}" for each in made.users().values()
    }


def test_groups_are_counted_once_as_dropped(ram: Branch) -> None:
    [dropped] = ram.plan().plan.dropped
    assert (dropped.what, dropped.reason, dropped.count) == ("groups", DropReason.NO_GROUPS, 2)
    assert not [each for each in ram.vendor.log if "Groups" in each.request.path]


def test_a_rename_is_one_put_of_the_whole_user(ram: Branch) -> None:
    before = ram.users()["bob.ray"]
    ram.replace("{displayName: Bob Ray", "{userName: bobby, displayName: Bob Ray")
    done(ram, "user:bob.ray update")
    assert ram.users()["bobby"]["id"] == before["id"]
    [(method, body)] = written(ram)
    assert method == "PUT"
    assert {**body, "meta": None} == {**before, "userName": "bobby", "meta": None}


def test_a_display_name_changes(ram: Branch) -> None:
    ram.replace("Bob Ray", "Robert Ray")
    done(ram, "user:bob.ray update")
    assert ram.users()["bob.ray"]["displayName"] == "robert ray"


def test_a_name_that_is_freed_is_taken_in_the_same_run(ram: Branch) -> None:
    ram.replace("{displayName: Ann Lee", "{userName: ann.old, displayName: Ann Lee")
    ram.replace("{displayName: Bob Ray", "{userName: ann.lee, displayName: Bob Ray")
    done(ram, "user:ann.lee update", "user:bob.ray update")


def test_a_rename_to_a_name_that_somebody_has_is_held_before_it_is_refused(ram: Branch) -> None:
    other = console_user(ram, "dave")
    ram.replace("{displayName: Bob Ray", "{userName: dave, displayName: Bob Ray")
    stays(ram, ("held", "bob.ray", "update", "disputed", f"its userName is held by object {other}"))
    assert ram.refused == []


# Nobody can be disabled


@pytest.mark.parametrize("end", ["state: disabled, ", "until: 2026-11-01, "])
def test_a_user_who_should_be_disabled_is_held(ram: Branch, end: str) -> None:
    ram.replace("  cy.day: {", f"  cy.day: {{{end}")
    stays(ram, ("held", "cy.day", *CANNOT))
    assert ram.refused == []


def test_a_removed_user_is_held(ram: Branch) -> None:
    ram.replace("  di.fox: {displayName: Di Fox}\n", "")
    stays(ram, ("held", "di.fox", *CANNOT))


def test_a_user_who_left_the_scope_is_held(ram: Branch) -> None:
    ram.people += "scopes:\n  most: {users: {exclude: [di.fox]}}\n"
    ram.target = ("scope: most",)
    stays(ram, ("held", "di.fox", *CANNOT))


def test_who_should_be_disabled_is_blocked_where_the_target_keeps_them(ram: Branch) -> None:
    ram.target = ("lifecycle: {cannotDisable: keep}",)
    ram.replace("  cy.day: {", "  cy.day: {state: disabled, ")
    ram.replace("  di.fox: {displayName: Di Fox}\n", "")
    stays(ram, *(("withheld", each, "disable", "blocked", CANNOT_DISABLE) for each in ("cy.day", "di.fox")))
    ram.converged(withheld=(("cy.day", "blocked"), ("di.fox", "blocked")))


def test_a_removed_user_is_deleted_after_the_term_where_the_target_says_so(ram: Branch) -> None:
    ram.target = (DELETED_IN_TIME,)
    ram.replace("  di.fox: {displayName: Di Fox}\n", "")
    detail = "the platform cannot disable anybody; it is deleted on 2026-12-21"
    for _ in range(2):
        stays(ram, ("withheld", "di.fox", "disable", "blocked", detail))
        ram.clock.time += timedelta(days=14)
    ram.clock.time += timedelta(days=1)
    assert ram.plan().plan.operations == ()
    ram.clock.time += timedelta(days=1)
    done(ram, "user:di.fox delete")
    assert set(ram.users()) == {"ann.lee", "bob.ray", "cy.day"}


def test_a_removed_user_who_comes_back_in_time_stays(ram: Branch) -> None:
    ram.target = (DELETED_IN_TIME,)
    ram.replace("  di.fox: {displayName: Di Fox}\n", "")
    ram.apply()
    ram.replace("groups:", "  di.fox: {displayName: Di Fox}\ngroups:")
    ram.apply()
    ram.clock.time += timedelta(days=60)
    assert ram.converged().waiting == ()
    assert "di.fox" in ram.users()


def test_a_disabled_user_is_never_deleted_for_that(ram: Branch) -> None:
    ram.target = (DELETED_IN_TIME,)
    ram.replace("  cy.day: {", "  cy.day: {state: disabled, ")
    ram.apply()
    ram.clock.time += timedelta(days=90)
    stays(ram, ("held", "cy.day", *CANNOT))


def test_whoever_is_disabled_from_the_start_is_not_created(tmp_path: Path) -> None:
    made = branch(tmp_path, RAM, PEOPLE.replace("  cy.day: {", "  cy.day: {state: disabled, "))
    made.apply()
    made.converged(withheld=(("cy.day", "blocked"),))
    assert set(made.users()) == {"ann.lee", "bob.ray", "di.fox"}


# Deleting


def test_who_is_absent_is_deleted(ram: Branch) -> None:
    ram.replace("  di.fox: {displayName: Di Fox}", "  di.fox: {state: absent}")
    done(ram, "user:di.fox delete")
    assert [method for method, _ in written(ram)] == ["DELETE"]


def test_the_name_of_who_is_absent_can_be_taken_by_another_for_good(ram: Branch) -> None:
    ram.replace("  di.fox: {displayName: Di Fox}", "  di.fox: {state: absent}\n  diana: {userName: di.fox}")
    done(ram, "user:di.fox delete", "user:diana create")
    assert ram.users()["di.fox"]["externalId"] == "diana"


@pytest.mark.parametrize(
    ("line", "end"),
    [
        ("", ("held", "di.fox", "disable", "access_remains", REMAINS)),
        ("lifecycle: {cannotDisable: keep}", ("withheld", "di.fox", "disable", "blocked", CANNOT_DISABLE)),
    ],
)
def test_who_has_access_keys_is_blocked_after_one_refusal_and_deleted_a_month_after(
    ram: Branch, line: str, end: tuple[str, str | None, str, str, str]
) -> None:
    ram.target = (line,) if line else ()
    user = ram.users()["di.fox"]["id"]
    ram.console("PUT", f"/Users/{user}/accessKeys")
    ram.replace("  di.fox: {displayName: Di Fox}", "  di.fox: {state: absent}")
    [outcome] = outcomes(ram.apply()).values()
    assert (str(outcome.result), outcome.status) == ("failed", 409)
    assert KEPT_BY_KEYS in outcome.detail
    assert [told.split(" {")[0] for told in ram.refused] == [f"DELETE /Users/{user} 409"]
    words = f"the platform refused it: {KEPT_BY_KEYS} (tried again from 2026-12-21; `apply --retry` at once)"
    blocked = ("withheld", "di.fox", "delete", "blocked", words)
    expected = [blocked, end]
    stays(ram, *expected)
    ram.console("DELETE", f"/Users/{user}/accessKeys")
    ram.clock.time += timedelta(days=29)
    stays(ram, *expected)
    ram.clock.time += timedelta(days=1)
    ram.vendor.clear_log()
    done(ram, "user:di.fox delete")


def test_who_has_access_keys_still_after_a_month_is_asked_for_once_more(ram: Branch) -> None:
    user = ram.users()["di.fox"]["id"]
    ram.console("PUT", f"/Users/{user}/accessKeys")
    ram.replace("  di.fox: {displayName: Di Fox}", "  di.fox: {state: absent}")
    for _ in range(2):
        ram.vendor.clear_log()
        ram.apply()
        assert [method for method, _ in written(ram)] == ["DELETE"]
        ram.vendor.clear_log()
        ram.apply()
        assert written(ram) == []
        ram.clock.time += timedelta(days=30)
    assert signs(ram.plan().plan.operations) == ["user:di.fox delete"]


# What somebody does in the console


def test_what_somebody_changes_in_the_console_is_put_right(ram: Branch) -> None:
    ram.edit("ann.lee", displayName="somebody else", userName="ann.new")
    done(ram, "user:ann.lee update")
    assert ram.users()["ann.lee"]["displayName"] == "ann lee"


def test_whoever_was_deleted_in_the_console_is_created_again(ram: Branch) -> None:
    ram.console("DELETE", f"/Users/{ram.users()['ann.lee']['id']}")
    assert [str(each.situation) for each in ram.plan().plan.operations] == ["lost"]
    done(ram, "user:ann.lee create")


def test_whoever_was_deleted_in_the_console_and_taken_out_of_the_manifests_is_forgotten(ram: Branch) -> None:
    ram.console("DELETE", f"/Users/{ram.users()['di.fox']['id']}")
    ram.replace("  di.fox: {displayName: Di Fox}\n", "")
    assert set(results(ram.apply())) == set()
    ram.converged()
    assert "user:di.fox" not in ram.known
