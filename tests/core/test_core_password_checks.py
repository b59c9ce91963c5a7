"""Who takes passwords is known offline, and no mapping rule makes one."""

from __future__ import annotations

from typing import Any

import pytest
from manifest_trees import read_tree
from planning_kit import TODAY

from reconciler.core.desired.catalog import make_catalog
from reconciler.core.mapping.password_checks import check_passwords
from reconciler.core.mapping.targets import prepare_target
from reconciler.diagnostics import Faults
from reconciler.platforms.registry import load_profile, platform_names

BASE = "targets: {base: {abstract: true, passwords: {onCreate: random}},\n  there: {extends: base, url: https://h/v2"


def complaints(text: str) -> list[str]:
    """What the check says of the target `there`, which is otherwise sound."""

    faults = Faults()
    catalog = make_catalog(read_tree({"a.yaml": text}, faults), TODAY, faults)
    target = prepare_target("there", catalog.manifests, faults)
    assert target is not None, faults.items
    assert faults.errors == []
    check_passwords(target, faults)
    return [str(each) for each in faults.items]


@pytest.mark.parametrize("platform", sorted(platform_names()))
def test_a_platform_takes_passwords_unless_its_list_of_attributes_is_closed_and_has_none(platform: str) -> None:
    users = load_profile(platform).users
    expected = not users.closed or "password" in users.attributes
    refusal = (
        f"manifests/a.yaml:1:46: targets.there.passwords: users of {platform} have no password that SCIM could set "
        "(take it out, or set passwords to null where it is inherited)"
    )
    assert complaints(f"{BASE}, platform: {platform}}}}}") == ([] if expected else [refusal])


def test_both_kinds_of_platforms_exist() -> None:
    closed = {each for each in platform_names() if complaints(f"{BASE}, platform: {each}}}}}")}
    assert closed
    assert closed < set(platform_names())
    assert "generic" not in closed


def test_the_remedy_helps() -> None:
    assert complaints(f"{BASE}, platform: alibaba-ram, passwords: null}}}}") == []


URN = "urn:ietf:params:scim:schemas:core:2.0:User:password"


@pytest.mark.parametrize("path", ["password", "PASSWORD", URN, URN.lower()])
@pytest.mark.parametrize("value", ["S3cret", "{value: S3cret, sync: create}", '"{{ user.custom.pin }}"'])
def test_no_rule_makes_a_password(path: str, value: Any) -> None:
    mapping = f"mappings: {{m: {{extends: generic, users: {{attributes: {{'{path}': {value}}}}}}}}}"
    [found] = complaints(f"{BASE}, platform: generic, mapping: m}}}}\n{mapping}")
    assert "a password is nobody's desired state (first passwords are set under the target's passwords)" in found
    assert found.startswith("manifests/a.yaml:3:")
    assert "S3cret" not in found


@pytest.mark.parametrize("path", ["urn:example:2.0:User:password", "title"])
def test_other_attributes_are_none_of_its_business(path: str) -> None:
    mapping = f"mappings: {{m: {{extends: generic, users: {{attributes: {{'{path}': x, password: null}}}}}}}}"
    assert complaints(f"{BASE}, platform: generic, mapping: m}}}}\n{mapping}") == []
