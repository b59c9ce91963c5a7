"""The desired state: entries composed with their defaults, memberships from either side."""

from __future__ import annotations

import random
from datetime import date
from typing import Any

import pytest
import yaml_text
from catalog_trees import complaints, good_catalog, load_tree
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.core.desired.composition import Desired, read_days
from reconciler.core.resources import ALWAYS, Days, Kind, Ref, State

KEYS = ["ann", "bob", "carol.chen", "Dänä"]
words = st.sampled_from(["", "a", "B", "阮"])
user_entries = st.fixed_dictionaries(
    {},
    optional={
        "title": st.none() | words,
        "department": st.none() | words,
        "externalId": st.none() | words,
        "name": st.none() | st.dictionaries(st.sampled_from(["givenName", "familyName"]), st.none() | words),
        "emails": st.none() | st.just([]) | st.sampled_from(["x@y", {"home": "h@y", "work": None}, ["l@y"]]),
        "groups": st.lists(st.sampled_from(["ops", "eng"]), max_size=2, unique=True),
        "state": st.sampled_from(["active", "disabled", "absent"]),
    },
)
defaults = st.fixed_dictionaries(
    {},
    optional={
        "title": st.none() | words | st.just("{{ user.key }}"),
        "department": words,
        "name": st.dictionaries(st.sampled_from(["givenName", "middleName"]), words),
        "emails": st.just("{{ user.key }}@example.com"),
        "externalId": st.none() | words,
    },
)
trees = st.dictionaries(st.sampled_from(KEYS), user_entries, min_size=1)
GROUPS = {"groups": {"ops": {"members": []}, "eng": None}}


def essence(desired: Desired) -> Any:
    """All but places."""
    users = [(u.key, u.attributes, u.state, u.days, u.previously, u.overrides) for u in desired.users.values()]
    groups = [
        (
            g.key,
            g.attributes,
            g.exact,
            g.absent,
            None if g.memberships is None else sorted(m.member for m in g.memberships),
        )
        for g in desired.groups.values()
    ]
    return sorted(users, key=lambda each: each[0]), sorted(groups, key=lambda each: each[0])


def turned(value: Any, shuffle: random.Random) -> Any:
    """The same document with the keys of every mapping in another order."""
    if isinstance(value, dict):
        items = [(key, turned(each, shuffle)) for key, each in value.items()]
        shuffle.shuffle(items)
        return dict(items)
    return value


@given(trees, defaults, st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_the_order_of_files_and_keys_decides_nothing(users: Any, given_defaults: Any, shuffle: random.Random) -> None:
    base = {"_defaults.yaml": {"defaults": {"users": given_defaults}}, "groups.yaml": GROUPS}
    files = {**base, **{f"u{at}.yaml": {"users": {key: each}} for at, (key, each) in enumerate(users.items())}}
    names = list(files)
    shuffle.shuffle(names)
    one = good_catalog({name: yaml_text.dump(files[name]) for name in files}).desired
    other = good_catalog({name: yaml_text.dump(turned(files[name], shuffle)) for name in names}).desired
    assert essence(one) == essence(other)


@given(trees, st.integers(0, 3))
@settings(max_examples=40, deadline=None)
def test_how_entries_are_spread_over_files_decides_nothing(users: Any, parts: Any) -> None:
    together = good_catalog({"a.yaml": yaml_text.dump({"users": users}), "g.yaml": yaml_text.dump(GROUPS)})
    apart: dict[str, dict[str, Any]] = {"g.yaml": GROUPS}
    for at, (key, each) in enumerate(users.items()):
        apart.setdefault(f"f{at % (parts + 1)}/{at % 2}.yaml", {"users": {}})["users"][key] = each
    assert essence(good_catalog({name: yaml_text.dump(each) for name, each in apart.items()}).desired) == essence(
        together.desired
    )


@given(user_entries, defaults)
@settings(max_examples=60, deadline=None)
def test_defaults_and_entry_are_the_entry_laid_over_the_defaults(entry: Any, given_defaults: Any) -> None:
    """Writing the defaults' values into the entry by hand, wherever it says nothing, gives the same user."""
    filled = {
        name: "ann" if each == "{{ user.key }}" else "ann@example.com" if name == "emails" else each
        for name, each in given_defaults.items()
    }
    by_hand = {**filled, **entry}
    if isinstance(entry.get("name"), dict) and isinstance(filled.get("name"), dict):
        by_hand["name"] = {**filled["name"], **entry["name"]}
    tree = {"users": {"ann": entry}, "defaults": {"users": given_defaults}, **GROUPS}
    composed = good_catalog(yaml_text.dump(tree)).desired.users["ann"]
    written = good_catalog(yaml_text.dump({"users": {"ann": by_hand}, **GROUPS})).desired.users["ann"]
    assert composed.attributes == written.attributes


def ann(text: str) -> Any:
    return good_catalog(text).desired.users["ann"]


def test_key_is_the_default_of_names_and_external_ids() -> None:
    catalog = good_catalog("users: {ann: }\ngroups: {ops: }")
    assert catalog.desired.users["ann"].attributes == {"userName": "ann", "externalId": "ann"}
    assert catalog.desired.groups["ops"].attributes == {"displayName": "ops", "externalId": "ops"}


@pytest.mark.parametrize(
    "where", ["users: {ann: {externalId: null}}", "users: {ann: }\ndefaults: {users: {externalId: }}"]
)
def test_an_external_id_that_is_written_as_null_is_not_managed(where: Any) -> None:
    assert ann(where).attributes == {"userName": "ann"}


def test_null_and_empty_are_two_things() -> None:
    found = ann("users: {ann: {title: , nickName: '', emails: [], phoneNumbers: }}").attributes
    assert found == {"userName": "ann", "externalId": "ann", "nickName": "", "emails": []}


def test_null_takes_a_default_away_and_a_part_of_a_name_too() -> None:
    text = """
        defaults: {users: {title: T, name: {givenName: G, familyName: F}, custom: {a: 1, b: 2}}}
        users: {ann: {title: null, name: {givenName: null}, custom: {b: null, c: 3}}}
    """
    found = ann(text).attributes
    assert "title" not in found
    assert (found["name"], found["custom"]) == ({"familyName": "F"}, {"a": 1, "c": 3})


def test_defaults_of_inner_directories_are_laid_over_those_above_and_the_file_over_all() -> None:
    catalog = good_catalog(
        {
            "_defaults.yaml": "defaults: {users: {title: top, department: top, division: top, locale: top}}",
            "eu/_defaults.yaml": "defaults: {users: {department: eu, division: eu, locale: eu}}",
            "eu/a.yaml": "defaults: {users: {division: file, locale: file}}\nusers: {ann: {locale: own}}",
            "us/b.yaml": "users: {bob: }",
        }
    )
    found = catalog.desired.users["ann"].attributes
    assert [found[name] for name in ("title", "department", "division", "locale")] == ["top", "eu", "file", "own"]
    assert catalog.desired.users["bob"].attributes["department"] == "top"


def test_defaults_see_the_key_and_what_the_entry_itself_says() -> None:
    text = """
        defaults:
          users:
            displayName: "{{ user.name.givenName }} {{ user.name.familyName }}"
            userName: "{{ user.email }}"
            nickName: "{{ user.groups | join(',') }}"
            title: "{{ user.department }}"
            department: D
          groups: {displayName: "{{ group.key | upper }}"}
        users: {ann: {name: {givenName: Ann, familyName: Li}, emails: a@b,
                      groups: [ops, {group: eng, until: 2020-01-01}]}}
        groups: {ops: , eng: }
    """
    found = ann(text).attributes
    assert (found["displayName"], found["userName"], found["nickName"]) == ("Ann Li", "a@b", "ops,eng")
    assert "title" not in found, "one default does not see another"
    assert good_catalog(text).desired.groups["ops"].attributes["displayName"] == "OPS"


def test_attributes_under_earlier_keys_are_composed_as_they_were() -> None:
    text = """
        defaults: {users: {userName: "{{ user.key }}@example.com", title: T},
                   groups: {displayName: "G {{ group.key }}"}}
        users: {ann: {previously: [an, ana], externalId: E1}, bob: {userName: b, previously: [rob]}}
        groups: {ops: {previously: [operations]}}
    """
    desired = good_catalog(text).desired
    assert [each["userName"] for each in desired.users["ann"].earlier] == ["an@example.com", "ana@example.com"]
    assert {each["externalId"] for each in desired.users["ann"].earlier} == {"E1"}
    assert desired.users["bob"].earlier == ({"userName": "b", "externalId": "rob", "title": "T"},)
    assert desired.groups["ops"].earlier == ({"displayName": "G operations", "externalId": "operations"},)


def test_every_value_knows_where_it_is_written() -> None:
    text = (
        "defaults:\n  users:\n    title: T\n    name: {familyName: F}\nusers:\n  ann:\n"
        "    name:\n      givenName: A\n    emails: x\n"
    )
    sources = ann(text).sources
    lines = [
        sources.of(name).line for name in ("title", "name.familyName", "name.givenName", "emails", "locale", "name")
    ]
    assert lines == [3, 4, 8, 9, 6, 7]


def test_memberships_come_from_either_side() -> None:
    text = """
        users: {ann: {groups: [ops, {group: eng, until: 2026-12-31}]}, bob: }
        groups:
          ops: {members: [bob, {user: ann, from: 2026-11-01}, {group: eng}]}
          eng: {membership: exact}
          open: {}
          empty: {members: []}
          chosen: {membersWhere: 'title pr'}
    """
    catalog, _ = load_tree(text)
    groups = catalog.desired.groups
    assert [each.member for each in groups["ops"].memberships] == [
        Ref(Kind.USER, "bob"),
        Ref(Kind.USER, "ann"),
        Ref(Kind.GROUP, "eng"),
        Ref(Kind.USER, "ann"),
    ]
    assert groups["ops"].memberships[1].days == Days(date(2026, 11, 1), None)
    assert groups["eng"].memberships[0].days == Days(None, date(2026, 12, 31))
    assert groups["eng"].exact
    assert groups["open"].memberships is None
    assert groups["empty"].memberships == groups["chosen"].memberships == ()
    assert groups["ops"].memberships[3].mark.line == 2


def test_state_days_and_absence_are_read() -> None:
    user = ann("users: {ann: {state: disabled, from: 2026-10-05, until: 2027-01-31}}")
    assert (user.state, user.days) == (State.DISABLED, Days(date(2026, 10, 5), date(2027, 1, 31)))
    assert good_catalog("groups: {old: {state: absent}}").desired.groups["old"].absent
    assert read_days({}) is ALWAYS


def test_faults_in_defaults_are_reported_once_for_the_section_or_for_each_entry_that_fails() -> None:
    text = """
        defaults: {users: {title: "{{ user.titel }}", department: "{{ user.custom.n | lower }}", locale: de}}
        users: {ann: {custom: {n: [1]}}, bob: {custom: {n: X}}, carl: }
    """
    assert complaints(text) == [
        "manifests/a.yaml:2:27: defaults.users.title: user has no attribute 'titel' (did you mean 'title'?)",
        (
            "manifests/a.yaml:2:59: defaults.users.department: a list cannot be part of a text (for user ann) "
            "(write … | join(', '))"
        ),
    ]


CUSTOM = "settings: {custom: {country: {enum: [CN, DE], required: true}, level: {type: integer}}}\n"


def test_custom_attributes_are_checked_as_composed_and_under_every_exception() -> None:
    text = CUSTOM + (
        "defaults: {users: {custom: {country: CN}}}\n"
        "users:\n  ann: {custom: {country: null}}\n"
        "  bob: {on: {there: {custom: {country: FR}}}}\n"
        "  carl: {state: absent, custom: {country: FR}}\n"
        "  dora: {custom: {level: x}}\n"
        'targets: {there: {platform: generic, url: "https://scim.example/v2"}}\n'
    )
    assert complaints(text) == [
        "manifests/a.yaml:4:18: users.ann.custom.country: is required (add it here or in defaults)",
        "manifests/a.yaml:5:14: users.bob.custom.country: the text 'FR' is not allowed here (allowed: CN, DE)",
        "manifests/a.yaml:7:19: users.dora.custom.level: must be a whole number, not the text 'x'",
    ]
