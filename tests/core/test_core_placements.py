"""Placements, which the platforms' own mappings look up in the table `organization`."""

from __future__ import annotations

import pytest
from catalog_trees import complaints, values_of

from reconciler.core.expressions import ExpressionError
from reconciler.core.mapping.placements import Placements

PATH = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:organization.organizationId"
TARGET = 'targets: {there: {platform: alibaba-idaas, url: "https://scim.example"}}\n'


def test_without_a_table_a_placement_is_called_what_it_is_called_here() -> None:
    assert Placements(None)["cn"] == Placements(None).get("cn") == "cn"
    assert list(Placements(None)) == []


def test_a_table_has_to_have_every_placement() -> None:
    placements = Placements({"cn": "org_1"})
    assert (placements["cn"], list(placements), len(placements)) == ("org_1", ["cn"], 1)
    with pytest.raises(ExpressionError, match="the table organization has no 'de'"):
        placements.get("de")


def test_a_user_is_placed_by_the_name_itself_or_by_the_table() -> None:
    text = TARGET + "users: {ann: {organization: cn}, bob: }\n"
    assert values_of(text, "ann")[PATH] == "cn"
    assert PATH not in values_of(text, "bob")
    assert values_of(text + "tables: {organization: {cn: org_1}}", "ann")[PATH] == "org_1"


def test_the_scope_places_those_who_name_no_placement() -> None:
    text = (
        TARGET.replace("}}", ", scope: s}}")
        + "users: {ann: {organization: de}, bob: }\nscopes: {s: {organization: cn}}\n"
    )
    assert [values_of(text, key)[PATH] for key in ("ann", "bob")] == ["de", "cn"]


def test_a_placement_that_the_table_lacks_is_a_fault_in_the_users_line() -> None:
    text = TARGET + "users:\n  ann:\n    organization: cnn\ntables: {organization: {cn: org_1}}\n"
    assert complaints(text) == [
        f"manifests/a.yaml:4:5: users.ann.{PATH}: the table organization has no 'cnn' (did you mean 'cn'?)"
    ]


def test_rules_of_the_manifests_need_the_table() -> None:
    rule = "displayName: \"{{ user.organization | lookup('organization') }}\""
    text = (
        TARGET.replace("}}", ", mapping: m}}")
        + f"mappings: {{m: {{extends: alibaba-idaas, users: {{attributes: {{{rule}}}}}}}}}\n"
    )
    [found] = complaints(text)
    assert "unknown table 'organization'" in found
