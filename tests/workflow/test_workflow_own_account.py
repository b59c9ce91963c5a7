"""Whose account the token is: `self` in the manifests, else what the endpoint says under `/Me`."""

from __future__ import annotations

from typing import Any

import pytest
from planning_kit import USER, rows_of, signs
from servers.faults import On, answer
from servers.faulty import Forward, Reply, Request
from workplace import Workplace

NOTE = "nothing tells whose account the token is"


def tell(place: Workplace, **account: Any) -> None:
    async def fault(_request: Request, _forward: Forward) -> Reply:
        return Reply(200, {"schemas": [USER], **account})

    place.server.inject(On("GET", "*/Me"), fault)


@pytest.fixture
def leaving(applied: Workplace) -> Workplace:
    """Bob is in the manifests no more, and could be whom the token belongs to."""
    applied.replace("  bob: {name: {givenName: Bob, familyName: Chen}, manager: alice}\n", "")
    applied.replace("[alice, bob]", "[alice]")
    return applied


def test_the_account_under_me_is_not_touched_whatever_it_is_called(leaving: Workplace) -> None:
    tell(leaving, id=leaving.users()["bob"]["id"], userName="svc-scim")
    plan = leaving.plan().plan
    assert plan.operations == ()
    assert {each for each in rows_of(plan.withheld) if each[2] == "protected"} == {
        ("bob", "disable", "protected"),
        ("ops", "remove_members", "protected"),
    }
    assert len(leaving.server.requests_of("GET", "*/Me")) == 1


@pytest.mark.parametrize("status", [301, 308, 401, 403, 404, 501])
def test_an_endpoint_that_does_not_tell_is_no_obstacle_and_that_is_said(leaving: Workplace, status: int) -> None:
    leaving.server.inject(On("GET", "*/Me"), answer(status))
    plan = leaving.plan().plan
    assert signs(plan.operations) == ["user:bob disable", "group:ops remove_members"]
    assert any(each.startswith(NOTE) for each in plan.notes)


def test_nobody_is_asked_where_the_manifests_say_it(leaving: Workplace) -> None:
    leaving.target = ("safety: {self: bob}",)
    assert leaving.plan().plan.operations == ()
    assert leaving.server.requests_of("GET", "*/Me") == []


def test_nobody_is_asked_where_nothing_could_be_taken(applied: Workplace) -> None:
    applied.replace("title: Boss", "title: Chief")
    assert applied.plan().plan.notes == ()
    assert applied.server.requests_of("GET", "*/Me") == []
