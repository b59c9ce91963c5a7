"""Tencent Cloud Identity Center: userName stays, nothing is deleted, no extension."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sandbox.vendors import Vendor, a_user, refused, vendor

from reconciler.scim.urns import ENTERPRISE_USER

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def tencent() -> Iterator[Vendor]:
    with vendor("tencent-identity-center") as sandbox:
        yield sandbox


def test_discovery_needs_a_token_but_for_the_configuration(tencent: Vendor) -> None:
    assert tencent.read("/ResourceTypes/User").get("schemaExtensions", []) == []
    tencent.token = "wrong"
    assert tencent("GET", "/ServiceProviderConfig").json()["filter"]["maxResults"] == 100
    assert refused(tencent("GET", "/ResourceTypes"), 401)


@pytest.mark.parametrize("path", ["/Users/1", "/Groups/1"])
def test_nothing_is_deleted(tencent: Vendor, path: str) -> None:
    assert refused(tencent("DELETE", path), 405)


@pytest.mark.parametrize(
    "attributes",
    [{ENTERPRISE_USER: {"department": "D"}}, {"userName": "ann example"}, {"emails": [{"value": "a"}, {"value": "b"}]}],
)
def test_what_is_not_taken_is_400(tencent: Vendor, attributes: dict[str, Any]) -> None:
    assert refused(tencent("POST", "/Users", a_user("ann") | attributes))


def test_names_are_taken_once_and_stay(tencent: Vendor) -> None:
    path = f"/Users/{tencent.create('User', a_user('ann'))}"
    assert refused(tencent("POST", "/Users", a_user("ANN")), 409)
    assert refused(tencent.patch(path, {"op": "replace", "path": "userName", "value": "anna"}))
    assert refused(tencent.patch(path, {"op": "replace", "value": {"userName": "anna"}}))
    assert refused(tencent("PUT", path, a_user("anna")))
    assert tencent.patch(path, {"op": "replace", "value": {"displayName": "Ann"}}).is_success
    assert tencent.read(path)["displayName"] == "Ann"


@pytest.mark.parametrize("first", [True, False])
def test_active_is_what_it_was_at_first(tencent: Vendor, first: bool) -> None:
    path = f"/Users/{tencent.create('User', a_user('ann', active=first))}"
    tencent.patch(path, {"op": "replace", "path": "active", "value": not first})
    assert tencent.read(path)["active"] is first
    tencent("PUT", path, a_user("ann", active=not first))
    assert tencent.read(path)["active"] is first


def test_listings_show_members(tencent: Vendor) -> None:
    user = tencent.create("User", a_user("ann"))
    tencent.group("g", user)
    (group,) = tencent.read("/Groups")["Resources"]
    assert [each["value"] for each in group["members"]] == [user]
