from __future__ import annotations

import copy
from typing import Any

import pytest

from reconciler.scim.attributes import Attribute, Extension, ResourceSchema, by_name
from reconciler.scim.patching import PatchError, PatchOperation, apply_patch, patch_body, without_paths
from reconciler.scim.schemas import RFC_GROUP, RFC_USER
from reconciler.scim.urns import ENTERPRISE_USER, PATCH_OP

BABS = {
    "display": "Babs Jensen",
    "$ref": "https://example.com/v2/Users/2819c223...413861904646",
    "value": "2819c223-7f76-453a-919d-413861904646",
}
JAMES = {
    "display": "James Smith",
    "$ref": "https://example.com/v2/Users/08e1d05d...473d93df9210",
    "value": "08e1d05d-121c-4561-8b96-473d93df9210",
}
GROUP: dict[str, Any] = {"displayName": "Tour Guides", "members": [BABS]}
HOME = {"type": "home", "value": "babs@jensen.org"}
WORK = {"type": "work", "value": "bjensen@example.com", "primary": True}
OFFICE = {"type": "work", "streetAddress": "1 Old Way", "postalCode": "1"}
NEW_OFFICE = {
    "type": "work",
    "streetAddress": "911 Universal City Plaza",
    "locality": "Hollywood",
    "region": "CA",
    "postalCode": "91608",
    "country": "US",
    "formatted": "911 Universal City Plaza\nHollywood, CA 91608 US",
    "primary": True,
}
USER: dict[str, Any] = {
    "schemas": [RFC_USER.urn],
    "id": "1",
    "userName": "bjensen",
    "name": {"givenName": "Barbara", "familyName": "Jensen"},
    "emails": [HOME, WORK],
    "addresses": [OFFICE, {"type": "home", "streetAddress": "2 Home"}],
}


def patched(document: dict[str, Any], *operations: PatchOperation, schema: ResourceSchema = RFC_USER) -> dict[str, Any]:
    before = copy.deepcopy(document)
    after = apply_patch(document, operations, schema)
    assert document == before
    return after


class TestRfcExamples:
    """RFC 7644 §3.5.2.1 to §3.5.2.3, in their order."""

    def test_add_a_member(self) -> None:
        add = {"op": "add", "path": "members", "value": [JAMES]}
        once = patched(GROUP, add, schema=RFC_GROUP)
        assert once["members"] == [BABS, JAMES]
        assert patched(once, add, schema=RFC_GROUP) == once

    def test_add_attributes_without_a_path(self) -> None:
        value = {"emails": [{"value": "babs@jensen.org", "type": "home"}], "nickname": "Babs"}
        after = patched({"userName": "b"}, {"op": "add", "value": value})
        assert after == {"userName": "b", "emails": value["emails"], "nickName": "Babs"}

    def test_remove_a_single_member(self) -> None:
        path = f'members[value eq "{BABS["value"]}"]'
        both = {**GROUP, "members": [BABS, JAMES]}
        assert patched(both, {"op": "remove", "path": path}, schema=RFC_GROUP)["members"] == [JAMES]
        assert "members" not in patched(GROUP, {"op": "remove", "path": path}, schema=RFC_GROUP)

    def test_remove_all_members(self) -> None:
        assert patched(GROUP, {"op": "remove", "path": "members"}, schema=RFC_GROUP) == {"displayName": "Tour Guides"}

    def test_remove_one_member_and_add_another(self) -> None:
        after = patched(
            GROUP,
            {"op": "remove", "path": f'members[value eq "{BABS["value"]}"]'},
            {"op": "add", "path": "members", "value": [JAMES]},
            schema=RFC_GROUP,
        )
        assert after["members"] == [JAMES]

    def test_replace_all_members(self) -> None:
        after = patched(GROUP, {"op": "replace", "path": "members", "value": [JAMES]}, schema=RFC_GROUP)
        assert after["members"] == [JAMES]

    def test_replace_one_address(self) -> None:
        after = patched(USER, {"op": "replace", "path": 'addresses[type eq "work"]', "value": NEW_OFFICE})
        assert after["addresses"] == [NEW_OFFICE, USER["addresses"][1]]

    def test_replace_one_sub_attribute(self) -> None:
        path = 'addresses[type eq "work"].streetAddress'
        after = patched(USER, {"op": "replace", "path": path, "value": "1010 Broadway Ave"})
        assert after["addresses"][0] == {**OFFICE, "streetAddress": "1010 Broadway Ave"}

    def test_replace_attributes_without_a_path(self) -> None:
        emails = [{"value": "bjensen@example.com", "type": "work", "primary": True}, HOME]
        after = patched(USER, {"op": "replace", "value": {"emails": emails, "nickname": "Babs"}})
        assert (after["emails"], after["nickName"]) == (emails, "Babs")


EMAIL = 'emails[type eq "work"]'
SUCCEEDING: list[tuple[str, dict[str, Any], PatchOperation, dict[str, Any]]] = [
    (
        "an extension is announced",
        {"schemas": [RFC_USER.urn]},
        {"op": "add", "path": f"{ENTERPRISE_USER}:department", "value": "D"},
        {"schemas": [RFC_USER.urn, ENTERPRISE_USER], ENTERPRISE_USER: {"department": "D"}},
    ),
    (
        "an extension in its own spelling",
        {ENTERPRISE_USER.upper(): {"DEPARTMENT": "C"}},
        {"op": "replace", "path": f"{ENTERPRISE_USER}:department", "value": "D"},
        {ENTERPRISE_USER.upper(): {"DEPARTMENT": "D"}},
    ),
    (
        "a whole extension is merged",
        {ENTERPRISE_USER: {"department": "C", "division": "V"}},
        {"op": "replace", "path": ENTERPRISE_USER, "value": {"department": "D"}},
        {ENTERPRISE_USER: {"department": "D", "division": "V"}},
    ),
    (
        "a whole extension is removed",
        {"title": "t", ENTERPRISE_USER: {"department": "C"}},
        {"op": "remove", "path": ENTERPRISE_USER},
        {"title": "t"},
    ),
    (
        "an extension that is not there is removed",
        {"title": "t"},
        {"op": "remove", "path": ENTERPRISE_USER},
        {"title": "t"},
    ),
    (
        "a whole extension is replaced by null",
        {"title": "t", ENTERPRISE_USER: {"department": "C"}},
        {"op": "replace", "value": {ENTERPRISE_USER: None}},
        {"title": "t"},
    ),
    (
        "the last extension attribute goes",
        {ENTERPRISE_USER: {"department": "C"}},
        {"op": "remove", "path": f"{ENTERPRISE_USER}:department"},
        {},
    ),
    (
        "an extension that the schema does not know",
        {"urn:x:custom": {"a": 1}},
        {"op": "replace", "value": {"urn:x:custom": {"b": 2}}},
        {"urn:x:custom": {"a": 1, "b": 2}},
    ),
    (
        "an attribute of an unknown extension",
        {},
        {"op": "add", "path": "urn:x:custom:2.0:User:floor", "value": 3},
        {"urn:x:custom:2.0:User": {"floor": 3}},
    ),
    (
        "the core schema as a path",
        {"title": "t"},
        {"op": "replace", "path": RFC_USER.urn, "value": {"title": "u"}},
        {"title": "u"},
    ),
    (
        "Entra: dotted and qualified keys",
        {"name": {"familyName": "F"}},
        {
            "op": "Add",
            "value": {"name.givenName": "G", f"{ENTERPRISE_USER}:department": "D", f"{EMAIL}.value": "x"},
        },
        {
            "name": {"familyName": "F", "givenName": "G"},
            ENTERPRISE_USER: {"department": "D"},
            "emails": [{"type": "work", "value": "x"}],
        },
    ),
    (
        "Entra: a value is created as its filter says",
        {},
        {"op": "Add", "path": f"{EMAIL}.value", "value": "w@x"},
        {"emails": [{"type": "work", "value": "w@x"}]},
    ),
    (
        "Entra: the manager as a plain id",
        {},
        {"op": "Add", "path": f"{ENTERPRISE_USER}:manager", "value": "9"},
        {ENTERPRISE_USER: {"manager": {"value": "9"}}},
    ),
    (
        "a repeated readOnly value",
        {"id": "1", "title": "t"},
        {"op": "replace", "value": {"id": "1", "title": "u"}},
        {"id": "1", "title": "u"},
    ),
    (
        "null removes",
        {"title": "t", "name": {"givenName": "G"}},
        {"op": "replace", "value": {"title": None, "name": {"givenName": None}}},
        {},
    ),
    (
        "a complex attribute replaced by null",
        {"title": "t", "name": {"givenName": "G"}},
        {"op": "replace", "path": "name", "value": None},
        {"title": "t"},
    ),
    ("an empty list removes", {"emails": [HOME]}, {"op": "replace", "path": "emails", "value": []}, {}),
    ("adding null changes nothing", {"title": "t"}, {"op": "add", "value": {"title": None}}, {"title": "t"}),
    (
        "a text is an element's value",
        {},
        {"op": "add", "path": "emails", "value": "a@x"},
        {"emails": [{"value": "a@x"}]},
    ),
    (
        "null parts of an element are left out",
        {},
        {"op": "add", "path": "emails", "value": {"value": "a@x", "type": None}},
        {"emails": [{"value": "a@x"}]},
    ),
    (
        "a list of one for a selected value",
        {"emails": [HOME, WORK]},
        {"op": "replace", "path": EMAIL, "value": [{"value": "n"}]},
        {"emails": [HOME, {"type": "work", "value": "n", "primary": True}]},
    ),
    (
        "primary moves",
        {"emails": [HOME, WORK]},
        {"op": "replace", "path": 'emails[type eq "home"].primary', "value": True},
        {"emails": [{**HOME, "primary": True}, {**WORK, "primary": False}]},
    ),
    (
        "primary moves to an added value",
        {"emails": [{**WORK, "PRIMARY": "true", "primary": None}]},
        {"op": "add", "path": "emails", "value": {**HOME, "primary": True}},
        {"emails": [{**WORK, "PRIMARY": "true", "primary": None}, {**HOME, "primary": True}]},
    ),
    (
        "a sub-attribute of every value",
        {"emails": [HOME, WORK]},
        {"op": "replace", "path": "emails.display", "value": "d"},
        {"emails": [{**HOME, "display": "d"}, {**WORK, "display": "d"}]},
    ),
    (
        "a sub-attribute is removed from every value",
        {"emails": [{"type": "work"}, HOME]},
        {"op": "remove", "path": "emails.type"},
        {"emails": [{"value": HOME["value"]}]},
    ),
    ("a sub-attribute is removed from none", {}, {"op": "remove", "path": "emails.type"}, {}),
    ("nothing selected, nothing removed", {"emails": [HOME]}, {"op": "remove", "path": EMAIL}, {"emails": [HOME]}),
    (
        "values removed by what they say",
        {"emails": [HOME, WORK]},
        {"op": "remove", "path": "emails", "value": [{"TYPE": "work"}]},
        {"emails": [HOME]},
    ),
    (
        "an empty list of values removes none",
        {"emails": [HOME]},
        {"op": "remove", "path": "emails", "value": []},
        {"emails": [HOME]},
    ),
    (
        "the value beside the removal of a single attribute is ignored",
        {"title": "t"},
        {"op": "remove", "path": "title", "value": "u"},
        {},
    ),
    (
        "an unknown multi-valued attribute",
        {"tags": ["a"]},
        {"op": "add", "path": "tags", "value": ["a", "b"]},
        {"tags": ["a", "b"]},
    ),
    (
        "an unknown complex attribute",
        {"box": {"a": 1}},
        {"op": "replace", "path": "box", "value": {"b": 2}},
        {"box": {"a": 1, "b": 2}},
    ),
    (
        "an unknown selected plain value",
        {"tags": ["a", "b"]},
        {"op": "replace", "path": 'tags[value eq "a"]', "value": "c"},
        {"tags": ["c", "b"]},
    ),
    ("a part of an unknown attribute", {}, {"op": "add", "path": "box.a", "value": 1}, {"box": {"a": 1}}),
    (
        "unknown values removed",
        {"tags": ["a", "b"], "boxes": [{"a": 1}]},
        {"op": "remove", "path": "tags", "value": ["B"]},
        {"tags": ["a"], "boxes": [{"a": 1}]},
    ),
    (
        "unknown objects removed",
        {"boxes": [{"a": 1, "b": 2}, {"a": 2}]},
        {"op": "remove", "path": "boxes", "value": [{"A": 1}]},
        {"boxes": [{"a": 2}]},
    ),
    (
        "schemas are a list like others",
        {"schemas": [RFC_USER.urn]},
        {"op": "add", "path": "schemas", "value": "urn:x"},
        {"schemas": [RFC_USER.urn, "urn:x"]},
    ),
]


@pytest.mark.parametrize(("name", "document", "operation", "after"), SUCCEEDING)
def test_what_an_operation_makes_of_a_document(
    name: str, document: dict[str, Any], operation: PatchOperation, after: dict[str, Any]
) -> None:
    assert patched(document, operation) == after


REFUSED: list[tuple[PatchOperation, str, str]] = [
    ({"op": "move", "path": "title"}, "invalidSyntax", "'move' is not one of add, remove, replace"),
    ({"path": "title"}, "invalidSyntax", "None is not one of add, remove, replace"),
    ({"op": "add", "path": "title"}, "invalidValue", "add needs a value"),
    ({"op": "remove"}, "noTarget", "remove needs a path"),
    ({"op": "remove", "path": ""}, "noTarget", "remove needs a path"),
    ({"op": "remove", "path": RFC_USER.urn}, "noTarget", "remove needs a path"),
    ({"op": "add", "value": "x"}, "invalidValue", "without the path of an attribute the value is an object"),
    ({"op": "add", "path": ENTERPRISE_USER, "value": "x"}, "invalidValue", "without the path of an attribute"),
    ({"op": "add", "path": "a b", "value": 1}, "invalidPath", "a b: 'b' is not expected behind a"),
    ({"op": "add", "path": 5, "value": 1}, "invalidPath", "the path is no text"),
    ({"op": "replace", "value": {f"{EMAIL}.value": "x"}}, "noTarget", "no value matches"),
    ({"op": "add", "value": {"a b": 1}}, "invalidPath", "a b: 'b' is not expected behind a"),
    ({"op": "replace", "path": f"{EMAIL}.x", "value": 1}, "noTarget", "no value matches"),
    ({"op": "replace", "path": 'emails[type eq "fax"]', "value": {}}, "noTarget", "no value matches"),
    ({"op": "add", "path": "emails[type pr].value", "value": "x"}, "noTarget", "no value matches"),
    ({"op": "add", "path": 'emails[type eq "fax"].type', "value": "x"}, "invalidValue", "the value contradicts"),
    ({"op": "replace", "path": "emails.type", "value": "x"}, "noTarget", "emails has no value to change type in"),
    ({"op": "add", "path": 'title[value eq "x"]', "value": "x"}, "invalidPath", "title has one value only"),
    ({"op": "add", "path": "title.x", "value": "x"}, "invalidPath", "title has no sub-attributes"),
    ({"op": "add", "path": "id", "value": "2"}, "mutability", "id is readOnly"),
    ({"op": "add", "path": "id", "value": "1"}, "mutability", "id is readOnly"),
    ({"op": "add", "value": {"id": "2"}}, "mutability", "id is readOnly"),
    ({"op": "add", "path": "groups", "value": [{"value": "g"}]}, "mutability", "groups is readOnly"),
    ({"op": "add", "path": f"{ENTERPRISE_USER}:manager.displayName", "value": "x"}, "mutability", "is readOnly"),
    (
        {"op": "add", "path": f"{ENTERPRISE_USER}:manager", "value": {"displayName": "x"}},
        "mutability",
        "manager.displayName is readOnly",
    ),
    ({"op": "remove", "path": "userName"}, "mutability", "userName is required"),
    ({"op": "replace", "value": {"userName": ""}}, "mutability", "userName is required"),
    ({"op": "replace", "path": "title", "value": ["x"]}, "invalidValue", "title takes a single value"),
    ({"op": "replace", "path": "title", "value": {}}, "invalidValue", "title takes a single value"),
    ({"op": "replace", "path": "name", "value": "x"}, "invalidValue", "name takes an object"),
    ({"op": "replace", "path": "name", "value": ["x"]}, "invalidValue", "name takes an object"),
    ({"op": "add", "path": "emails", "value": [["x"]]}, "invalidValue", "emails takes objects"),
    ({"op": "add", "path": "schemas", "value": [{}]}, "invalidValue", "schemas takes plain values"),
    (
        {"op": "add", "path": "emails", "value": [{"value": "a", "primary": True}, {"value": "b", "primary": True}]},
        "invalidValue",
        "more than one value is marked primary",
    ),
]


@pytest.mark.parametrize(("operation", "scim_type", "problem"), REFUSED)
def test_what_an_operation_is_refused_for(operation: PatchOperation, scim_type: str, problem: str) -> None:
    with pytest.raises(PatchError) as caught:
        patched({"id": "1", "userName": "ann", "title": "t"}, operation)
    assert caught.value.scim_type == scim_type
    assert problem in caught.value.problem
    assert str(caught.value) == f"{scim_type}: {caught.value.problem}"


def test_a_member_is_its_id_whatever_else_is_said_of_it() -> None:
    known = {"value": "1", "type": "User", "display": "Ann"}
    group = {"displayName": "g", "members": [known]}
    add = {"op": "add", "path": "members", "value": [{"value": "1"}, {"value": "2"}, {"value": "2"}, {"display": "?"}]}
    assert patched(group, add, schema=RFC_GROUP)["members"] == [known, {"value": "2"}, {"display": "?"}]
    remove = {"op": "Remove", "path": "members", "value": [{"value": "1", "display": "Old name"}]}
    assert patched(group, remove, schema=RFC_GROUP) == {"displayName": "g"}


def test_an_immutable_value_is_set_once() -> None:
    urn = "urn:x:2.0:User"
    schema = RFC_USER.with_extension(Extension(urn, by_name([Attribute("badge", mutability="immutable")])))
    add = {"op": "add", "path": f"{urn}:badge", "value": "1"}
    once = patched({"userName": "a"}, add, schema=schema)
    assert patched(once, add, schema=schema) == once
    with pytest.raises(PatchError, match=f"mutability: {urn}:badge is immutable"):
        patched(once, {**add, "value": "2"}, schema=schema)
    group = {"displayName": "g", "members": [{"value": "1"}]}
    with pytest.raises(PatchError, match=r"mutability: members\.value is immutable"):
        patched(group, {"op": "replace", "path": 'members[value eq "1"].value', "value": "2"}, schema=RFC_GROUP)


def test_a_failing_operation_leaves_the_document_as_it_was() -> None:
    document = {"userName": "a", "emails": [dict(WORK)]}
    operations = [
        {"op": "replace", "path": f"{EMAIL}.value", "value": "new"},
        {"op": "remove", "path": "userName"},
    ]
    with pytest.raises(PatchError):
        patched(document, *operations)


def test_the_message() -> None:
    operations = [{"op": "add", "path": "title", "value": "x"}]
    assert patch_body(operations) == {"schemas": [PATCH_OP], "Operations": operations}


def test_without_paths_whole_attributes_are_sent() -> None:
    document = {
        "schemas": [RFC_USER.urn],
        "userName": "a",
        "title": "t",
        "name": {"givenName": "G", "familyName": "F"},
        "emails": [HOME, WORK],
        "roles": [{"value": "r"}],
        "tags": ["a"],
        ENTERPRISE_USER: {"department": "D", "manager": {"value": "1", "displayName": "B"}},
    }
    operations: list[PatchOperation] = [
        {"op": "remove", "path": "title"},
        {"op": "remove", "path": "name.givenName"},
        {"op": "remove", "path": EMAIL},
        {"op": "remove", "path": "roles"},
        {"op": "remove", "path": "tags"},
        {"op": "remove", "path": f"{ENTERPRISE_USER}:department"},
        {"op": "replace", "path": f"{ENTERPRISE_USER}:manager.value", "value": "2"},
        {"op": "add", "path": "urn:x:2.0:User:floor", "value": 3},
    ]
    assert without_paths(operations, document, RFC_USER) == [
        {
            "op": "replace",
            "value": {
                "title": None,
                "name": {"givenName": None},
                "emails": [HOME],
                "roles": [],
                "tags": [],
                ENTERPRISE_USER: {"department": None, "manager": {"value": "2"}},
                "urn:x:2.0:User": {"floor": 3},
            },
        }
    ]


def test_without_paths_nothing_is_sent_where_nothing_changes() -> None:
    assert without_paths([{"op": "add", "path": "title", "value": "t"}], {"title": "t"}, RFC_USER) == []


def test_without_paths_schemas_are_sent_where_they_are_patched() -> None:
    operations = [{"op": "add", "path": "schemas", "value": ["urn:x"]}]
    value = {"schemas": [RFC_USER.urn, "urn:x"]}
    assert without_paths(operations, {"schemas": [RFC_USER.urn]}, RFC_USER) == [{"op": "replace", "value": value}]
    assert without_paths(operations, {}, RFC_USER) == [{"op": "replace", "value": {"schemas": ["urn:x"]}}]
