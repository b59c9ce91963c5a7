"""What endpoints show in odd ways leads to no harm: members, activity, addresses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from planning_kit import rows_of, signs
from servers.faults import On
from servers.faulty import Forward, Reply, Request
from workplace import Workplace

PEOPLE = """
users:
  ann: {emails: ann@x.example, phoneNumbers: {work: "+49 30 1"}}
  bob: {}
  eve: {}
groups: {g: {members: [ann, bob, eve]}, h: {members: [bob]}}
"""


def rewrite(change: Any) -> Any:
    """Every resource in an answer is changed."""

    async def fault(request: Request, forward: Forward) -> Reply:
        return (await forward(request)).with_rows(change)

    return fault


@pytest.fixture
def applied(tmp_path: Path) -> Workplace:
    place = Workplace(tmp_path, PEOPLE)
    place.apply()
    place.server.log.clear()
    return place


@pytest.mark.parametrize("shown", [[], None])
def test_groups_whose_listing_empties_their_members_are_in_sync(applied: Workplace, shown: Any) -> None:
    applied.server.inject(On("GET", "/Groups"), rewrite(lambda row: {**row, "members": shown}))
    applied.settled()


def test_groups_whose_listing_shortens_their_members_are_in_sync(applied: Workplace) -> None:
    applied.server.inject(On("GET", "/Groups"), rewrite(lambda row: {**row, "members": row["members"][:2]}))
    applied.settled()


def test_accounts_whose_activity_is_a_number_are_in_sync(applied: Workplace) -> None:
    applied.server.inject(On("GET", "/Users"), rewrite(lambda row: {**row, "active": int(row["active"])}))
    applied.settled()


def test_accounts_whose_activity_cannot_be_read_are_held(applied: Workplace) -> None:
    applied.server.inject(On("GET", "/Users"), rewrite(lambda row: {**row, "active": "inactive"}))
    applied.replace("ann: {", "ann: {title: T, ")
    applied.replace("bob: {}", "bob: {state: disabled}")
    plan = applied.plan().plan
    assert not [each for each in signs(plan.operations) if each.startswith("user:")]
    assert {("ann", None, "unreadable"), ("bob", None, "unreadable")} <= rows_of(plan.held)


def test_schemas_without_sub_attributes_wipe_nothing(applied: Workplace) -> None:
    def bare(row: dict[str, Any]) -> dict[str, Any]:
        attributes = [
            {name: value for name, value in each.items() if name != "subAttributes"}
            for each in row.get("attributes", [])
        ]
        return {**row, "attributes": attributes}

    applied.server.inject(On("GET", "/Schemas"), rewrite(bare))
    before = applied.users()["ann"]
    applied.settled()
    assert applied.users()["ann"] == before
