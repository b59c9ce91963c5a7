from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scim_worlds import SCHEMA, VIEW, email_lists, live_email, wanted_email

from reconciler.core.comparing.elements import (
    as_elements,
    can_be_created,
    get_sub,
    is_primary,
    merge_element,
    merge_pairing,
    pair_elements,
    satisfies,
    without_primary,
)

EMAILS = SCHEMA.attributes["emails"]
ADDRESSES = SCHEMA.attributes["addresses"]
TAGS = VIEW["urn:example:scim:badge:2.0:User:tags"].attribute

live_lists = st.lists(live_email, max_size=5).map(as_elements)
wanted_lists = email_lists(max_size=4)


def identities(elements: list[Any]) -> list[int]:
    return sorted(map(id, elements))


@given(wanted_lists, live_lists)
def test_every_element_is_in_one_place_at_most_and_equal_ones_are_equal(wanted: list[Any], live: list[Any]) -> None:
    pairing = pair_elements(wanted, live, EMAILS)
    pairs = [*pairing.equal, *pairing.changed]
    mine = identities([*(each for each, _ in pairs), *pairing.added])
    theirs = identities([*(each for _, each in pairs), *pairing.removed])
    assert set(mine) <= set(identities(wanted))
    assert set(theirs) <= set(identities(live))
    assert len(set(mine)) == len(mine)
    assert all(satisfies(there, each, EMAILS) for each, there in pairing.equal)
    assert not any(satisfies(there, each, EMAILS) for each, there in pairing.changed)


@given(wanted_lists, live_lists, st.randoms(use_true_random=False))
def test_whether_lists_are_in_sync_does_not_depend_on_their_order(wanted: list[Any], live: list[Any], rng: Any) -> None:
    other = pair_elements(rng.sample(wanted, len(wanted)), rng.sample(live, len(live)), EMAILS)
    assert other.in_sync == pair_elements(wanted, live, EMAILS).in_sync


@given(wanted_lists)
def test_a_list_is_in_sync_with_itself(wanted: list[Any]) -> None:
    assert pair_elements(wanted, wanted, EMAILS).in_sync


@given(wanted_lists, live_lists)
def test_the_merged_list_is_what_is_wanted_with_one_primary_at_most(wanted: list[Any], live: list[Any]) -> None:
    merged = merge_pairing(pair_elements(wanted, live, EMAILS), EMAILS)
    assert pair_elements(wanted, merged, EMAILS).in_sync
    assert sum(map(is_primary, merged)) <= 1


@given(wanted_email, live_email)
def test_a_merged_element_has_what_is_wanted_and_keeps_the_rest(wanted: dict[str, Any], live: Any) -> None:
    merged = merge_element(live, wanted, EMAILS)
    assert satisfies(merged, wanted, EMAILS)
    if isinstance(live, dict):
        assert merged.get("verified") == live.get("verified")


def test_as_many_elements_as_possible_find_one_that_fits() -> None:
    """The first of them fits both."""
    wanted = [{"value": "a", "display": "d"}, {"value": "a", "type": "work"}]
    live = [{"value": "a", "type": "work", "display": "d"}, {"value": "a", "type": "home", "display": "d"}]
    assert pair_elements(wanted, live, EMAILS).in_sync
    assert pair_elements(wanted, live[::-1], EMAILS).in_sync
    assert pair_elements(wanted[::-1], live, EMAILS).in_sync


def test_of_the_same_value_the_one_of_the_same_type_is_changed() -> None:
    wanted = {"value": "a", "type": "home", "display": "x"}
    work, home = {"value": "a", "type": "work"}, {"value": "a", "type": "home"}
    pairing = pair_elements([wanted], [work, home], EMAILS)
    assert pairing.changed == [(wanted, home)]
    assert pairing.removed == [work]


def test_an_element_whose_value_is_replaced_loses_what_was_derived_from_it() -> None:
    live = {"value": "a", "type": "work", "Display": "A", "$ref": "../a", "primary": True, "note": 1}
    merged = merge_element(live, {"value": "b", "type": "work"}, EMAILS)
    assert merged == {"value": "b", "type": "work", "primary": True, "note": 1}
    assert merge_element(live, {"type": "home"}, EMAILS)["Display"] == "A"
    assert merge_element(live, {"value": "A", "display": ""}, EMAILS).keys() == {
        "value",
        "type",
        "$ref",
        "primary",
        "note",
    }


def test_plain_elements_compare_as_values() -> None:
    assert pair_elements(["a", "b"], ["B", "A"], TAGS).in_sync
    pairing = pair_elements(["a"], ["b"], TAGS)
    assert (pairing.added, pairing.removed) == (["a"], ["b"])
    assert merge_element("b", "a", TAGS) == "a"
    assert pair_elements(["a"], [{"value": "A"}], None).in_sync
    assert not satisfies("a", {"type": "work"}, EMAILS)


def test_addresses_have_no_value_and_are_recognised_by_their_type() -> None:
    live = [{"type": "home", "country": "DE", "locality": "Bonn"}, {"type": "work", "country": "FR"}]
    assert pair_elements(
        [{"type": "work", "country": "fr"}, {"type": "home", "country": "DE"}], live, ADDRESSES
    ).in_sync
    changed = pair_elements([{"type": "home", "country": "AT"}], live, ADDRESSES)
    assert changed.changed == [({"type": "home", "country": "AT"}, live[0])]
    assert can_be_created({"type": "home"}, ADDRESSES)
    assert not can_be_created({"type": "home", "value": ""}, EMAILS)
    assert can_be_created("a", EMAILS)


@pytest.mark.parametrize(
    ("value", "elements"),
    [(None, []), ("", []), ({}, []), ([], []), ("a", ["a"]), ({"value": 1}, [{"value": 1}]), ([None, 0, ""], [0])],
)
def test_whatever_a_server_sends_for_a_list_is_read_as_its_elements(value: Any, elements: list[Any]) -> None:
    assert as_elements(value) == elements


def test_the_mark_of_a_primary_goes_in_the_spelling_that_it_has() -> None:
    first, second = {"Primary": "true"}, {"primary": True}
    assert without_primary([first, second, "x"], second) == [{"Primary": False}, second, "x"]
    assert get_sub("x", "Value") == "x"
    assert get_sub("value", "type") is None


def test_a_wanted_element_of_which_another_says_more_does_not_count() -> None:
    less, more = {"value": "a", "display": "d", "primary": False}, {"value": "A", "type": "work", "display": "D"}
    assert pair_elements([less, more], [more], EMAILS).in_sync
    assert pair_elements([less, more, more], [more, more], EMAILS).in_sync
    assert pair_elements(["a", "A"], ["a"], TAGS).in_sync
    untitled = {"value": "a", "type": "work"}
    assert pair_elements([less, more], [untitled], EMAILS).changed == [(more, untitled)]
    assert pair_elements(["a", untitled], [untitled], EMAILS).in_sync
