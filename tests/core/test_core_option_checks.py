"""`options` and `capabilities` against what a platform has."""

from __future__ import annotations

import pytest
from catalog_trees import complaints

OKTA = "urn:ietf:params:scim:schemas:extension:customfield:2.0:User"


def said(platform: str, settings: str) -> list[str]:
    return complaints(f"targets:\n  there:\n    platform: {platform}\n    url: https://scim.example\n    {settings}\n")


@pytest.mark.parametrize(
    ("platform", "options", "expected"),
    [
        (
            "alibaba-idaas",
            "{customNamespac: x}",
            "alibaba-idaas has no option 'customNamespac' (did you mean 'customNamespace'?)",
        ),
        ("aws-identity-center", "{lowerCase: false}", "aws-identity-center has no option 'lowerCase'"),
        (
            "alibaba-idaas",
            "{customNamespace: custom}",
            f"the text 'custom' is not allowed here (write it as in {OKTA})",
        ),
        (
            "alibaba-idaas",
            "{customNamespace: [a]}",
            f"must be a text, not a list (write it as in {OKTA})",
        ),
        ("alibaba-ram", "{lowerCase: 'no'}", "must be true or false, not the text 'no'"),
        ("alibaba-ram", "{domain: a b}", "the text 'a b' is not allowed here (write it as in example.onaliyun.com)"),
    ],
)
def test_faults_of_options(platform: str, options: str, expected: str) -> None:
    [found] = said(platform, f"options: {options}")
    assert found.startswith("manifests/a.yaml:5:15: targets.there.options.")
    assert found.split(": ", 2)[2] == expected


@pytest.mark.parametrize(
    ("platform", "options"),
    [
        ("generic", "{anything: [1]}"),
        ("alibaba-ram", "{lowerCase: false, domain: example.onaliyun.com}"),
        ("alibaba-idaas", "{customNamespace: 'urn:ietf:params:scim:schemas:extension:customfield:2.0:User'}"),
        ("alibaba-idaas", "{customNamespace: 'urn:ietf:params:scim:schemas:extension:My_Extension-1:2.0:User'}"),
    ],
)
def test_what_options_may_say(platform: str, options: str) -> None:
    assert said(platform, f"options: {options}") == []


def test_an_inherited_option_is_placed_where_it_is_written() -> None:
    text = (
        "targets:\n  base: {abstract: true,\n    options: {domian: x}}\n"
        "  there: {extends: base, platform: alibaba-ram, url: 'https://scim.example'}\n"
    )
    [found] = complaints(text)
    assert found.startswith("manifests/a.yaml:3:15: targets.there.options.domian: ")


@pytest.mark.parametrize(
    ("capabilities", "expected"),
    [
        ("{user.modfy: true}", "unknown capability 'user.modfy' (did you mean 'user.modify'?)"),
        ("{user.modify: 1}", "must be true or false, not the number 1"),
        ("{user.modify: 'yes'}", "must be true or false, not the text 'yes'"),
        ("{group.membersPerRequest: 0}", "must be a whole number from 1 on, not the number 0"),
        ("{group.membersPerRequest: true}", "must be a whole number from 1 on, not true"),
    ],
)
def test_faults_of_capabilities(capabilities: str, expected: str) -> None:
    [found] = said("generic", f"capabilities: {capabilities}")
    assert found.startswith("manifests/a.yaml:5:20: targets.there.capabilities.")
    assert found.split(": ", 2)[2] == expected


def test_what_capabilities_may_say() -> None:
    assert said("alibaba-ram", "capabilities: {user.modify: true, listing.pageSize: 50}") == []
