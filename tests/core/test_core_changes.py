from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from scim_worlds import SCHEMA, VIEW, documents, wanted_values
from wanted_kit import FILE, live_user, rules_of, wanted_group, wanted_user

from reconciler.core.comparing.attributes import AttributeView
from reconciler.core.comparing.diff import diff_values
from reconciler.core.deciding.changes import ChangeMaker
from reconciler.core.known import Known, Origin
from reconciler.core.mapping.rules import Rules
from reconciler.core.plan import Change
from reconciler.core.planning.bodies import assemble
from reconciler.core.resources import Kind, LiveResource, Ref
from reconciler.core.vocabulary import By
from reconciler.scim.schemas import RFC_GROUP, Attribute, Extension
from reconciler.scim.urns import ENTERPRISE_USER

WORK = 'emails[type eq "work"]'
MANAGER = f"{ENTERPRISE_USER}:manager.value"
NO_RULES = Rules(Kind.USER, ("userName",), ())


def maker_of(sync: str, path: str = "title", value: Any = "x") -> ChangeMaker:
    return ChangeMaker(rules_of({path: {"value": value, "sync": sync}}, {}), VIEW)


def known(**applied: Any) -> Known:
    return Known(Kind.USER, "ann", "7", Origin.CREATED, applied)


def updates(
    maker: ChangeMaker, values: dict[str, Any], document: dict[str, Any], record: Known | None = None
) -> list[tuple[str, Any, Any, By]]:
    found = maker.updating(wanted_user(values), live_user(**document), record)
    return [(each.path, each.before, each.after, each.by) for each in found]


# Laws


@given(documents, wanted_values)
def test_without_rules_that_say_otherwise_every_difference_is_a_change(
    document: dict[str, Any], values: dict[str, Any]
) -> None:
    live = LiveResource(Kind.USER, "7", document)
    changes = ChangeMaker(NO_RULES, VIEW).updating(wanted_user(values), live, None)
    found = [(each.path, each.before, each.after, each.by) for each in changes]
    assert found == [(*each, By.US) for each in diff_values(values, document, VIEW)]


@given(wanted_values)
def test_a_new_object_made_of_its_changes_needs_no_further_change(values: dict[str, Any]) -> None:
    maker = ChangeMaker(NO_RULES, VIEW)
    created = assemble([(each.path, each.after) for each in maker.creating(wanted_user(values))], VIEW)
    assert maker.updating(wanted_user(values), LiveResource(Kind.USER, "7", created), None) == []


@given(documents, wanted_values, wanted_values)
def test_who_moved_is_told_by_what_was_last_applied(
    document: dict[str, Any], values: dict[str, Any], before: dict[str, Any]
) -> None:
    """What was applied as it is wanted now was moved by them; what is there as it was applied, by us."""
    live = LiveResource(Kind.USER, "7", document)
    maker = ChangeMaker(NO_RULES, VIEW)
    wanted = wanted_user(values)
    assert {each.by for each in maker.updating(wanted, live, known(**values))} <= {By.THEM}
    still = {path: value for path, value in before.items() if not diff_values({path: value}, document, VIEW)}
    moved = maker.updating(wanted, live, known(**still))
    assert all(each.by is By.US for each in moved)


# sync


@pytest.mark.parametrize(
    ("sync", "live", "applied", "corrected"),
    [
        ("always", "y", None, True),
        ("always", "y", {"title": "x"}, True),
        ("always", "X", None, False),
        ("changed", "y", None, False),
        ("changed", "y", {}, False),
        ("changed", "y", {"title": "X"}, False),
        ("changed", "y", {"title": "before"}, True),
        ("changed", "x", {"title": "before"}, False),
        ("create", None, None, False),
        ("create", "y", {"title": "before"}, False),
        ("empty", None, {"title": "x"}, True),
        ("empty", "", None, True),
        ("empty", "y", {"title": "before"}, False),
    ],
)
def test_how_strongly_a_value_is_enforced(
    sync: str, live: str | None, applied: dict[str, Any] | None, corrected: bool
) -> None:
    record = known(**applied) if applied is not None else None
    found = updates(maker_of(sync), {"title": "x"}, {"title": live}, record)
    assert [each[:3] for each in found] == ([("title", live, "x")] if corrected else [])


@pytest.mark.parametrize("sync", ["always", "changed", "create", "empty"])
def test_a_new_object_gets_every_value_whatever_its_sync(sync: str) -> None:
    assert [each.path for each in maker_of(sync).creating(wanted_user({"title": "x"}))] == ["title"]


@pytest.mark.parametrize("live", [None, [], [None], [{}], "", [{"type": "home", "value": "h"}]])
def test_a_list_without_any_element_that_counts_is_empty(live: Any) -> None:
    value = [{"type": "work", "value": "a"}]
    maker = maker_of("empty", f"{WORK}.value", "a")
    assert updates(maker, {WORK: value}, {"emails": live}) == [(WORK, None, value, By.US)]


def test_an_empty_value_is_filled_in_for_nobody() -> None:
    assert ChangeMaker(NO_RULES, VIEW).creating(wanted_user({"title": "", WORK: [], "active": False})) == [
        Change(path="active", after=False, source=f"{FILE}:1")
    ]


def test_parts_of_a_value_that_nobody_gives_are_not_created() -> None:
    wanted = wanted_user({WORK: [{"type": "work", "primary": True}]})
    assert ChangeMaker(NO_RULES, VIEW).creating(wanted) == []


# The three sides


@pytest.mark.parametrize(
    ("wanted", "applied", "live", "by"),
    [
        ("new", "old", "OLD", By.US),
        ("old", "OLD", "theirs", By.THEM),
        ("new", "old", "theirs", By.BOTH),
        ("new", None, "theirs", By.US),
        ("", "old", "old", By.US),
        ("old", "old", None, By.THEM),
    ],
)
def test_who_brought_a_difference_about(wanted: str, applied: str | None, live: str | None, by: By) -> None:
    record = known(**({} if applied is None else {"title": applied}))
    [found] = updates(ChangeMaker(NO_RULES, VIEW), {"title": wanted}, {"title": live}, record)
    assert found == ("title", live, wanted or None, by)


def test_a_change_of_a_part_is_judged_by_the_element_that_was_applied() -> None:
    element = {"type": "work", "value": "a"}
    document = {"emails": [{"type": "work", "value": "b"}]}
    [found] = updates(ChangeMaker(NO_RULES, VIEW), {WORK: [element]}, document, known(**{WORK: [element]}))
    assert found == (f"{WORK}.value", "b", "a", By.THEM)


def test_an_attribute_written_whole_is_judged_by_its_first_enforced_filter() -> None:
    home = 'emails[type eq "home"]'
    rules = rules_of(
        {f"{home}.value": {"value": "h", "sync": "create"}, f"{WORK}.value": "{{ user.email }}"}, {"email": "a"}
    )
    values = {home: [{"type": "home", "value": "h"}], WORK: [{"type": "work", "value": "a"}]}
    document = {"emails": [{"type": "work", "value": each} for each in "bc"]}
    [change] = ChangeMaker(rules, VIEW).updating(wanted_user(values, {"emails": 4}), live_user(**document), None)
    assert (change.path, change.rule, change.source) == ("emails", f"m.users.{WORK}.value", f"{FILE}:4")
    assert change.after == [{"type": "work", "value": "a"}]


def test_a_reference_to_somebody_to_come_differs_from_whatever_was_applied() -> None:
    """Its marker holds nothing but `$ref`, which comparisons leave out elsewhere."""
    boss = Ref(Kind.USER, "boss")
    maker = maker_of("changed", MANAGER)
    for before in ("", "9", None):
        document = {ENTERPRISE_USER: {"manager": before}}
        [found] = updates(maker, {MANAGER: boss}, document, known(**{MANAGER: before}))
        assert found == (MANAGER, before, {"$ref": "user:boss"}, By.US)


# What no read shows


def secret_maker(returned: str) -> ChangeMaker:
    extension = Extension("urn:x:y", {"pin": Attribute("pin", returned=returned)})
    return ChangeMaker(NO_RULES, AttributeView(SCHEMA.with_extension(extension)))


@pytest.mark.parametrize("returned", ["never", "request"])
def test_a_value_that_no_read_shows_is_sent_when_it_is_another_than_the_one_applied(returned: str) -> None:
    maker, pin = secret_maker(returned), "urn:x:y:pin"
    assert updates(maker, {pin: "2"}, {}, known(**{pin: "2"})) == []
    assert updates(maker, {pin: "2"}, {}, known(**{pin: "1"})) == [(pin, None, "2", By.US)]
    assert updates(maker, {pin: "2"}, {"urn:x:y": {"pin": "2"}}, known(**{pin: "1"})) == []
    assert updates(maker, {pin: "2"}, {"urn:x:y": {"pin": "1"}}, known(**{pin: "1"})) == [(pin, "1", "2", By.US)]


def test_a_value_that_no_read_shows_and_nobody_applied_is_sent_once_where_that_is_remembered() -> None:
    maker, pin = secret_maker("never"), "urn:x:y:pin"
    assert updates(maker, {pin: "2"}, {}) == updates(maker, {pin: "2"}, {}, known()) == [(pin, None, "2", By.US)]
    assert updates(maker, {pin: ""}, {}, known()) == []
    forgetful = ChangeMaker(NO_RULES, maker.view, remembers=False)
    assert updates(forgetful, {pin: "2"}, {}) == []


def test_whether_a_value_is_empty_that_no_read_shows_cannot_be_told() -> None:
    maker = maker_of("empty", "password")
    assert updates(maker, {"password": "x"}, {}, known(password="y")) == []


def test_groups_have_changes_of_their_own() -> None:
    rules = rules_of({"displayName": "{{ group.displayName }}"}, {"displayName": "Ops"}, Kind.GROUP)
    maker = ChangeMaker(rules, AttributeView(RFC_GROUP))
    [change] = maker.creating(wanted_group({"displayName": "Ops"}, {"displayName": 9}))
    assert (change.path, change.source, change.rule) == ("displayName", f"{FILE}:9", "m.groups.displayName")


def test_days_are_no_part_of_a_change() -> None:
    """A date that is met changes `active` and nothing else."""
    wanted = wanted_user({"active": False}, expired=True)
    assert wanted.entry.mark.line == 1
    record = Known(Kind.USER, "ann", "7", Origin.CREATED, {"active": True}, last_seen_desired=date(2026, 1, 1))
    [change] = ChangeMaker(NO_RULES, VIEW).updating(wanted, live_user(active=True), record)
    assert (change.before, change.after, change.by) == (True, False, By.US)
