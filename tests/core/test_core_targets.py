"""Targets made ready: what they extend, their platform, scope and mapping by name, what they refuse."""

from __future__ import annotations

from typing import Any

import pytest
from catalog_trees import TARGET, complaints, good_catalog, good_target

from reconciler.core.desired.scopes import EVERYTHING
from reconciler.core.mapping.targets import prepare_target
from reconciler.core.resources import Kind
from reconciler.core.vocabulary import Action, Verdict
from reconciler.diagnostics import Faults
from reconciler.platforms.registry import WITHOUT_SCIM, platform_names

URL = "url: https://scim.example/v2"

PLATFORMS = ", ".join(platform_names())


def test_left_out_scope_is_everything_and_left_out_mapping_the_platforms_own() -> None:
    target = good_target(good_catalog(TARGET))
    assert target.scope is EVERYTHING
    assert target.rules[Kind.USER].match == ("externalId", "userName")
    assert target.rules[Kind.GROUP].match == ("externalId", "displayName")
    assert all(rule.mark is None for rule in target.rules[Kind.USER].rules)


def test_what_is_extended_counts_and_null_takes_it_away() -> None:
    catalog = good_catalog(f"""
        scopes: {{s: {{users: {{exclude: []}}}}}}
        targets:
          base: {{abstract: true, platform: generic, {URL}, scope: s, environment: production}}
          one: {{extends: base}}
          two: {{extends: [base], scope: null, environment: test}}
    """)
    one, two = good_target(catalog, "one"), good_target(catalog, "two")
    assert (one.scope.name, one.settings.environment) == ("s", "production")
    assert (two.scope, two.settings.environment) == (EVERYTHING, "test")
    assert one.facts() == {"name": "one", "platform": "generic", "environment": "production", "options": {}}


@pytest.mark.parametrize(("platform", "instead"), sorted(WITHOUT_SCIM.items()))
def test_a_platform_without_scim_is_refused_with_the_service_to_use_instead(platform: Any, instead: Any) -> None:
    assert complaints(f"targets: {{t: {{{URL}, platform: {platform}}}}}") == [
        f"manifests/a.yaml:1:55: targets.t.platform: {platform} has no SCIM interface (use {instead} instead)"
    ]


def test_all_four_platforms_without_scim_are_known() -> None:
    assert sorted(WITHOUT_SCIM) == ["aws-iam", "huawei-iam", "tencent-cam", "volcengine-iam"]


def test_every_unknown_name_of_a_target_is_reported_in_one_run() -> None:
    assert complaints(
        f"targets:\n  t: {{{URL}, platform: genric, scope: chna, mapping: idas}}\nscopes: {{china: {{}}}}"
    ) == [
        "manifests/a.yaml:2:47: targets.t.platform: there is no platform 'genric' (did you mean 'generic'?)",
        "manifests/a.yaml:2:62: targets.t.scope: there is no scope 'chna' (did you mean 'china'?)",
        f"manifests/a.yaml:2:77: targets.t.mapping: there is no mapping 'idas' (known here: {PLATFORMS})",
    ]


def test_unknown_names_are_found_at_targets_that_are_faulty_otherwise() -> None:
    found = complaints("targets:\n  t: {platform: genric, pace: {concurrency: 0}}")
    assert [each.split(": ")[1] for each in found] == [
        "targets.t.url",
        "targets.t.platform",
        "targets.t.pace.concurrency",
    ]


def test_an_inherited_name_is_reported_once_where_it_is_written() -> None:
    text = (
        f"targets:\n  base: {{abstract: true, scope: nope, platform: generic}}\n"
        f"  a: {{extends: base, {URL}}}\n  b: {{extends: base, {URL}}}"
    )
    assert complaints(text) == ["manifests/a.yaml:2:33: targets.base.scope: there is no scope 'nope'"]


def test_an_overridden_unknown_name_does_not_stop_the_target() -> None:
    catalog_text = (
        f"targets:\n  base: {{abstract: true, scope: nope, platform: generic}}\n"
        f"  a: {{extends: base, {URL}, scope: null}}"
    )
    faults = Faults()
    assert prepare_target("a", good_catalog(catalog_text).manifests, faults) is not None
    assert faults.items == []


def test_a_mapping_of_ones_own_may_bear_a_platforms_name_and_only_who_names_it_gets_it() -> None:
    catalog = good_catalog(f"""
        mappings: {{generic: {{users: {{attributes: {{userName: "{{{{ user.key }}}}"}}}}}}}}
        targets: {{own: {{platform: generic, {URL}, mapping: generic}}, plain: {{platform: generic, {URL}}}}}
    """)
    assert [each.text for each in good_target(catalog, "own").rules[Kind.USER].rules] == ["userName"]
    assert len(good_target(catalog, "plain").rules[Kind.USER].rules) > 20


@pytest.mark.parametrize(
    ("kind", "action", "expected"),
    [
        (Kind.USER, Action.CREATE, None),
        (Kind.USER, Action.DELETE, Verdict.UNMANAGED_OPERATION),
        (Kind.GROUP, Action.ADD_MEMBERS, Verdict.UNMANAGED_OPERATION),
        (Kind.GROUP, Action.REMOVE_MEMBERS, Verdict.UNMANAGED_OPERATION),
        (Kind.GROUP, Action.ENABLE, Verdict.BLOCKED),
    ],
)
def test_a_target_refuses_what_its_platform_cannot_do_or_manage_leaves_out(
    kind: Any, action: Any, expected: Any
) -> None:
    text = f"targets: {{there: {{platform: generic, {URL}, manage: {{users: [create, update], groups: []}}}}}}"
    assert good_target(good_catalog(text)).refuses(kind, action) == expected


def test_manage_left_out_is_all_and_a_platform_without_groups_blocks_them() -> None:
    target = good_target(good_catalog(TARGET))
    assert target.refuses(Kind.GROUP, Action.ADD_MEMBERS) is None
    without = type(target)(
        target.settings, target.profile.model_copy(update={"groups": None}), target.scope, target.rules
    )
    assert without.refuses(Kind.GROUP, Action.CREATE) == Verdict.BLOCKED
