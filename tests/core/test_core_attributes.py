from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scim_worlds import BADGE, SCHEMA, VIEW, documents

from reconciler.core.comparing.attributes import AttributeView, base_of, is_empty
from reconciler.core.comparing.elements import as_elements
from reconciler.core.resources import Kind, Ref
from reconciler.scim.paths import parse_path, read_value
from reconciler.scim.schemas import RFC_USER, Attribute, Extension
from reconciler.scim.urns import ENTERPRISE_USER

CORE = ("userName", "USERNAME", "title", "name", "name.givenName", "emails", "vendor", "nothing", "nothing.at")
EXTENDED = (f"{ENTERPRISE_USER}:department", f"{ENTERPRISE_USER.upper()}:Department", f"{BADGE}:floors")
FILTERED = ('emails[type eq "work"]', 'emails[type eq "WORK" and primary eq true]', "emails[not (type pr)]")
paths = st.sampled_from([*CORE, *EXTENDED, *FILTERED])


@given(documents, paths)
def test_a_reader_reads_what_the_path_names(document: dict[str, Any], text: str) -> None:
    expected = read_value(document, parse_path(text), SCHEMA)
    found = VIEW[text].read(document)
    assert found == (expected if "[" not in text else as_elements(expected))


@pytest.mark.parametrize(
    ("text", "document", "value"),
    [
        (f"{RFC_USER.urn}:title", {"Title": "x"}, "x"),
        (f"{ENTERPRISE_USER}:manager.value", {ENTERPRISE_USER: {"manager": "7"}}, "7"),
        (f"{ENTERPRISE_USER}:manager.VALUE", {ENTERPRISE_USER.upper(): {"MANAGER": "7"}}, "7"),
        (f"{ENTERPRISE_USER}:manager.displayName", {ENTERPRISE_USER: {"manager": "7"}}, None),
        (f"{ENTERPRISE_USER}:manager.value", {ENTERPRISE_USER: ["?"]}, None),
        ("name.givenName", {"name": None}, None),
        ("emails.value", {"emails": [{"value": "a"}, "b", {"type": "work"}]}, ["a", "b"]),
        ('emails[type eq "work"].value', {"emails": {"type": "Work", "value": "a"}}, ["a"]),
        ('emails[value eq "A"]', {"emails": ["a"]}, ["a"]),
        ('members[value eq "A"]', {"members": [{"value": "a"}, {"value": "A"}]}, [{"value": "a"}, {"value": "A"}]),
        (
            "emails[primary eq true]",
            {"emails": [{"primary": "True", "value": "a"}, None]},
            [{"primary": "True", "value": "a"}],
        ),
        ("not (type pr)", {}, None),
    ],
)
def test_what_odd_documents_hold_at_a_path(text: str, document: dict[str, Any], value: Any) -> None:
    assert VIEW[text].read(document) == value


def test_facts_of_a_path() -> None:
    work = VIEW['emails[type eq "work"]']
    assert work.is_list
    assert work.selects is not None
    assert not VIEW['emails[type eq "work"].value'].is_list
    assert VIEW["emails"].is_list
    assert not VIEW["name"].is_list
    assert VIEW["emails"] is VIEW["emails"]
    assert base_of(work.path) == "emails"
    assert VIEW["shoe size"].attribute is None


def test_values_compare_as_the_attribute_does_and_references_as_themselves() -> None:
    assert VIEW["userName"].comparable("ANN") == VIEW["userName"].comparable("ann")
    assert VIEW["externalId"].comparable("ANN") != VIEW["externalId"].comparable("ann")
    ann = Ref(Kind.USER, "ann")
    assert VIEW["userName"].comparable(ann) == VIEW["title"].comparable(ann)
    assert VIEW["userName"].comparable(ann) != VIEW["userName"].comparable("user:ann")


def test_what_a_read_does_not_report_is_known_from_the_attribute_or_its_parent() -> None:
    hidden = Attribute("box", "complex", returned="request", sub_attributes={"a": Attribute("a")})
    view = AttributeView(RFC_USER.with_extension(Extension("urn:x:y", {"box": hidden})))
    assert not view["urn:x:y:box.a"].reported
    assert not view["password"].reported
    assert view["title"].reported


@pytest.mark.parametrize("value", [None, "", [], {}])
def test_unassigned_values_are_empty(value: Any) -> None:
    assert is_empty(value)


@pytest.mark.parametrize("value", [False, 0, " ", [None], {"a": None}])
def test_other_values_are_not_empty(value: Any) -> None:
    assert not is_empty(value)
