"""How targets authenticate, against what their platforms take."""

from __future__ import annotations

import pytest
from catalog_trees import complaints

CLIENT = 'clientId: me, clientSecret: "${SECRET}"'


def said(platform: str, auth: str) -> list[str]:
    return complaints(
        f'targets:\n  there: {{platform: {platform}, url: "https://scim.example"}}\n'
        f"  t:\n    extends: there\n    auth: {auth}\n"
    )


@pytest.mark.parametrize(
    ("platform", "auth"),
    [
        ("generic", "{}"),
        ("generic", '{bearer: ["${A}", "${B}", "${C}"]}'),
        ("generic", f'{{oauth2: {{tokenUrl: "https://login.example/t", {CLIENT}}}}}'),
        ("alibaba-ram", f"{{oauth2: {{{CLIENT}}}}}"),
        ("alibaba-ram", f'{{oauth2: {{tokenUrl: "https://login.example/t", {CLIENT}}}}}'),
        ("alibaba-ram", "{}"),
        ("aws-identity-center", '{bearer: ["${A}", "${B}"]}'),
        ("alibaba-idaas", '{bearer: "${A}"}'),
    ],
)
def test_what_a_platform_takes_is_no_fault(platform: str, auth: str) -> None:
    assert said(platform, auth) == []


@pytest.mark.parametrize(
    ("platform", "auth", "expected"),
    [
        (
            "alibaba-ram",
            '{bearer: "${A}"}',
            "5:12: targets.t.auth.bearer: alibaba-ram takes no bearer tokens (use auth.oauth2)",
        ),
        (
            "aws-identity-center",
            f"{{oauth2: {{{CLIENT}}}}}",
            "5:12: targets.t.auth.oauth2: aws-identity-center takes no OAuth2 clients (use auth.bearer)",
        ),
        (
            "generic",
            f"{{oauth2: {{{CLIENT}}}}}",
            (
                "5:12: targets.t.auth.oauth2.tokenUrl: tokenUrl is needed here: generic has none of its own "
                "(the address that gives out access tokens, such as https://login.example.com/token)"
            ),
        ),
        (
            "alibaba-idaas",
            '{bearer: ["${A}", "${B}", "${C}"]}',
            (
                "5:12: targets.t.auth.bearer: warning: 3 tokens, but on alibaba-idaas only 2 can exist at a time "
                "(take those out that are no longer valid)"
            ),
        ),
    ],
)
def test_what_it_does_not_take_is_told_with_its_line(platform: str, auth: str, expected: str) -> None:
    assert said(platform, auth) == [f"manifests/a.yaml:{expected}"]


def test_what_is_inherited_is_told_where_it_stands() -> None:
    text = (
        "targets:\n"
        "  base: {abstract: true, platform: alibaba-ram, url: 'https://scim.aliyun.com', auth: {bearer: '${A}'}}\n"
        "  ram: {extends: base}\n"
        f"  good: {{extends: base, auth: {{bearer: null, oauth2: {{{CLIENT}}}}}}}\n"
    )
    [line] = complaints(text)
    assert line.startswith("manifests/a.yaml:2:88: targets.ram.auth.bearer: alibaba-ram takes no bearer tokens")
