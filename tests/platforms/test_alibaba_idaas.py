"""Alibaba Cloud IDaaS, whole runs: every change of the manifests, nothing refused, and nothing pending afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from branches import Branch, branch
from house import House
from planning_kit import signs
from workplace import results

from reconciler.core.vocabulary import DropReason
from reconciler.sandbox import SandboxStore, create_platform, running_sandbox
from reconciler.sandbox.platform import PlatformApplication

PEOPLE = """
users:
  ann.lee: {displayName: Ann Lee, emails: ann.lee@example.com}
  bob.ray: {displayName: Bob Ray, emails: bob.ray@example.com, phoneNumbers: "+86 138 0013 8000"}
  cy.day: {displayName: Cy Day, emails: cy.day@example.com}
groups:
  eng: {displayName: Engineering, members: [ann.lee, bob.ray]}
"""
CHANGED = """
users:
  ann.lee: {userName: ann.li, displayName: Ann Li, emails: ann.li@example.com, phoneNumbers: "+49 30 1234567"}
  bob.ray: {state: disabled, displayName: Bob Ray, emails: bob.ray@example.com, phoneNumbers: "+86 138 0013 8000"}
  dan.fox: {displayName: Dan Fox, emails: dan.fox@example.com}
groups:
  eng: {displayName: Engineering 2, members: [ann.lee, dan.fox]}
  ops: {displayName: Operations, members: [dan.fox, {group: eng}]}
"""


@pytest.fixture
def idaas(tmp_path: Path) -> Branch:
    return branch(tmp_path, "alibaba-idaas", PEOPLE)


def apply_all(idaas: Branch) -> None:
    """Applies the manifests as they are now: everything is done, nothing is refused, nothing is left."""
    applied = idaas.apply()
    assert {*results(applied).values()} <= {"done"}, applied.report.outcomes
    assert applied.report.not_kept == ()
    idaas.converged()


def test_plan_apply_and_an_empty_second_plan(idaas: Branch) -> None:
    planned = idaas.plan()
    assert signs(planned.plan.operations) == [
        "user:ann.lee create",
        "user:bob.ray create",
        "user:cy.day create",
        "group:eng create",
    ]
    assert planned.plan.dropped == ()
    apply_all(idaas)
    assert set(idaas.users()) == {"ann.lee", "bob.ray", "cy.day"}
    assert idaas.members("Engineering") == {"ann.lee", "bob.ray"}


def test_everything_at_once_is_one_run(idaas: Branch) -> None:
    apply_all(idaas)
    idaas.people = CHANGED
    before = {name: each["id"] for name, each in idaas.users().items()}
    assert sorted(signs(idaas.plan().plan.operations)) == [
        "group:eng add_members",
        "group:eng remove_members",
        "group:eng update",
        "group:ops create",
        "user:ann.lee update",
        "user:bob.ray disable",
        "user:cy.day disable",
        "user:dan.fox create",
    ]
    apply_all(idaas)
    users = idaas.users()
    assert {name: each["active"] for name, each in users.items()} == {
        "ann.li": True,
        "bob.ray": False,
        "cy.day": False,
        "dan.fox": True,
    }
    assert users["ann.li"]["id"] == before["ann.lee"]
    assert idaas.members("Engineering 2") == idaas.members("Operations") == {"ann.li", "dan.fox"}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("displayName: Ann Lee", "userName: ann.li, displayName: Ann Lee", ["user:ann.lee update"]),
        ("{displayName: Ann Lee", "{state: disabled, displayName: Ann Lee", ["user:ann.lee disable"]),
        ("  cy.day: {displayName: Cy Day, emails: cy.day@example.com}\n", "", ["user:cy.day disable"]),
        ("[ann.lee, bob.ray]", "[ann.lee, cy.day]", ["group:eng add_members", "group:eng remove_members"]),
        ("[ann.lee, bob.ray]", "[]", ["group:eng remove_members"]),
        ("  eng:", "  new: {displayName: New, members: [cy.day]}\n  eng:", ["group:new create"]),
        ("displayName: Engineering", "displayName: Ingénierie 工程", ["group:eng update"]),
        ("displayName: Engineering", "externalId: E-1, displayName: Engineering", ["group:eng update"]),
        ("displayName: Ann Lee", "externalId: '0042', displayName: Ann Lee", ["user:ann.lee update"]),
        ("emails: ann.lee@example.com", "emails: {work: ann@example.com}", ["user:ann.lee update"]),
        ("  cy.day:", "  cy.dee: {displayName: Dee}\n  cy.day:", ["user:cy.dee create"]),
        ("  eng: {", "  eng: {state: absent, ", ["group:eng delete"]),
    ],
)
def test_one_change_is_one_operation(idaas: Branch, old: str, new: str, expected: list[str]) -> None:
    apply_all(idaas)
    idaas.replace(old, new)
    assert sorted(signs(idaas.plan().plan.operations)) == expected
    apply_all(idaas)


def test_a_key_that_changes_with_its_earlier_one_named_is_a_rename(idaas: Branch) -> None:
    apply_all(idaas)
    before = idaas.users()["ann.lee"]["id"]
    idaas.replace("  ann.lee: {", "  ann.li: {previously: [ann.lee], ")
    idaas.replace("[ann.lee, bob.ray]", "[ann.li, bob.ray]")
    assert signs(idaas.plan().plan.operations) == ["user:ann.li update"]
    apply_all(idaas)
    assert (idaas.users()["ann.li"]["id"], idaas.users()["ann.li"]["externalId"]) == (before, "ann.li")


def test_two_names_that_are_swapped_are_no_accident(idaas: Branch) -> None:
    """Nobody's account may become somebody else's because a POST or a PATCH meets a name that is taken."""
    apply_all(idaas)
    ids = {each["externalId"]: each["id"] for each in idaas.users().values()}
    idaas.replace("{displayName: Ann Lee", "{userName: bob.ray, displayName: Ann Lee")
    idaas.replace("{displayName: Bob Ray", "{userName: ann.lee, displayName: Bob Ray")
    plan = idaas.plan().plan
    assert plan.operations == ()
    assert {(each.key, str(each.reason)) for each in plan.held} == {
        ("ann.lee", "name_cycle"),
        ("bob.ray", "name_cycle"),
    }
    idaas.apply()
    assert {each["externalId"]: each["id"] for each in idaas.users().values()} == ids
    assert idaas.refused == []


def test_a_name_that_is_freed_can_be_taken_in_the_same_run(idaas: Branch) -> None:
    apply_all(idaas)
    ann = idaas.users()["ann.lee"]["id"]
    idaas.replace("{displayName: Ann Lee", "{userName: ann.old, displayName: Ann Lee")
    idaas.replace("  cy.day:", "  ann.two: {userName: ann.lee, displayName: Ann Two}\n  cy.day:")
    apply_all(idaas)
    users = idaas.users()
    assert users["ann.old"]["id"] == ann != users["ann.lee"]["id"]


def test_250_users_and_a_group_of_300_members(tmp_path: Path) -> None:
    """Listings come in pages of a hundred, members in requests of a hundred at most."""
    names = [f"user.{number:03}" for number in range(300)]
    users = "".join(f"  {each}: {{displayName: 用户 {each}}}\n" for each in names)
    text = f"users:\n{users}groups:\n  all: {{displayName: Everybody, members: [%s]}}\n"
    idaas = branch(tmp_path, "alibaba-idaas", text % ", ".join(names))
    apply_all(idaas)
    assert idaas.members("Everybody") == {*names}
    sizes = [_members_in(each.request.body) for each in idaas.vendor.log if each.request.method != "GET"]
    assert max(sizes) == 100
    assert sum(sizes) == 300
    idaas.vendor.clear_log()
    idaas.people = text % ", ".join(names[:150])
    apply_all(idaas)
    assert idaas.members("Everybody") == {*names[:150]}
    assert max(len(each.request.operations) for each in idaas.vendor.log) == 100
    assert max(len(each.reply.rows) for each in idaas.vendor.log if each.request.lists) == 100


def _members_in(body: dict) -> int:
    added = [each.get("value") for each in body.get("Operations", [])]
    return len(body.get("members", [])) + sum(len(each) for each in added if isinstance(each, list))


@pytest.mark.parametrize("name", ["zoë", "ünï.cödé", "阮氏", "o'neil", "a+b", "x" * 200])
def test_names_in_any_script_make_the_round_trip(tmp_path: Path, name: str) -> None:
    people = f'users:\n  k1: {{userName: "{name}", displayName: "{name} 🙂", emails: k1@例え.example}}\n'
    idaas = branch(
        tmp_path, "alibaba-idaas", people + 'groups:\n  g: {displayName: "研发/部 \\"A\\"", members: [k1]}\n'
    )
    apply_all(idaas)
    assert idaas.users()[name]["displayName"] == f"{name} 🙂"
    assert idaas.members('研发/部 "A"') == {name}


def test_what_idaas_has_no_field_for_is_said_once_with_a_count(tmp_path: Path) -> None:
    people = (
        "users:\n  a: {emails: [{value: a@x.example, type: home}]}\n  b: {emails: [{value: b@x.example, type: home}]}\n"
    )
    plan = branch(tmp_path, "alibaba-idaas", people).plan().plan
    [dropped] = plan.dropped
    assert (dropped.what, dropped.reason, dropped.count) == ('emails[type eq "home"]', DropReason.TYPE_NOT_TAKEN, 2)


# Once over real HTTP, by the real commands


TARGET = """
    targets:
      idaas:
        platform: alibaba-idaas
        url: ${IDAAS_URL}
        auth: {bearer: ["${IDAAS_TOKEN}", "${IDAAS_TOKEN_NEXT}"]}
        options: {customNamespace: "urn:ietf:params:scim:schemas:extension:customfield:2.0:User"}
"""


@pytest.fixture
def vendor() -> Iterator[PlatformApplication]:
    with SandboxStore() as store:
        yield create_platform(store, "alibaba-idaas", "first-token")


@pytest.fixture
def house(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, vendor: PlatformApplication
) -> Iterator[House]:
    with running_sandbox(vendor) as url:
        monkeypatch.setenv("IDAAS_URL", url)
        monkeypatch.setenv("IDAAS_TOKEN", "first-token")
        made = House(tmp_path, capsys)
        made.write("targets.yaml", TARGET)
        made.write(
            "people.yaml",
            PEOPLE.replace("displayName: Ann Lee", "displayName: Ann Lee, custom: {user_address: Bahnhofstr. 1}"),
        )
        yield made


def test_over_real_http(house: House, vendor: PlatformApplication, monkeypatch: pytest.MonkeyPatch) -> None:
    assert house.run("validate").code == 0
    checked = house.run("check")
    assert checked.code == 0, checked.out + checked.err
    assert "differs" not in checked.out
    assert "left out" not in checked.out
    file = str(house.root / "plan.json")
    assert house.run("plan", "--exit-code").code == 2
    assert house.run("plan", "--out", file).code == 0
    applied = house.run("apply", file, "--yes")
    assert applied.code == 0, applied.out + applied.err
    house.settled()
    explained = house.run("explain", "user:ann.lee")
    assert explained.code == 0
    assert "Bahnhofstr. 1" in explained.out
    assert house.run("drift").code == 0
    house.replace("people.yaml", "displayName: Ann Lee", "displayName: Ann Li")
    monkeypatch.setenv("IDAAS_TOKEN_NEXT", "second-token")
    vendor.desk.tokens = {"second-token"}
    assert house.run("drift").code == 2
    assert house.run("apply", "--yes").code == 0
    house.settled()
    assert {each.status for each in vendor.refused} <= {401}
