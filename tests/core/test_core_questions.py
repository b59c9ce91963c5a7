"""What a first draft asks, and what answers make of it."""

from __future__ import annotations

from typing import Any

from planning_kit import catalog_of, given_of, known, listing, target_text, unreadable, user

from reconciler.core.planning.drafts import Lookups
from reconciler.core.planning.planner import draft_plan
from reconciler.core.planning.questions import ById, ByMatch, Reply, open_questions, with_replies
from reconciler.core.resources import Kind, LiveResource, Ref

BOB = LiveResource(Kind.USER, "2", user("2", "bob"))


def asked(text: str, users: Any, records: Any = (), *lines: str, **more: Any) -> Any:
    """The input without anything looked up, and the questions of its draft."""
    catalog = catalog_of({"p.yaml": text, "t.yaml": target_text(*lines)})
    given = given_of(catalog, users, (), records, **more)
    given = type(given)(**{**{name: getattr(given, name) for name in given.__slots__}, "lookups": Lookups()})
    return given, open_questions(draft_plan(given), given)


PARTIAL = listing(Kind.USER, [user("1", "ann")], complete=False, problem="cut")


def test_a_complete_listing_that_holds_all_that_is_known_leaves_no_question() -> None:
    assert asked("users: {ann: {}, new: {}}", [user("1", "ann")], [known("ann", "1")])[1] == []


def test_whatever_is_known_and_not_listed_is_looked_up_by_id() -> None:
    questions = asked("users: {ann: {}}", [], [known("ann", "1"), known("old", "2")])[1]
    assert set(questions) == {ById(Kind.USER, "1"), ById(Kind.USER, "2")}


def test_another_object_that_matches_does_not_answer_for_the_recorded_one() -> None:
    assert asked("users: {ann: {}}", [user("9", "ann")], [known("ann", "1")])[1] == [ById(Kind.USER, "1")]


def test_what_cannot_be_read_is_not_asked_for_again() -> None:
    users = listing(Kind.USER, [], unreadable=(unreadable(Kind.USER, "1"),))
    assert asked("users: {ann: {}}", users, [known("ann", "1")])[1] == []


def test_an_incomplete_listing_has_everything_looked_up_that_it_may_have_left_out() -> None:
    questions = asked("users: {ann: {}, bob: {externalId: E2}, old: {state: absent}}", PARTIAL)[1]
    assert questions == [ByMatch(Ref(Kind.USER, "bob"), (("externalId", "E2"), ("userName", "bob")))]


def test_a_name_that_is_to_be_taken_is_asked_for_where_a_listing_may_have_left_out_its_holder() -> None:
    text = "users: {ann: {userName: dave}}"
    question = ByMatch(Ref(Kind.USER, "ann"), (("userName", "dave"),))
    assert asked(text, PARTIAL, [known("ann", "1")])[1] == [question]
    assert asked(text, [user("1", "ann")], [known("ann", "1")])[1] == []


def test_somebody_absent_is_asked_for_where_nothing_is_listed() -> None:
    nothing = listing(Kind.USER, [], complete=False, singly=True)
    question = ByMatch(Ref(Kind.USER, "old"), (("externalId", "old"), ("userName", "old")))
    given, questions = asked("users: {old: {state: absent}}", nothing)
    assert questions == [question]
    settled = with_replies(given, [Reply(question, (LiveResource(Kind.USER, "7", user("7", "old")),))])
    [row] = draft_plan(settled).rows.withheld
    assert (row.key, str(row.reason)) == ("old", "not_owned")


def test_match_keys_are_asked_for_one_by_one_in_their_order() -> None:
    text = """
users: {bob: {emails: [{value: b@x, type: work}, {value: c@x, type: home}]}}
mappings: {m: {extends: generic, users: {match: [emails.value, userName]}}}
"""
    [question] = asked(text, PARTIAL, (), "mapping: m")[1]
    assert question.keys == (("emails.value", "b@x"), ("emails.value", "c@x"), ("userName", "bob"))


def test_ends_of_access_on_an_incomplete_listing_are_confirmed_by_id() -> None:
    for text in ("state: absent", "state: disabled", "until: 2026-01-01"):
        assert asked(f"users: {{ann: {{{text}}}}}", PARTIAL, [known("ann", "1")])[1] == [ById(Kind.USER, "1")]
    assert asked("users: {}", PARTIAL, [known("ann", "1")])[1] == []
    assert asked("users: {ann: {title: Boss}}", PARTIAL, [known("ann", "1")])[1] == []


def test_an_endpoint_without_groups_is_asked_for_none() -> None:
    catalog = catalog_of("groups: {g: {}}")
    groups = listing(Kind.GROUP, complete=False, offered=False)
    given = given_of(catalog, (), groups, [known("g", "1", Kind.GROUP)])
    assert open_questions(draft_plan(given), given) == []


def test_a_recorded_object_that_exists_makes_its_listing_incomplete() -> None:
    given, [question] = asked("users: {bob: {}}", [user("1", "ann")], [known("bob", "2")])
    after = with_replies(given, [Reply(question, (BOB,))])
    users = after.listings[Kind.USER]
    assert [each.id for each in users.resources] == ["1", "2"]
    assert (users.complete, users.problem) == (False, "the listing left out object 2, which exists")
    assert [each.situation for each in draft_plan(after).decisions if each.key == "bob"] == ["in_sync"]


def test_one_that_does_not_exist_is_gone() -> None:
    given, [question] = asked("users: {bob: {}}", [], [known("bob", "2")])
    after = with_replies(given, [Reply(question, ())])
    assert after.lookups.gone == {(Kind.USER, "2")}
    assert after.listings == given.listings
    assert open_questions(draft_plan(after), after) == []


def test_one_that_an_incomplete_listing_showed_and_a_look_up_does_not_is_taken_out() -> None:
    given, [question] = asked("users: {ann: {state: absent}}", PARTIAL, [known("ann", "1")])
    after = with_replies(given, [Reply(question, ())])
    assert after.listings[Kind.USER].resources == ()
    assert draft_plan(after).rows.operations == []


def test_a_look_up_counts_more_than_the_listing() -> None:
    given, [question] = asked("users: {ann: {state: disabled}}", PARTIAL, [known("ann", "1")])
    fresh = LiveResource(Kind.USER, "1", user("1", "ann", active=False))
    after = with_replies(given, [Reply(question, (fresh,))])
    assert after.listings[Kind.USER].resources == (fresh,)
    assert after.lookups.read == {(Kind.USER, "1")}
    assert draft_plan(after).rows.operations == []
    assert open_questions(draft_plan(after), after) == []


def test_a_look_up_that_could_not_be_made_leaves_the_question_open() -> None:
    given, [question] = asked("users: {bob: {}}", PARTIAL)
    after = with_replies(given, [Reply(question, None)])
    assert (after.lookups, after.listings) == (given.lookups, given.listings)
    assert open_questions(draft_plan(after), after) == [question]


def test_a_wanted_object_that_was_found_is_adopted_and_not_created() -> None:
    given, [question] = asked("users: {bob: {}}", PARTIAL)
    after = with_replies(given, [Reply(question, (BOB,))])
    assert [each.action for each in draft_plan(after).rows.operations] == ["adopt"]
    assert after.listings[Kind.USER].problem == "cut"
