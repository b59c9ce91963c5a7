"""Alibaba Cloud RAM: four attributes, no PATCH, no groups, no state, tokens from a token endpoint."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from sandbox.vendors import ORIGIN, Vendor, a_user, refused, vendor

from reconciler.scim.urns import PATCH_OP

SECRET = "s3cret"


def ask_token(
    sandbox: Vendor, query: str = "grant_type=client_credentials&client_id=sandbox", secret: str = SECRET
) -> httpx.Response:
    basic = b64encode(f"sandbox:{secret}".encode()).decode()
    return sandbox.ask("POST", f"{ORIGIN}/v1/token?{query}", None, {"Authorization": f"Basic {basic}"})


@pytest.fixture
def ram() -> Iterator[Vendor]:
    with vendor("alibaba-ram", client_secret=SECRET) as sandbox:
        sandbox.token = ask_token(sandbox).json()["access_token"]
        yield sandbox


class TestToken:
    @pytest.mark.parametrize("more", ["", "&scope=/acs/scim"])
    def test_is_given_for_the_clients_secret(self, ram: Vendor, more: str) -> None:
        answer = ask_token(ram, f"grant_type=client_credentials&client_id=sandbox{more}")
        assert answer.status_code == 200
        assert {**answer.json(), "access_token": ""} == {
            "access_token": "",
            "token_type": "Bearer",
            "expires_in": "3599",
        }

    @pytest.mark.parametrize(
        ("query", "secret", "status"),
        [
            ("grant_type=client_credentials&client_id=sandbox", "wrong", 401),
            ("grant_type=client_credentials", SECRET, 401),
            ("grant_type=client_credentials&client_id=other", SECRET, 401),
            ("grant_type=password&client_id=sandbox", SECRET, 400),
            ("client_id=sandbox", SECRET, 400),
            ("grant_type=client_credentials&client_id=sandbox&scope=other", SECRET, 400),
        ],
    )
    def test_is_refused(self, ram: Vendor, query: str, secret: str, status: int) -> None:
        assert refused(ask_token(ram, query, secret), status)

    def test_the_form_is_not_read(self, ram: Vendor) -> None:
        basic = {"Authorization": "Basic " + b64encode(f"sandbox:{SECRET}".encode()).decode()}
        assert refused(ram.ask("POST", f"{ORIGIN}/v1/token", {"grant_type": "client_credentials"}, basic), 401)

    def test_nothing_else_opens(self, ram: Vendor) -> None:
        ram.token = "token"
        assert refused(ram("GET", '/Users?filter=userName eq "x"'), 401)
        assert ram("GET", "/Schemas").is_success

    def test_expires(self) -> None:
        now = [0.0]
        with vendor("alibaba-ram", client_secret=SECRET, token_seconds=60, clock=lambda: now[0]) as sandbox:
            answer = ask_token(sandbox).json()
            sandbox.token, path = answer["access_token"], '/Users?filter=userName eq "x"'
            assert (answer["expires_in"], sandbox("GET", path).status_code) == ("60", 200)
            now[0] = 60.0
            assert refused(sandbox("GET", path), 401)

    def test_can_be_ended_at_once(self, ram: Vendor) -> None:
        ram.app.desk.expire()
        assert refused(ram("GET", '/Users?filter=userName eq "x"'), 401)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("PATCH", "/Users/1", 405),
        ("GET", "/Groups", 404),
        ("POST", "/Groups", 404),
        ("GET", "/ServiceProviderConfig", 404),
        ("POST", "/Bulk", 404),
        ("GET", "/Users", 400),
        ("GET", "/Users?startIndex=1&count=10", 400),
    ],
)
def test_what_does_not_exist(ram: Vendor, method: str, path: str, status: int) -> None:
    assert refused(ram(method, path, {} if method != "GET" else None), status)


class TestUsers:
    def test_have_four_attributes_in_lower_case_and_the_domain(self, ram: Vendor) -> None:
        answer = ram("POST", "/Users", a_user("Ann@Example.COM", externalId="E7", displayName="Ann Example"))
        shown = answer.json()
        assert answer.status_code == 201
        assert set(shown) == {"schemas", "id", "meta", "userName", "externalId", "displayName"}
        assert [shown[name] for name in ("userName", "externalId", "displayName")] == [
            "ann@example.onaliyun.com",
            "e7",
            "ann example",
        ]
        assert shown["meta"]["location"] == f"{ORIGIN}/Users/{shown['id']}"

    def test_the_domain_is_an_option(self) -> None:
        with vendor("alibaba-ram", domain="acme.cn") as sandbox:
            sandbox.token = sandbox.app.desk.issue()
            shown = sandbox.read(f"/Users/{sandbox.create('User', a_user('ann@example.com'))}")
            assert shown["userName"] == "ann@acme.cn"

    @pytest.mark.parametrize(
        "attributes",
        [{"active": True}, {"active": False}, {"emails": []}, {"name": {"givenName": "A"}}, {"title": "T"}],
    )
    def test_take_nothing_else(self, ram: Vendor, attributes: dict[str, Any]) -> None:
        assert refused(ram("POST", "/Users", a_user("ann", **attributes)))
        path = f"/Users/{ram.create('User', a_user('bob'))}"
        assert refused(ram("PUT", path, a_user("bob", **attributes)))

    @pytest.mark.parametrize("same", [{"userName": "ANN@other.example"}, {"externalId": "E7"}])
    def test_a_value_that_is_taken_is_409(self, ram: Vendor, same: dict[str, str]) -> None:
        ram.create("User", a_user("ann@x", externalId="e7"))
        assert refused(ram("POST", "/Users", {**a_user("bob"), **same}), 409)

    def test_are_found_by_three_attributes(self, ram: Vendor) -> None:
        user = ram.create("User", a_user("Ann@x", externalId="E7"))
        for condition in (
            'userName eq "ANN@example.onaliyun.com"',
            'externalId eq "E7"',
            f'id eq "{user}"',
            'externalId eq "e7" and userName eq "ann@example.onaliyun.com"',
        ):
            assert ram.found("User", condition) == [user]
        assert ram.found("User", 'externalId eq "e8"') == []

    @pytest.mark.parametrize(
        "condition", ['displayName eq "x"', 'userName sw "x"', 'userName eq "x" or externalId eq "x"', "userName pr"]
    )
    def test_other_filters_are_400(self, ram: Vendor, condition: str) -> None:
        assert refused(ram.find("User", condition))

    def test_a_put_renames(self, ram: Vendor) -> None:
        path = f"/Users/{ram.create('User', a_user('ann@x', displayName='Ann'))}"
        shown = ram("PUT", path, {**ram.read(path), "userName": "Anna@x", "displayName": "Anna"}).json()
        assert (shown["userName"], shown["displayName"]) == ("anna@example.onaliyun.com", "anna")

    def test_the_console_changes_single_attributes(self, ram: Vendor) -> None:
        path = f"/Users/{ram.create('User', a_user('ann'))}"
        ram.console(
            "PATCH", path, {"schemas": [PATCH_OP], "Operations": [{"op": "replace", "value": {"displayName": "A"}}]}
        )
        assert ram.read(path)["displayName"] == "A"

    def test_access_keys_keep_a_user(self, ram: Vendor) -> None:
        user = ram.create("User", a_user("ann"))
        ram.console("PUT", f"/Users/{user}/accessKeys")
        assert refused(ram("DELETE", f"/Users/{user}"), 409)
        ram.console("DELETE", f"/Users/{user}/accessKeys")
        assert ram("DELETE", f"/Users/{user}").status_code == 204
