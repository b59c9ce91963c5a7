"""What the sandboxes of all platforms have in common."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest
from sandbox.vendors import ORIGIN, a_user, refused, vendor

from reconciler.platforms.registry import load_profile, platform_names
from reconciler.sandbox import SandboxStore, create_app, create_platform, running_sandbox
from reconciler.sandbox.platform import PlatformApplication

PLATFORMS = [each for each in platform_names() if each != "generic"]


def whole_user(platform: str, name: str) -> dict[str, Any]:
    """A user with what the platform requires, and no more."""
    required = [path for path, own in load_profile(platform).users.attributes.items() if own.required]
    values = {
        "displayName": name,
        "name": {"givenName": name, "familyName": name},
        "emails": [{"value": f"{name}@x", "type": "work", "primary": True}],
    }
    return a_user(name, **{each: values[each] for each in required if each in values})


@pytest.mark.parametrize("platform", PLATFORMS)
def test_serves_users_with_what_is_required_alone(platform: str) -> None:
    with vendor(platform) as sandbox:
        sandbox.token = sandbox.app.desk.issue() if sandbox.app.desk.issues else sandbox.token
        user = sandbox.create("User", whole_user(platform, "ann"))
        assert sandbox.found("User", 'userName eq "ann"') == [user]
        assert refused(sandbox("GET", "/Users/nobody"), 404)
        assert refused(sandbox("POST", "/Users", {"schemas": []}))
        assert refused(sandbox("POST", "/Users", ["no user"]))


@pytest.mark.parametrize("platform", PLATFORMS)
def test_the_log_tells_each_request_and_what_was_refused(platform: str) -> None:
    with vendor(platform) as sandbox:
        sandbox.token = sandbox.app.desk.issue() if sandbox.app.desk.issues else sandbox.token
        document = whole_user(platform, "ann")
        sandbox.create("User", document)
        sandbox.console("GET", "/Users")
        (logged,) = sandbox.app.log
        assert (logged.request.method, logged.request.path, logged.request.body) == ("POST", "/Users", document)
        assert (logged.status, sandbox.app.refused) == (201, [])
        sandbox("GET", "/Users/nobody?attributes=userName")
        (refusal,) = sandbox.app.refused
        assert (refusal.request.query, refusal.status) == ({"attributes": "userName"}, 404)
        sandbox.app.clear_log()
        assert not sandbox.app.log


@pytest.mark.parametrize("platform", PLATFORMS)
def test_the_console_makes_users_behind_the_endpoints_back(platform: str) -> None:
    with vendor(platform) as sandbox:
        sandbox.token = sandbox.app.desk.issue() if sandbox.app.desk.issues else sandbox.token
        user = sandbox.console("POST", "/Users", whole_user(platform, "Ann")).json()["id"]
        assert sandbox.read(f"/Users/{user}")["userName"] == "Ann"
        assert refused(sandbox.ask("GET", f"{ORIGIN}/console/Users/{user}/accessKeys", None, {}), 405)
        sandbox.console("DELETE", f"/Users/{user}")
        assert refused(sandbox("GET", f"/Users/{user}"), 404)


def test_a_body_that_is_no_json_is_400() -> None:
    with vendor("alibaba-idaas") as sandbox:

        async def send() -> httpx.Response:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(app=sandbox.app)) as client:
                headers = {"Authorization": f"Bearer {sandbox.token}"}
                return await client.post(f"{ORIGIN}/v2/Users", content="{no", headers=headers)

        assert refused(asyncio.run(send()))


@pytest.mark.parametrize("platform", PLATFORMS)
def test_what_is_kept_outlives_the_sandbox(platform: str, tmp_path: Path) -> None:
    user = whole_user(platform, "ann")
    with SandboxStore(tmp_path / "data") as store, running_sandbox(create_platform(store, platform)) as url:
        created = httpx.post(f"{url.removesuffix('/v2')}/console/Users", json=user).json()
        assert created["meta"]["location"] == f"{url}/Users/{created['id']}"
    with SandboxStore(tmp_path / "data") as store, running_sandbox(create_platform(store, platform)) as url:
        shown = httpx.get(f"{url.removesuffix('/v2')}/console/Users/{created['id']}").json()
    assert shown["userName"] == "ann"


def test_one_function_makes_them_all() -> None:
    with SandboxStore() as store:
        assert isinstance(create_app(store, "token", "aws-identity-center"), PlatformApplication)
        assert not isinstance(create_app(store, "token"), PlatformApplication)
        with pytest.raises(KeyError):
            create_app(store, platform="myspace")
