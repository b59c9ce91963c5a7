"""Mapping rules against the schema and the manifests."""

from __future__ import annotations

from typing import Any

import pytest
from catalog_trees import complaints

TARGET = 'targets: {there: {platform: generic, url: "https://scim.example", mapping: m}}\n'
EXTENSION = "urn:ietf:params:scim:schemas:extension"


def mapping(attributes: str, side: str = "users") -> str:
    return f"{TARGET}mappings:\n  m:\n    extends: generic\n    {side}:\n      attributes:\n        {attributes}\n"


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ("titel: x", "mappings.m.users.attributes.titel: a SCIM user has no attribute 'titel' (did you mean 'title'?)"),
        (
            "name.gvenName: x",
            (
                "mappings.m.users.attributes.name.gvenName: a SCIM user has no attribute 'name.gvenName' "
                "(did you mean 'givenName'?)"
            ),
        ),
        ("phoneRegion: '86'", "mappings.m.users.attributes.phoneRegion: a SCIM user has no attribute 'phoneRegion'"),
        (
            "'emails[type eq \"work\"].valeu': x",
            (
                'mappings.m.users.attributes.emails[type eq "work"].valeu: a SCIM user has no '
                "attribute 'emails[type eq \"work\"].valeu' (did you mean 'value'?)"
            ),
        ),
        (
            f"{EXTENSION}:enterprise:2.0:User:departmnt: x",
            (
                f"mappings.m.users.attributes.{EXTENSION}:enterprise:2.0:User:departmnt: a SCIM user has "
                f"no attribute '{EXTENSION}:enterprise:2.0:User:departmnt' (did you mean 'department'?)"
            ),
        ),
        (
            "userType: \"{{ id_of('user:an') }}\"",
            "mappings.m.users.attributes.userType: there is no user 'an' (did you mean 'ann'?)",
        ),
        (
            "userType: \"{{ id_of('group:ops') }}\"",
            (
                "mappings.m.users.attributes.userType: there is no group 'ops' (declare it under groups, "
                "or take the reference out)"
            ),
        ),
        (
            'title: "{{ user.titel }}"',
            "mappings.m.users.attributes.title: user has no attribute 'titel' (did you mean 'title'?)",
        ),
        ("title: \"{{ user.title | lookup('nope') }}\"", "mappings.m.users.attributes.title: unknown table 'nope'"),
        (
            'title: "{{ user.title | lowr }}"',
            "mappings.m.users.attributes.title: unknown filter 'lowr' (did you mean 'lower'?)",
        ),
        ('title: "{{ user.title"', "mappings.m.users.attributes.title: {{ without }} (close the expression with }})"),
        ('title: "{% if x %}"', "mappings.m.users.attributes.title: "),
    ],
)
def test_faults_of_rules(attributes: Any, expected: Any) -> None:
    [found] = complaints("users: {ann: }\n" + mapping(attributes))
    place, said = found.split(": ", 1)
    assert said.startswith(expected)
    assert place.startswith("manifests/a.yaml:8:")


@pytest.mark.parametrize(
    "attributes",
    [
        "USERNAME: x{{ user.key }}",
        f"{EXTENSION}:customfield:2.0:User:user_address: x",
        "'emails[type eq \"work\"].value': x@y",
        "externalId: '{{ user.key }}'",
        "title: 'braces } { alone are text'",
        "userType: \"{{ id_of('user:ann') }}\"",
    ],
)
def test_what_a_rule_may_say(attributes: Any) -> None:
    assert complaints("users: {ann: }\n" + mapping(attributes)) == []


def test_groups_have_fewer_attributes() -> None:
    [found] = complaints(mapping("title: x", "groups"))
    assert "a SCIM group has no attribute 'title'" in found


def test_a_mapping_that_no_target_uses_is_compiled_all_the_same_but_judged_by_no_schema() -> None:
    text = "mappings: {idle: {users: {match: [phoneRegion], attributes: {phoneRegion: x, title: '{{ user.x }}'}}}}"
    assert [each.split(": ", 1)[1] for each in complaints(text)] == [
        "mappings.idle.users.attributes.title: user has no attribute 'x'"
    ]


def test_a_fault_of_a_mapping_that_several_targets_use_is_reported_once() -> None:
    text = mapping("titel: x") + "  n: {extends: m}\n"
    more = '{a: {platform: generic, url: "https://scim.example", mapping: n}, there:'
    assert len(complaints(text.replace("{there:", more, 1))) == 1


def test_matches_must_be_attributes_too() -> None:
    text = TARGET + "mappings: {m: {extends: generic, users: {match: [externlId, userName]}}}"
    assert complaints(text) == [
        (
            "manifests/a.yaml:2:50: mappings.m.users.match: a SCIM user has no attribute 'externlId' "
            "(did you mean 'externalId'?)"
        )
    ]


# On a platform whose attributes are all known

IDAAS = TARGET.replace("generic", "alibaba-idaas")


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ("title: x", "title: on alibaba-idaas a user has no attribute 'title'"),
        (
            "phoneRegon: '86'",
            "phoneRegon: on alibaba-idaas a user has no attribute 'phoneRegon' (did you mean 'phoneRegion'?)",
        ),
        (
            "'emails[type eq \"work\"].display': x",
            "on alibaba-idaas a user has no attribute 'emails[type eq \"work\"].display'",
        ),
        (
            f"{EXTENSION}:enterprise:2.0:User:department: x",
            f"a user has no attribute '{EXTENSION}:enterprise:2.0:User:department'",
        ),
        (f"{EXTENSION}:customfield:2.0:User:a: x", f"a user has no attribute '{EXTENSION}:customfield:2.0:User:a'"),
        ("groups: [x]", "who is in which group is not for a mapping to say"),
        ("id: x", "id: on alibaba-idaas a user has 'id' for reading only (take the rule out)"),
        (
            "meta.location: x",
            "meta.location: on alibaba-idaas a user has 'meta.location' for reading only (take the rule out)",
        ),
    ],
)
def test_a_closed_platform_has_its_own_attributes_and_no_others(attributes: str, expected: str) -> None:
    [found] = complaints(mapping(attributes).replace(TARGET, IDAAS))
    assert expected in found
    assert found.startswith("manifests/a.yaml:7:")


@pytest.mark.parametrize(
    "attributes",
    [
        "phoneRegion: '86'",
        "'emails[type eq \"work\"].value': a@x",
        f"{EXTENSION}:enterprise:2.0:User:organization.organizationId: org_1",
        f"{EXTENSION}:mine:2.0:User:whatever: x",
        f"{EXTENSION}:mine:2.0:User: {{a: x}}",
        "externalId: x",
        "id: null",
    ],
)
def test_what_a_rule_may_say_there(attributes: str) -> None:
    options = f"mapping: m, options: {{customNamespace: '{EXTENSION}:mine:2.0:User'}}"
    assert complaints(mapping(attributes).replace(TARGET, IDAAS).replace("mapping: m", options, 1)) == []


def test_an_extension_that_a_platform_is_known_to_lack_is_a_fault_and_others_are_left_to_discovery() -> None:
    rule = f"{EXTENSION}:enterprise:2.0:User:department: x"
    [found] = complaints(mapping(rule).replace("generic", "tencent-identity-center", 1))
    assert "on tencent-identity-center a user has no attribute" in found
    assert complaints(mapping(rule).replace("generic", "volcengine-identity-center", 1)) == []


def test_what_a_built_in_mapping_says_for_others_is_no_fault() -> None:
    assert complaints(IDAAS + "mappings: {m: {extends: generic}}") == []


def test_matches_are_attributes_of_the_platform() -> None:
    [found] = complaints(IDAAS + "mappings: {m: {extends: alibaba-idaas, users: {match: [nickName, userName]}}}")
    assert "mappings.m.users.match: on alibaba-idaas a user has no attribute 'nickName'" in found
