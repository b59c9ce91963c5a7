"""Targets: what they may say, and what they are with everything that they extend."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from manifest_trees import faults_of, good_tree, read_tree

from reconciler.core.manifests import TargetSettings, layers_of, resolve_target, setting_mark
from reconciler.core.manifests.choices import Adopt, CannotDisable, Leave
from reconciler.core.manifests.parsing import Rate, parse_day_count, parse_rate
from reconciler.diagnostics import Faults, SourceMark

BASIC = "platform: generic, url: 'https://scim.example/v2'"


def resolved(text: str, name: str = "t") -> TargetSettings:
    faults = Faults()
    settings = resolve_target(name, good_tree(text), faults)
    assert [str(each) for each in faults.items] == []
    assert settings is not None
    return settings


def one(text: str) -> TargetSettings:
    return resolved(f"targets: {{t: {{{BASIC}, {text}}}}}")


def test_left_out_means_the_defaults_of_the_language() -> None:
    target = one("abstract: false")
    assert target.name == "t"
    assert (target.manage.users, target.scope, target.mapping) == (None, None, None)
    assert target.ownership.adopt is Adopt.UNCLAIMED
    assert target.lifecycle.on_remove is Leave.DISABLE
    assert target.lifecycle.delete_after is None
    assert target.lifecycle.cannot_disable is CannotDisable.REPORT
    limits = target.safety.limits
    assert (limits.delete.percent, limits.delete.at_least, limits.delete.at_most) == (5, 1, 50)
    assert limits.create.at_most is None
    assert target.passwords.on_create == "none"


def test_limit_keeps_the_defaults_of_what_it_leaves_out() -> None:
    limit = one("safety: {limits: {disable: {percent: 20}}}").safety.limits.disable
    assert (limit.percent, limit.at_least, limit.at_most) == (20, 5, 100)


def test_empty_list_of_operations_is_none_and_nothing_said_is_all() -> None:
    manage = one("manage: {users: []}").manage
    assert manage.users == []
    assert manage.groups is None


def test_everything_is_read_as_what_it_is() -> None:
    target = one(
        "lifecycle: {deleteAfter: 30d}, pace: {rate: 10/s, budget: 1000/h}, "
        "safety: {allow: {limits: {disable: 140, half: true}, until: 2026-12-31, reason: CHG-1}}"
    )
    assert target.lifecycle.delete_after == 30
    assert target.pace.rate == Rate(10, 1)
    assert target.pace.budget is not None
    assert str(target.pace.budget) == "1000/h"
    allow = target.safety.allow
    assert allow is not None
    assert (allow.limits.disable, allow.limits.half, allow.until) == (140, True, date(2026, 12, 31))


def test_tokens_and_secrets_are_not_shown() -> None:
    target = one("auth: {bearer: [s3cret, {token: s3cret, expires: 2027-03-31}]}, headers: {X-Key: s3cret}")
    assert "s3cret" not in repr(target)
    oauth = "auth: {oauth2: {tokenUrl: 'https://idp.example/t', clientId: c, clientSecret: s3cret}}"
    assert "s3cret" not in repr(one(oauth))
    assert "s3cret" not in repr(one("passwords: {from: 's3cret-{key}'}"))


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("{}", False),
        ("{onCreate: none}", False),
        ("{length: 12, rules: {classes: 3}}", False),
        ("{onCreate: random}", True),
        ("{from: '${PW_{key}}'}", True),
        ("{from: '${file:secrets/{key}}', rules: {minLength: 40}}", True),
    ],
)
def test_passwords_are_wanted_where_something_tells_where_they_come_from(said: str, wanted: bool) -> None:
    assert one(f"passwords: {said}").passwords.wanted is wanted


def test_a_target_can_do_without_the_passwords_that_it_would_inherit() -> None:
    base = "base: {abstract: true, passwords: {onCreate: random}}"
    for said in ("passwords: null", "passwords: {onCreate: none}", "passwords: {onCreate: null}"):
        assert not resolved(f"targets: {{{base}, t: {{extends: base, {BASIC}, {said}}}}}").passwords.wanted
    other = "passwords: {onCreate: null, from: '${PW_{key}}'}"
    assert resolved(f"targets: {{{base}, t: {{extends: base, {BASIC}, {other}}}}}").passwords.wanted


def test_extends_merges_key_by_key_and_lists_replace() -> None:
    target = resolved(f"""
targets:
  base: {{abstract: true, {BASIC}, environment: prod, manage: {{users: [create]}}, pace: {{concurrency: 4}}}}
  t: {{extends: base, manage: {{users: [delete]}}, pace: {{rate: 1/s}}}}
""")
    assert not target.abstract
    assert target.environment == "prod"
    assert [str(each) for each in target.manage.users or ()] == ["delete"]
    assert (target.pace.concurrency, target.pace.rate) == (4, Rate(1, 1))


def test_protect_and_admin_groups_add_up() -> None:
    target = resolved(f"""
targets:
  base: {{{BASIC}, safety: {{protect: ["break-glass*"], adminGroups: [root]}}}}
  more: {{safety: {{protect: ["svc-*", "break-glass*"]}}}}
  t: {{extends: [base, more], safety: {{protect: [me], adminGroups: []}}}}
""")
    assert target.safety.protect == ["break-glass*", "svc-*", "me"]
    assert target.safety.admin_groups == ["root"]


def test_later_parent_wins_over_the_earlier_and_the_target_over_both() -> None:
    text = f"targets: {{a: {{{BASIC}, scope: a, mapping: a, environment: a}}, b: {{scope: b, mapping: b}}, %s}}"
    target = resolved(text % "t: {extends: [a, b], scope: t}")
    assert (target.scope, target.mapping, target.environment) == ("t", "b", "a")


def test_null_takes_away_what_was_inherited() -> None:
    target = resolved(f"""
targets:
  base: {{{BASIC}, scope: china, auth: {{bearer: "${{TOKEN}}"}}}}
  t:
    extends: base
    scope:
    auth: {{bearer: null, oauth2: {{tokenUrl: "https://idp.example/t", clientId: c, clientSecret: s}}}}
""")
    assert target.scope is None
    assert target.auth.bearer is None


def test_requirement_may_be_met_by_a_parent() -> None:
    secret = 'auth: {oauth2: {clientSecret: "${SECRET}"}}'
    target = resolved(f"""
targets:
  base: {{abstract: true, auth: {{oauth2: {{tokenUrl: "https://idp.example/t", clientId: c}}}}}}
  t: {{extends: base, {BASIC}, {secret}}}
""")
    assert target.auth.oauth2 is not None


def test_fault_of_an_inherited_value_is_said_once_where_it_stands() -> None:
    text = f"""targets:
  base: {{abstract: true, pace: {{rate: fast}}}}
  t: {{extends: base, {BASIC}}}
  u: {{extends: t}}
"""
    (found,) = faults_of(text)
    assert found.mark == SourceMark("manifests/a.yaml", 2, 33)


def test_fault_that_only_the_merged_target_has_names_the_key_that_brought_it() -> None:
    text = f"""
targets:
  base: {{{BASIC}, auth: {{bearer: "${{TOKEN}}"}}}}
  t:
    extends: base
    auth: {{oauth2: {{tokenUrl: "https://idp.example/t", clientId: c, clientSecret: "${{SECRET}}"}}}}
"""
    (found,) = faults_of(text)
    assert found.rule == "conflicting-keys"
    assert found.mark == SourceMark("manifests/a.yaml", 6, 12)


def test_marks_of_merged_settings_stay_findable() -> None:
    manifests = good_tree(
        {
            "a.yaml": f"targets:\n  base: {{{BASIC}}}\n",
            "b.yaml": "targets:\n  t:\n    extends: base\n    scope: x\nscopes: {x: {}}",
        }
    )
    layers = layers_of("t", manifests)
    assert [each.key for each in layers] == ["base", "t"]
    assert setting_mark(layers, ["scope"]).line == 4
    assert setting_mark(layers, ["url"]).file == "manifests/a.yaml"
    assert setting_mark(layers, ["pace", "rate"]) == SourceMark("manifests/b.yaml", 2, 3)


@pytest.mark.parametrize(
    ("targets", "rule"),
    [
        ("t: {extends: nobody, platform: generic}", "unknown-parent"),
        ("t: {extends: t}", "extends-cycle"),
        ("t: {extends: a}, a: {extends: [b]}, b: {extends: t}", "extends-cycle"),
        ("t: {extends: a}, a: {extends: nobody}", "unknown-parent"),
        ("t: {abstract: true}", "abstract-target"),
        ("t: {platform: generic}", "missing-key"),
        ("t: {url: 'https://scim.example'}", "missing-key"),
    ],
)
def test_unusable_target_says_why(targets: str, rule: str) -> None:
    manifests = read_tree({"a.yaml": f"targets: {{{targets}}}"}, Faults())
    faults = Faults()
    assert resolve_target("t", manifests, faults) is None
    assert [each.rule for each in faults.items] == [rule]


def test_target_beside_a_cycle_is_usable() -> None:
    manifests = read_tree({"a.yaml": f"targets: {{t: {{{BASIC}}}, a: {{extends: a}}}}"}, Faults())
    faults = Faults()
    assert resolve_target("t", manifests, faults) is not None
    assert faults.items == []


def test_unknown_target_is_no_fault_of_the_manifests() -> None:
    with pytest.raises(KeyError):
        resolve_target("nobody", good_tree(""), Faults())


@pytest.mark.parametrize(
    "url", ["${URL}", "https://scim.example/${TENANT}/v2", "http://localhost:8080", "https://[::1]:8443/scim"]
)
def test_urls(url: str) -> None:
    assert faults_of(f'targets: {{t: {{platform: generic, url: "{url}"}}}}') == []


@pytest.mark.parametrize(
    "url",
    [
        "",
        "scim.example",
        "ftp://scim.example",
        "https://${HOST}/v2",
        "${A}${B}",
        "https://a b/",
        "https://u@h/",
    ],
)
def test_not_urls(url: str) -> None:
    assert faults_of(f'targets: {{t: {{platform: generic, url: "{url}"}}}}')


@pytest.mark.parametrize("text", ["0/s", "10", "10/w", "10 / s", "-1/s", 10, None, ["10/s"]])
def test_not_rates(text: Any) -> None:
    with pytest.raises(ValueError, match="is not a rate"):
        parse_rate(text)


def test_day_counts() -> None:
    assert (parse_day_count("never"), parse_day_count(None), parse_day_count("1d")) == (None, None, 1)
    with pytest.raises(ValueError, match="is not a number of days"):
        parse_day_count("0d")
