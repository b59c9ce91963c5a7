"""The fault wrapper: each fault does what it says, leaves the rest alone, and composes with the others."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from servers.faults import (
    FaultyServer,
    On,
    answer,
    answer_html,
    answer_nothing,
    carries_more_than,
    drop_after,
    drop_attributes,
    drop_before,
    error_after,
    has_path,
    has_removal,
    has_value_filter,
    ignore_query,
    leave_out,
    page_size,
    repeat_first_page,
    shrink_total,
    slow_down,
    touches,
    truncate_listing,
)
from servers.inprocess import Caller

from reconciler.sandbox import SandboxStore, create_app, running_sandbox
from reconciler.scim.urns import ENTERPRISE_USER, GROUP, PATCH_OP, USER

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def faulty() -> Iterator[FaultyServer]:
    with SandboxStore() as store:
        yield FaultyServer(create_app(store))


@pytest.fixture
def call(faulty: FaultyServer) -> Caller:
    return Caller(faulty)


def new_user(call: Caller, name: str = "ann", **attributes: Any) -> dict[str, Any]:
    document: dict[str, Any] = call("POST", "/Users", user(name, **attributes)).json()
    return document


def user(name: str, **attributes: Any) -> dict[str, Any]:
    return {"schemas": [USER], "userName": name} | attributes


def patch(*operations: dict[str, Any]) -> dict[str, Any]:
    return {"schemas": [PATCH_OP], "Operations": list(operations)}


def names(answered: httpx.Response) -> set[str]:
    return {each["userName"] for each in answered.json().get("Resources", [])}


def test_without_faults_it_is_the_server_and_logs_what_passed(faulty: FaultyServer, call: Caller) -> None:
    created = call("POST", "/Users", user("änn"))
    assert created.status_code == 201
    assert created.headers["ETag"] == created.json()["meta"]["version"]
    path = f"/Users/{created.json()['id']}"
    assert call("GET", f"{path}?attributes=userName").json()["userName"] == "änn"
    assert call("DELETE", path).status_code == 204
    assert [(each.method, each.path) for each in faulty.requests] == [
        ("POST", "/Users"),
        ("GET", path),
        ("DELETE", path),
    ]
    assert [each.method for each in faulty.writes] == ["POST", "DELETE"]
    assert faulty.requests_of("POST")[0].body == user("änn")
    assert faulty.requests_of("GET", "/Users/*")[0].query == {"attributes": "userName"}
    assert [reply.status for _, reply in faulty.log if reply] == [201, 200, 204]


class TestOn:
    def test_meets_some_requests_after_others(self, faulty: FaultyServer, call: Caller) -> None:
        faulty.inject(On("GET", "/Users", skip=1, times=2), answer(503))
        assert [call("GET", "/Users").status_code for _ in range(4)] == [200, 503, 503, 200]

    def test_leaves_other_methods_and_paths_alone(self, faulty: FaultyServer, call: Caller) -> None:
        faulty.inject(On("GET", "/Users"), answer(500))
        assert call("GET", "/Groups").status_code == 200
        assert call("POST", "/Users", user("ann")).status_code == 201

    def test_heal_ends_all_faults(self, faulty: FaultyServer, call: Caller) -> None:
        faulty.inject(On(), answer(500))
        assert call("GET", "/Users").status_code == 500
        faulty.heal()
        assert call("GET", "/Users").status_code == 200

    def test_the_first_injected_is_the_outermost(self, faulty: FaultyServer, call: Caller) -> None:
        for number in range(3):
            new_user(call, f"u{number}")
        faulty.inject(On("GET", "/Users"), shrink_total()).inject(On("GET", "/Users"), page_size(2))
        listing = call("GET", "/Users").json()
        assert (listing["totalResults"], len(listing["Resources"])) == (2, 2)


class TestAnswers:
    def test_a_scim_error_with_its_headers(self, faulty: FaultyServer, call: Caller) -> None:
        faulty.inject(On(), answer(429, "slow down", retry_after="60"))
        answered = call("GET", "/Users")
        assert (answered.status_code, answered.headers["Retry-After"]) == (429, "60")
        assert answered.json()["detail"] == "slow down"

    def test_the_server_never_sees_the_request(self, faulty: FaultyServer, call: Caller) -> None:
        faulty.inject(On("POST"), answer(409, scim_type="uniqueness"))
        assert call("POST", "/Users", user("ann")).json()["scimType"] == "uniqueness"
        assert names(call("GET", "/Users")) == set()

    def test_html(self, faulty: FaultyServer, call: Caller) -> None:
        faulty.inject(On(), answer_html(502))
        answered = call("GET", "/Users")
        assert answered.headers["Content-Type"] == "text/html"
        assert answered.text.startswith("<html>")

    @pytest.mark.parametrize("status", [200, 204, 500])
    def test_nothing(self, faulty: FaultyServer, call: Caller, status: int) -> None:
        faulty.inject(On(), answer_nothing(status))
        answered = call("GET", "/Users")
        assert (answered.status_code, answered.content) == (status, b"")


class TestLostAnswers:
    def test_dropped_before_the_server_did_nothing(self, faulty: FaultyServer, call: Caller) -> None:
        faulty.inject(On("POST"), drop_before())
        with pytest.raises(httpx.RemoteProtocolError):
            call("POST", "/Users", user("ann"))
        assert names(call("GET", "/Users")) == set()
        assert faulty.log[0][1] is None

    def test_dropped_after_the_server_did_it(self, faulty: FaultyServer, call: Caller) -> None:
        faulty.inject(On("POST"), drop_after())
        with pytest.raises(httpx.RemoteProtocolError):
            call("POST", "/Users", user("ann"))
        assert names(call("GET", "/Users")) == {"ann"}

    def test_over_http_the_connection_breaks(self, faulty: FaultyServer) -> None:
        faulty.inject(On(times=1), drop_before())
        with running_sandbox(faulty) as url:
            with pytest.raises(httpx.RemoteProtocolError):
                httpx.get(f"{url}/Users")
            assert httpx.get(f"{url}/Users").status_code == 200

    def test_an_error_after_the_server_did_it(self, faulty: FaultyServer, call: Caller) -> None:
        faulty.inject(On("POST"), error_after(500))
        assert call("POST", "/Users", user("ann")).status_code == 500
        assert names(call("GET", "/Users")) == {"ann"}

    def test_slow_requests_run_side_by_side(self, faulty: FaultyServer) -> None:
        faulty.inject(On(), slow_down(0.1))

        async def both() -> None:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(faulty), base_url="http://x/v2") as client:
                await asyncio.gather(*(client.get("/Users") for _ in range(5)))

        began = time.monotonic()
        asyncio.run(both())
        assert 0.1 <= time.monotonic() - began < 0.4


class TestListings:
    @pytest.fixture(autouse=True)
    def five_users(self, call: Caller) -> None:
        for number in range(5):
            new_user(call, f"u{number}")

    def test_truncated_rows_never_arrive_though_counted(self, faulty: FaultyServer, call: Caller) -> None:
        faulty.inject(On("GET", "/Users"), truncate_listing(3))
        first = call("GET", "/Users?startIndex=1&count=2")
        second = call("GET", "/Users?startIndex=3&count=2")
        third = call("GET", "/Users?startIndex=5&count=2")
        assert [len(names(each)) for each in (first, second, third)] == [2, 1, 0]
        assert {each.json()["totalResults"] for each in (first, second, third)} == {5}

    def test_every_page_is_the_first(self, faulty: FaultyServer, call: Caller) -> None:
        faulty.inject(On("GET", "/Users"), repeat_first_page())
        assert names(call("GET", "/Users?startIndex=1&count=2")) == names(call("GET", "/Users?startIndex=3&count=2"))

    def test_a_page_size_of_the_servers_own(self, faulty: FaultyServer, call: Caller) -> None:
        faulty.inject(On("GET", "/Users"), page_size(2))
        listing = call("GET", "/Users?count=4").json()
        assert (listing["totalResults"], listing["itemsPerPage"], len(listing["Resources"])) == (5, 2, 2)

    @pytest.mark.parametrize(("total", "said"), [(None, 2), (4, 4), (0, 0)])
    def test_a_total_that_is_too_small(self, faulty: FaultyServer, call: Caller, total: int | None, said: int) -> None:
        faulty.inject(On("GET", "/Users"), shrink_total(total))
        listing = call("GET", "/Users?count=2").json()
        assert (listing["totalResults"], len(listing["Resources"])) == (said, 2)

    def test_an_unheeded_filter_finds_everyone(self, faulty: FaultyServer, call: Caller) -> None:
        faulty.inject(On("GET", "/Users"), ignore_query("filter"))
        assert len(names(call("GET", '/Users?filter=userName eq "u1"'))) == 5


class TestAttributes:
    def test_left_out_of_every_answer_but_kept(self, faulty: FaultyServer, call: Caller) -> None:
        ann = new_user(call)["id"]
        group = {"schemas": [GROUP], "displayName": "g", "members": [{"value": ann}]}
        faulty.inject(On("*", "/Groups*"), leave_out("members"))
        created = call("POST", "/Groups", group).json()
        read = call("GET", f"/Groups/{created['id']}").json()
        (row,) = call("GET", "/Groups").json()["Resources"]
        assert all("members" not in each for each in (created, read, row))
        faulty.heal()
        assert call("GET", f"/Groups/{created['id']}").json()["members"][0]["value"] == ann

    @pytest.mark.parametrize("method", ["POST", "PUT"])
    def test_dropped_on_writing_a_whole_resource(self, faulty: FaultyServer, call: Caller, method: str) -> None:
        path = "/Users" if method == "POST" else f"/Users/{new_user(call)['id']}"
        faulty.inject(On(method), drop_attributes("title", ENTERPRISE_USER))
        extension = {"schemas": [USER, ENTERPRISE_USER], ENTERPRISE_USER: {"department": "d"}}
        written = call(method, path, user("bob", title="x", nickName="b") | extension)
        assert written.is_success
        read = call("GET", f"/Users/{written.json()['id']}").json()
        assert "title" not in read
        assert ENTERPRISE_USER not in read
        assert read["nickName"] == "b"

    @pytest.mark.parametrize(
        "operation",
        [
            {"op": "add", "path": "title", "value": "x"},
            {"op": "add", "value": {"title": "x"}},
            {"op": "add", "path": f"{ENTERPRISE_USER}:department", "value": "d"},
            {"op": "add", "path": 'emails[type eq "work"].value', "value": "a@example.org"},
        ],
    )
    def test_dropped_on_patch_with_a_success(
        self, faulty: FaultyServer, call: Caller, operation: dict[str, Any]
    ) -> None:
        before = new_user(call)
        path = f"/Users/{before['id']}"
        faulty.inject(On("PATCH"), drop_attributes("title", "emails", ENTERPRISE_USER))
        assert call("PATCH", path, patch(operation)).status_code == 200
        assert call("GET", path).json() == before

    def test_the_rest_of_a_patch_is_kept(self, faulty: FaultyServer, call: Caller) -> None:
        path = f"/Users/{new_user(call)['id']}"
        faulty.inject(On("PATCH"), drop_attributes("title"))
        call("PATCH", path, patch({"op": "add", "value": {"title": "x", "nickName": "y"}}))
        read = call("GET", path).json()
        assert (read.get("title"), read["nickName"]) == (None, "y")


@pytest.mark.parametrize(
    ("condition", "refused", "accepted"),
    [
        (
            has_path,
            {"op": "add", "path": "title", "value": "x"},
            {"op": "add", "value": {"title": "x"}},
        ),
        (
            has_value_filter,
            {"op": "remove", "path": 'emails[type eq "work"]'},
            {"op": "replace", "path": "emails", "value": []},
        ),
        (
            has_removal,
            {"op": "Remove", "path": "title"},
            {"op": "add", "path": "title", "value": "x"},
        ),
        (
            touches("title"),
            {"op": "add", "value": {"title": "x"}},
            {"op": "add", "path": "nickName", "value": "x"},
        ),
        (
            carries_more_than(1, "emails"),
            {"op": "add", "path": "emails", "value": [{"value": "a@b.c"}, {"value": "d@e.f"}]},
            {"op": "add", "path": "emails", "value": [{"value": "a@b.c"}]},
        ),
    ],
)
def test_a_patch_is_refused_for_its_shape(
    faulty: FaultyServer, call: Caller, condition: Any, refused: dict[str, Any], accepted: dict[str, Any]
) -> None:
    path = f"/Users/{new_user(call, emails=[{'value': 'x@y.z', 'type': 'work'}])['id']}"
    faulty.inject(On("PATCH", "/Users/*", when=condition), answer(501))
    assert call("PATCH", path, patch(refused)).status_code == 501
    assert call("PATCH", path, patch(accepted)).is_success
