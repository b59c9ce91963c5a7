"""AWS IAM Identity Center as its developer guide has it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sandbox.vendors import ORIGIN, Vendor, a_group, a_user, refused, vendor

from reconciler.scim.urns import ENTERPRISE_USER, ERROR

if TYPE_CHECKING:
    from collections.abc import Iterator

PLATFORM = "aws-identity-center"


def ann(name: str = "ann", /, **attributes: Any) -> dict[str, Any]:
    whole = {"displayName": name, "name": {"givenName": name, "familyName": "Example"}}
    return a_user(name, **whole | attributes)


@pytest.fixture
def aws() -> Iterator[Vendor]:
    with vendor(PLATFORM) as sandbox:
        yield sandbox


class TestCredentials:
    @pytest.mark.parametrize("path", ["/Users", "/ServiceProviderConfig", "/Schemas"])
    def test_everything_asks_for_a_token(self, aws: Vendor, path: str) -> None:
        aws.token = "wrong"
        assert refused(aws("GET", path), 401)

    def test_two_tokens_hold_at_a_time_and_one_can_go(self) -> None:
        with vendor(PLATFORM, tokens=("old", "new")) as sandbox:
            for sandbox.token in ("old", "new"):
                assert sandbox("GET", "/Users").is_success
            sandbox.app.desk.tokens.discard("old")
            sandbox.token = "old"
            assert refused(sandbox("GET", "/Users"), 401)

    def test_an_unknown_tenant_is_401(self, aws: Vendor) -> None:
        assert refused(aws.ask("GET", f"{ORIGIN}/scim/v2/Users", None, {}), 401)


def test_errors_have_an_id_and_no_scim_type(aws: Vendor) -> None:
    body = aws("GET", "/Users/nobody").json()
    assert set(body) == {"schema", "schemas", "detail", "status", "exceptionRequestId", "timeStamp"}
    assert (body["schema"], body["status"]) == ([ERROR], "404")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/Bulk", 404),
        ("GET", "/Me", 404),
        ("POST", "/.search", 404),
        ("POST", "/Users/.search", 405),
        ("GET", "/", 404),
        ("PUT", "/Groups/1", 405),
        ("PUT", "/Users", 405),
    ],
)
def test_what_does_not_exist(aws: Vendor, method: str, path: str, status: int) -> None:
    assert refused(aws(method, path, {}), status)


def test_discovery_tells_what_there_is(aws: Vendor) -> None:
    config = aws.read("/ServiceProviderConfig")
    assert (config["patch"]["supported"], config["bulk"]["supported"]) == (True, False)
    (user,) = [each for each in aws.read("/Schemas")["Resources"] if each["name"] == "User"]
    assert {"password", "photos", "ims"}.isdisjoint(each["name"] for each in user["attributes"])
    assert [each["name"] for each in aws.read("/ResourceTypes")["Resources"]] == ["User", "Group"]


class TestCreating:
    def test_a_whole_user_is_kept(self, aws: Vendor) -> None:
        extra = {"emails": [{"value": "ann@x", "type": "work", "primary": True}], "roles": [{"value": "r"}]}
        document = ann(title="T", externalId="7", **extra, **{ENTERPRISE_USER: {"department": "D"}})
        shown = aws.read(f"/Users/{aws.create('User', document)}")
        assert {name: shown[name] for name in document if name != "schemas"} == {
            name: each for name, each in document.items() if name != "schemas"
        }
        assert "version" not in shown["meta"]

    @pytest.mark.parametrize("missing", ["userName", "displayName", "name"])
    def test_what_is_required_must_be_there(self, aws: Vendor, missing: str) -> None:
        assert refused(aws("POST", "/Users", {name: each for name, each in ann().items() if name != missing}))

    @pytest.mark.parametrize(
        "attributes",
        [
            {"name": {"givenName": "A"}},
            {"password": "Secret123"},
            {"photos": [{"value": "https://x/y"}]},
            {"groups": [{"value": "1"}]},
            {"nobodyKnows": 1},
            {"emails": [{"value": "a@x", "primary": True}, {"value": "b@x"}]},
            {"emails": [{"value": "a@x", "type": "work"}]},
            {"emails": [{"value": "a@x", "primary": True, "display": "A"}]},
            {"phoneNumbers": [{"value": "1"}, {"value": "2"}]},
            {"addresses": [{"locality": "A"}, {"locality": "B"}]},
            {ENTERPRISE_USER: {"manager": {"value": "1", "displayName": "M"}}},
        ],
    )
    def test_what_is_not_taken_is_400(self, aws: Vendor, attributes: dict[str, Any]) -> None:
        assert refused(aws("POST", "/Users", ann(**attributes)))

    @pytest.mark.parametrize(
        "same",
        [{"userName": "ANN"}, {"externalId": "7"}, {"emails": [{"value": "Ann@x", "primary": True}]}],
    )
    def test_a_value_that_is_taken_is_409(self, aws: Vendor, same: dict[str, Any]) -> None:
        aws.create("User", ann(externalId="7", emails=[{"value": "ann@x", "primary": True}]))
        assert refused(aws("POST", "/Users", {**ann("bob"), **same}), 409)

    def test_external_ids_that_differ_in_case_are_two(self, aws: Vendor) -> None:
        assert aws.create("User", ann(externalId="e7")) != aws.create("User", ann("bob", externalId="E7"))

    def test_a_group_name_that_is_taken_is_409(self, aws: Vendor) -> None:
        aws.group("g")
        assert refused(aws("POST", "/Groups", a_group("G")), 409)


class TestChanging:
    @pytest.fixture
    def path(self, aws: Vendor) -> str:
        return f"/Users/{aws.create('User', ann(title='T'))}"

    def test_renames_disables_and_removes_by_path(self, aws: Vendor, path: str) -> None:
        operations = [
            {"op": "replace", "path": "userName", "value": "anna"},
            {"op": "replace", "path": "active", "value": False},
            {"op": "remove", "path": "title"},
        ]
        assert aws.patch(path, *operations).is_success
        shown = aws.read(path)
        assert (shown["userName"], shown["active"], shown.get("title")) == ("anna", False, None)

    @pytest.mark.parametrize(
        "operations",
        [
            [{"op": "replace", "value": {"title": "x", "nickName": "y"}}],
            [{"op": "remove", "path": "active"}],
            [{"op": "remove", "path": "userName"}],
            [{"op": "remove", "path": "displayName"}],
            [{"op": "remove", "path": "name.givenName"}],
            [{"op": "replace", "path": "active", "value": True}, {"op": "replace", "path": "active", "value": False}],
            [{"op": "add", "path": "photos", "value": [{"value": "https://x/y"}]}],
            [{"op": "add", "path": "roles", "value": [{"value": "reader"}]}],
            [{"op": "replace", "path": 'roles[type eq "x"].value', "value": "reader"}],
            [{"op": "add", "path": "emails", "value": [{"value": "a@x", "type": "work"}]}],
        ],
    )
    def test_what_patch_refuses(self, aws: Vendor, path: str, operations: list[dict[str, Any]]) -> None:
        assert refused(aws.patch(path, *operations))

    def test_a_put_replaces_a_user(self, aws: Vendor, path: str) -> None:
        assert aws("PUT", path, {**aws.read(path), "nickName": "N"}).json()["nickName"] == "N"
        assert refused(aws("PUT", path, a_user("ann")))

    def test_deletes(self, aws: Vendor, path: str) -> None:
        group = aws.group("g", path.rpartition("/")[2])
        assert aws("DELETE", path).status_code == 204
        assert refused(aws("GET", path), 404)
        assert aws.members(group) == []


class TestListing:
    def fill(self, sandbox: Vendor, number: int) -> set[str]:
        return {sandbox.group(f"g{each}") for each in range(number)}

    def test_an_empty_cursor_begins_and_pages_may_be_short(self, aws: Vendor) -> None:
        ids, query, found, sizes = self.fill(aws, 7), "?count=3&cursor", [], []
        while True:
            page = aws.read(f"/Groups{query}")
            assert "totalResults" not in page
            found += [each["id"] for each in page["Resources"]]
            sizes.append(page["itemsPerPage"])
            if "nextCursor" not in page:
                break
            query = f"?count=3&cursor={page['nextCursor']}"
        assert set(found) == ids
        assert len(found) == 7
        assert sizes == [2, 2, 3]

    def test_a_page_holds_a_hundred_at_most(self, aws: Vendor) -> None:
        self.fill(aws, 102)
        assert aws.read("/Groups?cursor&count=500")["itemsPerPage"] <= 100
        page = aws.read("/Groups")
        assert (page["totalResults"], page["itemsPerPage"], "nextCursor" in page) == (102, 100, False)

    @pytest.mark.parametrize("query", ["startIndex=1", "attributes=displayName", "cursor=nonsense", "count=0"])
    def test_parameters_that_are_not_supported(self, aws: Vendor, query: str) -> None:
        assert refused(aws("GET", f"/Groups?{query}"))

    def test_the_older_generation_stops_at_fifty_and_knows_no_cursor(self) -> None:
        with vendor(PLATFORM, cursors=False) as sandbox:
            self.fill(sandbox, 52)
            for query in ("", "?cursor", "?count=100"):
                page = sandbox.read(f"/Groups{query}")
                assert (page["totalResults"], page["itemsPerPage"], "nextCursor" in page) == (50, 50, False)


class TestFilters:
    @pytest.mark.parametrize(
        ("kind", "condition"),
        [
            ("User", 'title eq "x"'),
            ("User", 'userName sw "x"'),
            ("User", 'userName eq "x" and externalId eq "y"'),
            ("User", 'id eq "x"'),
            ("User", "userName pr"),
            ("User", "nonsense"),
            ("Group", 'members.value sw "x"'),
            ("Group", 'members eq "x"'),
        ],
    )
    def test_others_are_400(self, aws: Vendor, kind: str, condition: str) -> None:
        assert refused(aws.find(kind, condition))

    def test_looks_up_by_name_and_external_id(self, aws: Vendor) -> None:
        user = aws.create("User", ann(externalId="7"))
        assert aws.found("User", 'userName eq "ANN"') == aws.found("User", 'externalId eq "7"') == [user]
        assert aws.found("User", 'externalId eq "8"') == []


class TestMembers:
    @pytest.fixture
    def users(self, aws: Vendor) -> list[str]:
        return [aws.create("User", ann(name)) for name in ("ann", "bob", "cem")]

    def test_are_never_shown(self, aws: Vendor, users: list[str]) -> None:
        created = aws("POST", "/Groups", a_group("g", *users)).json()
        listed = aws.read("/Groups")["Resources"][0]
        filtered = aws.find("Group", 'displayName eq "g"').json()["Resources"][0]
        read = aws.read(f"/Groups/{created['id']}")
        assert [each["members"] for each in (created, listed, filtered, read)] == [[], [], [], []]

    def test_are_read_through_filters(self, aws: Vendor, users: list[str]) -> None:
        ann_id, bob, cem = users
        one, two = aws.group("one", ann_id, bob), aws.group("two", ann_id)
        assert set(aws.found("User", f'groups.value eq "{one}"')) == {ann_id, bob}
        assert set(aws.found("Group", f'members.value eq "{ann_id}"')) == {one, two}
        assert aws.found("Group", f'id eq "{two}" and members eq "{ann_id}"') == [two]
        assert aws.found("Group", f'id eq "{two}" and members eq "{cem}"') == []
        page = aws.find("User", f'groups.value eq "{one}"', "&cursor&count=1").json()
        assert (len(page["Resources"]), "nextCursor" in page) == (1, True)

    @pytest.mark.parametrize(
        "condition", ['groups.value eq "no"', 'members.value eq "no"', 'id eq "n" and members eq "n"']
    )
    def test_an_unknown_id_is_404(self, aws: Vendor, condition: str) -> None:
        kind = "User" if condition.startswith("groups") else "Group"
        assert refused(aws.find(kind, condition), 404)

    @pytest.mark.parametrize("condition", ['groups.value eq "no"', 'members.value eq "no"'])
    def test_the_older_generation_has_pairs_alone(self, condition: str) -> None:
        with vendor(PLATFORM, cursors=False) as sandbox:
            kind = "User" if condition.startswith("groups") else "Group"
            assert refused(sandbox.find(kind, condition))
            user = sandbox.create("User", ann())
            group = sandbox.group("g", user)
            assert sandbox.found("Group", f'id eq "{group}" and members eq "{user}"') == [group]

    def test_a_remove_takes_out_exactly_the_named(self, aws: Vendor, users: list[str]) -> None:
        ann_id, bob, cem = users
        group = aws.group("g", ann_id, bob)
        operations = [
            {"op": "remove", "path": "members", "value": [{"value": ann_id}, {"value": cem}]},
            {"op": "add", "path": "members", "value": [{"value": cem}, {"value": bob}]},
        ]
        assert aws.patch(f"/Groups/{group}", *operations).is_success
        assert aws.members(group) == [bob, cem]

    @pytest.mark.parametrize(
        "operation",
        [
            {"op": "replace", "path": "members", "value": []},
            {"op": "replace", "value": {"members": []}},
            {"op": "remove", "path": "members"},
            {"op": "remove", "path": 'members[value eq "1"]'},
            {"op": "add", "path": "members", "value": [{"value": "nobody"}]},
        ],
    )
    def test_what_patch_refuses(self, aws: Vendor, users: list[str], operation: dict[str, Any]) -> None:
        group = aws.group("g", *users)
        assert refused(aws.patch(f"/Groups/{group}", operation))
        assert aws.members(group) == users

    def test_a_group_is_no_member(self, aws: Vendor) -> None:
        assert refused(aws("POST", "/Groups", a_group("outer", aws.group("inner"))))

    def test_a_hundred_at_a_time(self, aws: Vendor) -> None:
        users = [aws.create("User", ann(f"u{number}")) for number in range(101)]
        assert refused(aws("POST", "/Groups", a_group("g", *users)))
        group = aws.group("g", *users[:100])
        many = {"op": "remove", "path": "members", "value": [{"value": each} for each in users]}
        assert refused(aws.patch(f"/Groups/{group}", many))
        assert aws.patch(f"/Groups/{group}", many | {"value": many["value"][:100]}).is_success
        assert aws.members(group) == []
