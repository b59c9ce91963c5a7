"""Against the sandbox of each platform, in process: no request that it has to refuse, and what it can never show."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Any

import httpx
import pytest
from sandbox.vendors import ORIGIN, TOKEN, Vendor, a_group, a_user, vendor

from reconciler.client.directory import open_directory
from reconciler.core.endpoint import BearerToken, Endpoint, OAuth2
from reconciler.core.requests import FilterNotOfferedError, Request
from reconciler.core.resources import Kind, Roster
from reconciler.errors import EndpointError
from reconciler.platforms.registry import load_profile, platform_names

PERSON = {
    "displayName": "P",
    "name": {"givenName": "P", "familyName": "P"},
    "active": True,
}
SECRET = "s3cret-of-the-client"
CAPPED = "huawei-identity-center"
BY_FILTER = "aws-identity-center"
BY_CLIENT = "alibaba-ram"
VENDORS = sorted({*platform_names()} - {"generic"})


def person(platform: str, number: int) -> dict[str, Any]:
    """The least that the platform takes."""
    if platform == BY_CLIENT:
        return a_user(f"p{number}@example.onaliyun.com", displayName=f"P{number}")
    if platform not in {BY_FILTER, CAPPED}:
        return a_user(f"p{number}")
    return a_user(f"p{number}", **PERSON, emails=[{"value": f"p{number}@x.example", "type": "work", "primary": True}])


def talk(sandbox: Vendor, platform: str, course: Any, secret: str = SECRET) -> Any:
    """Runs `course(directory)`; also gives every status that the sandbox answered with."""
    profile = load_profile(platform)
    statuses: list[int] = []

    class Watched(httpx.ASGITransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            response = await super().handle_async_request(request)
            statuses.append(response.status_code)
            return response

    async def whole() -> Any:
        usual = profile.authentication.oauth2
        endpoint = Endpoint(f"{ORIGIN}{sandbox.app.base_path}", (BearerToken(TOKEN),), profile=profile)
        if usual is not None:
            client = OAuth2(f"{ORIGIN}/v1/token", "sandbox", secret, usual.scope, usual.send, usual.parameters)
            endpoint = Endpoint(endpoint.url, oauth2=client, profile=profile)
        directory = open_directory(endpoint, transport=Watched(app=sandbox.app), today=date(2026, 11, 21))
        try:
            await directory.discover()
            return await course(directory)
        finally:
            await directory.close()

    return asyncio.run(whole()), statuses


@pytest.mark.parametrize("platform", VENDORS)
def test_everything_is_read_without_a_refusal(platform: str) -> None:
    profile = load_profile(platform)

    async def course(directory: Any) -> Any:
        created = [await directory.send(Request("POST", ("Users",), person(platform, each))) for each in range(12)]
        ids = {each.document["id"] for each in created}
        if profile.groups is not None:
            await directory.send(Request("POST", ("Groups",), a_group("Staff", *sorted(ids)[:3])))
        await directory.peek(Kind.USER)
        found = await directory.find(Kind.USER, "userName", person(platform, 7)["userName"].upper())
        assert [each.id for each in found] == [created[7].document["id"]]
        users, groups = await directory.list(Kind.USER), await directory.list(Kind.GROUP)
        return ids, users, groups, await directory.rosters([each.id for each in groups.resources], sorted(ids))

    with vendor(platform, tokens=(TOKEN,), client_secret=SECRET) as sandbox:
        (ids, users, groups, rosters), statuses = talk(sandbox, platform, course)
    assert {each for each in statuses if each >= 400} <= ({404} if platform == BY_FILTER else set())
    listed = profile.listing.paging != "none"
    assert {each.id for each in users.resources} == (ids if listed else set())
    assert (users.complete, users.singly) == (listed, not listed)
    assert groups.offered == (profile.groups is not None)
    if groups.offered:
        [group] = groups.resources
        assert groups.complete, groups.problem
        shown = len(group.document.get("members") or [])
        assert (shown, len(rosters)) == ((0, int(platform == BY_FILTER)) if platform in {BY_FILTER, CAPPED} else (3, 0))


@pytest.mark.parametrize(("platform", "options"), [(CAPPED, {}), (BY_FILTER, {"cursors": False}), (BY_FILTER, {})])
@pytest.mark.parametrize("count", [49, 50, 60])
def test_more_than_an_older_listing_holds(platform: str, options: Any, count: int) -> None:
    async def course(directory: Any) -> Any:
        for each in range(count):
            await directory.send(Request("POST", ("Users",), person(platform, each)))
        return await directory.list(Kind.USER)

    with vendor(platform, tokens=(TOKEN,), **options) as sandbox:
        listing, _ = talk(sandbox, platform, course)
    whole = count < 50 or (platform == BY_FILTER and not options)
    assert (listing.complete, listing.singly) == (whole, not whole)
    assert len(listing.resources) == (count if whole else 50)


@pytest.mark.parametrize("cursors", [True, False])
@pytest.mark.parametrize("asked", [1, 4])
def test_rosters_that_only_filters_tell(cursors: bool, asked: int) -> None:
    async def course(directory: Any) -> Any:
        people = [await directory.send(Request("POST", ("Users",), person(BY_FILTER, each))) for each in range(4)]
        ids = [each.document["id"] for each in people]
        groups = [
            (await directory.send(Request("POST", ("Groups",), a_group(f"G{size}", *ids[:size])))).document["id"]
            for size in (0, 1, 3)
        ]
        return ids, groups, await directory.rosters(groups, ids[:asked])

    with vendor(BY_FILTER, tokens=(TOKEN,), cursors=cursors) as sandbox:
        (ids, groups, found), _ = talk(sandbox, BY_FILTER, course)
    whole = asked > len(groups)
    expected = {group: {*ids[:size]} for group, size in zip(groups, (0, 1, 3), strict=True)}
    for group, roster in found.items():
        assert roster.users == (expected[group] if roster.whole else expected[group] & {*ids[:asked]})
    assert found.keys() == expected.keys()
    if cursors:
        assert {each.whole for each in found.values()} == {whole}
    assert all(isinstance(each, Roster) for each in found.values())


def test_a_wrong_secret_of_the_client_costs_one_request() -> None:
    async def course(directory: Any) -> None:
        await directory.list(Kind.USER)

    with (
        vendor(BY_CLIENT, client_secret=SECRET) as sandbox,
        pytest.raises(EndpointError, match=r"token URL .* answered"),
    ):
        talk(sandbox, BY_CLIENT, course, secret="another-one")


def test_what_a_platform_does_not_look_up_by_is_not_asked() -> None:
    async def course(directory: Any) -> None:
        before = directory.requests_sent
        with pytest.raises(FilterNotOfferedError):
            await directory.find(Kind.USER, "externalId", "e1")
        assert directory.requests_sent == before

    with vendor(CAPPED, tokens=(TOKEN,)) as sandbox:
        talk(sandbox, CAPPED, course)
