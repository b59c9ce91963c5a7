from __future__ import annotations

import copy
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scim_worlds import SCHEMA, VIEW, documents, wanted_values
from wanted_kit import wanted_user

from reconciler.core.comparing.attributes import AttributeView
from reconciler.core.comparing.diff import diff_values
from reconciler.core.known import Learnt, Lesson
from reconciler.core.mapping.fitting import MOST_EXAMPLES, Drops, Fitter
from reconciler.core.plan import Change
from reconciler.core.planning.bodies import assemble, patch_operation
from reconciler.core.resources import Kind, Ref, ValuesByType
from reconciler.core.vocabulary import DropReason
from reconciler.scim.patching import apply_patch
from reconciler.scim.schemas import RFC_USER, Attribute, Extension, ResourceSchema
from reconciler.scim.urns import ENTERPRISE_USER

DAY = date(2026, 11, 21)
WORK = 'emails[type eq "work"]'
MANAGER = f"{ENTERPRISE_USER}:manager"


def not_kept(*subjects: str, key: str = "", kind: Kind = Kind.USER) -> list[Learnt]:
    return [Learnt(Lesson.NOT_KEPT, kind, each, "", DAY, key) for each in subjects]


def fitted(
    values: dict[str, Any], view: AttributeView = VIEW, learnt: list[Learnt] | None = None
) -> tuple[dict[str, Any], list[tuple[str, DropReason]]]:
    wanted, drops = wanted_user(copy.deepcopy(values)), Drops()
    Fitter(Kind.USER, view, learnt or []).fit(wanted, drops)
    return wanted.values, [(each.what, each.reason) for each in drops.rows()]


def view_with(**attributes: Attribute) -> AttributeView:
    changed = {name.lower(): each for name, each in attributes.items()}
    schema = ResourceSchema("User", RFC_USER.urn, {**RFC_USER.attributes, **changed}, RFC_USER.extensions)
    return AttributeView(schema)


# Laws


@given(wanted_values)
def test_what_fits_is_not_changed_by_fitting_and_fitting_twice_is_fitting_once(values: dict[str, Any]) -> None:
    once, dropped = fitted(values)
    assert dropped == []
    assert once == values
    assert fitted(once)[0] == once


odd_values = st.dictionaries(
    st.sampled_from(["title", "emails", "emails.value", "roles", MANAGER, f"{MANAGER}.value", "name", "groups"])
    | st.sampled_from(['title[type eq "work"]', 'addresses[value eq "x"]', "a b", "urn:x:y", "meta.version"]),
    st.one_of(
        st.sampled_from(["", "x", 7, True, [], ["x"], ["x", "y"], {"value": "x"}]),
        st.just([{"value": "x", "type": "work", "shoe": 1}]),
    ),
)


@given(documents, odd_values, st.booleans())
def test_whatever_is_mapped_what_is_left_can_be_written_and_is_then_in_sync(
    document: dict[str, Any], values: dict[str, Any], by_type: bool
) -> None:
    if by_type:
        values.pop("emails", None)  # mapping folds the part into the whole
        values[WORK] = [{"value": "x", "type": "work", "shoe": 1}]
    values.pop(f"{MANAGER}.value" if MANAGER in values else "", None)
    left, _ = fitted(values)
    operations = [
        patch_operation(Change(path=each.path, before=each.before, after=each.after), VIEW)
        for each in diff_values(left, document, VIEW)
    ]
    after = apply_patch(document, operations, SCHEMA)
    assert diff_values(left, after, VIEW) == []
    assert diff_values(left, assemble(left.items(), VIEW), VIEW) == []


# Examples


@pytest.mark.parametrize(
    ("values", "left", "dropped"),
    [
        ({"shoe": "x"}, {}, [("shoe", DropReason.NOT_IN_SCHEMA)]),
        ({"urn:x:y": "x"}, {}, [("urn:x:y", DropReason.NOT_IN_SCHEMA)]),
        ({ENTERPRISE_USER: "x"}, {}, [(ENTERPRISE_USER, DropReason.NOT_IN_SCHEMA)]),
        ({"meta.version": "x"}, {}, [("meta.version", DropReason.READ_ONLY)]),
        ({"groups": ["x"]}, {}, [("groups", DropReason.READ_ONLY)]),
        ({f"{MANAGER}.displayName": "x"}, {}, [(f"{MANAGER}.displayName", DropReason.READ_ONLY)]),
        ({"emails.value": "x"}, {}, [("emails.value", DropReason.NOT_IN_SCHEMA)]),
        ({'title[type eq "x"]': ["x"]}, {}, [('title[type eq "x"]', DropReason.NOT_IN_SCHEMA)]),
        ({'addresses[value eq "x"]': []}, {}, [('addresses[value eq "x"]', DropReason.NOT_IN_SCHEMA)]),
        ({"title": ["x", "y"]}, {}, [("title", DropReason.NOT_IN_SCHEMA)]),
        ({"title": ["x"]}, {"title": "x"}, []),
        ({"title": []}, {"title": ""}, []),
        ({"title": {"value": "x"}}, {"title": "x"}, []),
        ({MANAGER: "7"}, {MANAGER: {"value": "7"}}, []),
        ({MANAGER: {"value": "7"}}, {MANAGER: {"value": "7"}}, []),
        ({MANAGER: Ref(Kind.USER, "bob")}, {MANAGER: {"value": Ref(Kind.USER, "bob")}}, []),
        ({"emails": "x"}, {"emails": [{"value": "x"}]}, []),
        ({"emails": ""}, {"emails": []}, []),
        ({"emails": [{"type": "work"}, "x"]}, {"emails": [{"value": "x"}]}, []),
        ({WORK: [{"type": "work"}]}, {WORK: [{"type": "work"}]}, []),
        (
            {"emails": [{"value": "x", "shoe": 1}, {"value": "y", "shoe": 2}]},
            {"emails": [{"value": "x"}, {"value": "y"}]},
            [("emails.shoe", DropReason.NOT_IN_SCHEMA)],
        ),
        (
            {"urn:example:scim:badge:2.0:User:tags": [{"value": "a"}, "b"]},
            {"urn:example:scim:badge:2.0:User:tags": ["a", "b"]},
            [],
        ),
    ],
)
def test_what_a_target_can_hold_of_a_value(
    values: dict[str, Any], left: dict[str, Any], dropped: list[tuple[str, DropReason]]
) -> None:
    assert fitted(values) == (left, dropped)


def test_a_sub_attribute_that_only_the_server_writes_is_left_out() -> None:
    subs = {"value": Attribute("value"), "display": Attribute("display", mutability="readOnly")}
    view = view_with(roles=Attribute("roles", "complex", multi_valued=True, sub_attributes=subs))
    assert fitted({"roles": [{"value": "a", "display": "A"}]}, view) == (
        {"roles": [{"value": "a"}]},
        [("roles.display", DropReason.READ_ONLY)],
    )


def test_a_target_whose_emails_have_no_types_takes_none_by_type() -> None:
    subs = {"value": Attribute("value")}
    view = view_with(emails=Attribute("emails", "complex", multi_valued=True, sub_attributes=subs))
    assert fitted({WORK: [{"value": "a", "type": "work"}]}, view) == ({}, [(WORK, DropReason.NOT_IN_SCHEMA)])


def test_a_filter_on_plain_values_is_by_value() -> None:
    plain = Extension("urn:x:y", {"tags": Attribute("tags", multi_valued=True)})
    view = AttributeView(RFC_USER.with_extension(plain))
    path = 'urn:x:y:tags[value eq "a"]'
    assert fitted({path: [{"value": "a"}]}, view) == ({path: ["a"]}, [])
    typed = 'urn:x:y:tags[type eq "a"]'
    assert fitted({typed: ["a"]}, view) == ({}, [(typed, DropReason.NOT_IN_SCHEMA)])


def test_what_an_endpoint_does_not_keep_is_left_out_by_path_by_attribute_and_by_part() -> None:
    learnt = not_kept("title", "addresses", "emails.display")
    values = {
        "title": "x",
        "nickName": "n",
        'addresses[type eq "home"]': [{"type": "home"}],
        "emails": [{"value": "a", "display": "A"}],
    }
    left, dropped = fitted(values, learnt=[*learnt, *not_kept("nickName", kind=Kind.GROUP)])
    assert left == {"nickName": "n", "emails": [{"value": "a"}]}
    assert {what for what, _ in dropped} == {"title", 'addresses[type eq "home"]', "emails.display"}
    assert {reason for _, reason in dropped} == {DropReason.NOT_KEPT}


def test_what_access_and_matching_depend_on_is_never_learnt_away() -> None:
    names = ("active", "userName", "externalId")
    values: dict[str, Any] = {"active": True, "userName": "a", "externalId": "e"}
    assert fitted(values, learnt=[*not_kept(*names), *not_kept(*names, key="ann")]) == (values, [])


def test_a_lesson_about_one_object_is_about_that_object() -> None:
    assert fitted({"title": "x"}, learnt=not_kept("title", key="bob")) == ({"title": "x"}, [])
    assert fitted({"title": "x"}, learnt=not_kept("title", key="ann")) == ({}, [("title", DropReason.NOT_KEPT)])


def test_drops_are_counted_with_a_few_examples() -> None:
    drops = Drops()
    for number in range(MOST_EXAMPLES + 2):
        drops.add("title", DropReason.NOT_KEPT, f"user:{number}")
    drops.add("locale", DropReason.READ_ONLY, "user:x", count=7)
    assert [(each.what, each.count, len(each.examples)) for each in drops.rows()] == [
        ("locale", 7, 1),
        ("title", MOST_EXAMPLES + 2, MOST_EXAMPLES),
    ]


def test_values_by_type_come_out_as_plain_elements() -> None:
    left, _ = fitted({"emails": ValuesByType([{"value": "a", "type": "work"}])})
    assert left == {"emails": [{"value": "a", "type": "work"}]}


def test_where_types_are_not_kept_the_values_of_every_type_are_the_attribute() -> None:
    home = 'emails[type eq "home"]'
    values = {WORK: [{"value": "a", "type": "work"}], home: [{"value": "h", "type": "home"}], "title": "x"}
    left, dropped = fitted(values, learnt=not_kept("emails.type"))
    assert left == {"title": "x", "emails": [{"value": "a"}, {"value": "h"}]}
    assert dropped == [("emails.type", DropReason.NOT_KEPT)]
    assert fitted({WORK: []}, learnt=not_kept("emails.type")) == ({}, [])


@pytest.mark.parametrize(
    "attribute",
    [
        Attribute("emails", "complex", multi_valued=True),
        Attribute("emails", "complex", multi_valued=True, sub_attributes={"type": Attribute("type")}),
    ],
)
@pytest.mark.parametrize("path", ["emails", WORK])
def test_a_list_of_which_nothing_is_left_is_not_managed(attribute: Attribute, path: str) -> None:
    left, dropped = fitted({path: [{"value": "a", "type": "work"}]}, view_with(emails=attribute))
    assert left == {}
    assert (path, DropReason.NOT_IN_SCHEMA) in dropped
    assert path == WORK or fitted({path: []}, view_with(emails=attribute)) == ({path: []}, [])


def test_plain_values_that_cannot_be_made_of_parts_are_not_managed() -> None:
    view = view_with(addresses=Attribute("addresses", multi_valued=True))
    left, dropped = fitted({"addresses": [{"locality": "Bonn"}]}, view)
    assert (left, dropped) == ({}, [("addresses", DropReason.NOT_IN_SCHEMA)])
