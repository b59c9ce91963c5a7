""" "Supported SCIM fields" of the vendor's page on account synchronization: its rules and the rows of its tables."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest
from branches import Branch, branch
from catalog_trees import complaints
from planning_kit import signs
from servers.faulty import Forward, On, Reply, Request
from workplace import operation, outcomes, results

from reconciler.core.vocabulary import DropReason
from reconciler.scim.urns import ENTERPRISE_USER, USER

if TYPE_CHECKING:
    from pathlib import Path

ORGANIZATION = f"{ENTERPRISE_USER}:organization.organizationId"


def idaas_of(folder: Path, people: str, *lines: str, **options: Any) -> Branch:
    return branch(folder, "alibaba-idaas", people, *lines, **options)


def applied(folder: Path, people: str, *lines: str) -> Branch:
    """Everything done, nothing refused, nothing left."""
    idaas = idaas_of(folder, people, *lines)
    assert set(results(idaas.apply()).values()) == {"done"}
    idaas.converged()
    return idaas


def again(idaas: Branch) -> Branch:
    """The same after another change."""
    assert set(results(idaas.apply()).values()) <= {"done"}
    idaas.converged()
    return idaas


def shown(folder: Path, attributes: str, *lines: str, more: str = "") -> dict[str, Any]:
    """What IDaaS shows of a user with these attributes."""
    return applied(folder, f"users:\n  ann: {{{attributes}}}\n{more}", *lines).users()["ann"]


def said(attributes: str, more: str = "", options: str = "") -> list[str]:
    """What `validate` says of a user with these attributes, one a line from the third line on."""
    target = f"targets: {{there: {{platform: alibaba-idaas, url: 'https://scim.example'{options}}}}}\n"
    found = complaints(f"{target}users:\n  ann: {{\n{attributes}}}\n{more}")
    return [each.removeprefix("manifests/a.yaml:") for each in found]


# Field mapping rules: multi-value fields


@pytest.mark.parametrize("field", ["emails", "phoneNumbers"])
def test_multi_value_fields_only_entries_of_type_work_are_accepted(tmp_path: Path, field: str) -> None:
    work, home = ("a@x.example", "b@x.example") if field == "emails" else ("+8613800138000", "+8613800138001")
    people = f"users:\n  ann: {{{field}: {{work: '{work}', home: '{home}'}}}}\n"
    idaas = applied(tmp_path, people)
    assert idaas.users()["ann"][field] == [{"value": work, "type": "work"}]
    [dropped] = idaas.plan().plan.dropped
    assert (dropped.what, dropped.reason) == (f'{field}[type eq "home"]', DropReason.TYPE_NOT_TAKEN)


def test_multi_value_fields_an_entry_of_another_type_is_a_warning_with_its_line() -> None:
    [found] = said("    displayName: Ann,\n    emails: {home: ann@x.example}\n")
    where, _, problem = found.partition(" warning: ")
    assert where == '5:14: users.ann.emails[type eq "home"]:'
    assert problem == (
        "'ann@x.example' is not sent, since target there takes emails of type work alone "
        "(give it the type work, or leave it out with `on:`)"
    )


def test_multi_value_fields_only_one_value_is_stored(tmp_path: Path) -> None:
    emails = "emails: [{value: a@x.example, type: work}, {value: b@x.example, type: work, primary: true}]"
    assert shown(tmp_path, emails)["emails"] == [{"value": "b@x.example", "type": "work"}]
    [found] = said(f"    {emails}\n")
    assert "'a@x.example' is not sent, since target there takes one value of emails: 'b@x.example'" in found


def test_multi_value_fields_a_value_without_a_type_is_sent_as_work(tmp_path: Path) -> None:
    user = shown(tmp_path, "emails: a@x.example, phoneNumbers: '+49 30 1234567'")
    assert [user["emails"][0]["type"], user["phoneNumbers"][0]["type"]] == ["work", "work"]


def test_multi_value_fields_an_entry_that_becomes_work_is_sent_and_one_that_becomes_home_is_left(
    tmp_path: Path,
) -> None:
    idaas = applied(tmp_path, "users:\n  ann: {emails: [{value: a@x.example, type: home}]}\n")
    assert "emails" not in idaas.users()["ann"]
    idaas.replace("type: home", "type: work")
    assert again(idaas).users()["ann"]["emails"] == [{"value": "a@x.example", "type": "work"}]
    idaas.replace("type: work", "type: home")
    assert idaas.plan().plan.dropped != ()
    assert again(idaas).users()["ann"]["emails"] == [{"value": "a@x.example", "type": "work"}]


# Field mapping rules: idempotence


def console_user(idaas: Branch, name: str, **attributes: Any) -> str:
    body = {"schemas": [USER], "userName": name, **attributes}
    return str(idaas.console("POST", "/Users", body)["id"])


def test_idempotence_an_account_of_the_console_is_adopted_in_plain_sight(tmp_path: Path) -> None:
    idaas = idaas_of(tmp_path, "users:\n  ann: {displayName: Ann}\n")
    id = console_user(idaas, "ann", displayName="Ann of the console", active=True)
    planned = idaas.plan()
    assert signs(planned.plan.operations) == ["user:ann adopt", "user:ann update"]
    assert operation(planned, "user:ann:adopt").precondition.id == id
    again(idaas)
    assert [each.request.method for each in idaas.vendor.log if each.request.method != "GET"] == ["PATCH"]
    assert set(idaas.users()) == {"ann"}
    assert idaas.known["user:ann"].id == id


def test_idempotence_an_account_with_somebody_elses_external_id_is_not_adopted(tmp_path: Path) -> None:
    idaas = idaas_of(tmp_path, "users:\n  ann: {displayName: Ann}\n")
    console_user(idaas, "ann", displayName="Other", externalId="hr-7")
    [row] = idaas.plan().plan.withheld
    assert (row.key, str(row.reason)) == ("ann", "not_adopted")
    idaas.apply()
    assert idaas.users()["ann"]["displayName"] == "Other"
    assert idaas.known == {}


def test_idempotence_an_account_that_is_there_by_apply_time_is_not_taken_over(tmp_path: Path) -> None:
    """It was not there when the plan was made: a POST would update it without a word."""
    idaas = idaas_of(tmp_path, "users:\n  ann: {displayName: Ann}\n")
    planned = idaas.plan()
    id = console_user(idaas, "ann", displayName="Other")
    done = idaas.apply(planned)
    assert "it is there already" in outcomes(done)["user:ann:create"].detail
    assert results(done) == {"user:ann:create": "failed"}
    assert not [each for each in idaas.vendor.log if each.request.method == "POST"]
    assert idaas.users()["ann"]["displayName"] == "Other"
    assert signs(idaas.plan().plan.operations) == ["user:ann adopt", "user:ann update"]
    assert again(idaas).users()["ann"]["id"] == id


def test_idempotence_an_account_of_the_same_external_id_by_another_name_is_not_taken_over(tmp_path: Path) -> None:
    idaas = idaas_of(tmp_path, "users:\n  ann: {displayName: Ann}\n")
    planned = idaas.plan()
    console_user(idaas, "ann.console", externalId="ann")
    assert results(idaas.apply(planned)) == {"user:ann:create": "failed"}
    assert set(idaas.users()) == {"ann.console"}


@dataclass(frozen=True)
class Veil:
    """Hides a user from whoever lists; `whole`: from whoever looks for the user, too, as from a stranger to its
    organization.
    """

    name: str
    whole: bool = False

    async def __call__(self, request: Request, forward: Forward) -> Reply:
        reply = await forward(request)
        shown = [each for each in reply.rows if each.get("userName") != self.name]
        if not request.query or "totalResults" not in reply.body or ("filter" in request.query and not self.whole):
            return reply
        return replace(reply, body={**reply.body, "Resources": shown, "totalResults": len(shown)})


def test_idempotence_an_account_that_no_listing_shows_is_looked_up_and_adopted_in_plain_sight(tmp_path: Path) -> None:
    idaas = idaas_of(tmp_path, "users:\n  ann: {displayName: Ann}\n  bob: {}\n")
    id = console_user(idaas, "ann", displayName="Other")
    idaas.server.inject(On("GET", "/Users"), Veil("ann"))
    assert signs(idaas.plan().plan.operations) == ["user:ann adopt", "user:ann update", "user:bob create"]
    assert again(idaas).users()["ann"]["displayName"] == "Ann"
    assert idaas.known["user:ann"].id == id


async def aged(request: Request, forward: Forward) -> Reply:
    """An object of 2020, and an update of it that leaves the day of its last change alone."""
    reply = await forward(request)
    years = {"created": "2020-01-01T00:00:00Z", "lastModified": "2020-01-01T00:00:00Z"}
    reply = reply.with_rows(lambda row: {**row, "meta": {**row["meta"], **years}} if row["userName"] == "ann" else row)
    return replace(reply, headers={**reply.headers, "Date": "Sat, 21 Nov 2026 12:00:00 GMT"})


def test_idempotence_a_creation_that_is_answered_with_an_older_object_is_reported_and_not_owned(tmp_path: Path) -> None:
    idaas = idaas_of(tmp_path, "users: {ann: {displayName: Ann}}\ngroups: {g: {members: [ann]}}\n")
    id = console_user(idaas, "ann", displayName="Other")
    idaas.server.inject(On("GET", "/Users"), Veil("ann", whole=True)).inject(On("POST", "/Users"), aged)
    done = idaas.apply()
    assert (
        outcomes(done)["user:ann:create"].detail == f"taken over: the POST changed object {id}, which was there before"
    )
    assert "user:ann" not in idaas.known
    sent = len(idaas.vendor.log)
    planned = idaas.plan()
    [held] = planned.plan.held
    assert (held.key, str(held.reason), id in held.detail) == ("ann", "taken_over", True)
    assert planned.plan.operations == ()
    idaas.apply(planned)
    assert not [each for each in list(idaas.vendor.log)[sent:] if each.request.method != "GET"]
    idaas.server.heal()
    assert signs(idaas.plan().plan.operations) == ["user:ann adopt", "group:g add_members"]


def test_idempotence_a_creation_that_took_over_can_be_sent_again_by_another_name(tmp_path: Path) -> None:
    idaas = idaas_of(tmp_path, "users: {ann: {displayName: Ann}}\n")
    console_user(idaas, "ann", displayName="Other")
    idaas.server.inject(On("GET", "/Users"), Veil("ann", whole=True)).inject(On("POST", "/Users"), aged)
    idaas.apply()
    idaas.replace("displayName: Ann", "userName: ann.two, externalId: ann.two, displayName: Ann")
    assert set(again(idaas).users()) == {"ann", "ann.two"}


# Field mapping rules: deactivating users; the whole table of events is in test_idaas_lifecycle.py


@pytest.mark.parametrize(("state", "active"), [("active", True), ("disabled", False)])
def test_deactivating_users_and_active_map_to_the_status(tmp_path: Path, state: str, *, active: bool) -> None:
    assert shown(tmp_path, f"state: {state}")["active"] is active


# User fields


def test_id_is_given_by_idaas_and_never_sent(tmp_path: Path) -> None:
    idaas = applied(tmp_path, "users:\n  ann: {displayName: Ann}\n")
    assert idaas.known["user:ann"].id == idaas.users()["ann"]["id"]
    assert not any("id" in (each.request.body or {}) for each in idaas.vendor.log)


@pytest.mark.parametrize(
    ("attributes", "name"), [("title: x", "ann"), ("userName: ann.lee@x.example", "ann.lee@x.example")]
)
def test_user_name_is_the_key_or_what_is_written(tmp_path: Path, attributes: str, name: str) -> None:
    idaas = applied(tmp_path, f"users:\n  ann: {{{attributes}}}\n")
    assert set(idaas.users()) == {name}
    idaas.replace(attributes, "userName: renamed")
    before = idaas.users()[name]["id"]
    assert {each: row["id"] for each, row in again(idaas).users().items()} == {"renamed": before}


def test_user_name_of_two_users_may_not_be_the_same() -> None:
    [found] = said("    userName: x\n", more="  bob: {userName: X}\n")
    assert "userName" in found


@pytest.mark.parametrize(
    ("field", "first", "second"), [("displayName", "Ann 安", "Änn 🙂"), ("externalId", "0042", "E-43")]
)
def test_display_name_and_external_id_are_set_and_changed(tmp_path: Path, field: str, first: str, second: str) -> None:
    idaas = applied(tmp_path, f"users:\n  ann: {{{field}: '{first}'}}\n")
    assert idaas.users()["ann"][field] == first
    idaas.replace(first, second)
    assert again(idaas).users()["ann"][field] == second


def test_display_name_that_is_emptied_is_cleared(tmp_path: Path) -> None:
    idaas = applied(tmp_path, "users:\n  ann: {displayName: Ann}\n")
    idaas.replace("displayName: Ann", "displayName: ''")
    assert "displayName" not in again(idaas).users()["ann"]


@pytest.mark.parametrize(
    ("written", "number", "region"),
    [
        ("+86 138 0013 8000", "+8613800138000", "86"),
        ("+49 (0)30 1234567", "+49301234567", "49"),
        ("+353 1 234 5678", "+35312345678", "353"),
        ("+1 202-555-0100", "+12025550100", "1"),
        ("138 0013 8000", "+8613800138000", "86"),
    ],
)
def test_phone_numbers_are_sent_with_plus_and_phone_region_is_that_of_the_number(
    tmp_path: Path, written: str, number: str, region: str
) -> None:
    user = shown(tmp_path, f"phoneNumbers: '{written}'")
    assert (user["phoneNumbers"], user["phoneRegion"]) == ([{"value": number, "type": "work"}], region)


def test_phone_region_follows_a_number_of_another_country(tmp_path: Path) -> None:
    idaas = applied(tmp_path, "users:\n  ann: {phoneNumbers: '+8613800138000'}\n")
    idaas.replace("+8613800138000", "+49 30 1234567")
    user = again(idaas).users()["ann"]
    assert (user["phoneNumbers"][0]["value"], user["phoneRegion"]) == ("+49301234567", "49")
    [patch] = [each.request for each in idaas.vendor.log if each.request.method == "PATCH"]
    assert [each["path"] for each in patch.operations] == ["phoneNumbers", "phoneRegion"]


def test_phone_region_is_sent_with_a_number_that_has_no_area_code_after_one_that_had(tmp_path: Path) -> None:
    idaas = applied(tmp_path, "users:\n  ann: {phoneNumbers: '+49 30 1234567'}\n")
    idaas.replace("'+49 30 1234567'", "138 0013 8000")
    assert again(idaas).users()["ann"]["phoneRegion"] == "86"
    [patch] = [each.request for each in idaas.vendor.log if each.request.method == "PATCH"]
    assert [each["path"] for each in patch.operations] == ["phoneNumbers", "phoneRegion"]


REGION = """
mappings:
  m:
    extends: alibaba-idaas
    users: {attributes: {phoneRegion: %s}}
"""


def test_phone_region_that_is_omitted_is_extracted_from_the_number(tmp_path: Path) -> None:
    user = shown(tmp_path, "phoneNumbers: '+49 30 1234567'", "mapping: m", more=REGION % "null")
    assert (user["phoneNumbers"][0]["value"], user["phoneRegion"]) == ("+49301234567", "49")


def test_phone_region_that_is_omitted_and_cannot_be_extracted_is_86(tmp_path: Path) -> None:
    user = shown(tmp_path, "phoneNumbers: 138 0013 8000", "mapping: m", more=REGION % "null")
    assert (user["phoneNumbers"][0]["value"], user["phoneRegion"]) == ("+8613800138000", "86")


def test_phone_region_that_is_provided_says_what_numbers_without_an_area_code_are(tmp_path: Path) -> None:
    user = shown(tmp_path, "phoneNumbers: 030 1234567", "mapping: m", more=REGION % "'49'")
    assert (user["phoneNumbers"][0]["value"], user["phoneRegion"]) == ("+49301234567", "49")


def test_phone_region_that_is_inconsistent_with_the_number_is_found_offline_with_its_line() -> None:
    [found] = said("    displayName: Ann,\n    phoneNumbers: '+49 30 1234567'\n", REGION % "'86'", ", mapping: m")
    assert found.startswith("5:5: users.ann.phoneRegion: '86' contradicts the number '+49301234567'"), found


@pytest.mark.parametrize("number", ["12", "+49 1", "+999 1234567", "call me"])
def test_phone_numbers_that_are_impossible_are_found_offline_with_their_line(number: str) -> None:
    [found] = said(f"    displayName: Ann,\n    phoneNumbers: '{number}'\n")
    assert found.startswith(f"5:5: users.ann.phoneNumbers: '{number}' is no telephone number"), found


async def in_two_parts(request: Request, forward: Forward) -> Reply:
    """As the fields of IDaaS have it: phoneNumber beside phoneRegion."""

    def split(row: dict[str, Any]) -> dict[str, Any]:
        numbers = [{**each, "value": each["value"].removeprefix(f"+{region}")} for each in row.get("phoneNumbers", [])]
        return {**row, "phoneNumbers": numbers} if numbers else row

    region = "49"
    return (await forward(request)).with_rows(split)


def test_phone_numbers_that_are_shown_without_the_code_of_phone_region_are_the_same(tmp_path: Path) -> None:
    idaas = idaas_of(tmp_path, "users:\n  ann: {phoneNumbers: '+49 30 1234567'}\n")
    idaas.server.inject(On("*", "/Users*"), in_two_parts)
    idaas.apply()
    idaas.converged()
    assert [each.request.method for each in idaas.vendor.log if each.request.method != "GET"] == ["POST"]
    idaas.replace("1234567", "1234568")
    again(idaas)
    assert idaas.users()["ann"]["phoneNumbers"][0]["value"] == "+49301234568"


def test_phone_numbers_that_are_removed_are_cleared(tmp_path: Path) -> None:
    idaas = applied(tmp_path, "users:\n  ann: {phoneNumbers: '+49 30 1234567'}\n")
    idaas.replace("'+49 30 1234567'", "[]")
    assert not again(idaas).users()["ann"].get("phoneNumbers")
    idaas.replace("[]", "'+86 138 0013 8000'")
    assert again(idaas).users()["ann"]["phoneRegion"] == "86"


def test_phone_numbers_that_are_no_longer_named_stay_and_are_said_once_to_be_released(tmp_path: Path) -> None:
    idaas = applied(tmp_path, "users:\n  ann: {displayName: Ann, phoneNumbers: '+49 30 1234567'}\n")
    idaas.replace(", phoneNumbers: '+49 30 1234567'", "")
    assert {each.path for each in idaas.plan().plan.released} == {"phoneNumbers", "phoneRegion"}
    assert again(idaas).users()["ann"]["phoneNumbers"][0]["value"] == "+49301234567"
    assert idaas.plan().plan.released == ()


def test_phone_numbers_of_a_type_that_changes_to_work(tmp_path: Path) -> None:
    idaas = applied(tmp_path, "users:\n  ann: {phoneNumbers: {mobile: '+49 30 1234567'}}\n")
    assert "phoneNumbers" not in idaas.users()["ann"]
    idaas.replace("mobile", "work")
    assert again(idaas).users()["ann"]["phoneNumbers"] == [{"value": "+49301234567", "type": "work"}]


def test_emails_are_one_address_of_type_work(tmp_path: Path) -> None:
    idaas = applied(tmp_path, "users:\n  ann: {emails: ann@x.example}\n")
    assert idaas.users()["ann"]["emails"] == [{"value": "ann@x.example", "type": "work"}]
    idaas.replace("ann@x.example", "anna@x.example")
    assert again(idaas).users()["ann"]["emails"] == [{"value": "anna@x.example", "type": "work"}]
    idaas.replace("anna@x.example", "[]")
    assert not again(idaas).users()["ann"].get("emails")


def test_emails_changed_in_the_console_are_put_back(tmp_path: Path) -> None:
    idaas = applied(tmp_path, "users:\n  ann: {emails: ann@x.example}\n")
    idaas.edit("ann", emails=[{"value": "other@x.example", "type": "work"}])
    assert again(idaas).users()["ann"]["emails"] == [{"value": "ann@x.example", "type": "work"}]


PLACED = "organization: cn-east"
TABLE = "tables: {organization: {cn-east: org_9f2c, de: org_77aa}}\n"
SCOPE = "scopes: {china: {organization: cn-east}}\n"


@pytest.mark.parametrize(
    ("attributes", "line", "more", "expected"),
    [
        (PLACED, "", "", "cn-east"),
        (PLACED, "", TABLE, "org_9f2c"),
        ("displayName: Ann", "scope: china", SCOPE, "cn-east"),
        ("displayName: Ann", "scope: china", SCOPE + TABLE, "org_9f2c"),
        ("organization: de", "scope: china", SCOPE + TABLE, "org_77aa"),
        ("displayName: Ann", "", TABLE, None),
    ],
)
def test_organization_places_the_account(
    tmp_path: Path, attributes: str, line: str, more: str, expected: str | None
) -> None:
    user = shown(tmp_path, attributes, *([line] if line else []), more=more)
    assert user.get(ENTERPRISE_USER) == ({"organization": {"organizationId": expected}} if expected else None)


def test_organization_that_changes_moves_the_account(tmp_path: Path) -> None:
    idaas = applied(tmp_path, f"users:\n  ann: {{{PLACED}}}\n{TABLE}")
    idaas.replace(PLACED, "organization: de")
    [change] = operation(idaas.plan(), "user:ann:update").changes
    assert (change.path, change.before, change.after) == (ORGANIZATION, "org_9f2c", "org_77aa")
    assert again(idaas).users()["ann"][ENTERPRISE_USER] == {"organization": {"organizationId": "org_77aa"}}


def test_organization_that_the_table_lacks_is_found_offline_with_its_line() -> None:
    [found] = said("    displayName: Ann,\n    organization: cn-west\n", TABLE)
    assert found.startswith(f"5:5: users.ann.{ORGANIZATION}: the table organization has no 'cn-west'"), found


# Group fields


GROUPS = """
users: {ann: , bob: , cy: }
groups:
  eng: {displayName: Engineering, members: [ann]}
  all: {displayName: All, members: [{group: eng}, bob, {group: deep}]}
  deep: {members: [cy, {group: eng}]}
"""


def test_group_id_display_name_and_external_id(tmp_path: Path) -> None:
    idaas = applied(tmp_path, GROUPS)
    groups = {each["externalId"]: each for each in idaas.groups().values()}
    assert {key: each["displayName"] for key, each in groups.items()} == {
        "eng": "Engineering",
        "all": "All",
        "deep": "deep",
    }
    assert idaas.known["group:eng"].id == groups["eng"]["id"]
    idaas.replace("displayName: Engineering", "displayName: 研发")
    again(idaas)
    idaas.replace("displayName: 研发", "displayName: 研发, externalId: G-1")
    again(idaas)
    assert idaas.groups()["研发"]["id"] == groups["eng"]["id"]
    assert idaas.groups()["研发"]["externalId"] == "G-1"


def test_group_members_are_of_type_user_only_so_that_nested_groups_are_flattened(tmp_path: Path) -> None:
    idaas = applied(tmp_path, GROUPS)
    assert [idaas.members(each) for each in ("Engineering", "deep", "All")] == [
        {"ann"},
        {"ann", "cy"},
        {"ann", "bob", "cy"},
    ]
    idaas.replace("members: [ann]", "members: [ann, bob]")
    idaas.replace("[cy, {group: eng}]", "[{group: eng}]")
    again(idaas)
    assert idaas.members("All") == idaas.members("deep") == {"ann", "bob"}


def test_group_members_value_is_the_id_of_a_user_who_is_created_in_the_same_run(tmp_path: Path) -> None:
    idaas = applied(tmp_path, GROUPS)
    idaas.replace("cy: }", "cy: , dan: }")
    idaas.replace("members: [ann]", "members: [dan]")
    again(idaas)
    assert idaas.members("All") == {"dan", "bob", "cy"}
    ids = {each["id"] for each in idaas.users().values()}
    assert {each["value"] for group in idaas.groups().values() for each in group["members"]} <= ids


def test_group_members_added_in_the_console_by_people_of_the_manifests_are_removed_and_others_stay(
    tmp_path: Path,
) -> None:
    idaas = applied(tmp_path, GROUPS)
    stranger, group = console_user(idaas, "stranger"), idaas.groups()["Engineering"]
    joining = [{"value": stranger}, {"value": idaas.users()["cy"]["id"]}]
    idaas.patch(f"/Groups/{group['id']}", {"op": "add", "path": "members", "value": joining})
    assert again(idaas).members("Engineering") == {"ann", "stranger"}
