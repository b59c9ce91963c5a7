from __future__ import annotations

from reconciler.core.mapping.checking import EndpointCheck
from reconciler.core.resources import Kind
from reconciler.render.check_text import render_check
from reconciler.scim.provider import Discovery, ProviderConfig

FOUND = EndpointCheck(
    target="there",
    platform="aws-identity-center",
    url="https://scim.example.com",
    totals={Kind.USER: 3},
    discovery=Discovery(ProviderConfig(patch=True, max_results=50), problems=("odd\n  ! forged",)),
    lacking={Kind.USER: ("title",)},
    warnings=("bearer token 1 expires on 2026-12-01",),
    differences=("there is no usable Schemas; the profile counts on it",),
    overridden={"user.modify": (False, True), "group.membersPerRequest": (100, 20)},
)


def test_what_was_found_in_lines() -> None:
    assert render_check(FOUND).splitlines() == [
        "there (aws-identity-center, https://scim.example.com): reachable, credentials accepted",
        "  3 users",
        "  no groups",
        "  offers: PATCH yes, filters not said, bulk not said, ETags not said",
        "  at most 50 results in an answer",
        "  discovery: without ServiceProviderConfig, Schemas, ResourceTypes",
        "  users have no title here: it is left out",
        "  differs: there is no usable Schemas; the profile counts on it",
        "  user.modify: yes by the target, no by the profile",
        "  group.membersPerRequest: 20 by the target, 100 by the profile",
        "  ! odd\\x0a  ! forged",
        "  ! bearer token 1 expires on 2026-12-01",
    ]
