"""The independent servers run, start empty, and behave as the reconciler's tests count on.

These are their habits, not the reconciler's: where one changes with a new release, this says so first.
"""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from servers.conformance import TOKEN, Server

from reconciler.scim.urns import ENTERPRISE_USER, GROUP, PATCH_OP, USER

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.servers


@pytest.fixture
def http(scim_server: Server) -> Iterator[httpx.Client]:
    with scim_server.client() as client:
        yield client


@pytest.fixture
def scimmy(scimmy_url: str) -> Iterator[httpx.Client]:
    with Server("scimmy", scimmy_url).client() as client:
        yield client


@pytest.fixture
def django(django_url: str) -> Iterator[httpx.Client]:
    with Server("django-scim2", django_url).client() as client:
        yield client


def create(http: httpx.Client, name: str, **attributes: Any) -> dict[str, Any]:
    email = [{"value": f"{name}@example.org", "type": "work", "primary": True}]
    body = {"schemas": [USER], "userName": name, "emails": email, "active": True} | attributes
    answer = http.post("/Users", json=body)
    assert answer.status_code == 201, answer.text
    document: dict[str, Any] = answer.json()
    return document


def create_group(http: httpx.Client, name: str, *members: str) -> dict[str, Any]:
    body = {"schemas": [GROUP], "displayName": name, "members": [{"value": each} for each in members]}
    answer = http.post("/Groups", json=body)
    assert answer.status_code == 201, answer.text
    document: dict[str, Any] = answer.json()
    return document


def patch(http: httpx.Client, resource: str, /, **operation: Any) -> httpx.Response:
    return http.patch(resource, json={"schemas": [PATCH_OP], "Operations": [operation]})


@pytest.mark.parametrize(("ci", "outcome"), [("true", "Failed"), ("", "Skipped")])
def test_without_node_tests_fail_in_ci_and_skip_elsewhere(ci: str, outcome: str) -> None:
    code = "from servers.conformance import install_scimmy; install_scimmy()"
    paths = {"PATH": "/nowhere", "PYTHONPATH": os.pathsep.join(sys.path), "CI": ci}
    done = subprocess.run([sys.executable, "-c", code], env=paths, capture_output=True, text=True, check=False)
    assert f"{outcome}: the conformance server scimmy needs node" in done.stderr
    assert "node is not installed" in done.stderr


class TestEach:
    @pytest.mark.parametrize("_again", [1, 2])
    def test_is_empty_at_the_start_of_a_test(self, http: httpx.Client, _again: int) -> None:
        for path in ("/Users", "/Groups"):
            assert http.get(path).json()["totalResults"] == 0
        user = create(http, "ann")
        create_group(http, "g", user["id"])

    def test_asks_for_its_token(self, scim_server: Server) -> None:
        assert scim_server.token == TOKEN
        assert httpx.get(f"{scim_server.url}/Users").status_code == 401
        wrong = {"Authorization": "Bearer wrong"}
        assert httpx.get(f"{scim_server.url}/Users", headers=wrong).status_code == 401

    def test_announces_itself(self, http: httpx.Client) -> None:
        for path in ("/ServiceProviderConfig", "/Schemas", "/ResourceTypes"):
            assert http.get(path).status_code == 200

    def test_reads_renames_and_disables_a_user(self, http: httpx.Client) -> None:
        path = f"/Users/{create(http, 'ann')['id']}"
        assert patch(http, path, op="replace", path="active", value=False).is_success
        assert patch(http, path, op="replace", path="userName", value="änn").is_success
        read = http.get(path).json()
        assert (read["active"], read["userName"]) == (False, "änn")

    def test_refuses_a_second_user_of_the_same_name(self, http: httpx.Client) -> None:
        create(http, "ann")
        body = {"schemas": [USER], "userName": "ann"}
        assert http.post("/Users", json=body).status_code == 409

    def test_deletes_for_good(self, http: httpx.Client) -> None:
        path = f"/Users/{create(http, 'ann')['id']}"
        assert http.delete(path).status_code == 204
        assert http.get(path).status_code == 404

    def test_pages_from_1(self, http: httpx.Client) -> None:
        for number in range(3):
            create(http, f"u{number}")
        pages = [http.get(f"/Users?startIndex={start}&count=2").json() for start in (1, 3)]
        assert [len(each["Resources"]) for each in pages] == [2, 1]
        assert [each["totalResults"] for each in pages] == [3, 3]

    def test_adds_a_member_by_patch(self, http: httpx.Client) -> None:
        user = create(http, "ann")["id"]
        path = f"/Groups/{create_group(http, 'g')['id']}"
        assert patch(http, path, op="add", path="members", value=[{"value": user}]).is_success
        assert [each["value"] for each in http.get(path).json()["members"]] == [user]


class TestScimmy:
    def test_lists_20_at_a_time(self, scimmy: httpx.Client) -> None:
        for number in range(21):
            create(scimmy, f"u{number}")
        assert len(scimmy.get("/Users").json()["Resources"]) == 20

    def test_keeps_the_enterprise_extension_and_nothing_unknown(self, scimmy: httpx.Client) -> None:
        extension = {"schemas": [USER, ENTERPRISE_USER], ENTERPRISE_USER: {"department": "d"}}
        created = create(scimmy, "ann", unknown="x", **extension)
        assert created[ENTERPRISE_USER] == {"department": "d"}
        assert "unknown" not in created

    def test_finds_a_name_only_in_its_own_case(self, scimmy: httpx.Client) -> None:
        create(scimmy, "Ann")
        for name, found in (("Ann", 1), ("ann", 0)):
            listing = scimmy.get("/Users", params={"filter": f'userName eq "{name}"'}).json()
            assert listing["totalResults"] == found

    def test_adds_a_member_twice_and_knows_no_version(self, scimmy: httpx.Client) -> None:
        user = create(scimmy, "ann")["id"]
        group = create_group(scimmy, "g", user)
        path = f"/Groups/{group['id']}"
        patch(scimmy, path, op="add", path="members", value=[{"value": user}])
        assert [each["value"] for each in scimmy.get(path).json()["members"]] == [user, user]
        assert "version" not in group["meta"]

    def test_removes_a_member_by_filter(self, scimmy: httpx.Client) -> None:
        user = create(scimmy, "ann")["id"]
        path = f"/Groups/{create_group(scimmy, 'g', user)['id']}"
        assert patch(scimmy, path, op="remove", path=f'members[value eq "{user}"]').is_success
        assert not scimmy.get(path).json().get("members")


class TestDjango:
    def test_drops_what_it_does_not_know(self, django: httpx.Client) -> None:
        extension = {"schemas": [USER, ENTERPRISE_USER], ENTERPRISE_USER: {"department": "d"}}
        created = create(django, "ann", title="x", **extension)
        assert "title" not in created
        assert ENTERPRISE_USER not in created

    def test_numbers_its_resources(self, django: httpx.Client) -> None:
        assert create(django, "ann")["id"].isdecimal()

    @pytest.mark.parametrize("path", ["title", "nickName", 'emails[type eq "work"].value'])
    def test_has_no_patch_for_most_attributes(self, django: httpx.Client, path: str) -> None:
        user = f"/Users/{create(django, 'ann')['id']}"
        assert patch(django, user, op="replace", path=path, value="x@example.org").status_code == 501

    def test_ignores_members_on_post_and_put(self, django: httpx.Client) -> None:
        user = create(django, "ann")["id"]
        group = create_group(django, "g", user)
        body = {"schemas": [GROUP], "displayName": "g", "members": [{"value": user}]}
        assert group["members"] == []
        assert django.put(f"/Groups/{group['id']}", json=body).json()["members"] == []

    def test_removes_members_by_value_only(self, django: httpx.Client) -> None:
        user = create(django, "ann")["id"]
        path = f"/Groups/{create_group(django, 'g')['id']}"
        patch(django, path, op="add", path="members", value=[{"value": user}])
        by_filter = patch(django, path, op="remove", path=f'members[value eq "{user}"]')
        replaced = patch(django, path, op="replace", path="members", value=[])
        by_value = patch(django, path, op="remove", path="members", value=[{"value": user}])
        assert [each.status_code for each in (by_filter, replaced, by_value)] == [501, 501, 200]
        assert by_value.json()["members"] == []

    def test_lists_50_at_a_time_and_refuses_index_0(self, django: httpx.Client) -> None:
        for number in range(51):
            create(django, f"u{number}")
        assert len(django.get("/Users").json()["Resources"]) == 50
        assert django.get("/Users?startIndex=0").status_code == 400

    def test_finds_no_external_id(self, django: httpx.Client) -> None:
        assert create(django, "ann", externalId="e1")["externalId"] == "e1"
        listing = django.get("/Users", params={"filter": 'externalId eq "e1"'}).json()
        assert listing["totalResults"] == 0

    def test_refuses_a_second_group_of_the_same_name(self, django: httpx.Client) -> None:
        create_group(django, "g")
        assert django.post("/Groups", json={"schemas": [GROUP], "displayName": "g"}).status_code == 409

    def test_names_its_endpoints_from_the_root_of_the_host(self, django: httpx.Client) -> None:
        listing = django.get("/ResourceTypes").json()
        assert "totalResults" not in listing
        assert {each["endpoint"] for each in listing["Resources"]} == {"/scim/v2/Users", "/scim/v2/Groups"}
