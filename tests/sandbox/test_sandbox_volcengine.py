"""Volcengine Cloud Identity Center: everything in one answer, userName stays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sandbox.vendors import Vendor, a_user, refused, vendor

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def volcengine() -> Iterator[Vendor]:
    with vendor("volcengine-identity-center") as sandbox:
        yield sandbox


@pytest.mark.parametrize("query", ["", "?count=10", "?startIndex=50&count=10"])
def test_a_listing_brings_everything(volcengine: Vendor, query: str) -> None:
    for number in range(120):
        volcengine.create("User", a_user(f"u{number}"))
    page = volcengine.read(f"/Users{query}")
    assert len(page["Resources"]) == page["totalResults"] == 120


@pytest.mark.parametrize(
    "attributes",
    [{"emails": [{"value": "a"}, {"value": "b"}]}, {"phoneNumbers": [{"value": "1"}, {"value": "2"}]}, {"no": "body"}],
)
def test_what_is_not_taken_is_400(volcengine: Vendor, attributes: dict[str, Any]) -> None:
    assert refused(volcengine("POST", "/Users", a_user("ann", **attributes)))


def test_names_and_states_stay(volcengine: Vendor) -> None:
    path = f"/Users/{volcengine.create('User', a_user('ann', active=True))}"
    assert refused(volcengine("POST", "/Users", a_user("ann")), 409)
    assert refused(volcengine.patch(path, {"op": "replace", "path": "userName", "value": "anna"}))
    volcengine.patch(path, {"op": "replace", "path": "active", "value": False})
    assert volcengine.read(path)["active"] is True
    assert volcengine("DELETE", path).status_code == 204


def test_without_a_token_nothing_is_shown(volcengine: Vendor) -> None:
    volcengine.token = "wrong"
    for path in ("/ServiceProviderConfig", "/Users"):
        assert refused(volcengine("GET", path), 401)
