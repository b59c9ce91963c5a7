"""What a plan does to people: counted once, in the plan's summary, through nested groups too."""

from __future__ import annotations

import time
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from planning_kit import draft_of, group, known, plan_of, target_text, user

from reconciler.core.manifests.safety import Safety
from reconciler.core.plan import Member, Operation, Plan
from reconciler.core.planning.drafts import Draft
from reconciler.core.planning.drift import only_theirs
from reconciler.core.resources import Kind
from reconciler.core.safety.crowds import Crowd
from reconciler.core.safety.effects import tell_effects
from reconciler.core.safety.shifts import Shift, find_shifts
from reconciler.core.vocabulary import Action, By, Situation

PEOPLE = "users: {ann: {}, bob: {}, cy: {}, dee: {}}\n"
LIVE = [user("1", "ann"), user("2", "bob"), user("3", "cy"), user("4", "dee")]
RECORDS = [known("ann", "1"), known("bob", "2"), known("cy", "3"), known("dee", "4")]
ADMINS = "safety: {adminGroups: [admins], minAdmins: 0}"


def kept(id: str, key: str, *members: str) -> Any:
    return known(key, id, Kind.GROUP, members=list(members))


def plan(text: str, there: Any = (), records: Any = (), *lines: str, people: str = PEOPLE) -> Plan:
    texts = {"p.yaml": people + text, "t.yaml": target_text(*lines)}
    return plan_of(texts, LIVE, there, [*RECORDS, *records])


def moves(made: Plan) -> list[tuple[str, int, int, bool]]:
    return [(each["group"], each["gained"], each["lost"], each["nested"]) for each in made.summary["groups"]]


class TestSummary:
    def test_access_begins_and_ends(self) -> None:
        made = plan(
            "", people="users: {ann: {state: disabled}, bob: {state: absent}, cy: {title: X}, new: {}, dee: {}}\n"
        )
        assert made.summary["access"] == {"created": 1, "enabled": 0, "disabled": 1, "deleted": 1}
        assert made.summary["people"] == 4

    def test_members_come_and_go(self) -> None:
        made = plan("groups: {ops: {members: [ann, dee]}}", [group("9", "ops", "2", "3")], [kept("9", "ops", "2", "3")])
        assert moves(made) == [("ops", 2, 2, False)]
        assert made.summary["people"] == 4

    def test_a_nested_group_that_is_put_in_brings_its_people(self) -> None:
        text = "groups: {outer: {members: [dee, {group: inner}]}, inner: {members: [ann, bob, dee]}}"
        there = [group("8", "inner", "1", "2", "4"), group("9", "outer", "4")]
        made = plan(text, there, [kept("8", "inner", "1", "2", "4"), kept("9", "outer", "4")])
        assert made.summary["group"] == {"add_members": 1}
        assert moves(made) == [("outer", 2, 0, False)]
        assert made.summary["people"] == 2

    def test_a_change_far_below_is_told_of_every_group_above(self) -> None:
        text = "groups: {a: {members: [{group: b}]}, b: {members: [{group: c}, ann]}, c: {members: [bob]}}"
        there = [group("7", "a", "8"), group("8", "b", "9", "1"), group("9", "c", "1", "2", "3")]
        records = [kept("7", "a", "8"), kept("8", "b", "9", "1"), kept("9", "c", "1", "2", "3")]
        assert moves(plan(text, there, records)) == [("c", 0, 2, False), ("a", 0, 1, True), ("b", 0, 1, True)]

    def test_groups_that_matter_come_first_and_by_name(self) -> None:
        text = "groups: {admins: {members: [{group: ops}]}, ops: {members: [ann, bob]}, x: {members: [ann, bob, cy]}}"
        there = [group("8", "ops", "1", "3"), group("9", "admins", "8")]
        made = plan(text, there, [kept("8", "ops", "1", "3"), kept("9", "admins", "8")], ADMINS)
        assert moves(made)[0] == ("admins", 1, 1, True)
        assert made.summary["admins"] == {"gained": 1, "lost": 1}
        assert [(each.gained, each.lost, each.by) for each in made.admins] == [(("bob",), ("cy",), By.US)]

    def test_whose_doing_a_grant_is(self) -> None:
        text = "groups: {admins: {members: [ann]}}"
        made = plan(text, [group("9", "admins", "1", "2")], [kept("9", "admins", "1")], ADMINS)
        assert [(each.lost, each.by) for each in made.admins] == [(("bob",), By.THEM)]

    def test_what_only_they_changed_is_counted_anew(self) -> None:
        live = [user("1", "ann", title="Theirs"), *LIVE[1:]]
        text = "users: {ann: {title: Ours}, bob: {title: New}, cy: {}, dee: {}}"
        records = [known("ann", "1", title="Ours"), *RECORDS[1:]]
        made, draft = plan_of(text, live, (), records), draft_of(text, live, (), records)
        assert made.summary["people"] == 2
        theirs = only_theirs(made, draft, Safety())
        assert (theirs.summary["people"], theirs.summary["user"]) == (1, {"update": 1})

    def test_many_groups_are_counted_and_only_some_listed(self) -> None:
        text = "groups:\n" + "".join(f"  g{n:03}: {{members: [ann]}}\n" for n in range(120))
        made = plan(text)
        assert (len(made.summary["groups"]), made.summary["groupsAffected"]) == (100, 120)


LABELS = [f"g{n}" for n in range(5)]
IDS = [f"u{n}" for n in range(6)]
members = st.sets(st.sampled_from([*IDS, *LABELS]), max_size=6)


def empty_draft(labels: Any) -> Draft:
    text = "groups:\n" + "".join(f"  {each}: {{members: []}}\n" for each in labels)
    rows = [group(each, each) for each in labels]
    return draft_of(text, (), rows, [known(each, each, Kind.GROUP) for each in labels])


DRAFT = empty_draft(LABELS)


def crowd(draft: Draft, inside: dict[str, set[str]]) -> Crowd:
    made = Crowd.as_it_is(draft)
    made.members = {label: set(found) for label, found in inside.items()}
    return made


def operation(label: str, action: Action, who: Any) -> Operation:
    return Operation(
        id=f"group:{label}:{action}",
        kind=Kind.GROUP,
        key=label,
        action=action,
        situation=Situation.DRIFTED,
        reason=Situation.DRIFTED,
        members=tuple(Member(id=each) for each in sorted(who)),
    )


@given(st.lists(members, min_size=5, max_size=5), st.dictionaries(st.sampled_from(LABELS), members))
def test_shifts_are_the_difference_of_everybody_within(inside: Any, changes: Any) -> None:
    """Groups may hold each other in circles."""
    before = crowd(DRAFT, dict(zip(LABELS, inside, strict=True)))
    operations = []
    for label, who in changes.items():
        there = before.direct(label)
        operations.append(operation(label, Action.ADD_MEMBERS, who - there))
        operations.append(operation(label, Action.REMOVE_MEMBERS, there - who))
    after = before.after(operations)
    found = find_shifts(before, after)
    sides = {label: (before.people(label), after.people(label)) for label in LABELS}
    assert {(each.group, each.gained, each.lost) for each in found.groups} == {
        (label, len(will - was), len(was - will)) for label, (was, will) in sides.items() if was != will
    }
    assert set().union(*(was ^ will for was, will in sides.values())) <= found.people


def test_a_long_chain_of_groups_takes_no_time() -> None:
    labels = [f"g{n:04}" for n in range(3000)]
    draft = empty_draft(labels)
    inside = {label: {f"u{n}" for n in range(5)} | {inner} for label, inner in pairwise(labels)}
    before = crowd(draft, {**inside, labels[-1]: set()})
    after = before.after([operation(labels[-1], Action.ADD_MEMBERS, [f"p{n}" for n in range(2000)])])
    began = time.perf_counter()
    found = find_shifts(before, after)
    assert time.perf_counter() - began < 2
    assert found.groups[0] == Shift("g0000", 2000, 0, indirect=True)
    assert (len(found.groups), len(found.people)) == (3000, 2000)


def test_no_membership_is_read_where_none_changes() -> None:
    def unread(_: Any) -> set[str]:
        raise AssertionError

    draft = draft_of("users: {ann: {}}\ngroups: {g: {members: []}}", (), [group("9", "g")], [])
    draft.members_of = unread
    operations = [each for each in draft.rows.operations if not each.members]
    assert tell_effects(operations, draft, Safety()).summary["groups"] == []
