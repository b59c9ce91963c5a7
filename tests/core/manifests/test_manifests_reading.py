"""One file at a time: what is accepted, what is a fault, and where it is said to stand."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from manifest_trees import Source, faults_of, good_tree, part_of, source_of

from reconciler.core.manifests import RULES, merge_parts, read_document
from reconciler.core.manifests.attributes import GROUP_ATTRIBUTES, USER_ATTRIBUTES
from reconciler.core.manifests.document import SECTIONS
from reconciler.core.marked import FloatText, IntText, MarkedDict, MarkedList
from reconciler.diagnostics import Faults

WORDS = sorted(
    {
        *SECTIONS,
        *USER_ATTRIBUTES,
        *GROUP_ATTRIBUTES,
        "alice",
        "value",
        "type",
        "from",
        "until",
        "group",
        "where",
    }
    | {
        "members",
        "state",
        "on",
        "match",
        "attributes",
        "sync",
        "auth",
        "bearer",
        "safety",
        "limits",
        "previously",
    }
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 5),
    st.just(FloatText(1.1, "1.10")),
    st.just(IntText(12, "0012")),
    st.sampled_from(["", "alice", "{{ user.key }}", "${NAME}", "2026-12-31", 'title eq "x"', "10/s", "a b"]),
)
NODES: st.SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(MarkedList),
        st.dictionaries(st.sampled_from(WORDS), inner, max_size=4).map(MarkedDict),
    ),
    max_leaves=25,
)
DOCUMENTS = st.dictionaries(st.sampled_from(SECTIONS), NODES, max_size=4).map(MarkedDict)


@settings(max_examples=200, deadline=None)
@given(DOCUMENTS)
def test_any_document_gives_diagnostics_in_our_own_words(document: MarkedDict) -> None:
    faults = Faults()
    part = read_document(Source("manifests/a.yaml", "manifests", False, document), faults)
    merge_parts([part], faults)
    for each in faults.items:
        assert each.rule in RULES
        assert "Input should" not in each.problem
        assert "<" not in each.path


def test_document_stays_as_it_was_read() -> None:
    source = source_of("a.yaml", "users: {alice: {emails: alice@example.com, from: 2026-01-01}}")
    part = read_document(source, Faults())
    assert part.document is source.document
    assert part.section("users")["alice"] == {"emails": "alice@example.com", "from": "2026-01-01"}
    assert part.section("groups") == {}


@pytest.mark.parametrize("text", ["", "users:", "users: {alice: }", "settings: {}", "targets: {}"])
def test_nothing_said_is_no_fault(text: str) -> None:
    assert faults_of(text) == []


def test_unreadable_file_is_an_empty_part() -> None:
    part = read_document(Source("manifests/a.yaml", "manifests", False, None), Faults())
    assert part.document == {}


@pytest.mark.parametrize(
    "emails",
    [
        "alice@example.com",
        '""',
        "[]",
        "null",
        "[alice@example.com, {value: a@home.example, type: home, primary: false, display: null}]",
        "{work: alice@example.com, home: null, other: ''}",
    ],
)
def test_short_forms_of_a_multi_valued_attribute(emails: str) -> None:
    assert faults_of(f"users: {{alice: {{emails: {emails}}}}}") == []


@pytest.mark.parametrize("attribute", sorted(USER_ATTRIBUTES))
def test_every_user_attribute_may_be_null(attribute: str) -> None:
    assert faults_of(f"users: {{alice: {{{attribute}: null}}}}") == []


@pytest.mark.parametrize("addresses", ["[{locality: Berlin}]", "{work: {locality: Berlin}, home: null}", "[]"])
def test_forms_of_addresses(addresses: str) -> None:
    assert faults_of(f"users: {{alice: {{addresses: {addresses}}}}}") == []


def test_element_of_addresses_needs_its_list() -> None:
    (found,) = faults_of("users: {alice: {addresses: {locality: Berlin}}}")
    assert found.rule == "wrong-type"
    assert "list around it" in found.problem


def test_union_gives_one_fault_for_one_mistake() -> None:
    (found,) = faults_of("users: {alice: {emails: [{value: 5}]}}")
    assert str(found) == 'manifests/a.yaml:1:27: users.alice.emails[0].value: `5` is read as a number (quote it: "5")'


@pytest.mark.parametrize("key", ["john.o'neil", "用户", "straße", "a_b-c@d+e", "no", "007"])
def test_keys_may_hold_what_names_hold(key: str) -> None:
    good_tree(f'users: {{"{key}": {{}}}}')


@pytest.mark.parametrize("name", ["\u200b", "\u2066", "\ufeff", "\u3164", "\u00ad", "\ufe0f", "\u00a0", "\u3000"])
def test_keys_hold_nothing_that_cannot_be_seen(name: str) -> None:
    document = MarkedDict({"users": MarkedDict({f"al{name}ice": None})})
    faults = Faults()
    read_document(Source("a.yaml", "", False, document), faults)
    (found,) = faults.items
    assert found.rule == "invalid-key"
    assert name not in str(found)


def test_all_faults_of_a_file_in_one_run() -> None:
    text = """
    users:
      alice: {titel: x, state: gone, from: 2026-02-01, until: 2026-01-01, emails: "{{ x }}"}
    groups:
      eng: {members: , membersWhere: title is 3}
    """
    rules = {each.rule for each in faults_of(text)}
    assert rules == {
        *(
            "unknown-key",
            "wrong-value",
            "inverted-dates",
            "misplaced-expression",
            "members-null",
            "invalid-filter",
        )
    }


def test_place_of_a_filter_fault_is_inside_the_filter() -> None:
    text = 'groups:\n  eng:\n    membersWhere: title eq "x" und active eq true\n'
    (found,) = faults_of(text)
    assert found.mark is not None
    line = text.splitlines()[found.mark.line - 1]
    assert line[found.mark.column - 1 :].startswith("und")


def test_place_of_a_filter_over_several_lines_is_its_beginning() -> None:
    (found,) = faults_of('groups:\n  eng:\n    membersWhere: |\n      title eq "x"\n      und active eq true\n')
    assert found.mark is not None
    assert found.mark.line == 3


def test_only_exactly_value_and_sync_are_the_long_form() -> None:
    attributes = "{a: {value: 1, sync: create}, b: {value: 1}, c: {value: 1, sync: x, other: 2}, d: [1], e: }"
    good_tree(f"mappings: {{idaas: {{users: {{attributes: {attributes}}}}}}}")


def test_absent_user_may_still_say_more() -> None:
    good_tree("users: {alice: {state: absent, title: Engineer}}")


def test_file_of_defaults_with_only_defaults_is_good() -> None:
    good_tree({"_defaults.yaml": "defaults: {users: {department: Sales}}"})


def test_part_tells_where_it_comes_from() -> None:
    part = part_of("users: {}", Faults(), "east/_defaults.yaml")
    assert (part.file, part.directory, part.is_defaults) == (
        *("manifests/east/_defaults.yaml", "manifests/east", True),
    )


@pytest.mark.parametrize(
    "text",
    [
        "active eq true",
        "custom.anything pr",
        'emails[type eq "work" and value ew "@example.com"]',
        'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq "Sales"',
        'key sw "svc-"',
        'NAME.GIVENNAME eq "Ann"',
    ],
)
def test_filters_may_name_what_a_desired_user_has(text: str) -> None:
    document = MarkedDict({"groups": MarkedDict({"eng": MarkedDict({"membersWhere": text})})})
    faults = Faults()
    read_document(Source("a.yaml", "", False, document), faults)
    assert faults.items == []


@pytest.mark.parametrize(
    "text", ["id pr", 'groups.value eq "ops"', "meta.created pr", "urn:example:User:x pr", "title.value pr"]
)
def test_filters_may_not_name_what_a_desired_user_cannot_have(text: str) -> None:
    document = MarkedDict({"groups": MarkedDict({"eng": MarkedDict({"membersWhere": text})})})
    faults = Faults()
    read_document(Source("a.yaml", "", False, document), faults)
    assert [each.rule for each in faults.items] == ["unknown-attribute"]
