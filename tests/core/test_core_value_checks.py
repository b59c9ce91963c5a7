"""Values that a platform would refuse or leave out, each with its line."""

from __future__ import annotations

import pytest
import yaml_text
from catalog_trees import complaints
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.core.mapping.value_checks import MOST_NAMED


def said(platform: str, user: str, more: str = "") -> list[str]:
    """What is wrong with one user, without the file."""
    target = f"targets: {{there: {{platform: {platform}, url: 'https://scim.example'{more}}}}}\n"
    found = complaints(f"{target}users:\n  ann:\n{user}")
    return [each.removeprefix("manifests/a.yaml:") for each in found]


def lines(**attributes: str) -> str:
    return "".join(f"    {name}: {value}\n" for name, value in attributes.items())


HUAWEI = {"name": "{givenName: Ann, familyName: Lee}", "emails": "ann@x.example"}


# What is required


def test_a_required_attribute_that_is_missing_is_a_fault_of_the_user() -> None:
    assert said("huawei-identity-center", lines(title="x")) == [
        "3:3: users.ann.emails: target there takes no user without emails (add it to the user or to its defaults)"
    ]


def test_an_empty_required_attribute_is_missing_where_it_is_written() -> None:
    [found] = said("huawei-identity-center", lines(emails="[]"))
    assert found.startswith("4:5: users.ann.emails: target there takes no user without emails")


def test_the_parts_of_a_required_attribute_are_required() -> None:
    assert said("huawei-identity-center", lines(emails="[{value: ann@x.example, primary: true}]")) == [
        (
            "4:5: users.ann.emails.type: target there takes no user without emails.type "
            "(add it to the user or to its defaults)"
        )
    ]
    mapping = ", mapping: m}}\nmappings: {m: {extends: aws-identity-center, users: {attributes: {name.familyName: ''"
    [found] = said("aws-identity-center", lines(name="{givenName: Ann}"), mapping + "}}")
    assert found.endswith(
        "users.ann.name.familyName: target there takes no user without name.familyName "
        "(add it to the user or to its defaults)"
    )


def test_a_required_attribute_that_nothing_maps_is_one_fault_of_the_mapping() -> None:
    mapping = ", mapping: m}}\nmappings: {m: {users: {attributes: {userName: '{{ user.key }}'"
    found = said("huawei-identity-center", lines(**HUAWEI) + "  bob: {}\n", mapping + "}}")
    assert sorted(each.split(": ", 2)[2].partition(" (")[0] for each in found) == [
        "no rule maps displayName of groups",
        "no rule maps displayName of users",
        "no rule maps emails of users",
        "no rule maps name of users",
    ]


@pytest.mark.parametrize("platform", ["alibaba-idaas", "aws-identity-center", "tencent-identity-center", "generic"])
def test_a_key_is_enough_where_nothing_else_is_required(platform: str) -> None:
    assert said(platform, "") == []


# What is refused


@pytest.mark.parametrize(
    ("platform", "user", "expected"),
    [
        (
            "huawei-identity-center",
            lines(userName='"ann lee"', **HUAWEI),
            r"4:5: users.ann.userName: target there does not take 'ann lee' (it must match [\w+=,.@-]+)",
        ),
        (
            "alibaba-cloudsso",
            lines(userName="A" * 65),
            f"4:5: users.ann.userName: '{'a' * 65}' is longer than target there takes it (64 characters at most)",
        ),
        (
            "alibaba-idaas",
            lines(phoneNumbers='"12"'),
            (
                "4:5: users.ann.phoneNumbers: '12' is no telephone number, and target there takes nothing else "
                "(write it with + and country code: +86 138 0013 8000)"
            ),
        ),
        (
            "alibaba-idaas",
            lines(title="x", phoneNumbers="{work: '+49 1'}"),
            (
                "5:5: users.ann.phoneNumbers: '+49 1' is no telephone number, and target there takes nothing else "
                "(write it with + and country code: +86 138 0013 8000)"
            ),
        ),
    ],
)
def test_faults_of_values(platform: str, user: str, expected: str) -> None:
    assert said(platform, user) == [expected]


REGION = ", mapping: m}}\nmappings: {m: {extends: alibaba-idaas, users: {attributes: {phoneRegion: %s"


@pytest.mark.parametrize(
    ("region", "number", "expected"),
    [
        (
            "'86'",
            "'+49 30 1234567'",
            (
                "'86' contradicts the number '+49301234567', and target there refuses that "
                "(its country calling code is 49: let phoneRegion say so, or leave phoneRegion out)"
            ),
        ),
        ("'DE'", "'+49 30 1234567'", "'DE' is no country calling code (write the digits of one, such as '86')"),
    ],
)
def test_a_phone_region_that_contradicts_the_number_is_a_fault(region: str, number: str, expected: str) -> None:
    [found] = said("alibaba-idaas", lines(phoneNumbers=number), REGION % region + "}}")
    assert found.split(": ", 2)[1:] == ["users.ann.phoneRegion", expected]


def test_the_contradiction_stands_in_the_line_of_the_number() -> None:
    [found] = said("alibaba-idaas", lines(title="x", phoneNumbers="'+49 30 1234567'"), REGION % "'86'" + "}}")
    assert found.startswith("6:5: ")


@pytest.mark.parametrize(
    ("region", "number"),
    [
        ("'49'", "'+49 30 1234567'"),
        ("'49'", "'030 1234567'"),
        ("'+86'", "'138 0013 8000'"),
        ("null", "'+49 30 1234567'"),
        ("'{{ user.custom.region }}'", "'+49 30 1234567'"),
    ],
)
def test_what_a_phone_region_may_say(region: str, number: str) -> None:
    assert said("alibaba-idaas", lines(phoneNumbers=number), REGION % region + "}}") == []


def test_numbers_that_nobody_can_judge_pass() -> None:
    assert said("aws-identity-center", lines(phoneNumbers="'ext. 12'")) == []


# What is left out


def test_a_home_address_where_only_work_is_taken_is_a_warning() -> None:
    user = lines(title="x", emails="\n      work: ann@x.example\n      home: ann@home.example")
    assert said("alibaba-idaas", user) == [
        (
            "7:7: users.ann.emails[type eq \"home\"]: warning: 'ann@home.example' is not sent, since target there "
            "takes emails of type work alone (give it the type work, or leave it out with `on:`)"
        )
    ]


def test_a_second_value_where_one_is_taken_is_a_warning() -> None:
    user = lines(emails="[{value: a@x, type: work}, {value: b@x, type: home, primary: true}]")
    assert said("aws-identity-center", user) == [
        (
            "4:5: users.ann.emails[type eq \"work\"]: warning: 'a@x' is not sent, since target there takes one value "
            "of emails: 'b@x' (mark the one to be sent as primary)"
        )
    ]


def test_of_nobody_who_is_absent_or_out_of_scope_anything_is_said() -> None:
    user = lines(emails="{home: ann@home.example}")
    assert said("alibaba-idaas", user + "    state: absent\n") == []
    assert said("alibaba-idaas", user + "scopes: {s: {users: {exclude: [ann]}}}\n", ", scope: s") == []


def test_a_rule_that_fails_is_all_that_is_said_of_a_user() -> None:
    rule = ", mapping: m}}\nmappings: {m: {extends: huawei-identity-center, users: {attributes: {title: '%s'"
    [found] = said("huawei-identity-center", "", rule % "{{ user.groups | lower }}" + "}}")
    assert "(for user ann)" in found


# Values that need to be unique


@pytest.mark.parametrize(
    ("platform", "one", "other", "path"),
    [
        ("alibaba-ram", {"externalId": "e"}, {"externalId": "E"}, "externalId"),
        ("alibaba-cloudsso", {"externalId": "e"}, {"externalId": "E"}, "externalId"),
        ("aws-identity-center", {"emails": "a@x"}, {"emails": "A@x"}, "emails"),
        (
            "aws-identity-center",
            {"emails": "a@x"},
            {"emails": [{"value": "b@x"}, {"value": "a@x", "primary": True}]},
            "emails",
        ),
    ],
)
def test_values_are_compared_as_the_platform_compares_them(
    platform: str, one: object, other: object, path: str
) -> None:
    found = shared(platform, one, other)
    assert [each.split(": ")[1] for each in found] == [f"users.bob.{path}"]
    assert "is already that of ann at manifests/a.yaml:" in found[0]


@pytest.mark.parametrize(
    ("platform", "one", "other"),
    [
        ("alibaba-idaas", {"externalId": "e"}, {"externalId": "E"}),
        ("alibaba-idaas", {"emails": "a@x"}, {"emails": "a@x"}),
        ("aws-identity-center", {"emails": "a@x"}, {"emails": {"home": "b@x"}}),
    ],
)
def test_what_a_platform_tells_apart_or_lets_share_is_no_duplicate(platform: str, one: object, other: object) -> None:
    assert shared(platform, one, other) == []


def shared(platform: str, one: object, other: object) -> list[str]:
    document = {
        "users": {"ann": one, "bob": other},
        "targets": {"there": {"platform": platform, "url": "https://scim.example"}},
    }
    return [each for each in complaints(yaml_text.dump(document)) if "warning" not in each]


emails = st.one_of(
    st.sampled_from(["a@x", "A@X", "b@x"]),
    st.dictionaries(st.sampled_from(["work", "home"]), st.sampled_from(["a@x", "b@x", ""])),
)


@given(st.lists(emails, min_size=2, max_size=3))
@settings(max_examples=50, deadline=None)
def test_an_address_is_shared_exactly_where_two_are_sent_alike(people: list[object]) -> None:
    document = {
        "users": {f"u{place}": {"emails": each} for place, each in enumerate(people)},
        "targets": {"there": {"platform": "aws-identity-center", "url": "https://scim.example"}},
    }
    sent = [_sent(each).lower() for each in people if _sent(each)]
    found = [each for each in complaints(yaml_text.dump(document)) if "already" in each]
    assert len(found) == len(sent) - len(set(sent))


def _sent(value: object) -> str:
    """The address that is sent: nobody marks one as primary here but the short form."""
    if isinstance(value, str):
        return value
    return value.get("work") or value.get("home") or "" if isinstance(value, dict) else ""


def test_groups_are_checked_as_well() -> None:
    text = "targets: {there: {platform: aws-identity-center, url: 'https://scim.example'}}\n"
    assert complaints(text + "groups: {a: {externalId: e}, b: {externalId: e}}") == [
        (
            "manifests/a.yaml:2:34: groups.b.externalId: 'e' on target there is already that of a at "
            "manifests/a.yaml:2 (each needs its own)"
        )
    ]
    rule = "mappings: {m: {extends: aws-identity-center, groups: {attributes: {displayName: ''}}}}"
    [found] = complaints(text.replace("}}", ", mapping: m}}") + f"groups: {{a: }}\n{rule}")
    assert "groups.a.displayName: target there takes no group without displayName" in found


def test_what_is_left_out_of_many_is_named_so_often_and_then_counted() -> None:
    people = "".join(f"  u{n}: {{emails: {{work: u{n}@a.example, home: u{n}@b.example}}}}\n" for n in range(25))
    found = complaints("targets: {there: {platform: alibaba-idaas, url: 'https://x.example'}}\nusers:\n" + people)
    assert sum("emails[type" in each for each in found) == MOST_NAMED
    assert [each for each in found if "5 more values of emails are not sent (every plan counts them)" in each]
