"""Who is a member of which group on a day: windows, `membersWhere`, nesting."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import yaml_text
from catalog_trees import TODAY, good_catalog
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.core.desired.memberships import Memberships, resolve_memberships
from reconciler.core.resources import ALWAYS, Kind, Membership, Ref

BEGIN = date(2026, 11, 1)
days = st.none() | st.integers(0, 9).map(lambda number: BEGIN + timedelta(days=number))
people = st.sampled_from(["ann", "bob", "carl"])


@st.composite
def windows(draw: st.DrawFn) -> dict[str, str]:
    first, last = draw(days), draw(days)
    if first and last and first > last:
        first, last = last, first
    return {name: str(day) for name, day in (("from", first), ("until", last)) if day}


lines = st.lists(st.tuples(people, windows(), st.booleans()), max_size=6)


@given(lines)
@settings(max_examples=60, deadline=None)
def test_on_every_day_the_members_are_those_of_whom_some_line_covers_the_day(declared: Any) -> None:
    """Whichever side a line is written on; both ends of a window belong to it."""
    users: dict[str, Any] = {key: {"groups": []} for key in ("ann", "bob", "carl")}
    members = []
    for who, window, from_user in declared:
        if from_user:
            users[who]["groups"].append({"group": "ops", **window} if window else "ops")
        else:
            members.append({"user": who, **window} if window else who)
    catalog = good_catalog(yaml_text.dump({"users": users, "groups": {"ops": {"members": members}}}))
    for number in range(-1, 11):
        today = BEGIN + timedelta(days=number)
        expected = {
            who
            for who, window, _ in declared
            if window.get("from", "") <= str(today) and str(today) <= window.get("until", "9999-12-31")
        }
        found = resolve_memberships(catalog.desired, catalog.schema, today)
        assert found.users_within("ops") == expected
        assert len(found.direct["ops"] or ()) == len(expected), "everybody once"


groups = st.sampled_from("pqrstu")
nestings = st.dictionaries(groups, st.tuples(st.lists(groups, max_size=3), st.lists(people, max_size=2)))


def plain(kind: Kind, key: str) -> Membership:
    return Membership(Ref(kind, key), ALWAYS)


@given(nestings, st.sets(groups))
@settings(max_examples=200)
def test_flattening_is_reachability(graph: Any, kept: Any) -> None:
    """A user is in a group when some way of nested groups leads there; a kept group is a member and not dissolved."""
    direct = {
        key: tuple(plain(Kind.GROUP, each) for each in inner) + tuple(plain(Kind.USER, each) for each in users)
        for key, (inner, users) in graph.items()
    }
    memberships = Memberships(dict(direct))
    for start in graph:
        reached, front = {start}, [start]
        while front:
            for each in graph.get(front.pop(), ([], []))[0]:
                if each not in reached:
                    reached.add(each)
                    front.append(each)
        expected = {who for each in reached for who in graph.get(each, ([], []))[1]}
        assert memberships.users_within(start) == expected

        dissolved, front, members = {start}, [start], set()
        while front:
            inner, users = graph.get(front.pop(), ([], []))
            members |= {Ref(Kind.USER, who) for who in users}
            for each in inner:
                if each in kept:
                    members.add(Ref(Kind.GROUP, each))
                elif each not in dissolved:
                    dissolved.add(each)
                    front.append(each)
        flat = memberships.flat(start, nested=dict.fromkeys(kept, True))
        assert {each.member for each in flat} == members
        assert len(flat) == len(members)


def within(text: str, group: str, today: date = TODAY) -> set[str]:
    return set(good_catalog(text, today).memberships.users_within(group))


def test_a_filter_adds_to_the_members_and_no_lapsed_line_takes_away_whom_it_selects() -> None:
    text = """
        users: {ann: {title: A}, bob: {title: A}, carl: {title: B}, gone: {title: A, state: absent}}
        groups:
          a: {membersWhere: 'title eq "A"', members: [carl, {user: ann, until: 2020-01-01}]}
          none: {membersWhere: 'title eq "Z"', state: absent}
    """
    assert within(text, "a") == {"ann", "bob", "carl"}
    assert within(text, "none") == set()


def test_a_filter_sees_whether_access_is_due_that_day() -> None:
    text = """
        users: {ann: , bob: {state: disabled}, carl: {from: 2026-12-01}, dora: {until: 2026-11-21}}
        groups: {a: {membersWhere: active eq true}}
    """
    assert within(text, "a") == {"ann", "dora"}
    assert within(text, "a", date(2026, 12, 1)) == {"ann", "carl"}


def test_disabled_users_keep_their_memberships() -> None:
    assert within("users: {ann: {state: disabled}}\ngroups: {a: {members: [ann]}}", "a") == {"ann"}


def test_an_absent_group_passes_nobody_on() -> None:
    text = """
        users: {ann: {groups: [old]}, bob: }
        groups: {old: {state: absent, members: [bob], membersWhere: userName pr}, all: {members: [{group: old}]}}
    """
    memberships = good_catalog(text).memberships
    assert memberships.users_within("all") == set()
    assert memberships.direct["old"] is None


def test_members_that_nobody_declares_are_not_managed_and_an_empty_list_is() -> None:
    memberships = good_catalog("groups: {open: , empty: {members: []}}").memberships
    assert memberships.direct == {"open": None, "empty": ()}
    assert memberships.users_within("open") == memberships.users_within("unknown") == frozenset()


def test_members_of_a_dissolved_group_point_to_the_line_that_nests_it() -> None:
    text = "users: {ann: }\ngroups:\n  a:\n    members:\n      - {group: b}\n  b:\n    members: [ann]\n"
    [line] = good_catalog(text).memberships.flat("a")
    assert (line.member.key, line.mark.line) == ("ann", 5)


def test_a_lapsed_nesting_ends() -> None:
    text = "users: {ann: }\ngroups: {a: {members: [{group: b, until: 2026-11-20}]}, b: {members: [ann]}}"
    assert within(text, "a") == set()
    assert within(text, "a", date(2026, 11, 20)) == {"ann"}
