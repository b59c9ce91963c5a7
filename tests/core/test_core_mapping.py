from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scim_worlds import VIEW, addresses, types

from reconciler.core.expressions import Names
from reconciler.core.mapping.rules import Layer, Rules, Sync, compile_rules
from reconciler.core.mapping.spreading import fold, spread
from reconciler.core.planning.bodies import assemble
from reconciler.core.resources import Kind, ValuesByType
from reconciler.diagnostics import Faults, SourceMark
from reconciler.scim.paths import parse_path
from reconciler.scim.urns import ENTERPRISE_USER

NAMES = Names(None, {}, Kind.USER)
WORK, HOME = 'emails[type eq "work"]', 'emails[type eq "home"]'

WORK_VALUE = 'emails[type eq "work"].value'


def rules_of(*layers: dict[str, Any], kind: Kind = Kind.USER, match: tuple[str, ...] | None = None) -> Rules:
    faults = Faults()
    named = [Layer(f"m{place}", match, each) for place, each in enumerate(layers)]
    rules = compile_rules(kind, named, Names(None, {}, kind), faults)
    assert [str(each) for each in faults.errors] == []
    return rules


def mapped(user: dict[str, Any], *layers: dict[str, Any]) -> dict[str, Any]:
    return rules_of(*layers).map({"user": user})


def faults_of(*layers: dict[str, Any]) -> list[str]:
    faults = Faults()
    compile_rules(Kind.USER, [Layer("m", None, each) for each in layers], NAMES, faults)
    return [str(each) for each in faults.errors]


elements = st.fixed_dictionaries({"value": addresses}, optional={"type": types, "display": st.just("d")})


# Laws


@given(st.lists(elements, max_size=4))
def test_values_by_type_are_spread_over_one_path_for_each_type(values: list[dict[str, Any]]) -> None:
    into: dict[str, Any] = {}
    paths = spread(parse_path("emails"), "emails", ValuesByType(values), into)
    assert paths == list(into)
    assert len(into) == len({each.get("type", "work").lower() for each in values})
    assert sum(map(len, into.values())) == len(values)
    for path, there in into.items():
        selects = VIEW[path].selects
        assert selects is not None
        assert all(selects({"type": "work", **each}) for each in there)


@given(st.dictionaries(st.sampled_from(["givenName", "familyName", "formatted"]), st.sampled_from(["a", "", None])))
def test_a_complex_value_is_spread_over_its_sub_attributes(name: dict[str, Any]) -> None:
    into: dict[str, Any] = {}
    spread(parse_path("name"), "name", name, into)
    assert into == {f"name.{sub}": value for sub, value in name.items() if value is not None}
    given = {sub: value for sub, value in name.items() if value}
    assert assemble(into.items(), VIEW).get("name", {}) == given


@given(st.lists(elements, max_size=4), st.lists(elements, max_size=1))
def test_a_part_folded_into_a_list_leaves_the_other_elements_alone(
    whole: list[dict[str, Any]], given: list[dict[str, Any]]
) -> None:
    part = [{**each, "type": "work"} for each in given]
    folded = fold(whole, part, parse_path(WORK))
    selects = VIEW[WORK].selects
    assert selects is not None
    assert [each for each in folded if not selects(each)] == [each for each in whole if not selects(each)]
    ours = [each for each in folded if selects(each)]
    assert all(each | part[0] == each for each in ours)
    assert bool(ours) == bool(part)


@given(st.permutations([{"title": "a"}, {"nickName": "b"}, {"title": "c", "nickName": "d"}]), st.integers(0, 5))
def test_which_rule_a_value_comes_from_does_not_depend_on_the_order_of_objects(
    people: list[dict[str, Any]], seed: int
) -> None:
    attributes = {
        "name": {"givenName": "{{ user.title }}"},
        "name.givenName": "{{ user.nickName }}",
        f"{WORK}.primary": True,
        f"{WORK}.value": "{{ user.title }}",
        f"{WORK}.display": "x",
    }
    rules = rules_of(attributes)
    for each in random.Random(seed).sample(people, len(people)):  # noqa: S311  an order, no secret
        rules.map({"user": each})
    assert {path: rule.text for path, rule in rules.origins.items()} == {
        "name.givenName": "name.givenName",
        WORK: f"{WORK}.value",
    }


# Examples


@pytest.mark.parametrize(
    ("attributes", "values"),
    [
        ({"title": "{{ user.title }}"}, {"title": "T"}),
        ({"title": "{{ user.nickName }}"}, {}),
        ({"title": ""}, {"title": ""}),
        ({"USERNAME": "x", "Name.GIVENNAME": "y"}, {"userName": "x", "name.givenName": "y"}),
        ({"urn:ietf:params:scim:schemas:core:2.0:user:TITLE": "x"}, {"title": "x"}),
        ({f"{ENTERPRISE_USER.upper()}:Department": "x"}, {f"{ENTERPRISE_USER}:department": "x"}),
        ({"urn:x:y:shoe.Size": 7}, {"urn:x:y:shoe.Size": 7}),
        ({"shoe": "x"}, {"shoe": "x"}),
        (
            {ENTERPRISE_USER: {"department": "D", "manager": {"value": "7", "displayName": None}}},
            {f"{ENTERPRISE_USER}:department": "D", f"{ENTERPRISE_USER}:manager.value": "7"},
        ),
        ({f"{WORK}.value": "{{ user.email }}"}, {WORK: [{"type": "work", "value": "a@x.org"}]}),
        ({f"{WORK}.value": "a", f"{WORK}.primary": True}, {WORK: [{"type": "work", "value": "a", "primary": True}]}),
        ({f"{WORK}.value": "", f"{WORK}.primary": True}, {WORK: []}),
        ({f"{WORK}.primary": True, f"{WORK}.value": ""}, {WORK: []}),
        (
            {f"{WORK}.value": "{{ user.nickName }}", f"{WORK}.primary": True},
            {WORK: [{"type": "work", "primary": True}]},
        ),
        ({WORK: "a"}, {WORK: [{"type": "work", "value": "a"}]}),
        ({WORK: ""}, {WORK: []}),
        ({WORK: []}, {WORK: []}),
        ({WORK: [{"value": "a"}, "b"]}, {WORK: [{"type": "work", "value": "a"}, {"type": "work", "value": "b"}]}),
        (
            {WORK: ["a", "b"], f"{WORK}.display": "x"},
            {WORK: [{"type": "work", "value": each, "display": "x"} for each in "ab"]},
        ),
        (
            {"emails": "{{ user.emails }}"},
            {"emails": [{"value": "a@x.org", "type": "work"}, {"value": "b", "type": "home"}]},
        ),
        (
            {"emails": "{{ user.emails }}", f"{WORK}.display": "W"},
            {"emails": [{"value": "b", "type": "home"}, {"value": "a@x.org", "type": "work", "display": "W"}]},
        ),
        ({"emails": "{{ user.emails }}", f"{WORK}.value": ""}, {"emails": [{"value": "b", "type": "home"}]}),
        ({"emails": "", f"{WORK}.value": "w"}, {"emails": [{"value": "w", "type": "work"}]}),
        ({"emails": "{{ user.ims }}", f"{WORK}.value": "w"}, {WORK: [{"value": "w", "type": "work"}]}),
        (
            {"emails": "{{ user.emails }}", 'emails[type ne "work"]': []},
            {"emails": [{"value": "a@x.org", "type": "work"}]},
        ),
        (
            {"phoneNumbers": "{{ user.phoneNumbers }}"},
            {'phoneNumbers[type eq "m\\"b"]': [{"value": "1", "type": 'm"b'}]},
        ),
        (
            {"phoneNumbers": "{{ user.phoneNumbers }}", 'phoneNumbers[type eq "m\\"b"].value': ""},
            {'phoneNumbers[type eq "m\\"b"]': []},
        ),
    ],
)
def test_what_the_rules_make_of_a_user(attributes: dict[str, Any], values: dict[str, Any]) -> None:
    user = {
        "title": "T",
        "email": "a@x.org",
        "emails": [{"value": "a@x.org", "type": "work"}, {"value": "b", "type": "home"}],
        "phoneNumbers": ValuesByType([{"value": "1", "type": 'm"b', "display": None}]),
    }
    assert mapped(user, attributes) == values


def test_types_that_differ_in_case_share_a_path() -> None:
    emails = ValuesByType([{"value": "a", "type": "Work"}, {"value": "b", "type": "work"}, {"value": "c"}])
    assert mapped({"emails": emails}, {"emails": "{{ user.emails }}"}) == {'emails[type eq "Work"]': emails}


def test_an_empty_value_by_type_clears_that_type() -> None:
    emails = ValuesByType([{"value": "", "type": "work"}, {"value": "h", "type": "home"}])
    assert mapped({"emails": emails}, {"emails": "{{ user.emails }}"}) == {
        WORK: [],
        HOME: [{"value": "h", "type": "home"}],
    }


@pytest.mark.parametrize(
    ("below", "above", "values"),
    [
        ({"title": "a"}, {"title": "b"}, {"title": "b"}),
        ({"userName": "a"}, {"USERNAME": "b"}, {"userName": "b"}),
        ({"title": "a"}, {"title": None}, {}),
        ({"name": {"givenName": "a", "familyName": "b"}}, {"name.givenName": None}, {"name.familyName": "b"}),
        ({"name.givenName": "a", "title": "t"}, {"name": None}, {"title": "t"}),
        ({"name.givenName": "a"}, {"name": {"givenName": "b"}}, {"name.givenName": "b"}),
        ({WORK: "a", HOME: "b"}, {"emails": None}, {}),
        ({WORK: "a", HOME: "b"}, {f"{WORK}.value": None}, {HOME: [{"type": "home", "value": "b"}]}),
        ({WORK: "a"}, {f"{WORK}.display": None}, {WORK: [{"type": "work", "value": "a"}]}),
    ],
)
def test_a_later_layer_replaces_or_withdraws(
    below: dict[str, Any], above: dict[str, Any], values: dict[str, Any]
) -> None:
    assert mapped({}, below, above) == values


def test_a_withdrawn_path_may_be_written_again() -> None:
    assert mapped({}, {"title": "a"}, {"title": None}, {"title": "c"}) == {"title": "c"}
    assert mapped({}, {f"{WORK}.value": None}, {f"{WORK}.value": "c"}) == {WORK: [{"type": "work", "value": "c"}]}


def test_sync_is_said_beside_the_value() -> None:
    rules = rules_of(
        {"title": {"value": "a", "sync": "create"}, "nickName": {"value": "b", "sync": None}, "locale": "c"}
    )
    rules.map({"user": {}})
    synced = {path: rules.sync_of(path) for path in ("title", "nickName", "locale", "nothing")}
    assert synced == {"title": Sync.CREATE, "nickName": Sync.ALWAYS, "locale": Sync.ALWAYS, "nothing": Sync.ALWAYS}
    assert rules.maps("TITLE")
    assert not rules.maps("timezone")
    assert rules.origins["title"].origin == "m0.users.title"


def test_match_paths_are_the_last_layers_that_says_any_and_spelled_as_the_rfc_does() -> None:
    faults = Faults()
    layers = [Layer("a", ("title",), {}), Layer("b", ("USERNAME", "emails.value"), {}), Layer("c", None, {})]
    assert compile_rules(Kind.USER, layers, NAMES, faults).match == ("userName", "emails.value")
    assert rules_of({}).match == ("externalId", "userName")
    assert rules_of({}, kind=Kind.GROUP).match == ("externalId", "displayName")


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("a b", "not an attribute path"),
        ("emails.value", 'emails[type eq "work"].value'),
        ('emails[type ne "work"].value', "does not say what a new value looks like"),
    ],
)
def test_a_path_that_cannot_be_written_is_a_fault(path: str, words: str) -> None:
    [fault] = faults_of({path: "x", "title": "y"})
    assert words in fault


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        (Kind.GROUP, "members"),
        (Kind.GROUP, "MEMBERS"),
        (Kind.GROUP, "urn:ietf:params:scim:schemas:core:2.0:Group:members"),
        (Kind.GROUP, 'members[type eq "User"]'),
        (Kind.GROUP, "members.value"),
        (Kind.USER, "groups"),
    ],
)
@pytest.mark.parametrize("value", [[], ["1"], None])
def test_no_rule_may_write_memberships_past_the_limits_and_guards(kind: Kind, path: str, value: Any) -> None:
    faults = Faults()
    assert compile_rules(kind, [Layer("m", None, {path: value})], NAMES, faults).rules == ()
    assert "who is in which group is not for a mapping to say" in str(faults.errors[0])


def test_an_expression_that_does_not_parse_is_a_fault_at_its_place() -> None:
    faults = Faults()
    mark = SourceMark("m.yaml", 3, 7)
    rules = compile_rules(Kind.USER, [Layer("m", None, {"title": "{{ user."}, {"title": mark})], NAMES, faults)
    [fault] = faults.errors
    assert (fault.mark, fault.path, rules.rules) == (mark, "mappings.m.users.attributes.title", ())


def test_a_value_that_was_put_together_is_that_of_the_strongest_rule_of_its_attribute() -> None:
    rules = rules_of({"emails": "{{ user.emails }}", WORK_VALUE: "{{ user.email }}", "title": "x"})
    assert rules.origin_of("emails") is not None
    assert rules.origin_of("emails").text == WORK_VALUE
    assert rules.origin_of("nickName") is None
    assert rules.origin_of("no path") is None
    assert rules.sync_of("nickName") is Sync.ALWAYS


def test_a_value_that_moved_keeps_its_rule_and_the_stronger_one_wins() -> None:
    rules = rules_of({"emails": "{{ user.emails }}", WORK_VALUE: "{{ user.email }}"})
    people = [{"email": "a", "emails": ValuesByType([{"value": "b", "type": "home"}])}]
    for each in people:
        rules.map({"user": each})
    rules.moved('emails[type eq "home"]', "emails")
    assert rules.origin_of("emails").text == "emails"
    rules.moved('emails[type eq "work"]', "emails")
    rules.moved('emails[type eq "home"]', "emails")
    assert rules.origin_of("emails").text == WORK_VALUE
    rules.moved("title", "emails")
    assert rules.origin_of("emails").text == WORK_VALUE
