"""What each platform is sent with nothing but `platform` and `url`: exactly this."""

from __future__ import annotations

from typing import Any

import pytest
from catalog_trees import complaints, good_catalog, good_target

from reconciler.core.comparing.attributes import AttributeView
from reconciler.core.mapping.fitting import Drops, Fitter
from reconciler.core.mapping.platform_values import PlatformFitter
from reconciler.core.mapping.sourcing import source_of
from reconciler.core.resources import Kind, Ref
from reconciler.diagnostics import Faults
from reconciler.platforms.registry import platform_names

EXTENSION = "urn:ietf:params:scim:schemas:extension"
ENTERPRISE = f"{EXTENSION}:enterprise:2.0:User"
OKTA = f"{EXTENSION}:customfield:2.0:User"
ENTRA = f"{EXTENSION}:MyExtension:2.0:User"

PEOPLE = """
users:
  ann:
    userName: Ann@Corp.example
    externalId: E1
    name: {givenName: Ann, familyName: Lee}
    displayName: Ann Lee
    nickName: An
    title: Dr
    userType: Employee
    preferredLanguage: de
    locale: de-DE
    timezone: Europe/Berlin
    profileUrl: https://ann.example
    emails: {home: ann@home.example, work: Ann@Corp.example}
    phoneNumbers: {work: "+49 30 1234567", mobile: "+86 138 0013 8000"}
    addresses: [{type: work, locality: Berlin}, {type: home, locality: Bonn}]
    roles: [admin]
    ims: [ann]
    employeeNumber: "7"
    costCenter: c
    division: d
    department: Dep
    manager: bob
    organization: cn
    custom:
      level: 3
      vip: true
      user_address: 1 Main St
  bob: {}
groups:
  Ops: {members: [ann]}
"""

ANN = {"userName": "Ann@Corp.example", "externalId": "E1", "active": True, "displayName": "Ann Lee"}
BOB = {"userName": "bob", "externalId": "bob", "active": True}
NAME = {"name.givenName": "Ann", "name.familyName": "Lee"}
WORK = {"value": "Ann@Corp.example", "type": "work"}
HOME = {"value": "ann@home.example", "type": "home"}
PHONE = {"value": "+49 30 1234567", "type": "work"}
MANAGER = Ref(Kind.USER, "bob")
PLAIN = {
    "nickName": "An",
    "title": "Dr",
    "userType": "Employee",
    "preferredLanguage": "de",
    "locale": "de-DE",
    "timezone": "Europe/Berlin",
    "profileUrl": "https://ann.example",
    f"{ENTERPRISE}:employeeNumber": "7",
    f"{ENTERPRISE}:costCenter": "c",
    f"{ENTERPRISE}:organization": "cn",
    f"{ENTERPRISE}:division": "d",
    f"{ENTERPRISE}:department": "Dep",
    f"{ENTERPRISE}:manager.value": MANAGER,
}
BERLIN = {"type": "work", "locality": "Berlin"}
LOWER = {"userName": "ann@corp.example", "externalId": "e1", "displayName": "ann lee"}
IDAAS = {
    **ANN,
    "emails": [WORK],
    "phoneNumbers": [{"value": "+49301234567", "type": "work"}],
    "phoneRegion": "49",
    f"{ENTERPRISE}:organization.organizationId": "cn",
}
NAMED_BOB = {**BOB, "displayName": "bob", "name.givenName": "bob", "name.familyName": "bob"}
COPIES = {**ANN, **NAME, **PLAIN, "phoneNumbers": [PHONE], "addresses": [BERLIN]}

SENT: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "generic": (
        {
            **ANN,
            **NAME,
            **PLAIN,
            'emails[type eq "home"]': [HOME],
            'emails[type eq "work"]': [WORK],
            'phoneNumbers[type eq "work"]': [PHONE],
            'phoneNumbers[type eq "mobile"]': [{"value": "+86 138 0013 8000", "type": "mobile"}],
            "addresses": [BERLIN, {"type": "home", "locality": "Bonn"}],
            "roles": [{"value": "admin"}],
            "ims": [{"value": "ann"}],
        },
        BOB,
    ),
    "alibaba-idaas": (IDAAS, BOB),
    "alibaba-ram": (LOWER, {"userName": "bob", "externalId": "bob"}),
    "alibaba-cloudsso": (
        {
            **LOWER,
            "active": True,
            "name.givenName": "ann",
            "name.familyName": "lee",
            "emails": [{"value": "ann@corp.example", "type": "work"}],
        },
        BOB,
    ),
    "huawei-identity-center": ({**COPIES, "emails": [{**WORK, "primary": True}]}, NAMED_BOB),
    "aws-identity-center": (
        {**COPIES, "emails": [{**WORK, "primary": True}], "roles": [{"value": "admin"}]},
        NAMED_BOB,
    ),
    "tencent-identity-center": ({**ANN, **NAME, "emails": [WORK]}, BOB),
    "volcengine-identity-center": ({**ANN, **NAME, "emails": [WORK], "phoneNumbers": [PHONE]}, BOB),
}


def sent(platform: str, people: str = PEOPLE, settings: str = "") -> dict[str, dict[str, Any]]:
    """What users and groups are sent, by key."""
    catalog = good_catalog(
        f"targets: {{there: {{platform: {platform}, url: 'https://scim.example'{settings}}}}}\n{people}"
    )
    target, faults = good_target(catalog), Faults()
    found = {}
    for each in catalog.mapped(target, faults):
        PlatformFitter.of(target, each.kind).fit(each)
        view = AttributeView(target.schemas()["User" if each.kind is Kind.USER else "Group"])
        Fitter(each.kind, view, ()).fit(each, Drops())
        found[each.key] = each.values
    assert faults.items == []
    return found


def test_every_platform_is_here() -> None:
    assert set(SENT) == set(platform_names())


@pytest.mark.parametrize("platform", SENT)
def test_a_full_user_is_sent_exactly_this(platform: str) -> None:
    assert sent(platform)["ann"] == SENT[platform][0]


@pytest.mark.parametrize("platform", SENT)
def test_a_user_of_whom_only_the_key_is_known_is_sent_exactly_this(platform: str) -> None:
    assert sent(platform)["bob"] == SENT[platform][1]


@pytest.mark.parametrize("platform", SENT)
def test_a_group_is_sent_its_name_and_its_key(platform: str) -> None:
    expected = {} if platform == "alibaba-ram" else {"displayName": "Ops", "externalId": "Ops"}
    assert sent(platform).get("Ops", {}) == expected


@pytest.mark.parametrize("platform", SENT)
def test_nothing_is_wrong_with_a_full_user(platform: str) -> None:
    text = f"targets: {{there: {{platform: {platform}, url: 'https://scim.example'}}}}\n{PEOPLE}"
    assert [each for each in complaints(text) if "users.ann" in each and "warning" not in each] == []


# The phone number and its region


@pytest.mark.parametrize(
    ("phones", "number", "region"),
    [
        ("'+49 30 1234567'", "+49301234567", "49"),
        ("'138 0013 8000'", "+8613800138000", "86"),
        ("['+49 30 1234567']", "+49301234567", None),
        ("[{value: '+49 30 1', type: home}, {value: '+86 138 0013 8000', type: work}]", "+8613800138000", "86"),
        (
            "[{value: '+49 30 1234567', type: work}, {value: '+86 138 0013 8000', type: work, primary: true}]",
            "+8613800138000",
            "86",
        ),
    ],
)
def test_the_region_is_that_of_the_number_that_is_sent(phones: str, number: str, region: str | None) -> None:
    found = sent("alibaba-idaas", f"users: {{ann: {{phoneNumbers: {phones}}}}}")["ann"]
    assert found["phoneNumbers"] == [{"value": number, "type": "work"}]
    assert found.get("phoneRegion") == region


# custom


@pytest.mark.parametrize("urn", [OKTA, ENTRA])
def test_custom_goes_into_the_namespace_of_the_target_and_keeps_its_types(urn: str) -> None:
    found = sent("alibaba-idaas", PEOPLE, f", options: {{customNamespace: '{urn}'}}")
    assert found["ann"] == {**IDAAS, f"{urn}:level": 3, f"{urn}:vip": True, f"{urn}:user_address": "1 Main St"}
    assert found["bob"] == BOB


def test_custom_comes_from_the_line_where_it_is_written() -> None:
    options = f"options: {{customNamespace: '{OKTA}'}}"
    target = f"targets: {{there: {{platform: alibaba-idaas, url: 'https://x.example', {options}}}}}"
    catalog = good_catalog(target + PEOPLE)
    there = good_target(catalog)
    [ann] = [each for each in catalog.mapped(there, Faults()) if each.key == "ann"]
    rule = there.rules[Kind.USER].origin_of(f"{OKTA}:level")
    assert rule is not None
    assert rule.origin == f"alibaba-idaas.users.{OKTA}"
    assert str(source_of(ann, rule)) == "manifests/a.yaml:26"


def test_a_namespace_that_is_none_adds_no_rule() -> None:
    text = "targets: {there: {platform: alibaba-idaas, url: 'https://scim.example', options: {customNamespace: 'a b'}}}"
    [found] = complaints(text)
    assert "targets.there.options.customNamespace" in found


# Names


@pytest.mark.parametrize("platform", ["huawei-identity-center", "aws-identity-center"])
@pytest.mark.parametrize(
    ("user", "given", "family", "shown"),
    [
        ("displayName: Ann Marie Lee", "Ann", "Lee", "Ann Marie Lee"),
        ("userName: ann.lee", "ann.lee", "ann.lee", "ann.lee"),
        ("displayName: 张伟", "张伟", "张伟", "张伟"),
        ("displayName: Ann Lee, name: {givenName: Anna}", "Anna", "Lee", "Ann Lee"),
        ("name: {familyName: Li}, userName: ann", "ann", "Li", "ann"),
        ("displayName: '', userName: ann", "ann", "ann", "ann"),
    ],
)
def test_required_names_are_the_words_of_others(platform: str, user: str, given: str, family: str, shown: str) -> None:
    found = sent(platform, f"users: {{ann: {{emails: a@x.example, {user}}}}}")["ann"]
    assert (found["name.givenName"], found["name.familyName"], found["displayName"]) == (given, family, shown)


def test_other_parts_of_a_name_are_sent_beside_them() -> None:
    found = sent("aws-identity-center", "users: {ann: {displayName: A B, name: {formatted: Dr. A B, middleName: C}}}")[
        "ann"
    ]
    names = {path: value for path, value in found.items() if path.startswith("name.")}
    assert names == {
        "name.formatted": "Dr. A B",
        "name.middleName": "C",
        "name.givenName": "A",
        "name.familyName": "B",
    }


# Domains and case


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Ann@corp.example", "ann@x.onaliyun.com"),
        ("Ann", "ann@x.onaliyun.com"),
        ("a@b@c", "a@x.onaliyun.com"),
    ],
)
def test_a_domain_takes_the_place_of_what_stands_behind_the_at_sign(name: str, expected: str) -> None:
    found = sent("alibaba-ram", f"users: {{ann: {{userName: '{name}'}}}}", ", options: {domain: X.onaliyun.com}")
    assert found["ann"]["userName"] == expected


@pytest.mark.parametrize("platform", ["alibaba-ram", "alibaba-cloudsso"])
def test_values_stay_as_they_are_where_lower_case_is_switched_off(platform: str) -> None:
    found = sent(platform, PEOPLE, ", options: {lowerCase: false}")["ann"]
    assert found["userName"] == "Ann@Corp.example"
