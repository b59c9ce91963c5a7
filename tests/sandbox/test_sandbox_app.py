"""The sandbox's endpoint: what a SCIM client sees of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from scim2_server.applications.asgi import ASGIApplication
from scim2_server.memory import AsyncInMemoryStorage
from servers.inprocess import Caller

from reconciler.sandbox import SandboxStore, create_app
from reconciler.sandbox.app import SandboxApplication
from reconciler.scim.urns import BULK_REQUEST, ENTERPRISE_USER, ERROR, GROUP, PATCH_OP, USER

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CUSTOM = "urn:ietf:params:scim:schemas:extension:customfield:2.0:User"
ANN = {"schemas": [USER], "userName": "ann"}


@pytest.fixture
def call() -> Iterator[Caller]:
    with SandboxStore() as store:
        yield Caller(create_app(store))


def patch(*operations: dict[str, Any]) -> dict[str, Any]:
    return {"schemas": [PATCH_OP], "Operations": list(operations)}


class TestToken:
    @pytest.fixture
    def store(self) -> Iterator[SandboxStore]:
        with SandboxStore() as store:
            yield store

    @pytest.mark.parametrize("given", [None, "wrong", "secrets"])
    def test_without_the_token_every_request_is_401_with_a_scim_error(
        self, store: SandboxStore, given: str | None
    ) -> None:
        answer = Caller(create_app(store, "secret"), given)("POST", "/Users", ANN)
        assert answer.status_code == 401
        assert answer.json()["schemas"] == [ERROR]
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")

    def test_another_scheme_is_401(self, store: SandboxStore) -> None:
        call = Caller(create_app(store, "secret"))
        assert call("GET", "/Users", Authorization="Basic secret").status_code == 401

    def test_with_the_token_requests_are_answered(self, store: SandboxStore) -> None:
        assert Caller(create_app(store, "secret"), "secret")("GET", "/Users").status_code == 200

    def test_the_provider_configuration_is_open_and_names_the_scheme(self, store: SandboxStore) -> None:
        answer = Caller(create_app(store, "secret"))("GET", "/ServiceProviderConfig")
        (scheme,) = answer.json()["authenticationSchemes"]
        assert scheme["type"] == "oauthbearertoken"


class TestRestart:
    def test_keeps_resources_versions_and_unique_names(self, tmp_path: Path) -> None:
        data = tmp_path / "data.db"
        with SandboxStore(data) as store:
            call = Caller(create_app(store))
            ann = call("POST", "/Users", ANN | {"displayName": "Änn ☂", "password": "s3cret"}).json()
            group = call("POST", "/Groups", {"schemas": [GROUP], "displayName": "g"}).json()
        with SandboxStore(data) as store:
            call = Caller(create_app(store))
            assert call("GET", f"/Users/{ann['id']}").json() == ann
            assert call("GET", f"/Groups/{group['id']}").json() == group
            assert call("POST", "/Users", {"schemas": [USER], "userName": "ANN"}).status_code == 409

    def test_never_gives_out_a_version_again(self, tmp_path: Path) -> None:
        data = tmp_path / "data.db"
        with SandboxStore(data) as store:
            call = Caller(create_app(store))
            ann = call("POST", "/Users", ANN)
            newest = call("POST", "/Users", {"schemas": [USER], "userName": "bob"})
            call("DELETE", f"/Users/{newest.json()['id']}")
        with SandboxStore(data) as store:
            call = Caller(create_app(store))
            path = f"/Users/{ann.json()['id']}"
            change = patch({"op": "replace", "path": "title", "value": "x"})
            changed = call("PATCH", path, change, If_Match=ann.headers["ETag"])
            assert changed.is_success
            later = call("GET", path).headers["ETag"]
            assert later not in {ann.headers["ETag"], newest.headers["ETag"]}
            assert call("PATCH", path, change, If_Match=ann.headers["ETag"]).status_code == 412

    def test_keeps_changes_and_deletions(self, tmp_path: Path) -> None:
        data = tmp_path / "data.db"
        with SandboxStore(data) as store:
            call = Caller(create_app(store))
            ann = call("POST", "/Users", ANN).json()["id"]
            bob = call("POST", "/Users", {"schemas": [USER], "userName": "bob"}).json()["id"]
            call("PATCH", f"/Users/{ann}", patch({"op": "replace", "path": "active", "value": False}))
            call("DELETE", f"/Users/{bob}")
        with SandboxStore(data) as store:
            (row,) = Caller(create_app(store))("GET", "/Users").json()["Resources"]
            assert (row["id"], row["active"]) == (ann, False)


class TestExtensions:
    def test_enterprise_and_custom_attributes_make_the_round_trip(self, call: Caller) -> None:
        extensions = {
            ENTERPRISE_USER: {"department": "R&D", "manager": {"value": "26118915"}},
            CUSTOM: {"user_address": "Königsallee 1", "country": "DE", "cost_center": "CC-7"},
        }
        created = call("POST", "/Users", ANN | {"schemas": [USER, *extensions]} | extensions).json()
        read = call("GET", f"/Users/{created['id']}").json()
        assert {urn: read[urn] for urn in extensions} == extensions
        assert set(extensions) <= set(read["schemas"])

    def test_a_custom_attribute_is_patched_by_its_urn(self, call: Caller) -> None:
        path = f"/Users/{call('POST', '/Users', ANN).json()['id']}"
        change = {"op": "add", "path": f"{CUSTOM}:country", "value": "CN"}
        assert call("PATCH", path, patch(change)).is_success
        assert call("GET", path).json()[CUSTOM] == {"country": "CN"}

    def test_the_custom_schema_is_announced(self, call: Caller) -> None:
        names = {each["name"] for each in call("GET", f"/Schemas/{CUSTOM}").json()["attributes"]}
        assert {"user_address", "country", "cost_center"} <= names
        extensions = call("GET", "/ResourceTypes/User").json()["schemaExtensions"]
        assert {each["schema"] for each in extensions} == {ENTERPRISE_USER, CUSTOM}


def test_bulk_creates_a_group_of_users_it_creates(call: Caller) -> None:
    member = {"value": "bulkId:a", "type": "User"}
    operations = [
        {"method": "POST", "path": "/Users", "bulkId": "a", "data": ANN},
        {
            "method": "POST",
            "path": "/Groups",
            "bulkId": "g",
            "data": {"schemas": [GROUP], "displayName": "g", "members": [member]},
        },
    ]
    answer = call("POST", "/Bulk", {"schemas": [BULK_REQUEST], "Operations": operations}).json()
    assert [each["status"] for each in answer["Operations"]] == ["201", "201"]
    (group,) = call("GET", "/Groups").json()["Resources"]
    (user,) = call("GET", "/Users").json()["Resources"]
    assert [each["value"] for each in group["members"]] == [user["id"]]


class TestListing:
    """Plain pages are rendered once; nobody can tell."""

    @pytest.fixture
    def callers(self) -> Iterator[tuple[Caller, Caller]]:
        """The same resources, served by the sandbox and served by scim2-server's own application."""
        with SandboxStore() as store:
            app = SandboxApplication(store, None)
            storage = AsyncInMemoryStorage(app.storage.storage)  # type: ignore[attr-defined]
            yield Caller(app), Caller(ASGIApplication(storage, app.provider))

    def fill(self, call: Caller) -> list[str]:
        users = [f"u{number}" for number in range(5)]
        ids = [call("POST", "/Users", {"schemas": [USER], "userName": each}).json()["id"] for each in users]
        members = [{"value": each, "type": "User", "$ref": f"Users/{each}"} for each in ids]
        call("POST", "/Groups", {"schemas": [GROUP], "displayName": "g", "members": members})
        return ids

    @pytest.mark.parametrize(
        "query",
        [
            "/Users",
            "/Groups",
            "/",
            "/Users?count=2",
            "/Users?startIndex=3&count=2",
            "/Users?startIndex=9&count=2",
            "/Users?count=0",
            "/Users?startIndex=0",
            "/Users?attributes=userName",
            "/Groups?excludedAttributes=members",
            '/Users?filter=userName eq "u3"',
            "/Users?sortBy=userName&sortOrder=descending",
        ],
    )
    def test_answers_as_the_server_would(self, callers: tuple[Caller, Caller], query: str) -> None:
        sandbox, server = callers
        self.fill(sandbox)
        for _ in range(2):
            assert sandbox("GET", query).json() == server("GET", query).json()

    def test_shows_every_change_at_once(self, callers: tuple[Caller, Caller]) -> None:
        sandbox, server = callers
        ann, bob, *_ = self.fill(sandbox)
        sandbox("GET", "/Users")
        sandbox("PATCH", f"/Users/{ann}", patch({"op": "add", "path": "title", "value": "x"}))
        sandbox("DELETE", f"/Users/{bob}")
        assert sandbox("GET", "/Users").json() == server("GET", "/Users").json()
        assert sandbox("GET", "/Users").json()["totalResults"] == 4
