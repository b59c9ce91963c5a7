"""Values as a platform takes them."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from planning_kit import known, plan_of, target_text
from wanted_kit import rules_of, wanted_user

from reconciler.core.deciding.situations import Standing
from reconciler.core.mapping.platform_values import LeftOut, PlatformFitter, as_phone
from reconciler.core.plan import Plan
from reconciler.core.resources import Kind, Ref
from reconciler.core.vocabulary import DropReason
from reconciler.platforms.profile import AttributeProfile

WORK, HOME, MOBILE = (f'emails[type eq "{kind}"]' for kind in ("work", "home", "mobile"))


def fitter(**facts: AttributeProfile) -> PlatformFitter:
    return PlatformFitter(Kind.USER, facts)


def fit(given: PlatformFitter, values: dict[str, Any]) -> tuple[dict[str, Any], list[LeftOut]]:
    wanted = wanted_user(copy.deepcopy(values))
    left = given.fit(wanted)
    return wanted.values, left


def value(text: str, kind: str | None = None, **more: Any) -> dict[str, Any]:
    return {"value": text, **({"type": kind} if kind else {}), **more}


ONE_WORK = AttributeProfile(single=True, types=("work",), sub=("value", "type"))
ONE_PRIMARY = AttributeProfile(single=True, primary=True)

# Laws

kinds = st.sampled_from(["work", "home", "mobile", "Work"])
texts = st.sampled_from(["a", "B@x", "Ä", "c"])
elements = st.fixed_dictionaries({"value": texts}, optional={"type": kinds, "primary": st.booleans()})
lists = st.lists(elements, max_size=4)
by_type = st.dictionaries(st.sampled_from(["work", "home", "mobile"]), st.lists(st.builds(value, texts), max_size=2))
attributes = st.builds(
    AttributeProfile,
    single=st.booleans(),
    primary=st.booleans(),
    lower=st.booleans(),
    types=st.sampled_from([None, ("work",), ("home", "work")]),
    sub=st.sampled_from([None, ("value", "type")]),
)


def filtered(groups: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    return {f'emails[type eq "{kind}"]': [{**each, "type": kind} for each in values] for kind, values in groups.items()}


wanted_emails = st.one_of(st.builds(lambda each: {"emails": each}, lists), st.builds(filtered, by_type), st.just({}))


def all_values(values: dict[str, Any]) -> list[str]:
    return sorted(each["value"].lower() for found in values.values() for each in found)


@given(attributes, wanted_emails)
def test_what_was_fitted_fits(facts: AttributeProfile, values: dict[str, Any]) -> None:
    given = fitter(emails=facts)
    once, _ = fit(given, values)
    assert fit(given, once) == (once, [])


@given(attributes, wanted_emails)
def test_every_value_is_kept_or_said_to_be_left_out(facts: AttributeProfile, values: dict[str, Any]) -> None:
    kept, left = fit(fitter(emails=facts), values)
    assert sorted([*all_values(kept), *(each.value.lower() for each in left)]) == all_values(values)


@given(attributes, wanted_emails)
def test_what_is_kept_is_what_the_platform_takes(facts: AttributeProfile, values: dict[str, Any]) -> None:
    kept, _ = fit(fitter(emails=facts), values)
    found = [each for elements in kept.values() for each in elements]
    if facts.types is not None:
        assert {each["type"].lower() for each in found} <= set(facts.types)
    if facts.single:
        assert len(found) <= 1
        assert not found or set(kept) == {"emails"}
    if facts.lower:
        assert all(each["value"] == each["value"].lower() for each in found)
    if facts.single and facts.primary:
        assert all(each["primary"] is True for each in found)


@given(wanted_emails)
def test_a_platform_without_such_facts_takes_everything_as_it_is(values: dict[str, Any]) -> None:
    given = fitter(emails=AttributeProfile(required=True, unique=True, max_length=1, pattern="x"))
    assert fit(given, values) == (values, [])


# Types


@pytest.mark.parametrize(
    ("values", "kept", "left"),
    [
        ({WORK: [value("a", "work")]}, {"emails": [value("a", "work")]}, []),
        ({"emails": [value("a")]}, {"emails": [value("a", "work")]}, []),
        ({"emails": "a"}, {"emails": [value("a", "work")]}, []),
        ({"emails": [value("a", "Work", primary=True)]}, {"emails": [value("a", "Work")]}, []),
        ({HOME: [value("b", "home")]}, {}, [(HOME, DropReason.TYPE_NOT_TAKEN, "b")]),
        ({"emails": [value("b", "home")]}, {}, [(HOME, DropReason.TYPE_NOT_TAKEN, "b")]),
        (
            {WORK: [value("a", "work")], HOME: [value("b", "home")]},
            {"emails": [value("a", "work")]},
            [(HOME, DropReason.TYPE_NOT_TAKEN, "b")],
        ),
    ],
)
def test_other_types_are_left_out(values: Any, kept: Any, left: Any) -> None:
    assert fit(fitter(emails=ONE_WORK), values) == (kept, left)


@pytest.mark.parametrize(
    ("values", "kept"),
    [
        ({WORK: []}, {"emails": []}),
        ({"emails": []}, {"emails": []}),
        ({"emails": ""}, {"emails": []}),
        ({HOME: []}, {}),
        ({WORK: [], HOME: []}, {"emails": []}),
    ],
)
def test_clearing_what_is_taken_clears_the_attribute(values: Any, kept: Any) -> None:
    assert fit(fitter(emails=ONE_WORK), values) == (kept, [])


def test_where_others_may_be_there_clearing_a_type_clears_that_type_alone() -> None:
    assert fit(fitter(emails=ONE_PRIMARY), {HOME: []}) == ({HOME: []}, [])
    assert fit(fitter(emails=ONE_PRIMARY), {"emails": []}) == ({"emails": []}, [])


def test_several_types_stay_where_several_values_do() -> None:
    values = {WORK: [value("a", "work")], HOME: [value("b", "home")], MOBILE: [value("c", "mobile")]}
    kept, left = fit(fitter(emails=AttributeProfile(types=("work", "home"))), values)
    assert kept == {WORK: values[WORK], HOME: values[HOME]}
    assert [each.path for each in left] == [MOBILE]


# One value


@pytest.mark.parametrize(
    ("values", "chosen", "left"),
    [
        ([value("a", "home"), value("b", "work", primary=True)], value("b", "work", primary=True), HOME),
        ([value("a", "home"), value("b", "work")], value("b", "work", primary=True), HOME),
        ([value("a", "home"), value("b", "mobile")], value("a", "home", primary=True), MOBILE),
        ([value("a"), value("b")], value("a", primary=True), "emails"),
    ],
)
def test_the_primary_value_is_chosen_then_one_for_work_then_the_first(values: Any, chosen: Any, left: str) -> None:
    kept, found = fit(fitter(emails=ONE_PRIMARY), {"emails": values})
    assert kept == {"emails": [chosen]}
    assert [(each.path, each.reason) for each in found] == [(left, DropReason.ONE_VALUE_ONLY)]


def test_an_address_has_no_value_and_is_told_by_all_of_it() -> None:
    addresses = [{"type": "home", "locality": "X"}, {"type": "work", "locality": "Y"}]
    kept, left = fit(fitter(addresses=AttributeProfile(single=True)), {"addresses": addresses})
    assert kept == {"addresses": addresses[1:]}
    assert left == [('addresses[type eq "home"]', DropReason.ONE_VALUE_ONLY, addresses[0])]


def test_parts_of_a_value_that_nobody_gives_are_no_value() -> None:
    values = {WORK: [{"type": "work", "primary": True}]}
    assert fit(fitter(emails=ONE_WORK), values)[0] == {WORK: [{"type": "work", "primary": True}]}


# Case


def test_lower_case_is_for_texts_wherever_they_are() -> None:
    lower = AttributeProfile(lower=True)
    given = fitter(userName=lower, name=lower, emails=lower)
    ref = Ref(Kind.USER, "Bob")
    values = {"userName": "ANN", "name.givenName": "Ann", "title": "Dr", "emails": [value("A@X", "work", primary=True)]}
    kept, left = fit(given, {**values, "name.other": ref})
    assert kept == {
        "userName": "ann",
        "name.givenName": "ann",
        "title": "Dr",
        "emails": [value("a@x", "work", primary=True)],
        "name.other": ref,
    }
    assert left == []


def test_lower_case_can_be_switched_off() -> None:
    given = PlatformFitter(Kind.USER, {"userName": AttributeProfile(lower=True)}, lower=False)
    assert fit(given, {"userName": "ANN"}) == ({"userName": "ANN"}, [])


def test_values_under_earlier_keys_are_fitted_too_and_nobody_hears_of_it() -> None:
    wanted = wanted_user({}, earlier=({"userName": "ANN", HOME: [value("b", "home")]},))
    given = fitter(userName=AttributeProfile(lower=True), emails=ONE_WORK)
    assert given.fit(wanted) == []
    assert wanted.earlier == ({"userName": "ann"},)


def test_of_somebody_absent_nothing_is_said() -> None:
    wanted = wanted_user({HOME: [value("b", "home")]})
    wanted.standing = Standing.ABSENT
    assert fitter(emails=ONE_WORK).fit(wanted) == []
    assert wanted.values == {}


def test_values_keep_their_order_and_names_that_are_no_paths_pass() -> None:
    values = {"a b": 1, WORK: [value("a", "work")], "title": "x", HOME: [value("b", "home")]}
    kept, _ = fit(fitter(emails=ONE_PRIMARY), values)
    assert list(kept) == ["a b", "emails", "title"]


# Telephone numbers

PHONE = AttributeProfile(format="phone", types=("work",), single=True)
REGION = AttributeProfile(type="string", region_of="phoneNumbers", default="86")


@pytest.mark.parametrize(
    ("text", "region", "expected"),
    [
        ("+86 138 0013 8000", None, "+8613800138000"),
        ("138 0013 8000", None, "+8613800138000"),
        ("030 1234567", "49", "+49301234567"),
        ("030 1234567", "+49", "+49301234567"),
        ("+49 30 1234567", "86", "+49301234567"),
        ("nobody", None, "nobody"),
        ("138 0013 8000", "999", "138 0013 8000"),
    ],
)
def test_numbers_have_plus_and_country_code(text: str, region: str | None, expected: str) -> None:
    given = fitter(phoneNumbers=PHONE, phoneRegion=REGION)
    more = {"phoneRegion": region} if region is not None else {}
    kept, left = fit(given, {"phoneNumbers": [value(text, "work")], **more})
    assert kept == {"phoneNumbers": [value(expected, "work")], **more}
    assert left == []


def test_without_an_attribute_for_the_region_national_numbers_stay() -> None:
    kept, _ = fit(fitter(phoneNumbers=PHONE), {"phoneNumbers": [value("138 0013 8000", "work")]})
    assert kept == {"phoneNumbers": [value("138 0013 8000", "work")]}


def test_what_is_no_text_is_no_number() -> None:
    assert as_phone(7, "CN") == 7


# Where a collapsed value comes from


def test_a_chosen_value_still_has_its_rule() -> None:
    rules = rules_of({WORK + ".value": "{{ user.email }}", HOME + ".value": "h"}, {"email": "a"})
    wanted = wanted_user({WORK: [value("a", "work")], HOME: [value("h", "home")]})
    PlatformFitter(Kind.USER, {"emails": ONE_WORK}, rules).fit(wanted)
    assert list(wanted.values) == ["emails"]
    found = rules.origin_of("emails")
    assert found is not None
    assert found.text == WORK + ".value"


# In plans


def plan(platform: str, user: str, rows: list[dict[str, Any]] | None = None, records: Any = ()) -> Plan:
    targets = target_text().replace("platform: generic", f"platform: {platform}")
    return plan_of({"people.yaml": f"users:\n  ann:\n{user}", "targets.yaml": targets}, rows or [], (), records)


EMAILS = "    title: x\n    emails:\n      home: a@home.example\n      work: A@x.example\n"


def test_a_plan_shows_the_chosen_value_with_its_line_and_rule_and_says_what_is_left_out() -> None:
    made = plan("aws-identity-center", EMAILS)
    [change] = [each for each in made.operations[0].changes if each.path == "emails"]
    assert change.after == [{"value": "A@x.example", "type": "work", "primary": True}]
    assert change.source == "manifests/people.yaml:4"
    assert change.rule == "aws-identity-center.users.emails"
    assert [(each.what, str(each.reason), each.examples) for each in made.dropped] == [
        (HOME, "one_value_only", ("user:ann",))
    ]


@pytest.mark.parametrize("platform", ["aws-identity-center", "alibaba-idaas", "alibaba-cloudsso"])
def test_after_what_was_sent_there_is_nothing_left_to_do(platform: str) -> None:
    [create] = [each for each in plan(platform, EMAILS).operations if str(each.action) == "create"]
    row: dict[str, Any] = {"id": "7"}
    for each in create.changes:
        name, _, sub = each.path.partition(".")
        if sub:
            row.setdefault(name, {})[sub] = each.after
        else:
            row[each.path] = each.after
    assert [each.action for each in plan(platform, EMAILS, [row], [known("ann", "7")]).operations] == []
