from __future__ import annotations

from typing import Any

import pytest
from scim2_models import EnterpriseUser, Group, User

from reconciler.scim import urns
from reconciler.scim.attributes import Attribute, Extension, by_name
from reconciler.scim.paths import parse_path
from reconciler.scim.schemas import RFC_GROUP, RFC_USER, read_schemas


def rows(attributes: Any, prefix: str = "") -> dict[str, tuple[Any, ...]]:
    found: dict[str, tuple[Any, ...]] = {}
    for each in attributes:
        path = prefix + each["name"]
        found[path] = (
            each["type"],
            each.get("multiValued", False),
            each.get("required", False),
            each.get("caseExact") or False,
            each["mutability"],
            each["returned"],
            each.get("uniqueness") or "none",
            tuple(each.get("canonicalValues") or ()),
        )
        found |= rows(each.get("subAttributes") or (), f"{path}.")
    return found


def own_rows(attributes: Any, prefix: str = "") -> dict[str, tuple[Any, ...]]:
    found: dict[str, tuple[Any, ...]] = {}
    for each in attributes.values():
        path = prefix + each.name
        found[path] = (
            each.type,
            each.multi_valued,
            each.required,
            each.case_exact,
            each.mutability,
            each.returned,
            each.uniqueness,
            each.canonical_values,
        )
        found |= own_rows(each.sub_attributes, f"{path}.")
    return found


@pytest.mark.parametrize(
    ("model", "attributes", "differing"),
    [
        (User, RFC_USER.attributes, {"addresses.primary", "password"}),
        (Group, RFC_GROUP.attributes, {"members.display"}),
        (
            EnterpriseUser,
            RFC_USER.extensions[urns.ENTERPRISE_USER.lower()].attributes,
            {"manager.value", "manager.$ref"},
        ),
    ],
)
def test_the_table_is_what_the_independent_implementation_announces(
    model: Any, attributes: Any, differing: set[str]
) -> None:
    announced = rows(model.to_schema().model_dump()["attributes"])
    own = own_rows(attributes)
    assert {path for path in {*announced, *own} if announced.get(path) != own.get(path)} <= differing


@pytest.mark.parametrize(
    ("text", "name", "case_exact"),
    [
        ("USERNAME", "userName", False),
        (f"{urns.USER}:userName", "userName", False),
        ("externalId", "externalId", True),
        ("id", "id", True),
        ("meta.created", "created", False),
        ("emails.VALUE", "value", False),
        ('emails[type eq "work"].value', "value", False),
        ('emails[type eq "work"]', "emails", False),
        ("photos.value", "value", True),
        ("groups.value", "value", True),
        (f"{urns.ENTERPRISE_USER}:manager.value", "value", True),
        (f"{urns.ENTERPRISE_USER.upper()}:Department", "department", False),
    ],
)
def test_paths_lead_to_definitions(text: str, name: str, case_exact: bool) -> None:
    found = RFC_USER.attribute(parse_path(text))
    assert found is not None
    assert (found.name, found.case_exact) == (name, case_exact)


@pytest.mark.parametrize(
    "text", ["x", "name.x", "x.y", "userName.x", "urn:x:y", f"{urns.ENTERPRISE_USER}:x", urns.ENTERPRISE_USER]
)
def test_unknown_paths_lead_nowhere(text: str) -> None:
    assert RFC_USER.attribute(parse_path(text)) is None


def test_an_extension_is_added_or_replaced() -> None:
    extension = Extension("urn:X:2.0:User", by_name([Attribute("floor", "integer")]))
    schema = RFC_USER.with_extension(extension)
    assert schema.attribute(parse_path("urn:x:2.0:user:Floor")) == Attribute("floor", "integer")
    assert RFC_USER.attribute(parse_path("urn:x:2.0:user:floor")) is None


CUSTOM = {
    "ID": "urn:x:custom:2.0:User",
    "attributes": [
        {"name": "floor", "type": "Integer", "multiValued": "true"},
        {
            "name": "code",
            "caseExact": True,
            "mutability": "IMMUTABLE",
            "uniqueness": "global",
            "returned": "request",
        },
        {"name": "photo", "type": "binary"},
        {
            "name": "box",
            "subAttributes": [{"name": "deep", "subAttributes": [{"name": "er", "subAttributes": [{"name": "x"}]}]}],
        },
        {"name": "odd", "type": "thing", "mutability": 5, "canonicalValues": ["a", 5]},
        {"name": ""},
        {"type": "string"},
        "text",
    ],
}


def test_announced_schemas_are_read_leniently() -> None:
    schema = read_schemas([CUSTOM, 5, {"id": None}, {"id": "urn:other", "attributes": []}])["User"]
    custom = schema.extensions["urn:x:custom:2.0:user"].attributes
    assert set(custom) == {"floor", "code", "photo", "box", "odd"}
    assert (custom["floor"].type, custom["floor"].multi_valued) == ("integer", True)
    assert (custom["code"].case_exact, custom["code"].mutability, custom["code"].returned) == (
        True,
        "immutable",
        "request",
    )
    assert custom["photo"].case_exact
    assert custom["box"].type == "complex"
    assert custom["box"].sub_attributes["deep"].sub_attributes["er"].sub_attributes == {}
    assert (custom["odd"].type, custom["odd"].mutability, custom["odd"].canonical_values) == (
        "string",
        "readWrite",
        ("a",),
    )
    assert schema.attributes is RFC_USER.attributes
    assert urns.ENTERPRISE_USER.lower() in schema.extensions
    assert "urn:other" not in schema.extensions


def test_a_core_schema_without_attributes_is_the_rfcs() -> None:
    assert read_schemas([{"id": urns.USER, "attributes": []}, {"id": urns.GROUP}]) == {
        "User": RFC_USER,
        "Group": RFC_GROUP,
    }


def test_announced_core_attributes_hold_and_ids_stay_case_exact() -> None:
    members = {
        "name": "members",
        "type": "complex",
        "multiValued": True,
        "subAttributes": [{"name": "value", "caseExact": False}, {"name": "x"}],
    }
    group = read_schemas([{"id": urns.GROUP.upper(), "attributes": [members]}])["Group"]
    assert set(group.attributes) == {"members"}
    found = group.attribute(parse_path("members.value"))
    assert found is not None
    assert found.case_exact


def test_the_resource_type_names_the_extensions() -> None:
    row = {"name": "User", "endpoint": "/Users", "schema": urns.USER}
    none = read_schemas([CUSTOM], [row])["User"]
    assert none.extensions == {}
    named = [{"schema": urns.ENTERPRISE_USER}, {"schema": "urn:x:custom:2.0:User"}, {"schema": "urn:bare"}]
    schema = read_schemas([CUSTOM], [{**row, "schemaExtensions": named}])["User"]
    assert list(schema.extensions) == [urns.ENTERPRISE_USER.lower(), "urn:x:custom:2.0:user", "urn:bare"]
    assert schema.extensions["urn:bare"] == Extension("urn:bare")
    assert schema.extensions[urns.ENTERPRISE_USER.lower()].attributes["department"].name == "department"


def test_schemas_can_be_hashed_and_compared() -> None:
    assert hash(RFC_USER) == hash(RFC_USER.with_extension(RFC_USER.extensions[urns.ENTERPRISE_USER.lower()]))
    assert RFC_USER != RFC_GROUP


def test_a_complex_attribute_that_lists_no_sub_attributes_has_those_of_the_rfc() -> None:
    definitions = [{"name": name, "type": "complex", "multiValued": True} for name in ("emails", "phoneNumbers", "own")]
    manager = {"name": "Manager", "type": "complex", "subAttributes": []}
    schema = read_schemas(
        [{"id": urns.USER, "attributes": definitions}, {"id": urns.ENTERPRISE_USER, "attributes": [manager]}]
    )["User"]
    for name in ("emails", "phonenumbers"):
        assert schema.attributes[name].sub_attributes == RFC_USER.attributes[name].sub_attributes
    assert schema.attributes["own"].sub_attributes == {}
    path = parse_path(f"{urns.ENTERPRISE_USER}:manager.value")
    assert schema.attribute(path) == RFC_USER.attribute(path)
