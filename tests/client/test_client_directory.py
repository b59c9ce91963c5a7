"""Against scim2-server, in process: an implementation that knows nothing of this one."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Any

import httpx
from scim2_server.applications.asgi import ASGIApplication
from scim2_server.memory import AsyncInMemoryStorage
from scim2_server.utils import load_default_provider

from reconciler.client.directory import open_directory
from reconciler.core.endpoint import Endpoint
from reconciler.core.requests import Request
from reconciler.core.resources import Kind
from reconciler.platforms.capabilities import with_capabilities
from reconciler.platforms.registry import load_profile
from reconciler.scim.urns import GROUP, PATCH_OP, USER

SMALL_PAGES = with_capabilities(load_profile("generic"), {"listing.pageSize": 10})


def talk(course: Any) -> Any:
    """Runs `course(directory)` on a fresh scim2-server."""

    async def whole() -> Any:
        provider = load_default_provider()
        transport = httpx.ASGITransport(app=ASGIApplication(AsyncInMemoryStorage(), provider))
        endpoint = Endpoint("http://scim.example/v2", profile=SMALL_PAGES)
        directory = open_directory(endpoint, transport=transport, today=date(2026, 11, 21))
        try:
            return await course(directory)
        finally:
            await directory.close()

    return asyncio.run(whole())


def user(name: str, **attributes: Any) -> Any:
    return Request("POST", ("Users",), {"schemas": [USER], "userName": name, "active": True, **attributes})


def test_discovery_is_complete() -> None:
    found = talk(lambda directory: directory.discover())
    assert found.announced == {"ServiceProviderConfig", "Schemas", "ResourceTypes"}
    assert found.endpoints == {"User": "/Users", "Group": "/Groups"}
    assert found.problems == ()
    assert "username" in found.schemas["User"].attributes


def test_users_are_written_listed_found_read_and_deleted() -> None:
    async def course(directory: Any) -> None:
        await directory.discover()
        answers = [await directory.send(user(f"ann{place}", title="Söd")) for place in range(35)]
        assert {each.status for each in answers} == {201}
        ids = [each.document["id"] for each in answers]
        listing = await directory.list(Kind.USER)
        assert listing.complete, listing.problem
        assert sorted(each.id for each in listing.resources) == sorted(ids)
        assert listing.total == 35
        found = await directory.find(Kind.USER, "userName", "ANN7")
        assert [each.id for each in found] == [ids[7]]
        read = await directory.get(Kind.USER, ids[7])
        assert read.document["title"] == "Söd"
        assert (await directory.send(Request("DELETE", ("Users", ids[7])))).status == 204
        assert await directory.get(Kind.USER, ids[7]) is None
        assert (await directory.send(Request("DELETE", ("Users", ids[7])))).status == 404

    talk(course)


def test_conflicts_and_preconditions_are_answers() -> None:
    async def course(directory: Any) -> None:
        created = await directory.send(user("ann"))
        conflict = await directory.send(user("ann"))
        assert (conflict.status, conflict.fault.scim_type) == (409, "uniqueness")
        body = {"schemas": [PATCH_OP], "Operations": [{"op": "replace", "path": "active", "value": False}]}
        path = ("Users", created.document["id"])
        assert (await directory.send(Request("PATCH", path, body, 'W/"stale"'))).status == 412
        assert (await directory.send(Request("PATCH", path, body, created.etag))).succeeded
        assert (await directory.get(Kind.USER, path[1])).document["active"] is False

    talk(course)


def test_groups_come_with_their_members() -> None:
    async def course(directory: Any) -> None:
        ann = (await directory.send(user("ann"))).document["id"]
        members = [{"value": ann}]
        await directory.send(
            Request("POST", ("Groups",), {"schemas": [GROUP], "displayName": "Staff", "members": members})
        )
        listing = await directory.list(Kind.GROUP)
        assert listing.complete, listing.problem
        assert [each["value"] for each in listing.resources[0].document["members"]] == [ann]

    talk(course)
