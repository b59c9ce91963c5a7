"""Which live object is which desired one."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planning_kit import catalog_of, draft_of, given_of, group, known, rows_of, signs, target_text, user

from reconciler.core.comparing.attributes import AttributeView
from reconciler.core.deciding.matching import Records, fold_records, match_resources, values_at
from reconciler.core.resources import Kind
from reconciler.scim.rfc7643 import RFC_GROUP, RFC_USER

MATCH = ("externalId", "userName")


def pair(
    text: Any,
    users: Any,
    records: Any = (),
    *,
    match: Any = MATCH,
    kind: Any = Kind.USER,
    groups: Any = (),
    leaving: Any = frozenset(),
) -> Any:
    made = given_of(catalog_of(text), users, groups, records)
    wanted = [each for each in made.wanted if each.kind is kind]
    view = AttributeView(RFC_USER if kind is Kind.USER else RFC_GROUP)
    live = made.listings[kind].resources
    return match_resources(wanted, live, Records(fold_records(records), leaving), match, view)


def ids(pairs: Any) -> Any:
    return {key: live.id for key, live in {**pairs.linked, **pairs.matched}.items()}


def test_the_link_comes_before_every_match_key() -> None:
    live = [user("1", "ann"), user("2", "ann2", externalId="other")]
    pairs = pair("users: {ann: {userName: ann2, externalId: ann}}", live, [known("ann", "1")])
    assert ids(pairs) == {"ann": "1"}
    assert pairs.linked.keys() == {"ann"}


def test_a_stronger_key_decides_over_all_objects_before_a_weaker_one() -> None:
    """The first of two claims an object by userName that the second has by externalId: the stronger one wins."""
    live = [user("1", "ann", externalId="bob")]
    pairs = pair("users: {ann: {}, bob: {}}", live)
    assert ids(pairs) == {"bob": "1"}


def test_what_a_weaker_key_would_find_is_not_looked_at() -> None:
    live = [user("1", "x", externalId="ann"), user("2", "ann", externalId="other")]
    assert ids(pair("users: {ann: {}}", live)) == {"ann": "1"}


def test_several_candidates_are_disputed_and_all_of_them_contested() -> None:
    live = [user("1", "ann", externalId=None), user("2", "Ann", externalId=None)]
    pairs = pair("users: {ann: {}}", live)
    assert pairs.disputed == {"ann": "several objects have this userName: 1, 2"}
    assert pairs.contested == {"1", "2"}


def test_two_that_claim_one_object_are_both_disputed() -> None:
    text = "users: {ann: {emails: shared@example.com}, bob: {emails: shared@example.com}}"
    live = [user("1", "x", emails=[{"value": "shared@example.com", "type": "work"}])]
    pairs = pair(text, live, match=("emails.value",))
    assert set(pairs.disputed) == {"ann", "bob"}
    assert pairs.disputed["ann"] == "claims object 1 by emails.value, as does bob"
    assert ids(pairs) == {}


def test_an_object_that_a_stronger_key_left_in_dispute_is_no_candidate() -> None:
    live = [user("1", "x", externalId="ann"), user("2", "bob", externalId="ann")]
    pairs = pair("users: {ann: {}, bob: {externalId: other}}", live)
    assert set(pairs.disputed) == {"ann", "bob"}
    assert pairs.disputed["bob"] == "claims object 2 by userName"


def test_a_name_that_another_key_keeps_is_held_by_it() -> None:
    live = [user("1", "robert", externalId="bob")]
    pairs = pair("users: {bob: {userName: robert}, rob: {userName: Robert}}", live)
    assert pairs.disputed == {"rob": "userName held by bob"}
    assert pairs.contested == set()


def test_a_name_that_another_key_gives_up_is_free() -> None:
    live = [user("1", "robert", externalId="bob")]
    pairs = pair("users: {bob: {}, rob: {userName: robert}}", live)
    assert pairs.disputed == {}
    assert ids(pairs) == {"bob": "1"}


def test_a_name_of_somebody_absent_is_free_for_the_next() -> None:
    live = [user("1", "robert", externalId="bob")]
    text = "users: {bob: {state: absent, userName: robert}, rob: {userName: robert}}"
    assert pair(text, live, [known("bob", "1", userName="robert")]).disputed == {}


def test_somebody_absent_needs_no_name_that_the_next_one_bears() -> None:
    text = "users: {old: {state: absent}, new: {userName: old, externalId: new}}"
    pairs = pair(text, [user("1", "old", externalId="new")], [known("new", "1", userName="old")])
    assert (ids(pairs), pairs.disputed) == ({"new": "1"}, {})


def test_the_account_of_somebody_who_left_is_nobody_elses_by_name() -> None:
    """A new colleague with the old name gets neither the account nor a second one beside it."""
    live = [user("1", "robert", externalId="bob")]
    pairs = pair("users: {rob: {userName: robert}}", live, [known("bob", "1", userName="robert")])
    assert ids(pairs) == {}
    assert pairs.disputed == {"rob": "userName held by bob"}


def test_the_account_of_somebody_who_is_deleted_frees_its_name() -> None:
    live = [user("1", "robert", externalId="bob")]
    records = [known("bob", "1", userName="robert")]
    pairs = pair("users: {rob: {userName: robert}}", live, records, leaving=frozenset({"1"}))
    assert (ids(pairs), pairs.disputed) == ({}, {})


def test_a_key_that_changed_is_recognised_by_its_external_id() -> None:
    live = [user("1", "ann", externalId="E1")]
    pairs = pair("users: {anna: {userName: ann, externalId: E1}}", live, [known("ann", "1", externalId="E1")])
    assert ids(pairs) == {"anna": "1"}


def test_an_earlier_key_is_a_link() -> None:
    live = [user("1", "ann")]
    pairs = pair("users: {anna: {previously: [old, ann]}}", live, [known("ann", "1")])
    assert pairs.linked.keys() == {"anna"}


def test_values_of_earlier_keys_are_tried_after_the_present_ones() -> None:
    live = [user("1", "ann"), user("2", "anna")]
    pairs = pair("users: {anna: {previously: [ann]}}", live)
    assert ids(pairs) == {"anna": "2"}
    assert ids(pair("users: {anna: {previously: [nan, ann]}}", live[:1])) == {"anna": "1"}


def test_keys_are_the_same_whatever_their_case() -> None:
    live = [user("1", "x")]
    pairs = pair("users: {Ann: {userName: x}}", live, [known("ann", "1", userName="x")])
    assert pairs.linked.keys() == {"Ann"}


def test_a_link_ends_where_neither_name_nor_external_id_is_left() -> None:
    live = [user("1", "somebody", externalId="else")]
    pairs = pair("users: {ann: {}}", live, [known("ann", "1")])
    assert pairs.disputed == {"ann": "the recorded object 1 now bears another name and externalId"}
    assert pairs.contested == {"1"}


@pytest.mark.parametrize("row", [user("1", "ann", externalId="else"), user("1", "else", externalId="ann")])
def test_a_link_holds_while_one_of_both_is_left(row: Any) -> None:
    assert pair("users: {ann: {}}", [row], [known("ann", "1")]).linked.keys() == {"ann"}


def test_a_link_of_which_nothing_is_known_holds() -> None:
    tree = {
        "p.yaml": "users: {ann: {}}",
        "m.yaml": "mappings: {m: {extends: generic, users: {attributes: {userName: null, externalId: null}}}}",
        "t.yaml": target_text("mapping: m"),
    }
    draft = draft_of(catalog_of(tree), [user("1", "zed")], [], [known("ann", "1", userName="", externalId="")])
    assert draft.decisions[0].live is not None


def test_empty_values_never_match() -> None:
    live = [user("1", "x", externalId=""), user("2", "y", externalId=None)]
    assert ids(pair('users: {ann: {externalId: ""}}', live)) == {}


def test_user_names_match_without_regard_to_case_and_external_ids_with_it() -> None:
    assert ids(pair("users: {ann: {}}", [user("1", "ANN", externalId=None)])) == {"ann": "1"}
    assert ids(pair("users: {ann: {userName: z}}", [user("1", "x", externalId="ANN")])) == {}


@pytest.mark.parametrize(
    ("wanted", "there"), [("weiß", "weiss"), ("\ufb01nn", "finn"), ("\u017fam", "sam"), ("\u0149orth", "\u02bcnorth")]
)
def test_letters_that_are_only_akin_are_another_person(wanted: str, there: str) -> None:
    """Full case folding takes them for the same; no account may be adopted for that."""
    assert ids(pair(f"users: {{ann: {{userName: {wanted}}}}}", [user("1", there)])) == {}


def test_a_match_on_a_sub_attribute_looks_into_the_elements_of_every_type() -> None:
    view = AttributeView(RFC_USER)
    values = {'emails[type eq "work"]': [{"value": "a@x"}], 'emails[type eq "home"]': [{"value": "b@x"}, {"value": ""}]}
    assert values_at(values, "emails.value", view) == ["a@x", "b@x"]
    assert values_at(values, 'emails[type eq "work"].value', view) == ["a@x"]


def test_groups_match_on_external_id_then_on_display_name() -> None:
    live = [group("1", "Ops", externalId=None), group("2", "x", externalId="eng")]
    text = "groups: {ops: {displayName: ops}, eng: {displayName: Eng}}"
    pairs = pair(text, [], match=("externalId", "displayName"), kind=Kind.GROUP, groups=live)
    assert ids(pairs) == {"ops": "1", "eng": "2"}


NAMES = st.sampled_from(["a", "b", "c", "d"])


@st.composite
def worlds(draw: Any) -> Any:
    """Desired users, live ones and records, all over few names, so that they meet in every way."""
    keys = draw(st.lists(NAMES, unique=True, max_size=4))
    names = draw(st.permutations(["a", "b", "c", "d"]))
    users = {key: {"userName": names[place], "externalId": draw(NAMES) + key} for place, key in enumerate(keys)}
    live = [
        user(
            str(place),
            draw(NAMES),
            externalId=draw(st.one_of(st.none(), NAMES.flatmap(lambda a: NAMES.map(lambda b: a + b)))),
        )
        for place in range(draw(st.integers(0, 5)))
    ]
    linked = draw(st.lists(st.sampled_from([each["id"] for each in live]), unique=True, max_size=4)) if live else []
    recorded = draw(st.lists(NAMES, unique=True, min_size=len(linked), max_size=len(linked)))
    records = [known(key, id, userName=live[int(id)]["userName"]) for key, id in zip(recorded, linked, strict=True)]
    text = "users:\n" + "".join(
        f"  {key}: {{userName: {each['userName']}, externalId: {each['externalId']}}}\n" for key, each in users.items()
    )
    return (text if users else "users: {}"), live, records


@settings(max_examples=150, deadline=None)
@given(worlds(), st.randoms(use_true_random=False))
def test_every_object_is_in_exactly_one_decision_whatever_the_order(world: Any, shuffled: Any) -> None:
    text, live, records = world
    catalog = catalog_of(text)
    drafts = []
    for _ in range(2):
        drafts.append(draft_of(catalog, live, [], records))
        live, records = [*live], [*records]
        shuffled.shuffle(live)
        shuffled.shuffle(records)
    first, second = drafts
    users = [each for each in first.decisions if each.kind is Kind.USER]
    shown = [each.live.id for each in users if each.live is not None]
    assert len(shown) == len(set(shown))
    unseen = {each["id"] for each in live} - set(shown)
    assert unseen <= first.people.contested
    keys = [each.key for each in users if each.key is not None]
    assert len(keys) == len(set(keys))
    assert {each.wanted.key for each in users if each.wanted} == set(catalog.desired.users)
    gone = {each.key for each in records} - set(keys)
    taken_over = {each.key for each in records if each.id in shown}
    assert gone <= taken_over
    assert signs(first.rows.operations) == signs(second.rows.operations)
    assert rows_of(first.rows.held) == rows_of(second.rows.held)
    assert rows_of(first.rows.withheld) == rows_of(second.rows.withheld)
    identifiers = [each.id for each in first.rows.operations]
    assert len(identifiers) == len(set(identifiers))


def test_a_disputed_record_is_left_alone() -> None:
    """The recorded object of a leaver that may be a newcomer's is not disabled before that is settled."""
    live = [user("1", "ann", externalId="E"), user("2", "bob", externalId="E")]
    records = [known("ann", "1", externalId="E")]
    draft = draft_of("users: {zoe: {externalId: E}}", live, [], records)
    assert rows_of(draft.rows.held) == {("zoe", None, "disputed"), ("ann", None, "disputed")}
    assert draft.rows.operations == []
