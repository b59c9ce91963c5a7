from __future__ import annotations

from typing import Any

import pytest

from reconciler.scim.paths import parse_path, read_value
from reconciler.scim.schemas import RFC_USER
from reconciler.scim.urns import ENTERPRISE_USER

DOCUMENT: dict[str, Any] = {
    "UserName": "ann",
    "name": {"givenName": "Ann"},
    "emails": [{"type": "work", "value": "w@x"}, {"type": "home"}, "bare@x"],
    "roles": "admin",
    "tags": ["a", "b"],
    ENTERPRISE_USER.lower(): {"Department": "Tours", "manager": {"value": "1"}},
}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("username", "ann"),
        ("name.GIVENNAME", "Ann"),
        ("name.middleName", None),
        ("userName.x", None),
        ("nickName", None),
        ("emails", DOCUMENT["emails"]),
        ("emails.value", ["w@x"]),
        ('emails[type eq "WORK"]', [DOCUMENT["emails"][0]]),
        ('emails[type eq "work"].value', ["w@x"]),
        ('emails[type eq "fax"]', []),
        ('emails[value eq "bare@x"]', ["bare@x"]),
        ('roles[value eq "admin"]', ["admin"]),
        ('nickName[value eq "admin"]', []),
        ('tags[value eq "a"]', ["a"]),
        (f"{ENTERPRISE_USER}:department", "Tours"),
        (f"{ENTERPRISE_USER}:manager.value", "1"),
        (ENTERPRISE_USER, DOCUMENT[ENTERPRISE_USER.lower()]),
        (f"{RFC_USER.urn}:userName", "ann"),
        (RFC_USER.urn, DOCUMENT),
        ("urn:other:2.0:User:userName", None),
        ("urn:other:2.0:User", None),
    ],
)
def test_values_are_read_through_paths(text: str, value: Any) -> None:
    assert read_value(DOCUMENT, parse_path(text)) == value
    assert read_value(DOCUMENT, parse_path(text), RFC_USER) == value


def test_a_filter_follows_the_case_rules_of_the_schema() -> None:
    document = {"members": [{"value": "a"}], "groups": [{"value": "a"}]}
    assert read_value(document, parse_path('groups[value eq "A"]'), RFC_USER) == []
    assert read_value(document, parse_path('groups[value eq "A"]')) == [{"value": "a"}]


def test_attribute_names_that_are_no_text_are_passed_over() -> None:
    assert read_value({1: "x"}, parse_path("title")) is None  # type: ignore[dict-item]
