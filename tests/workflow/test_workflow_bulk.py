"""Many writes in one request: fewer requests, and for each operation the ending that it would have had alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from servers.bulk import BulkDoor
from servers.faults import On, answer, drop_after
from servers.faulty import Forward, Reply, Request
from workplace import Workplace, results

from reconciler.errors import ExitCode
from reconciler.scim.bulk import BulkResult
from reconciler.scim.urns import ENTERPRISE_USER, USER
from reconciler.workflow.applying import Stop
from reconciler.workflow.bulk import created_id

KEYS = [f"u{number:03}" for number in range(60)]


def people(keys: list[str], title: str = "Engineer", extra: str = "") -> str:
    """Everybody reports to the first, and is in one group."""
    lines = [f"  {key}: {{title: {title}, manager: {keys[0]}}}" for key in keys[1:]]
    first = f"  {keys[0]}: {{title: {title}}}"
    return "\n".join(["users:", first, *lines, f"groups: {{all: {{members: [{', '.join(keys)}]}}}}", extra])


Open = Callable[..., tuple[Workplace, BulkDoor]]


@pytest.fixture
def opened(make_place: Any) -> Open:
    def open_(text: str, *faults: tuple[On, Any], **door: Any) -> tuple[Workplace, BulkDoor]:
        """Faults stand before the door."""
        place = make_place(text)
        for on, fault in faults:
            place.server.inject(on, fault)
        return place, BulkDoor(**door).open(place.server)

    return open_


@pytest.mark.parametrize("shows", [True, False])
def test_an_organisation_is_created_in_one_request(opened: Open, shows: bool) -> None:
    place, door = opened(people(KEYS), shows=shows)
    applied = place.apply()
    assert set(results(applied).values()) == {"done"}
    assert [each.path for each in place.server.writes] == ["/Bulk", "/Bulk"]
    assert [len(each.operations) for each in place.server.writes] == [60, 60]
    assert applied.report.requests < 30
    assert {status // 100 for _, _, status in door.done} == {2}
    assert place.members("all") == set(KEYS)
    managers = {name: each.get(ENTERPRISE_USER, {}) for name, each in place.users().items()}
    first = place.users()[KEYS[0]]["id"]
    assert {each["manager"]["value"] for name, each in managers.items() if name != KEYS[0]} == {first}
    place.settled()
    assert {each.origin for each in place.known.values()} == {"created"}


def test_what_does_not_fit_goes_in_several_requests_that_know_of_one_another(opened: Open) -> None:
    place, door = opened(people(KEYS), most=25)
    assert set(results(place.apply()).values()) == {"done"}
    sizes = [len(each.operations) for each in place.server.requests_of("POST", "/Bulk")]
    assert max(sizes) == 25
    assert sum(sizes) == len(door.done)
    place.settled()


def test_bytes_count_as_well(opened: Open) -> None:
    place, _ = opened(people(KEYS), size=6000)
    assert set(results(place.apply()).values()) == {"done"}
    assert len(place.server.requests_of("POST", "/Bulk")) > 2
    assert not [each for each, reply in place.server.log if reply is not None and reply.status == 413]
    place.settled()


def test_an_endpoint_that_takes_less_than_it_says_gets_less(opened: Open) -> None:
    place, door = opened(people(KEYS))
    door.announced, door.most = 1000, 20
    assert set(results(place.apply()).values()) == {"done"}
    assert max(len(each.operations) for each in place.server.requests_of("POST", "/Bulk") if each in told(place)) <= 20
    place.settled()


def told(place: Workplace) -> list[Any]:
    """Requests that went through."""
    return [each for each, reply in place.server.log if reply is not None and reply.status < 300]


def test_changes_and_ends_go_together_too(opened: Open) -> None:
    place, door = opened(people(KEYS))
    place.apply()
    place.server.log.clear()
    door.done.clear()
    place.people = people(KEYS[:50], title="Chief", extra="")
    applied = place.apply()
    assert set(results(applied).values()) == {"done"}
    assert {each.method for each in place.server.writes if each.path != "/Bulk"} <= {"PATCH"}
    assert len([each for each in place.server.writes if each.path != "/Bulk"]) <= 1
    assert {status // 100 for _, _, status in door.done} == {2}
    assert sum(not each["active"] for each in place.users().values()) == 10
    place.settled()


def test_few_writes_go_alone(opened: Open) -> None:
    place, door = opened("users: {ann: {}}")
    assert set(results(place.apply()).values()) == {"done"}
    assert door.done == []


def test_one_that_fails_fails_as_it_would_alone_and_hides_nobody(opened: Open) -> None:
    place, _ = opened(people(KEYS))
    place.call("POST", "/Users", {"schemas": [USER], "userName": "u003x", "externalId": "u003"})
    place.server.inject(On("POST", "/Users", when=lambda each: each.body["userName"] == "u007"), answer(400, "not him"))
    applied = place.apply()
    ended = results(applied)
    assert ended.pop("user:u007:create") == "failed"
    assert {name for name, result in ended.items() if result != "done"} <= {
        "user:u007:update:references",
        "group:all:create",
    }
    assert (
        "not him"
        in applied.report.outcomes[
            [each.operation for each in applied.report.outcomes].index("user:u007:create")
        ].detail
    )
    place.server.heal()
    place.apply()
    place.settled()


def test_what_is_not_told_of_is_looked_up_and_never_repeated_blindly(opened: Open) -> None:
    place, door = opened(people(KEYS), spoils=lambda result: None if int(result["bulkId"]) % 3 == 0 else result)
    assert set(results(place.apply()).values()) == {"done"}
    creates = [path for method, path, _ in door.done if method == "POST"]
    alone = [each.path for each in place.server.requests_of("POST") if each.path != "/Bulk"]
    assert len(creates) == 61
    assert alone == []
    place.settled()
    assert {each.origin for each in place.known.values()} == {"created"}


@pytest.mark.parametrize("fault", [drop_after(), answer(502, "bad gateway")], ids=["dropped", "502"])
def test_an_answer_that_is_lost_leaves_nothing_undone_and_does_nothing_twice(opened: Open, fault: Any) -> None:
    place, _ = opened(people(KEYS), (On("POST", "/Bulk", times=1), fault))
    assert set(results(place.apply()).values()) == {"done"}
    assert len(place.users()) == len(KEYS)
    assert list(place.groups()) == ["all"]
    place.settled()


@pytest.mark.parametrize("status", [400, 403, 404, 405, 501])
def test_where_it_is_refused_everything_goes_alone(opened: Open, status: int) -> None:
    place, _ = opened(people(KEYS[:10]), (On("POST", "/Bulk"), answer(status, "no bulk here")))
    assert set(results(place.apply()).values()) == {"done"}
    assert len(place.server.requests_of("POST", "/Bulk")) == 1
    place.settled()


def test_a_new_id_is_told_by_the_resource_or_its_address() -> None:
    assert created_id(BulkResult(201, "https://h/v2/Users/a%2Fb")) == "a/b"
    assert created_id(BulkResult(201, "https://h/v2/Users/x/", {"id": "42"})) == "42"
    assert created_id(BulkResult(201, "http://[")) == ""
    assert created_id(BulkResult(201)) == ""


def test_requests_grow_while_the_endpoint_is_quick_and_shrink_when_it_is_not(opened: Open) -> None:
    keys = [f"u{number:04}" for number in range(700)]
    users = "users: {" + ", ".join(f"{key}: {{}}" for key in keys) + "}"
    place, door = opened(users)

    async def slow(request: Request, forward: Forward) -> Reply:
        seconds = 30 if len(sizes(place)) == 3 else 1
        place.clock.time += timedelta(seconds=seconds)
        return await forward(request)

    place.server.inject(On("POST", "/Bulk"), slow)
    assert set(results(place.apply()).values()) == {"done"}
    assert sizes(place) == [100, 200, 400]
    assert len(door.done) == 700
    place.settled()


def sizes(place: Workplace) -> list[int]:
    return [len(each.operations) for each in place.server.requests_of("POST", "/Bulk")]


def test_after_ctrl_c_no_further_request_goes(opened: Open) -> None:
    keys = [f"u{number:03}" for number in range(300)]
    place, door = opened("users: {" + ", ".join(f"{key}: {{}}" for key in keys) + "}")
    stop = Stop()

    async def press(request: Request, forward: Forward) -> Reply:
        stop.requested = True
        return await forward(request)

    place.server.inject(On("POST", "/Bulk"), press)
    applied = place.apply(stop=stop)
    assert Counter(results(applied).values()) == {"done": 100, "not_sent": 200}
    assert len(place.server.writes) == 1
    assert applied.exit_code is ExitCode.INTERRUPTED
    assert len(door.done) == 100


@pytest.mark.parametrize("shows", [True, False])
def test_an_id_that_is_another_objects_is_believed_for_nobody(opened: Open, shows: bool) -> None:
    """Each new object is told the address of the one before it: nobody is renamed, and nobody gets in elsewhere."""
    before: list[tuple[str, Any]] = []

    def mixed_up(result: dict[str, Any]) -> dict[str, Any]:
        if result["status"] != "201":
            return result
        shown = (result["location"], result.get("response"))
        told = before[-1] if before else shown
        before.append(shown)
        return result | {"location": told[0]} | ({"response": told[1]} if shows else {})

    keys = [f"v{number:03}" for number in range(130)]
    groups = f"groups: {{few: {{members: [{', '.join(keys[1:4])}]}}, one: {{members: [{keys[10]}]}}}}"
    place, _ = opened("\n".join(["users:", *(f"  {key}: {{title: T}}" for key in keys), groups]), spoils=mixed_up)
    assert set(results(place.apply()).values()) == {"done"}
    assert [each.path for each in place.server.requests_of("PATCH")] == []
    assert len(place.server.requests_of("POST", "/Users")) == 0
    assert place.members("few") == set(keys[1:4])
    assert place.members("one") == {keys[10]}
    place.settled()
