"""How many members go into one request is learnt from refusals, once and for the runs that follow."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from servers.faults import On, answer, carries_more_than
from workplace import results

from reconciler.platforms.registry import load_profile
from reconciler.scim.provider import Discovery
from reconciler.workflow.lessons import Lessons
from reconciler.workflow.portions import Portions

KEYS = [f"u{number:02}" for number in range(12)]
USERS = f"users: {{{', '.join(f'{key}: {{}}' for key in KEYS)}}}\n"


def groups(*members: str) -> str:
    return f"groups: {{g: {{members: [{', '.join(members)}]}}}}\n"


def lessons() -> Lessons:
    return Lessons(load_profile("generic"), Discovery(), date(2026, 11, 22), [])


@given(limit=st.integers(1, 40), count=st.integers(0, 120))
def test_everybody_goes_through_whatever_the_limit(limit: int, count: int) -> None:
    known = lessons()
    portions, sent, refused = Portions(known, count), 0, 0
    while portions.left:
        if portions.next <= limit:
            sent += portions.next
            portions.went_through()
        else:
            refused += 1
            assert portions.halve()
    assert sent == count
    assert refused <= 8
    assert known.members_at_once <= (500 if refused == 0 else limit)
    assert (known.members_at_once < 500) == (refused > 0)


def test_one_member_cannot_be_halved() -> None:
    assert not Portions(lessons(), 1).halve()
    assert not Portions(lessons(), 0).halve()


@pytest.mark.parametrize("status", [400, 413, 422])
def test_the_next_plan_keeps_to_what_was_learnt(make_place: Any, status: int) -> None:
    place = make_place(USERS + groups(), concurrency=1)
    place.apply()
    place.server.inject(On("*", "/Groups*", when=carries_more_than(4)), answer(status, "at most four"))
    place.people = USERS + groups(*KEYS[:8])
    assert set(results(place.apply()).values()) == {"done"}
    place.people = USERS + groups(*KEYS)
    planned = place.plan()
    assert [len(each.members) for each in planned.plan.operations] == [4]
    place.people = USERS + groups()
    going = place.plan()
    assert [len(each.members) for each in going.plan.operations] == [4, 4]
    before = len(place.server.requests)
    assert set(results(place.apply(going)).values()) == {"done"}
    patches = [each for each in place.server.requests[before:] if each.method == "PATCH"]
    assert len(patches) == 2
    assert place.members("g") == set()


def removes_more_than(number: int) -> Any:
    return lambda request: len(request.operations) > number


def test_members_leave_in_parts_that_fit(make_place: Any) -> None:
    place = make_place(USERS + groups(*KEYS), concurrency=1)
    place.apply()
    place.server.inject(On("PATCH", "/Groups/*", when=removes_more_than(3)), answer(413, "too much"))
    place.people = USERS + groups()
    assert set(results(place.apply()).values()) == {"done"}
    assert place.members("g") == set()
    place.settled()


def test_a_refusal_of_one_member_says_nothing_about_the_number(make_place: Any) -> None:
    place = make_place(USERS + groups(), concurrency=1)
    place.apply()
    bad = place.users()["u05"]["id"]
    place.server.inject(On("PATCH", "/Groups/*", when=lambda each: bad in str(each.body)), answer(400, "not him"))
    place.people = USERS + groups(*KEYS)
    assert set(results(place.apply()).values()) == {"failed"}
    place.server.heal()
    [adding] = place.plan().plan.operations
    assert len(adding.members) == 12 - len(place.members("g"))
