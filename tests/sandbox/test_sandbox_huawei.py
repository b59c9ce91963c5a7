"""Huawei Cloud IAM Identity Center: fifty rows and no more, members that nobody sees."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sandbox.vendors import Vendor, a_group, a_user, refused, vendor

if TYPE_CHECKING:
    from collections.abc import Iterator


def ann(name: str = "ann", /, **attributes: Any) -> dict[str, Any]:
    whole = {
        "displayName": name,
        "name": {"givenName": name, "familyName": "Example"},
        "emails": [{"value": f"{name}@x", "type": "work", "primary": True}],
    }
    return a_user(name, **whole | attributes)


@pytest.fixture
def huawei() -> Iterator[Vendor]:
    with vendor("huawei-identity-center") as sandbox:
        yield sandbox


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/Schemas", 404),
        ("GET", "/ResourceTypes", 404),
        ("POST", "/Bulk", 404),
        ("PUT", "/Groups/1", 405),
    ],
)
def test_what_does_not_exist(huawei: Vendor, method: str, path: str, status: int) -> None:
    answer = huawei(method, path)
    assert refused(answer, status)
    assert "exceptionRequestId" in answer.json()


class TestUsers:
    @pytest.mark.parametrize("missing", ["userName", "displayName", "name", "emails"])
    def test_what_is_required_must_be_there(self, huawei: Vendor, missing: str) -> None:
        assert refused(huawei("POST", "/Users", {name: each for name, each in ann().items() if name != missing}))

    @pytest.mark.parametrize(
        "attributes",
        [
            {"userName": "ann example"},
            {"userName": "ann/x"},
            {"emails": [{"value": "a@x", "type": "work"}]},
            {"emails": [{"value": "a@x", "primary": True}]},
            {"name": {"givenName": "A"}},
            {"roles": [{"value": "r"}]},
            {"password": "Secret123"},
            {"groups": []},
        ],
    )
    def test_what_is_not_taken_is_400(self, huawei: Vendor, attributes: dict[str, Any]) -> None:
        assert refused(huawei("POST", "/Users", ann() | attributes))

    def test_the_profile_url_is_taken_and_never_shown(self, huawei: Vendor) -> None:
        answer = huawei("POST", "/Users", ann(profileUrl="https://x.example/ann"))
        assert answer.status_code == 201
        assert "profileUrl" not in huawei.read(f"/Users/{answer.json()['id']}") | answer.json()

    @pytest.mark.parametrize(
        "operations",
        [
            [{"op": "remove", "path": "active"}],
            [{"op": "replace", "value": {"title": "x"}}],
            [{"op": "replace", "path": "userName", "value": "a"}, {"op": "replace", "path": "userName", "value": "b"}],
            [{"op": "remove", "path": "emails"}],
        ],
    )
    def test_what_patch_refuses(self, huawei: Vendor, operations: list[dict[str, Any]]) -> None:
        assert refused(huawei.patch(f"/Users/{huawei.create('User', ann())}", *operations))

    def test_renames_and_disables(self, huawei: Vendor) -> None:
        path = f"/Users/{huawei.create('User', ann())}"
        rename = {"op": "replace", "path": "userName", "value": "anna"}
        assert huawei.patch(path, rename, {"op": "replace", "path": "active", "value": False}).is_success
        assert [huawei.read(path)[name] for name in ("userName", "active")] == ["anna", False]


class TestListing:
    def test_stops_at_fifty_without_a_word(self, huawei: Vendor) -> None:
        for number in range(52):
            huawei.create("User", ann(f"u{number}"))
        page = huawei.read("/Users")
        assert len(page["Resources"]) == page["totalResults"] == 50
        assert (page["startIndex"], page["itemsPerPage"]) == ("1", "50")

    def test_numbers_of_groups_are_numbers(self, huawei: Vendor) -> None:
        assert huawei.read("/Groups")["itemsPerPage"] == 0

    @pytest.mark.parametrize("query", ["startIndex=51", "attributes=userName", "excludedAttributes=groups"])
    def test_parameters_that_are_not_supported(self, huawei: Vendor, query: str) -> None:
        assert refused(huawei("GET", f"/Users?{query}"))

    def test_looks_up_by_name_and_id(self, huawei: Vendor) -> None:
        user = huawei.create("User", ann(externalId="7"))
        assert huawei.found("User", 'userName eq "ann"') == huawei.found("User", f'id eq "{user}"') == [user]

    @pytest.mark.parametrize(
        ("kind", "condition"),
        [
            ("User", 'externalId eq "7"'),
            ("User", 'groups.value eq "7"'),
            ("Group", 'externalId eq "7"'),
            ("Group", 'members.value eq "7"'),
            ("Group", 'id eq "7" and members eq "7"'),
        ],
    )
    def test_other_filters_are_400(self, huawei: Vendor, kind: str, condition: str) -> None:
        assert refused(huawei.find(kind, condition))


class TestMembers:
    @pytest.fixture
    def users(self, huawei: Vendor) -> list[str]:
        return [huawei.create("User", ann(name)) for name in ("ann", "bob")]

    def test_are_never_shown(self, huawei: Vendor, users: list[str]) -> None:
        created = huawei("POST", "/Groups", a_group("g", *users)).json()
        shown = [huawei.read(f"/Groups/{created['id']}"), huawei.read("/Groups")["Resources"][0], created]
        assert [each["members"] for each in shown] == [[], [], []]
        assert huawei.members(created["id"]) == users

    def test_come_and_go(self, huawei: Vendor, users: list[str]) -> None:
        first, second = users
        group = huawei.group("g", first)
        operations = [
            {"op": "add", "path": "members", "value": [{"value": second}]},
            {"op": "remove", "path": f'members[value eq "{first}"]'},
        ]
        assert huawei.patch(f"/Groups/{group}", *operations).is_success
        assert huawei.members(group) == [second]

    @pytest.mark.parametrize(
        "operation",
        [
            {"op": "replace", "path": "members", "value": []},
            {"op": "remove", "path": "members"},
            {"op": "remove", "path": "members", "value": [{"value": "1"}]},
        ],
    )
    def test_what_patch_refuses(self, huawei: Vendor, users: list[str], operation: dict[str, Any]) -> None:
        group = huawei.group("g", *users)
        assert refused(huawei.patch(f"/Groups/{group}", operation))
        assert huawei.members(group) == users
