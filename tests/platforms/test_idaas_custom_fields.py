"""Custom attributes on IDaaS: "Sync custom attributes" of the vendor's pages on Okta and on Microsoft Entra ID."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from branches import Branch, branch
from catalog_trees import complaints
from workplace import operation, results

if TYPE_CHECKING:
    from pathlib import Path

OKTA = "urn:ietf:params:scim:schemas:extension:customfield:2.0:User"
ENTRA = "urn:ietf:params:scim:schemas:extension:CustomExtensionName:2.0:User"
PEOPLE = "users:\n  ann: {displayName: Ann, custom: {%s}}\n"


def applied(folder: Path, custom: str, namespace: str = OKTA, more: str = "", *lines: str) -> Branch:
    option = f"options: {{customNamespace: '{namespace}'}}"
    idaas = branch(folder, "alibaba-idaas", PEOPLE % custom + more, option, *lines, custom_namespace=namespace)
    return again(idaas)


def again(idaas: Branch) -> Branch:
    done = idaas.apply()
    assert set(results(done).values()) <= {"done"}
    assert done.report.not_kept == ()
    idaas.converged()
    return idaas


@pytest.mark.parametrize("namespace", [OKTA, ENTRA])
def test_the_custom_field_namespace_holds_every_custom_attribute_by_its_field_id(
    tmp_path: Path, namespace: str
) -> None:
    idaas = applied(tmp_path, "user_address: 'Bahnhofstr. 1, Köln', country: DE", namespace)
    user = idaas.users()["ann"]
    assert user[namespace] == {"user_address": "Bahnhofstr. 1, Köln", "country": "DE"}
    [created] = [each.request.body for each in idaas.vendor.log if each.request.method == "POST"]
    assert namespace in created["schemas"]


@pytest.mark.parametrize(
    ("name", "first", "second"),
    [
        ("user_address", "'中关村大街 1 号'", "'😀 \"x\" \\\\ y'"),
        ("floor", "7", "-1"),
        ("floor", "0", "1"),
        ("hours", "38.5", "40"),
        ("remote", "true", "false"),
        ("languages", "[de, zh]", "[zh]"),
        ("languages", "[de]", "[de, en, zh]"),
    ],
)
def test_a_field_type_compatible_with_the_extended_field_is_set_and_changed(
    tmp_path: Path, name: str, first: str, second: str
) -> None:
    idaas = applied(tmp_path, f"{name}: {first}")
    before = idaas.users()["ann"][OKTA][name]
    idaas.replace(f"{name}: {first}", f"{name}: {second}")
    [change] = operation(idaas.plan(), "user:ann:update").changes
    assert change.path == f"{OKTA}:{name}"
    assert again(idaas).users()["ann"][OKTA][name] != before


@pytest.mark.parametrize(("name", "value", "empty"), [("user_address", "x", "''"), ("languages", "[de]", "[]")])
def test_a_custom_attribute_that_is_emptied_is_cleared(tmp_path: Path, name: str, value: str, empty: str) -> None:
    idaas = applied(tmp_path, f"country: DE, {name}: {value}")
    idaas.replace(f"{name}: {value}", f"{name}: {empty}")
    assert again(idaas).users()["ann"][OKTA] == {"country": "DE"}


def test_a_custom_attribute_that_is_no_longer_named_stays_and_is_said_to_be_released(tmp_path: Path) -> None:
    idaas = applied(tmp_path, "country: DE, user_address: x")
    idaas.replace("country: DE, user_address: x", "country: DE")
    [released] = idaas.plan().plan.released
    assert released.path == f"{OKTA}:user_address"
    assert again(idaas).users()["ann"][OKTA] == {"country": "DE", "user_address": "x"}


def test_a_custom_attribute_changed_in_the_console_is_put_back(tmp_path: Path) -> None:
    idaas = applied(tmp_path, "country: DE")
    idaas.edit("ann", **{f"{OKTA}:country": "FR"})
    assert again(idaas).users()["ann"][OKTA] == {"country": "DE"}


def test_a_mapping_rule_of_ones_own_may_rename_the_field(tmp_path: Path) -> None:
    """The vendor's example: postalAddress of Okta, streetAddress of Entra, becomes user_address."""
    rules = "mappings: {m: {extends: alibaba-idaas, users: {attributes: {%s: null, '%s:user_address': %s}}}}\n"
    more = rules % (OKTA, OKTA, "'{{ user.custom.streetAddress }}'")
    idaas = applied(tmp_path, "streetAddress: Bahnhofstr. 1", OKTA, more, "mapping: m")
    assert idaas.users()["ann"][OKTA] == {"user_address": "Bahnhofstr. 1"}


def test_without_a_namespace_custom_attributes_are_not_sent(tmp_path: Path) -> None:
    idaas = branch(tmp_path, "alibaba-idaas", PEOPLE % "country: DE")
    assert OKTA not in again(idaas).users()["ann"]


@pytest.mark.parametrize(
    "namespace",
    [
        "urn:ietf:params:scim:schemas:extension:customfield:2.0:Users",
        "urn:ietf:params:scim:schemas:extension:${CustomExtensionName}:2.0:User",
        "customfield",
        "",
    ],
)
def test_a_namespace_of_another_form_is_a_fault_offline_with_its_line(namespace: str) -> None:
    target = f"""
targets:
  there:
    platform: alibaba-idaas
    url: https://scim.example
    options:
      customNamespace: "{namespace}"
"""
    found = complaints(target + PEOPLE % "country: DE")
    assert found
    assert all(each.startswith("manifests/a.yaml:7:7: targets.there.options.customNamespace") for each in found)


def test_a_namespace_that_is_not_the_configured_one_fails_and_check_says_so(tmp_path: Path) -> None:
    """Both sides must name the same one."""
    option = f"options: {{customNamespace: '{OKTA}'}}"
    idaas = branch(tmp_path, "alibaba-idaas", PEOPLE % "country: DE", option, custom_namespace=ENTRA)
    assert results(idaas.apply()) == {"user:ann:create": "failed"}
    assert idaas.users() == {}


def test_fields_declared_in_the_settings_are_checked_offline() -> None:
    target = "targets: {there: {platform: alibaba-idaas, url: 'https://scim.example'}}\n"
    declared = "settings: {custom: {floor: {type: integer}}}\n"
    found = complaints(target + declared + "users:\n  ann: {custom: {floor: seven}}\n  bob: {custom: {flour: 7}}\n")
    assert [each.split(": ")[1] for each in found] == ["users.ann.custom.floor", "users.bob.custom.flour"]
