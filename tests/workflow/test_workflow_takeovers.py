"""An answer to a POST that shows an object of before: it is nobody's creation."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from servers.faults import On
from servers.faulty import Forward, Reply, Request
from workplace import Workplace, outcomes

from reconciler.core.report import Result
from reconciler.core.resources import Kind
from reconciler.platforms.profile import Creation
from reconciler.platforms.registry import load_profile
from reconciler.workflow.takeovers import creation_of, is_older

MORNING, LATER, NOON = "2026-11-21T08:00:00Z", "2026-11-21T08:00:03.5+00:00", "2026-11-21T12:00:00Z"


@pytest.mark.parametrize(
    ("meta", "older"),
    [
        ({"created": MORNING, "lastModified": MORNING}, False),
        ({"created": MORNING, "lastModified": LATER}, False),
        ({"created": MORNING, "lastModified": NOON}, True),
        ({"Created": MORNING, "LastModified": NOON}, True),
        ({"created": MORNING}, False),
        ({"created": "this morning", "lastModified": NOON}, False),
        ({"created": "2026-11-21T08:00:00", "lastModified": NOON}, False),
        ("x", False),
        (None, False),
    ],
)
def test_an_object_whose_last_change_is_long_after_its_making_is_older(meta: Any, older: bool) -> None:
    assert is_older({"id": "1", "meta": meta}) is older


def test_no_answer_says_nothing() -> None:
    assert not is_older(None)


def test_the_profile_says_what_a_post_does() -> None:
    found = {
        name: [str(creation_of(load_profile(name), kind)) for kind in Kind]
        for name in ("generic", "alibaba-idaas", "alibaba-cloudsso", "alibaba-ram")
    }
    assert found["generic"] == [Creation.NEW, Creation.NEW]
    assert found["alibaba-idaas"][0] == Creation.UPSERT
    assert found["alibaba-cloudsso"][0] == Creation.TAKE_OVER
    assert found["alibaba-ram"] == [Creation.NEW, Creation.NEW]


def test_an_answer_with_the_id_of_somebody_else_is_a_take_over(applied: Workplace) -> None:
    alice = applied.users()["alice"]

    async def take_over(_request: Request, _forward: Forward) -> Reply:
        return Reply(201, alice)

    applied.server.inject(On("POST", "/Users"), take_over)
    applied.people = applied.people.replace("users:\n", "users:\n  dave: {}\n")
    applied.people = applied.people.replace("members: [alice, bob]", "members: [alice, bob, dave]")
    done = outcomes(applied.apply())
    assert done["user:dave:create"].result is Result.FAILED
    assert done["user:dave:create"].detail.startswith(f"taken over: the POST changed object {alice['id']}")
    assert done["group:ops:add_members"].result is Result.SKIPPED
    assert "user:dave" not in applied.known
    assert applied.known["user:alice"].id == alice["id"]


@pytest.mark.parametrize(
    ("answered", "older"),
    [
        (datetime(2026, 1, 1, 12, 9, tzinfo=UTC), False),
        (datetime(2026, 1, 1, 11, 0, tzinfo=UTC), False),
        (datetime(2026, 1, 1, 12, 11, tzinfo=UTC), True),
        (datetime(2027, 1, 1, 12, 0, tzinfo=UTC), True),
        (None, False),
    ],
)
def test_an_object_that_was_made_long_before_the_answer_is_older(answered: datetime | None, older: bool) -> None:
    moment = "2026-01-01T12:00:00Z"
    assert is_older({"meta": {"created": moment, "lastModified": moment}}, answered) is older
    assert is_older({"meta": {"created": moment}}, answered) is older
