"""A live endpoint's discovery against the profile of its platform."""

from __future__ import annotations

from dataclasses import replace

import pytest
from planning_kit import catalog_of, target_of

from reconciler.core.mapping.conformity import overridden_capabilities, profile_differences
from reconciler.core.mapping.targets import Target
from reconciler.platforms.registry import platform_names
from reconciler.platforms.schemas import platform_schemas
from reconciler.scim.attributes import Attribute, Extension, ResourceSchema
from reconciler.scim.provider import Discovery, ProviderConfig

EVERY = frozenset(("ServiceProviderConfig", "ResourceTypes", "Schemas"))


def target_on(platform: str, *lines: str) -> Target:
    said = f"targets: {{there: {{url: 'http://sandbox.example/v2', platform: {platform}, {', '.join(lines)}}}}}"
    return target_of(catalog_of({"targets.yaml": said}))


def just_as_described(target: Target) -> Discovery:
    """What an endpoint announces that is exactly what its profile says."""
    return Discovery(announced=frozenset(target.profile.documents), schemas=platform_schemas(target.profile))


@pytest.mark.parametrize("platform", platform_names())
def test_an_endpoint_that_is_as_its_profile_says_does_not_differ(platform: str) -> None:
    target = target_on(platform)
    assert profile_differences(target, just_as_described(target)) == ()


def test_with_a_plain_server_there_is_nothing_to_compare() -> None:
    odd = ProviderConfig(patch=False, bulk=True, etag=True, filter=False, max_results=5, cursor_paging=True)
    assert profile_differences(target_on("generic"), Discovery(odd)) == ()


def test_documents_that_are_missing_and_that_are_there_besides() -> None:
    target = target_on("alibaba-ram")
    found = Discovery(announced=frozenset(("ServiceProviderConfig", "ResourceTypes")))
    assert profile_differences(target, found) == (
        "there is no usable Schemas; the profile counts on it",
        "there is a ServiceProviderConfig, which the profile does not know of",
    )


OFFERS = {
    "PATCH": (ProviderConfig(patch=False), "there is no PATCH; the profile: there is PATCH"),
    "bulk": (ProviderConfig(bulk=True), "there is bulk; the profile: there is no bulk"),
    "ETags": (ProviderConfig(etag=True), "there are ETags; the profile: there are no ETags"),
    "filters": (ProviderConfig(filter=False), "there are no filters; the profile: there are filters"),
    "cursors": (
        ProviderConfig(cursor_paging=False),
        "there is no paging by cursor; the profile: there is paging by cursor",
    ),
    "results": (ProviderConfig(max_results=50), "says 50 results at most; the profile asks for pages of 100"),
}


@pytest.mark.parametrize("offer", OFFERS)
def test_an_offer_that_differs(offer: str) -> None:
    target = target_on("aws-identity-center")
    config, sentence = OFFERS[offer]
    [told] = profile_differences(target, replace(just_as_described(target), config=config))
    assert told.startswith("ServiceProviderConfig")
    assert sentence in told


def test_an_offer_as_the_profile_has_it_is_no_difference() -> None:
    target = target_on("aws-identity-center")
    config = ProviderConfig(patch=True, bulk=False, etag=False, filter=True, max_results=200, cursor_paging=True)
    assert profile_differences(target, replace(just_as_described(target), config=config)) == ()


def changed(schema: ResourceSchema, *, without: str, plus: str) -> ResourceSchema:
    kept = {key: each for key, each in schema.attributes.items() if key != without.lower()}
    return replace(schema, attributes={**kept, plus.lower(): Attribute(plus)})


def test_attributes_in_both_directions() -> None:
    target = target_on("huawei-identity-center")
    schemas = platform_schemas(target.profile)
    user = changed(schemas["User"], without="title", plus="photos")
    user = replace(user, attributes={**user.attributes, "groups": Attribute("groups", mutability="readOnly")})
    found = Discovery(announced=EVERY, schemas={**schemas, "User": user})
    assert [each for each in profile_differences(target, found) if each.startswith("users")] == [
        "users: the profile does not know of the attribute photos",
        "users: the endpoint's Schemas do not have the attribute title",
    ]


def test_without_schemas_attributes_are_not_compared() -> None:
    target = target_on("huawei-identity-center")
    found = replace(just_as_described(target), schemas=Discovery().schemas)
    assert profile_differences(target, found) == ()


def test_extensions_and_what_they_hold() -> None:
    target = target_on("aws-identity-center")
    schemas = platform_schemas(target.profile)
    user = schemas["User"]
    [enterprise] = user.extensions.values()
    fewer = Extension(enterprise.urn, {key: each for key, each in enterprise.attributes.items() if key != "costcenter"})
    changed_user = user.with_extension(fewer).with_extension(Extension("urn:example:2.0:User"))
    found = replace(just_as_described(target), schemas={**schemas, "User": changed_user})
    assert profile_differences(target, found) == (
        "users: the profile does not know of the extension urn:example:2.0:User",
        f"{enterprise.urn} of users: the endpoint's Schemas do not have the attribute costCenter",
    )


def test_what_a_target_says_differently_of_its_platform() -> None:
    same = "capabilities: {user.modify: true, group.membersPerRequest: 100}"
    assert overridden_capabilities(target_on("aws-identity-center", same)) == {}
    lifted = "capabilities: {user.modify: true, user.disable: true}"
    assert overridden_capabilities(target_on("volcengine-identity-center", lifted)) == {
        "user.modify": (False, True),
        "user.disable": (False, True),
    }
