"""Alibaba Cloud CloudSSO: a name that exists is taken over, userName stays, everything is in lower case."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sandbox.vendors import Vendor, a_user, refused, vendor

from reconciler.scim.urns import PATCH_OP

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def cloudsso() -> Iterator[Vendor]:
    with vendor("alibaba-cloudsso") as sandbox:
        yield sandbox


def test_only_the_provider_configuration_is_public(cloudsso: Vendor) -> None:
    cloudsso.token = "wrong"
    assert cloudsso("GET", "/ServiceProviderConfig").is_success
    assert refused(cloudsso("GET", "/Schemas"), 401)


def test_values_are_kept_in_lower_case_and_found_in_any(cloudsso: Vendor) -> None:
    name = {"givenName": "Ann", "familyName": "Example"}
    document = a_user("Ann", externalId="E7", displayName="Ann E", name=name, emails=[{"value": "Ann@X.example"}])
    user = cloudsso.create("User", document | {"title": "Boss"})
    shown = cloudsso.read(f"/Users/{user}")
    assert (shown["userName"], shown["externalId"], shown["displayName"]) == ("ann", "e7", "ann e")
    assert shown["name"] == {"givenName": "ann", "familyName": "example"}
    assert (shown["emails"][0]["value"], shown["title"]) == ("ann@x.example", "Boss")
    assert cloudsso.found("User", 'externalId eq "E7"') == cloudsso.found("User", 'userName eq "ANN"') == [user]


class TestTakeOver:
    @pytest.mark.parametrize("name", ["bob", "Bob"])
    def test_a_user_made_by_hand_becomes_one_of_scim(self, cloudsso: Vendor, name: str) -> None:
        by_hand = cloudsso.console("POST", "/Users", a_user(name, title="T")).json()["id"]
        assert cloudsso.create("User", a_user("BOB", externalId="7")) == by_hand
        shown = cloudsso.read(f"/Users/{by_hand}")
        assert (shown["userName"], shown["externalId"], shown["title"]) == ("bob", "7", "T")

    def test_another_name_is_another_user(self, cloudsso: Vendor) -> None:
        first = cloudsso.create("User", a_user("ann", externalId="7"))
        assert cloudsso.create("User", a_user("bob", externalId="7")) != first


class TestNames:
    @pytest.mark.parametrize("value", ["anna", "ann2"])
    def test_cannot_change(self, cloudsso: Vendor, value: str) -> None:
        path = f"/Users/{cloudsso.create('User', a_user('ann'))}"
        assert refused(cloudsso.patch(path, {"op": "replace", "path": "userName", "value": value}))
        assert refused(cloudsso("PUT", path, a_user(value)))
        assert cloudsso.read(path)["userName"] == "ann"

    def test_the_same_in_another_case_is_no_change(self, cloudsso: Vendor) -> None:
        path = f"/Users/{cloudsso.create('User', a_user('ann'))}"
        assert cloudsso("PUT", path, a_user("ANN", title="T")).json()["title"] == "T"

    def test_have_a_form_and_a_length(self, cloudsso: Vendor) -> None:
        assert refused(cloudsso("POST", "/Users", a_user("ann example")))
        assert refused(cloudsso("POST", "/Users", a_user("a" * 65)))


@pytest.mark.parametrize(
    "attributes",
    [
        {"emails": [{"value": "a@x"}, {"value": "b@x"}]},
        {"nobodyKnows": 1},
        {"urn:ietf:params:scim:schemas:extension:customfield:2.0:User": {"country": "DE"}},
    ],
)
def test_what_is_not_taken_is_400(cloudsso: Vendor, attributes: dict[str, Any]) -> None:
    assert refused(cloudsso("POST", "/Users", a_user("ann", **attributes)))


def test_a_second_user_of_an_address_is_409(cloudsso: Vendor) -> None:
    cloudsso.create("User", a_user("ann", emails=[{"value": "a@x"}]))
    assert refused(cloudsso("POST", "/Users", a_user("bob", emails=[{"value": "A@x"}])), 409)


def test_active_changes_by_scim_and_in_the_console(cloudsso: Vendor) -> None:
    user = cloudsso.create("User", a_user("ann", active=True))
    assert cloudsso.patch(f"/Users/{user}", {"op": "replace", "path": "active", "value": False}).is_success
    assert cloudsso.read(f"/Users/{user}")["active"] is False
    enable = {"schemas": [PATCH_OP], "Operations": [{"op": "replace", "path": "active", "value": True}]}
    cloudsso.console("PATCH", f"/Users/{user}", enable)
    assert cloudsso.read(f"/Users/{user}")["active"] is True


def test_only_a_single_group_shows_its_members(cloudsso: Vendor) -> None:
    user = cloudsso.create("User", a_user("ann"))
    group = cloudsso.group("Group", user)
    assert [each["value"] for each in cloudsso.read(f"/Groups/{group}")["members"]] == [user]
    assert "members" not in cloudsso.read("/Groups")["Resources"][0]
    assert cloudsso("DELETE", f"/Groups/{group}").status_code == 204
