"""Desired users and groups mapped for one target: exceptions, placement, earlier keys, what expressions see."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import yaml_text
from catalog_trees import TARGET, TODAY, good_catalog, good_target, mapped, values_of
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.core.deciding.situations import Standing
from reconciler.core.mapping.mapped import Mapper, Scoped, map_resources
from reconciler.core.resources import Kind
from reconciler.diagnostics import Faults

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


def target(**keys: Any) -> dict[str, Any]:
    return {"platform": "generic", "url": "https://scim.example", **keys}


def tree(users: dict[str, Any], attributes: dict[str, Any] | None = None, **more: Any) -> str:
    """Users, and a target `there` whose mapping has `attributes` over the platform's own."""
    mapping = {"extends": "generic", "users": {"attributes": attributes or {}}}
    settings_of = {"there": target(mapping="m", **more.pop("target", {}))}
    return yaml_text.dump({"users": users, "mappings": {"m": mapping}, "targets": settings_of, **more})


@pytest.mark.parametrize(
    ("name", "title"),
    [("aws-prod", "exact"), ("aws-dev", "glob"), ("azure", "wide"), ("AWS-eu", "glob"), ("gcp", "own")],
)
def test_exceptions_hold_for_the_targets_that_they_name_the_most_exact_first(name: str, title: Any) -> None:
    on = {"aws-prod": {"title": "exact"}, "a*": {"title": "wide", "nickName": None}, "aws-*": {"title": "glob"}}
    document = {"users": {"ann": {"title": "own", "nickName": "n", "on": on}}, "targets": {name: target()}}
    if name in ("azure", "gcp"):
        document["targets"] |= {"aws-x": target(), "aws-prod": target(), "a": target()}
    values = values_of(yaml_text.dump(document), "ann", name)
    assert values["title"] == title
    assert ("nickName" in values) == (title == "own")


def test_exceptions_fill_names_in_and_replace_all_else() -> None:
    on = {"there": {"name": {"givenName": "B"}, "emails": "b@x"}}
    user = {"name": {"givenName": "A", "familyName": "F"}, "emails": {"home": "h@x"}, "on": on}
    values = values_of(tree({"ann": user}), "ann")
    assert (values["name.givenName"], values["name.familyName"]) == ("B", "F")
    assert 'emails[type eq "home"]' not in values


def test_a_scope_places_users_that_name_no_organization() -> None:
    document = tree(
        {"ann": {}, "bob": {"organization": "de"}},
        {"nickName": "{{ user.organization | lookup('organization') }}", "locale": "{{ scope.organization }}"},
        target={"scope": "s"},
        scopes={"s": {"organization": "cn"}},
        tables={"organization": {"cn": "org_1", "de": "org_2"}},
    )
    ann, bob = (values_of(document, key) for key in ("ann", "bob"))
    assert (ann["nickName"], ann[f"{ENTERPRISE}:organization"], ann["locale"]) == ("org_1", "cn", "cn")
    assert (bob["nickName"], bob[f"{ENTERPRISE}:organization"], bob["locale"]) == ("org_2", "de", "cn")


def test_expressions_see_the_composed_user_its_target_and_its_groups_of_the_day() -> None:
    document = yaml_text.dump(
        {
            "users": {
                "ann": {
                    "emails": [{"value": "x@y"}, {"value": "p@y", "primary": True}],
                    "phoneNumbers": {"work": "+1"},
                    "groups": ["ops", {"group": "old", "until": "2020-01-01"}],
                    "until": "2026-11-20",
                }
            },
            "groups": {"ops": {}, "old": {}, "where": {"membersWhere": 'key eq "ann"'}},
            "mappings": {
                "m": {
                    "users": {
                        "attributes": {
                            "userName": "{{ user.key }}",
                            "title": "{{ user.email }} {{ user.phone }}",
                            "nickName": "{{ user.groups | sort | join(',') }}",
                            "active": "{{ user.active }}",
                            "locale": "{{ target.name }}/{{ target.environment }}/{{ target.platform }}",
                            "timezone": "{{ target.options.zone }}",
                        }
                    },
                    "groups": {"attributes": {"displayName": "{{ group.key }}"}},
                }
            },
            "targets": {"there": target(mapping="m", environment="prod", options={"zone": "UTC"})},
        }
    )
    assert values_of(document, "ann") == {
        "userName": "ann",
        "title": "p@y +1",
        "nickName": "ops,where",
        "active": False,
        "locale": "there/prod/generic",
        "timezone": "UTC",
    }


def test_any_null_part_makes_the_whole_value_unmanaged_and_empty_clears() -> None:
    values = values_of(
        tree({"ann": {"title": "T"}}, {"nickName": "{{ user.title }} {{ user.locale }}", "locale": "", "title": None}),
        "ann",
    )
    assert "nickName" not in values
    assert "title" not in values
    assert values["locale"] == ""


def test_values_under_earlier_keys_follow_defaults_exceptions_and_mapping() -> None:
    document = tree(
        {"ann": {"previously": ["an"], "on": {"there": {"nickName": "n"}}}},
        {"title": "{{ user.key }}-{{ user.nickName }}"},
        defaults={"users": {"userName": "{{ user.key }}@x"}},
        groups={"ops": {"previously": ["operations"]}},
    )
    found = mapped(document)
    [before] = found[Kind.USER, "ann"].earlier
    assert (before["userName"], before["externalId"], before["title"]) == ("an@x", "an", "an-n")
    [group] = found[Kind.GROUP, "ops"].earlier
    assert group == {"displayName": "operations", "externalId": "operations"}


dates = st.none() | st.dates(date(2026, 11, 19), date(2026, 11, 23))


@given(dates, dates, st.sampled_from(["active", "disabled"]))
@settings(max_examples=50, deadline=None)
def test_access_is_due_from_the_first_day_through_the_last(first: Any, last: Any, state: Any) -> None:
    if first and last and first > last:
        first, last = last, first
    days = {name: str(day) for name, day in (("from", first), ("until", last)) if day}
    wanted = mapped(
        yaml_text.dump({"users": {"ann": {"state": state, **days}}}) + "\n"
        if False
        else yaml_text.dump({"users": {"ann": {"state": state, **days}}, "targets": {"there": target()}})
    )[Kind.USER, "ann"]
    started, expired = not (first and first > TODAY), bool(last and last < TODAY)
    assert (wanted.started, wanted.expired) == (started, expired)
    assert wanted.active == (state == "active" and started and not expired)


def test_absent_entries_are_mapped_whatever_the_scope_and_others_only_within() -> None:
    document = yaml_text.dump(
        {
            "users": {"ann": {}, "bob": {}, "gone": {"state": "absent"}},
            "groups": {"ops": {"members": ["ann"]}, "eng": {}, "old": {"state": "absent"}},
            "scopes": {"s": {"users": {"include": ["ann"]}, "groups": {"include": ["ops"]}}},
            "targets": {"there": target(scope="s")},
        }
    )
    found = mapped(document)
    assert {key: each.standing for key, each in found.items()} == {
        (Kind.USER, "ann"): Standing.WANTED,
        (Kind.USER, "gone"): Standing.ABSENT,
        (Kind.GROUP, "ops"): Standing.WANTED,
        (Kind.GROUP, "old"): Standing.ABSENT,
    }
    assert [each.member.key for each in found[Kind.GROUP, "ops"].memberships] == ["ann"]


def test_groups_are_only_counted_where_the_platform_has_none() -> None:
    catalog = good_catalog("users: {ann: }\ngroups: {ops: }\n" + TARGET)
    there = good_target(catalog)
    without = type(there)(there.settings, there.profile.model_copy(update={"groups": None}), there.scope, there.rules)
    mapper = Mapper(without, catalog.memberships, TODAY, Faults())
    everybody = Scoped(frozenset({"ann"}), frozenset({"ops"}))
    ann, ops = map_resources(catalog.desired, everybody, mapper)
    assert (ann.key, ann.values["userName"]) == ("ann", "ann")
    assert (ops.key, ops.values, ops.memberships) == ("ops", {}, None)


def test_every_rule_that_fails_for_somebody_is_a_fault_at_the_rule() -> None:
    document = tree(
        {"ann": {"custom": {"n": [1]}}}, {"title": "{{ user.custom.n | lower }}", "locale": "{{ user.custom.n }}x"}
    )
    catalog = good_catalog(document)
    faults = Faults()
    [wanted] = catalog.mapped(good_target(catalog), faults)
    assert wanted.values == {}
    assert [(each.path, each.problem.partition(" (")[2]) for each in faults.ordered()] == [
        ("mappings.m.users.attributes.title", "for user ann)"),
        ("mappings.m.users.attributes.locale", "for user ann)"),
    ]
    assert all(each.mark is not None for each in faults.items)
