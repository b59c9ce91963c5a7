from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scim_worlds import SCHEMA, VIEW

from reconciler.core.comparing.attributes import AttributeView
from reconciler.core.plan import Change, Member
from reconciler.core.planning.bodies import (
    add_members_body,
    assemble,
    member_element,
    member_id,
    patch_operation,
    put_members_body,
    remove_members_body,
    replacement,
    update_body,
)
from reconciler.platforms.profile import MemberRemoval, Shape
from reconciler.scim.patching import apply_patch
from reconciler.scim.schemas import RFC_GROUP, RFC_USER, Attribute, Extension, ResourceSchema
from reconciler.scim.urns import ENTERPRISE_USER

ids = st.sampled_from(["a", "B", 'q"u\\o', "ü", "7"])
members = st.lists(st.one_of(ids, ids.map(lambda each: {"value": each, "display": "x"})), max_size=5)
groups = st.fixed_dictionaries(
    {"id": st.just("g"), "displayName": st.just("G")},
    optional={"members": members, "meta": st.just({}), "vendor": st.just(1)},
)


def ids_in(document: dict[str, Any]) -> set[str | None]:
    found = document.get("members") or []
    return {member_id(each) for each in found}


@given(groups, st.sets(ids), st.sampled_from(list(MemberRemoval)))
def test_every_way_to_remove_members_removes_exactly_these(
    group: dict[str, Any], gone: set[str], removal: MemberRemoval
) -> None:
    before = copy.deepcopy(group)
    body = remove_members_body(sorted(gone), removal, group)
    after = body if removal is MemberRemoval.PUT else apply_patch(group, body["Operations"], RFC_GROUP)
    assert ids_in(after) == ids_in(group) - gone
    assert after.get("vendor") == group.get("vendor")
    assert group == before


@given(groups, st.lists(ids, unique=True))
def test_every_way_to_add_members_adds_exactly_these(group: dict[str, Any], joining: list[str]) -> None:
    elements = [member_element(Member(key=f"user:{each}", id=each)) for each in joining]
    put = put_members_body(group, elements)
    patched = apply_patch(group, add_members_body(elements)["Operations"], RFC_GROUP)
    assert ids_in(put) == ids_in(patched) == ids_in(group) | set(joining)
    assert len(put["members"]) == len(group.get("members") or []) + len(set(joining) - ids_in(group))
    assert "meta" not in put


def test_members_are_found_in_any_spelling_and_shape() -> None:
    group = {"Members": {"Value": "a"}, "META": {}, "displayName": "G"}
    assert remove_members_body(["a"], MemberRemoval.PUT, group) == {"Members": [], "displayName": "G"}
    put = put_members_body(group, [{"value": "b"}])
    assert put == {"Members": [{"Value": "a"}, {"value": "b"}], "displayName": "G"}


def test_members_that_have_no_id_yet_are_there_by_a_marker() -> None:
    coming = [member_element(Member(key=key)) for key in ("user:ann", "group:ops")]
    assert coming == [{"value": {"$ref": "user:ann"}}, {"value": {"$ref": "group:ops"}, "type": "Group"}]
    assert put_members_body({}, coming)["members"] == coming


@pytest.mark.parametrize(
    ("member", "id"),
    [({"value": "a"}, "a"), ("a", "a"), (7, "7"), ({"value": 7}, "7"), ({"VALUE": "a"}, "a")]
    + [(each, None) for each in ({"value": ""}, {"value": True}, {}, None, ["a"], {"value": {"$ref": "user:a"}})],
)
def test_the_id_of_a_member(member: Any, id: str | None) -> None:
    assert member_id(member) == id


def change(path: str, before: Any, after: Any) -> Change:
    return Change(path=path, before=before, after=after)


A, B = {"value": "a"}, {"value": "b"}
WORK = 'emails[type eq "work"]'
MANAGER = f"{ENTERPRISE_USER}:manager.value"


@pytest.mark.parametrize(
    ("path", "before", "after", "operation"),
    [
        ("title", None, "x", {"op": "add", "path": "title", "value": "x"}),
        ("title", "x", "y", {"op": "replace", "path": "title", "value": "y"}),
        ("title", "x", None, {"op": "remove", "path": "title"}),
        ("active", True, False, {"op": "replace", "path": "active", "value": False}),
        (MANAGER, None, "7", {"op": "add", "path": MANAGER, "value": "7"}),
        ("emails", None, [A], {"op": "add", "path": "emails", "value": [A]}),
        ("emails", [A], [A, B], {"op": "add", "path": "emails", "value": [B]}),
        ("emails", [A], [B], {"op": "replace", "path": "emails", "value": [B]}),
        ("emails", [A], None, {"op": "remove", "path": "emails"}),
        (WORK, None, [A], {"op": "add", "path": "emails", "value": [A]}),
        (WORK, [A], None, {"op": "remove", "path": WORK}),
        (f"{WORK}.value", "a", "b", {"op": "replace", "path": f"{WORK}.value", "value": "b"}),
        (f"{WORK}.primary", None, True, {"op": "add", "path": f"{WORK}.primary", "value": True}),
    ],
)
def test_the_operation_of_a_change(path: str, before: Any, after: Any, operation: dict[str, Any]) -> None:
    assert patch_operation(change(path, before, after), VIEW) == operation


def test_a_new_resource_names_the_schemas_that_it_uses_and_nothing_empty() -> None:
    values = {
        "userName": "ann",
        f"{RFC_USER.urn}:nickName": "a",
        "title": "",
        "name.givenName": "Ann",
        "name.familyName": "N",
        WORK: [{"value": "a", "type": "work", "display": ""}],
        'emails[type eq "home"]': [],
        'emails[type eq "other"]': [{"value": "o", "type": "other", "primary": False}],
        MANAGER: {"$ref": "user:bob"},
        f"{ENTERPRISE_USER}:department": "D",
    }
    assert assemble(values.items(), VIEW) == {
        "schemas": [RFC_USER.urn, ENTERPRISE_USER],
        "userName": "ann",
        "nickName": "a",
        "name": {"givenName": "Ann", "familyName": "N"},
        "emails": [{"value": "a", "type": "work"}, {"value": "o", "type": "other", "primary": False}],
        ENTERPRISE_USER: {"manager": {"value": {"$ref": "user:bob"}}, "department": "D"},
    }


@pytest.mark.parametrize("shape", [Shape.PUT, Shape.PATCH_WITHOUT_PATH])
def test_an_id_that_is_still_to_come_stays_a_marker_in_every_shape(shape: Shape) -> None:
    marker = {"$ref": "user:bob"}
    body = update_body([change(MANAGER, None, marker)], shape, {"id": "7"}, VIEW)
    holder = body if shape is Shape.PUT else body["Operations"][0]["value"]
    assert holder[ENTERPRISE_USER] == {"manager": {"value": marker}}


def test_an_element_that_is_gone_by_now_is_made_again_where_the_update_is_built_here() -> None:
    """The PATCH with a path is the endpoint's to answer."""
    changes = [change(f"{WORK}.value", "old", "new")]
    put = update_body(changes, Shape.PUT, {"id": "7"}, VIEW)
    assert put["emails"] == [{"type": "work", "value": "new"}]
    assert update_body(changes, Shape.PATCH, {}, VIEW)["Operations"][0]["op"] == "replace"


def test_several_primaries_that_an_endpoint_holds_are_not_sent_back() -> None:
    document = {
        "emails": [{"value": "a", "primary": True}, {"value": "b", "primary": "true"}],
        "urn:x": {"faxes": [{"primary": True}, {"primary": True}]},
        "vendor": {"list": [{"primary": True}, {"primary": True}]},
    }
    put = update_body([change("title", None, "x")], Shape.PUT, document, VIEW)
    assert [each["primary"] for each in put["emails"]] == [True, False]
    assert [each["primary"] for each in put["urn:x"]["faxes"]] == [True, False]
    assert put["vendor"] == document["vendor"]


def test_a_replacement_keeps_everything_but_what_the_server_owns_and_names_its_schemas() -> None:
    document = {
        "Schemas": [RFC_USER.urn],
        "id": "7",
        "Meta": {},
        "GROUPS": [{"value": "g"}],
        "x": None,
        ENTERPRISE_USER.upper(): {"department": "D"},
    }
    body = replacement(document, SCHEMA)
    assert body == {
        "Schemas": [RFC_USER.urn, ENTERPRISE_USER],
        "id": "7",
        "x": None,
        ENTERPRISE_USER.upper(): {"department": "D"},
    }
    assert replacement({ENTERPRISE_USER: None}, SCHEMA)["schemas"] == [RFC_USER.urn]
    named = {"schemas": [RFC_USER.urn, ENTERPRISE_USER.lower()], ENTERPRISE_USER: {"department": "D"}}
    assert replacement(named, SCHEMA)["schemas"] == named["schemas"]


@pytest.mark.parametrize("shape", [Shape.PUT, Shape.PATCH_WITHOUT_PATH])
def test_what_an_endpoint_requires_or_holds_fast_is_its_own_to_judge(shape: Shape) -> None:
    value = Attribute("value", mutability="immutable")
    emails = Attribute("emails", "complex", multi_valued=True, required=True, sub_attributes={"value": value})
    badge = Extension("urn:x:y", {"badge": Attribute("badge", mutability="immutable")})
    schema = ResourceSchema("User", RFC_USER.urn, {"emails": emails}, {"urn:x:y": badge})
    document = {"emails": [A, B], "urn:x:y": {"badge": "1"}}
    changes = [change("emails", [A, B], [A]), change("urn:x:y:badge", "1", "2")]
    body = update_body(changes, shape, document, AttributeView(schema))
    sent = body if shape is Shape.PUT else body["Operations"][0]["value"]
    assert (sent["emails"], sent["urn:x:y"]) == ([A], {"badge": "2"})
    cleared = update_body([change("emails", [A, B], None)], shape, document, AttributeView(schema))
    assert not (cleared if shape is Shape.PUT else cleared["Operations"][0]["value"]).get("emails")
