"""Alibaba Cloud IDaaS as its pages on synchronizing data from an application have it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sandbox.vendors import Vendor, a_group, a_user, refused, vendor

from reconciler.scim.urns import ENTERPRISE_USER

if TYPE_CHECKING:
    from collections.abc import Iterator

CUSTOM = "urn:ietf:params:scim:schemas:extension:customfield:2.0:User"
ENTRA = "urn:ietf:params:scim:schemas:extension:CustomExtensionName:2.0:User"
PHONE = {"value": "+4915112345678", "type": "work"}


@pytest.fixture
def idaas() -> Iterator[Vendor]:
    with vendor("alibaba-idaas") as sandbox:
        yield sandbox


@pytest.mark.parametrize("path", ["/ServiceProviderConfig", "/ResourceTypes", "/Schemas"])
def test_discovery_needs_no_token(idaas: Vendor, path: str) -> None:
    idaas.token = "wrong"
    assert idaas("GET", path).is_success
    assert refused(idaas("GET", "/Users"), 401)


def test_the_schema_has_what_the_vendor_lists(idaas: Vendor) -> None:
    schemas = {each["id"]: each for each in idaas.read("/Schemas")["Resources"]}
    assert CUSTOM in schemas
    (organization,) = schemas[ENTERPRISE_USER]["attributes"]
    assert (organization["name"], organization["type"]) == ("organization", "complex")
    assert [each["name"] for each in organization["subAttributes"]] == ["organizationId"]


class TestUsers:
    def test_every_field_makes_the_round_trip(self, idaas: Vendor) -> None:
        document = a_user(
            "Ann",
            displayName="Ann",
            externalId="7",
            active=True,
            emails=[{"value": "ann@x", "type": "work"}],
            phoneNumbers=[PHONE],
            phoneRegion="49",
            **{
                ENTERPRISE_USER: {"organization": {"organizationId": "ou_1"}},
                CUSTOM: {"country": "DE"},
            },
        )
        shown = idaas.read(f"/Users/{idaas.create('User', document)}")
        del document["schemas"]
        assert {name: shown[name] for name in document} == document

    @pytest.mark.parametrize(
        "attributes",
        [
            {"emails": [{"value": "a@x", "type": "home"}]},
            {"emails": [{"value": "a@x"}]},
            {"emails": [{"value": "a@x", "type": "work"}, {"value": "b@x", "type": "work"}]},
            {"emails": [{"value": "a@x", "type": "work", "primary": True}]},
            {"phoneNumbers": [{"value": "1234567", "type": "mobile"}]},
            {"phoneNumbers": [PHONE, PHONE]},
            {"phoneNumbers": [{"value": "+49 151 1234", "type": "work"}]},
            {"title": "T"},
            {"name": {"givenName": "A"}},
            {ENTERPRISE_USER: {"organization": "ou_1"}},
            {ENTERPRISE_USER: {"department": "D"}},
            {CUSTOM: {"nobodyKnows": "x"}},
            {ENTRA: {"country": "DE"}},
        ],
    )
    def test_what_is_not_taken_is_400(self, idaas: Vendor, attributes: dict[str, Any]) -> None:
        assert refused(idaas("POST", "/Users", a_user("ann", **attributes)))
        path = f"/Users/{idaas.create('User', a_user('bob'))}"
        assert refused(idaas.patch(path, {"op": "add", "value": attributes}))

    def test_the_namespace_of_custom_fields_is_the_one_that_is_configured(self) -> None:
        with vendor("alibaba-idaas", custom_namespace=ENTRA) as sandbox:
            sandbox.create("User", a_user("ann", **{ENTRA: {"country": "DE"}}))
            assert refused(sandbox("POST", "/Users", a_user("bob", **{CUSTOM: {"country": "DE"}})))


class TestPhoneRegion:
    @pytest.mark.parametrize(
        ("number", "region", "kept"),
        [
            ("+8613800000000", None, "86"),
            ("+4915112345678", None, "49"),
            ("+35312345678", None, "353"),
            ("+12025550100", None, "1"),
            ("13800000000", None, "86"),
            ("15112345678", "49", "49"),
            ("+4915112345678", "49", "49"),
        ],
    )
    def test_is_given_or_derived(self, idaas: Vendor, number: str, region: str | None, kept: str) -> None:
        given = {} if region is None else {"phoneRegion": region}
        user = a_user("ann", phoneNumbers=[{"value": number, "type": "work"}], **given)
        assert idaas.read(f"/Users/{idaas.create('User', user)}")["phoneRegion"] == kept

    def test_must_not_contradict_the_number(self, idaas: Vendor) -> None:
        assert refused(idaas("POST", "/Users", a_user("ann", phoneNumbers=[PHONE], phoneRegion="86")))
        path = f"/Users/{idaas.create('User', a_user('bob', phoneNumbers=[PHONE]))}"
        assert refused(idaas.patch(path, {"op": "replace", "path": "phoneRegion", "value": "86"}))

    def test_follows_a_new_number(self, idaas: Vendor) -> None:
        path = f"/Users/{idaas.create('User', a_user('bob', phoneNumbers=[PHONE]))}"
        number = [{"value": "+8613800000000", "type": "work"}]
        assert idaas.patch(path, {"op": "replace", "path": "phoneNumbers", "value": number}).is_success
        assert idaas.read(path)["phoneRegion"] == "86"


class TestPasswords:
    @pytest.mark.parametrize("password", ["Ab1", "alllower1", "ALLUPPER1", "NoDigitsHere"])
    def test_against_the_policy_are_400(self, idaas: Vendor, password: str) -> None:
        assert refused(idaas("POST", "/Users", a_user("ann", password=password)))

    def test_are_kept_and_never_shown(self, idaas: Vendor) -> None:
        answer = idaas("POST", "/Users", a_user("ann", password="Good2Know"))
        path = f"/Users/{answer.json()['id']}"
        assert "Good2Know" not in answer.text + idaas("GET", path).text + idaas("GET", "/Users").text

    def test_the_shortest_length_is_an_option(self) -> None:
        with vendor("alibaba-idaas", password_length=20) as sandbox:
            assert refused(sandbox("POST", "/Users", a_user("ann", password="Good2Know")))


class TestUpsert:
    @pytest.mark.parametrize(
        ("before", "after"),
        [
            (a_user("ann"), a_user("ANN", displayName="new")),
            (a_user("ann", externalId="7"), a_user("anna", externalId="7", displayName="new")),
        ],
    )
    def test_the_same_user_again_is_an_update(self, idaas: Vendor, before: Any, after: Any) -> None:
        old = idaas("POST", "/Users", {**before, "emails": [{"value": "a@x", "type": "work"}]}).json()
        new = idaas("POST", "/Users", after)
        assert new.status_code == 201
        shown = new.json()
        assert (shown["id"], shown["meta"]["created"]) == (old["id"], old["meta"]["created"])
        assert (shown["displayName"], shown["emails"][0]["value"]) == ("new", "a@x")
        assert idaas.read("/Users")["totalResults"] == 1

    def test_takes_over_a_user_of_the_console(self, idaas: Vendor) -> None:
        there = idaas.console("POST", "/Users", a_user("ann")).json()["id"]
        assert idaas.create("User", a_user("ann", externalId="7")) == there

    def test_is_refused_as_a_creation_would_be(self, idaas: Vendor) -> None:
        idaas.create("User", a_user("ann"))
        assert refused(idaas("POST", "/Users", a_user("ann", title="T")))


class TestLifecycle:
    def test_renames_disables_enables_and_deletes(self, idaas: Vendor) -> None:
        path = f"/Users/{idaas.create('User', a_user('ann'))}"
        assert idaas.patch(path, {"op": "replace", "value": {"userName": "anna", "active": False}}).is_success
        assert [idaas.read(path)[name] for name in ("userName", "active")] == ["anna", False]
        assert idaas("PUT", path, a_user("anna", active=True)).json()["active"] is True
        assert idaas("DELETE", path).status_code == 204

    def test_pages_hold_a_hundred(self, idaas: Vendor) -> None:
        for number in range(102):
            idaas.create("User", a_user(f"u{number}"))
        first, second = idaas.read("/Users?count=500"), idaas.read("/Users?startIndex=101&count=500")
        assert [first["totalResults"], first["itemsPerPage"], second["itemsPerPage"]] == [102, 100, 2]

    @pytest.mark.parametrize("condition", ['displayName eq "x"', 'userName co "x"', 'active eq "true"'])
    def test_other_filters_are_400(self, idaas: Vendor, condition: str) -> None:
        assert refused(idaas.find("User", condition))


class TestGroups:
    @pytest.fixture
    def users(self, idaas: Vendor) -> list[str]:
        return [idaas.create("User", a_user(name)) for name in ("ann", "bob", "cem")]

    def test_only_a_single_group_shows_its_members(self, idaas: Vendor, users: list[str]) -> None:
        group = idaas.group("g", *users)
        assert [each["value"] for each in idaas.read(f"/Groups/{group}")["members"]] == users
        assert "members" not in idaas.read("/Groups")["Resources"][0]
        assert "members" not in idaas.find("Group", 'displayName eq "g"').json()["Resources"][0]

    @pytest.mark.parametrize(
        ("operation", "left"),
        [
            ({"op": "remove", "path": 'members[value eq "{0}"]'}, [1, 2]),
            ({"op": "replace", "path": "members", "value": [{"value": "{1}", "type": "User"}]}, [1]),
            ({"op": "add", "path": "members", "value": [{"value": "{0}", "type": "User"}]}, [0, 1, 2]),
        ],
    )
    def test_members_change(self, idaas: Vendor, users: list[str], operation: Any, left: list[int]) -> None:
        group = idaas.group("g", *users)
        filled = {name: _filled(each, users) for name, each in operation.items()}
        assert idaas.patch(f"/Groups/{group}", filled).is_success
        assert idaas.members(group) == [users[each] for each in left]

    def test_a_put_changes_members_too(self, idaas: Vendor, users: list[str]) -> None:
        group = idaas.group("g", *users)
        assert idaas("PUT", f"/Groups/{group}", a_group("g", users[0])).is_success
        assert idaas.members(group) == users[:1]

    @pytest.mark.parametrize(
        "operation",
        [
            {"op": "remove", "path": "members", "value": [{"value": "1"}]},
            {"op": "remove", "path": "members"},
            {"op": "add", "path": "members", "value": [{"value": "nobody"}]},
            {"op": "add", "path": "members", "value": [{"value": str(each)} for each in range(101)]},
        ],
    )
    def test_what_patch_refuses(self, idaas: Vendor, users: list[str], operation: Any) -> None:
        group = idaas.group("g", *users)
        assert refused(idaas.patch(f"/Groups/{group}", operation))
        assert idaas.members(group) == users

    def test_a_group_is_no_member(self, idaas: Vendor) -> None:
        assert refused(idaas("POST", "/Groups", a_group("outer", idaas.group("inner"))))


def _filled(value: Any, users: list[str]) -> Any:
    if isinstance(value, str):
        for number, each in enumerate(users):
            value = value.replace(f"{{{number}}}", each)
        return value
    return [{name: _filled(each, users) for name, each in element.items()} for element in value]
