"""Disabling one user at once: found without a listing, sent in a shape that goes through, read back, recorded."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest
from branches import branch
from platforms.worlds import PLATFORMS, World
from servers.faults import Fault, On, Request, answer, drop_after, drop_before
from workplace import Workplace

from reconciler.core.disabling import Ending
from reconciler.errors import ManifestError
from reconciler.platforms.registry import load_profile

MakePlace = Callable[..., Workplace]


def asked(place: Workplace) -> list[tuple[str, str]]:
    """Requests about users, listings marked as such."""
    return [(each.method, _named(each)) for each in place.server.requests if each.path.startswith("/Users")]


def _named(request: Request) -> str:
    lists = request.method == "GET" and request.path == "/Users" and "filter" not in request.query
    return "LISTING" if lists else request.path


def add(place: Workplace, name: str, **values: Any) -> str:
    body = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": name, "active": True, **values}
    return str(place.call("POST", "/Users", body).json()["id"])


def test_the_recorded_id_comes_first(applied: Workplace) -> None:
    id = applied.users()["alice"]["id"]
    ended = applied.disable("alice")
    assert (ended.result, ended.id) == (Ending.DISABLED, id)
    assert {path for _, path in asked(applied)} == {f"/Users/{id}"}
    assert [method for method, _ in asked(applied)][:3] == ["GET", "PATCH", "GET"]
    assert len(applied.server.writes) == 1
    assert applied.users()["alice"]["active"] is False
    assert applied.known["user:alice"].applied["active"] is False
    applied.settled()


def test_who_is_inactive_is_sent_nothing_and_stays_somebody_elses_doing(applied: Workplace) -> None:
    applied.edit("alice", active=False)
    assert applied.disable("alice").result is Ending.INACTIVE
    assert applied.server.writes == []
    assert applied.known["user:alice"].applied["active"] is True
    assert applied.disable("carol").result is Ending.INACTIVE


def test_who_was_made_anew_behind_our_back_is_found_by_what_matches(applied: Workplace) -> None:
    applied.call("DELETE", f"/Users/{applied.users()['alice']['id']}")
    new = add(applied, "Alice", externalId="alice")
    applied.server.log.clear()
    ended = applied.disable("alice")
    assert (ended.result, ended.id) == (Ending.DISABLED, new)
    assert ("GET", "LISTING") not in asked(applied)


def test_who_was_renamed_there_keeps_the_recorded_link_by_externalid(applied: Workplace) -> None:
    applied.edit("alice", userName="mallory")
    assert applied.disable("alice").result is Ending.DISABLED
    assert applied.users()["mallory"]["active"] is False


def test_a_recorded_object_that_bears_another_name_and_externalid_is_left_alone(applied: Workplace) -> None:
    applied.edit("alice", userName="mallory", externalId="m-1")
    ended = applied.disable("alice")
    assert ended.result is Ending.DISPUTED
    assert "now bears another userName and externalId" in ended.detail
    assert applied.server.writes == []


def test_who_is_nowhere_is_not_there(applied: Workplace) -> None:
    applied.call("DELETE", f"/Users/{applied.users()['alice']['id']}")
    assert applied.disable("alice").result is Ending.NOT_THERE


@pytest.mark.parametrize(("adopt", "result"), [("unclaimed", Ending.DISPUTED), ("matched", Ending.DISABLED)])
def test_another_externalid_is_somebody_else_unless_the_target_adopts_such(
    make_place: MakePlace, adopt: str, result: Ending
) -> None:
    place = make_place("users: {dave: {}}\n", target=[f"ownership: {{adopt: {adopt}}}"])
    add(place, "dave", externalId="hr-17")
    assert place.disable("dave").result is result


def test_an_object_that_is_recorded_as_somebody_elses_is_left_alone(applied: Workplace) -> None:
    applied.edit("bob", userName="dave")
    applied.people = applied.people.replace("users:\n", "users:\n  dave: {}\n")
    ended = applied.disable("dave")
    assert (ended.result, ended.quoted) == (
        Ending.DISPUTED,
        f"object {applied.known['user:bob'].id} is recorded as user:bob",
    )


def test_several_that_fit_are_named_and_left_alone(make_place: MakePlace) -> None:
    people = "users: {dave: {}}\nmappings: {by: {users: {match: [displayName], attributes: {displayName: Dave}}}}\n"
    place = make_place(people, target=["mapping: by"])
    ids = sorted(add(place, name, displayName="Dave") for name in ("one", "two"))
    ended = place.disable("dave")
    assert (ended.result, ended.detail) == (
        Ending.DISPUTED,
        f"several objects have this displayName: {', '.join(ids)}",
    )


def test_a_filter_that_is_refused_tells_nothing(applied: Workplace) -> None:
    applied.people = applied.people.replace("users:\n", "users:\n  dave: {}\n")
    applied.server.inject(
        On("GET", "/Users", when=lambda each: "externalId" in each.query.get("filter", "")), answer(400)
    )
    ended = applied.disable("dave")
    assert ended.result is Ending.NOT_FOUND
    assert "externalId" in ended.quoted
    add(applied, "dave")
    assert applied.disable("dave").result is Ending.DISABLED


def test_an_entry_that_cannot_be_mapped_is_found_by_its_record(applied: Workplace) -> None:
    applied.people += "mappings: {bad: {users: {attributes: {title: '{{ user.title | int }}'}}}}\n"
    applied.target = ("mapping: bad",)
    with pytest.raises(ManifestError):
        applied.plan()
    assert applied.disable("alice").result is Ending.DISABLED


def test_the_ids_of_another_endpoint_are_not_asked_for(applied: Workplace) -> None:
    """They may be anybody's there."""
    id = applied.users()["alice"]["id"]
    applied.server.log.clear()
    applied.url = applied.url.replace("sandbox.example", "other.example")
    assert applied.disable("alice").id == id
    assert asked(applied)[0] == ("GET", "/Users")


def no_patch(place: Workplace) -> None:
    place.server.inject(On("PATCH"), answer(501))


def no_answer(place: Workplace) -> None:
    place.server.inject(On("PATCH", times=1), drop_after())


def no_arrival(place: Workplace) -> None:
    place.server.inject(On("PATCH", times=1), drop_before())


@pytest.mark.parametrize("fault", [no_patch, no_answer, no_arrival])
def test_another_shape_or_another_attempt_where_one_does_not_go_through(
    applied: Workplace, fault: Callable[[Workplace], None]
) -> None:
    fault(applied)
    assert applied.disable("alice").result is Ending.DISABLED
    assert applied.users()["alice"]["active"] is False


def ignoring() -> Fault:
    async def fault(request: Request, forward: Any) -> Any:
        return await forward(Request("GET", request.path))

    return fault


@pytest.mark.parametrize(
    ("faults", "result", "said"),
    [
        ([(On("P*"), answer(403, "not you"))], Ending.FAILED, "403: not you"),
        ([(On("P*"), ignoring())], Ending.FAILED, "did not carry it out"),
        ([(On("PATCH"), drop_before())], Ending.IN_DOUBT, "PATCH"),
        ([(On("PATCH"), drop_after()), (On("GET", "/Users/*", skip=1), answer(500))], Ending.IN_DOUBT, "PATCH"),
    ],
)
def test_what_did_not_help_is_told(
    applied: Workplace, faults: list[tuple[On, Fault]], result: Ending, said: str
) -> None:
    for on, fault in faults:
        applied.server.inject(on, fault)
    ended = applied.disable("alice")
    assert ended.result is result
    assert said in ended.quoted
    applied.server.heal()
    applied.apply()
    assert applied.users()["alice"]["active"] is False
    assert applied.known["user:alice"].applied["active"] is False


def test_nobody_plans_for_who_is_neither_in_scope_nor_on_record(make_place: MakePlace) -> None:
    place = make_place("users: {dave: {}, eve: {}}\nscopes: {few: {users: {include: [eve]}}}\n", target=["scope: few"])
    add(place, "dave")
    ended = place.disable("dave")
    assert (ended.result, ended.detail) == (
        Ending.DISABLED,
        "neither in the scope of this target nor on record there: no plan sees it, and nothing holds it",
    )


@pytest.mark.parametrize("line", ["onRemove", "deleteAfter"])
def test_without_a_store_the_user_is_found_by_name(make_place: MakePlace, line: str) -> None:
    place = make_place(
        "users: {dave: {}}\n",
        state="none",
        target=[f"lifecycle: {{{line}: {'keep' if line == 'onRemove' else '30d'}}}"],
    )
    add(place, "dave")
    assert place.disable("dave").result is Ending.DISABLED


@pytest.mark.parametrize("platform", PLATFORMS)
def test_on_every_platform(tmp_path: Path, platform: str) -> None:
    """Everybody, one after the other; the plans that follow leave them so."""
    world = World(Random(7))  # noqa: S311  reproducible on purpose
    world.grow()
    place = branch(tmp_path, platform, world.text)
    place.apply()
    active = {name for name, each in place.users().items() if each.get("active") is not False}
    can = "disable" in load_profile(platform).users.can
    for key in sorted(world.users):
        place.vendor.clear_log()
        result = place.disable(key).result
        listings = [
            each.request for each in place.vendor.log if each.request.lists and "filter" not in each.request.query
        ]
        assert listings == []
        assert result in ({Ending.DISABLED, Ending.INACTIVE} if can else {Ending.IMPOSSIBLE, Ending.NOT_THERE})
    left = {name for name, each in place.users().items() if each.get("active") is not False}
    assert active
    assert left == (set() if can else active)
    plan = place.plan().plan
    # Who cannot be disabled leaves the groups, where there are any.
    assert {str(each.action) for each in plan.operations} <= (set() if can else {"remove_members"})
    if not can and place.vendor.profile.groups is None:
        assert {str(each.reason) for each in plan.held} == {"access_remains"}
