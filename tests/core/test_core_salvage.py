"""What a file's own faults leave usable."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import yaml_text
from catalog_trees import complaints, load_tree
from hypothesis import given, settings
from hypothesis import strategies as st
from manifest_trees import source_of

from reconciler.core.desired.salvage import locate_unit, salvage
from reconciler.core.manifests import Rule, read_document
from reconciler.diagnostics import Diagnostic, Faults

GOOD: dict[str, Any] = {
    "settings": {"timezone": "UTC", "custom": {"level": {"type": "integer"}}},
    "defaults": {"users": {"title": "{{ user.key }}"}, "groups": {"displayName": "G {{ group.key }}"}},
    "users": {
        "ann.b": {
            "name": {"givenName": "A"},
            "emails": {"work": "a@b"},
            "phoneNumbers": ["1"],
            "manager": "bob",
            "custom": {"level": 3},
            "groups": ["ops", {"group": "eng", "until": "2030-01-01"}],
            "previously": ["an"],
            "on": {"t*": {"title": "x", "custom": {"level": 4}}},
            "from": "2020-01-01",
            "until": "2030-01-01",
        },
        "bob": None,
    },
    "groups": {
        "ops": {
            "members": ["bob", {"user": "ann.b", "from": "2020-01-01"}, {"group": "eng"}],
            "membersWhere": "title pr",
        },
        "eng": {"membership": "exact", "previously": ["dev"], "members": []},
    },
    "scopes": {
        "s": {"users": {"where": "title pr", "memberOf": ["ops"], "include": ["b*"]}, "groups": {"include": ["ops"]}}
    },
    "tables": {"places": {"cn": "org_1"}},
    "mappings": {
        "m": {
            "extends": ["generic"],
            "users": {"match": ["userName"], "attributes": {"title": {"value": "{{ user.title }}", "sync": "create"}}},
            "groups": {"attributes": {"displayName": "{{ group.displayName }}"}},
        }
    },
    "targets": {
        "base": {"abstract": True, "platform": "generic"},
        "there": {"extends": "base", "url": "https://scim.example", "mapping": "m", "scope": "s"},
    },
}


def places(node: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [found for step, each in inner for found in [(*way, step), *places(each, (*way, step))]]


junk = st.sampled_from(
    [
        None,
        5,
        1.5,
        True,
        "",
        "x",
        "{{",
        "{{ x }}",
        [],
        {},
        [None],
        [[]],
        {"": None},
        {"x": {"y": []}},
        ["x", 5],
        "2020-13-99",
    ]
)
EVERYWHERE = places(GOOD)


@given(st.lists(st.tuples(st.sampled_from(EVERYWHERE), junk), min_size=1, max_size=3))
@settings(max_examples=200, deadline=None)
def test_whatever_stands_where_checking_goes_on_to_its_end(replacements: Any) -> None:
    """Any value at any place of a tree without faults is a fault, a warning or fine, and never an exception."""
    document = copy.deepcopy(GOOD)
    for way, value in replacements:
        node = document
        for step in way[:-1]:
            node = node[step] if isinstance(node, dict) and step in node else {}
        if isinstance(node, dict) and way[-1] in node:
            node[way[-1]] = value
    complaints(yaml_text.dump(document))


def test_the_tree_that_is_broken_above_is_without_fault() -> None:
    assert complaints(yaml_text.dump(GOOD)) == []


def salvaged(text: str) -> Any:
    found = Faults()
    part = read_document(source_of("a.yaml", text), found)
    assert found.items
    return salvage(part, found.items).document


@pytest.mark.parametrize(
    ("text", "sound"),
    [
        ("users: {ann: {title: 5, locale: de}}", {"users": {"ann": {"locale": "de"}}}),
        ("users: {ann: {titel: x}, bob: {}}", {"users": {"ann": {}, "bob": {}}}),
        ("users: {ann: 5}", {"users": {"ann": None}}),
        ("users: {ann: {groups: [a, {group: 5}, b]}}", {"users": {"ann": {"groups": ["a", "b"]}}}),
        ("users: {ann: {name: {given: x, familyName: F}}}", {"users": {"ann": {}}}),
        ("users: {ann: {title: 5, name: 6}}", {"users": {"ann": {}}}),
        ("users: {a.b: {title: 5}, a: {title: x}}", {"users": {"a.b": {}, "a": {"title": "x"}}}),
        ("groups: {ops: {members: }}", {"groups": {"ops": {}}}),
        ("groups: {ops: {members: [a, 5, 6, b]}}", {"groups": {"ops": {"members": ["a", "b"]}}}),
        ("defaults: {users: {title: 5, locale: de}}", {"defaults": {"users": {"locale": "de"}}}),
        ("scopes: {s: {users: {where: 'x x', include: [a]}}}", {"scopes": {"s": {"users": {"include": ["a"]}}}}),
        ("tables: {t: {a: 5, b: c}}", {"tables": {"t": {"b": "c"}}}),
        (
            "mappings: {m: {users: {match: ['a b', userName], attributes: {'x[': 1, title: t}}}}",
            {"mappings": {"m": {"users": {"match": ["userName"], "attributes": {"title": "t"}}}}},
        ),
    ],
)
def test_only_what_is_wrong_is_taken_out(text: str, sound: Any) -> None:
    assert salvaged(text) == sound


@pytest.mark.parametrize(
    "text",
    [
        "users: {ann b: {title: x}}",
        "users: {ann: {title: '{{ x }}'}}",
        "targets: {t: {url: 5}}",
        "users: 5",
        "usrs: {}",
    ],
)
def test_the_rest_stays_as_it_is(text: str) -> None:
    source = source_of("a.yaml", text)
    assert salvaged(text) == source.document


def test_what_stays_keeps_its_places() -> None:
    document = salvaged("users:\n  ann:\n    title: 5\n    locale: de\n    groups:\n      - a\n      - 6\n      - b\n")
    ann = document["users"]["ann"]
    assert ann.mark_of("locale").line == 4
    assert ann["groups"].mark_of(1).line == 8
    assert document["users"].mark_of("ann").line == 2


def test_keys_that_a_terminal_would_obey_are_found_by_their_escapes() -> None:
    assert salvaged('users: {"a\u200bb": {title: 5, locale: de}}') == {"users": {"a\u200bb": {"locale": "de"}}}


def test_an_item_that_does_not_exist_ends_at_its_list() -> None:
    document = source_of("a.yaml", "users: {ann: {groups: [a]}}").document
    assert locate_unit(document, "users.ann.groups[7].x") == ("users", "ann", "groups")
    assert locate_unit(document, "users.bob.title") == ("users",)


def test_a_faulty_entry_still_counts_as_declared_and_its_sound_parts_are_checked() -> None:
    text = "users:\n  ann: 5\n  bob: {title: 6, manager: ann}\n  carl: {titel: x, manager: dora}\n"
    assert [each.split(": ", 1)[1] for each in complaints(text)] == [
        "users.ann: must be a mapping, not the number 5",
        'users.bob.title: `6` is read as a number (quote it: "6")',
        "users.carl.titel: unknown key 'titel' (did you mean 'title'?)",
        "users.carl.manager: there is no user 'dora' (known here: ann, bob, carl)",
    ]


def test_reading_without_faults_changes_nothing() -> None:
    catalog, faults = load_tree("users: {ann: {title: x}}")
    assert faults.items == []
    assert catalog.manifests.users["ann"].value == {"title": "x"}


@pytest.mark.parametrize("order", [1, -1])
def test_a_shorter_cut_takes_what_a_longer_one_would_have_taken(order: int) -> None:
    part = read_document(source_of("a.yaml", "users: {ann: {title: x, groups: [a, b]}, bob: {}}"), Faults())
    paths = ["users.ann.groups", "users.ann.groups[1]"][::order]
    found = [Diagnostic(Rule.WRONG_TYPE, path, "wrong") for path in paths]
    assert salvage(part, found).document == {"users": {"ann": {"title": "x"}, "bob": {}}}
