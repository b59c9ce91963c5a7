""" "Configure the user sync policy", "Synchronize groups" and the questions of the vendor's page on Okta, for IDaaS."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from branches import Branch, branch
from planning_kit import rows_of, signs
from workplace import results

if TYPE_CHECKING:
    from pathlib import Path

PEOPLE = """
users:
  ann: {displayName: Ann}
  bob: {displayName: Bob}
groups:
  eng: {displayName: Engineering, members: [ann, bob]}
"""
CHANGED = """
users:
  ann: {displayName: Anna}
  bob: {displayName: Bob, state: disabled}
  cy: {displayName: Cy}
groups:
  eng: {displayName: Engineering, members: [ann, bob]}
"""
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"


def idaas_of(folder: Path, *lines: str, people: str = PEOPLE) -> Branch:
    return branch(folder, "alibaba-idaas", people, *lines)


def managing(folder: Path, users: str) -> Branch:
    """The users of before, applied in full; from now on with the operations named."""
    idaas = idaas_of(folder)
    idaas.apply()
    idaas.people, idaas.target = CHANGED, (f"manage: {{users: [{users}]}}",)
    return idaas


@pytest.mark.parametrize(
    ("users", "expected"),
    [
        ("create, update, enable, disable, delete", {"user:bob disable", "user:ann update", "user:cy create"}),
        ("create", {"user:cy create"}),
        ("update", {"user:ann update"}),
        ("disable", {"user:bob disable"}),
        ("update, disable", {"user:bob disable", "user:ann update"}),
        ("", set()),
    ],
)
def test_create_update_and_deactivate_are_switched_separately(tmp_path: Path, users: str, expected: set[str]) -> None:
    idaas = managing(tmp_path, users)
    planned = idaas.plan()
    mine = {each for each in signs(planned.plan.operations) if each.startswith("user:")}
    assert mine == expected
    withheld = {(each.key, str(each.reason)) for each in planned.plan.withheld if str(each.kind) == "user"}
    assert withheld <= {("bob", "blocked"), *((key, "unmanaged_operation") for key in ("ann", "bob", "cy"))}
    assert set(results(idaas.apply(planned)).values()) <= {"done"}
    assert idaas.refused == []
    again = idaas.plan().plan
    assert [each for each in again.operations if str(each.kind) == "user"] == []


def test_without_deactivate_an_end_of_access_is_never_silence(tmp_path: Path) -> None:
    plan = managing(tmp_path, "create, update").plan().plan
    assert "group:eng remove_members" in signs(plan.operations)
    assert plan.held == ()


def test_groups_are_pushed_by_name_and_linked_to_an_existing_group_of_the_same_name(tmp_path: Path) -> None:
    idaas = idaas_of(tmp_path)
    there = idaas.console("POST", "/Groups", {"schemas": [GROUP], "displayName": "Engineering"})
    planned = idaas.plan()
    assert "group:eng adopt" in signs(planned.plan.operations)
    assert "group:eng create" not in signs(planned.plan.operations)
    idaas.apply(planned)
    idaas.converged()
    [group] = idaas.groups().values()
    assert (group["id"], group["externalId"]) == (there["id"], "eng")
    assert idaas.members("Engineering") == {"ann", "bob"}


def test_groups_two_of_the_same_name_are_a_matter_for_a_person(tmp_path: Path) -> None:
    idaas = idaas_of(tmp_path)
    for _ in range(2):
        idaas.console("POST", "/Groups", {"schemas": [GROUP], "displayName": "Engineering"})
    plan = idaas.plan().plan
    assert ("eng", None, "disputed") in rows_of(plan.held) or [each.key for each in plan.held] == ["eng"]
    assert not [each for each in plan.operations if str(each.kind) == "group"]


def test_users_alone_are_pushed_where_the_scope_has_no_groups(tmp_path: Path) -> None:
    idaas = idaas_of(tmp_path, "manage: {groups: []}")
    idaas.apply()
    assert idaas.groups() == {}
    assert set(idaas.users()) == {"ann", "bob"}
    assert idaas.refused == []


def test_deleting_a_user_or_a_group_goes_by_the_configuration(tmp_path: Path) -> None:
    """ "the change syncs to IDaaS according to your configuration"."""
    idaas = idaas_of(tmp_path, "lifecycle: {onRemove: delete, groups: {onRemove: delete}}")
    idaas.apply()
    idaas.people = "users:\n  ann: {displayName: Ann}\n"
    planned = idaas.plan()
    assert set(signs(planned.plan.operations)) >= {"user:bob delete", "group:eng delete"}
    idaas.apply(planned)
    idaas.converged()
    assert (set(idaas.users()), idaas.groups()) == ({"ann"}, {})


def test_removing_the_app_authorization_stops_the_sync_and_the_record_is_not_deleted(tmp_path: Path) -> None:
    """ "sync stops for that user. The user record in IDaaS is not deleted": `onLeave: keep`."""
    scopes = "scopes: {s: {users: {exclude: [bob]}}}\n"
    idaas = idaas_of(tmp_path, "lifecycle: {onLeave: keep}")
    idaas.apply()
    idaas.people, idaas.target = PEOPLE + scopes, ("scope: s", "lifecycle: {onLeave: keep}")
    idaas.apply()
    assert idaas.users()["bob"]["active"] is True
    idaas.edit("bob", displayName="nobody minds")
    assert idaas.plan().plan.operations == ()


def test_a_removed_group_stays_and_is_named_with_its_people(tmp_path: Path) -> None:
    idaas = idaas_of(tmp_path)
    idaas.apply()
    idaas.people = PEOPLE.split("groups:", maxsplit=1)[0]
    planned = idaas.plan()
    assert planned.plan.operations == ()
    assert idaas.members("Engineering") == {"ann", "bob"}
