"""Whether an account is active, as endpoints say it, and what follows where that cannot be read."""

from __future__ import annotations

from typing import Any

import pytest
from planning_kit import catalog_of, draft_of, known, rows_of, signs, target_text, user

from reconciler.core.deciding.decisions import activity_of, is_active
from reconciler.core.resources import Kind, LiveResource


@pytest.mark.parametrize(
    ("document", "active"),
    [
        ({}, True),
        ({"active": None}, True),
        ({"active": ""}, True),
        ({"active": True}, True),
        ({"Active": "False"}, False),
        ({"active": 0}, False),
        ({"active": 1}, True),
        ({"active": "0"}, False),
        ({"active": "no"}, None),
        ({"active": "inactive"}, None),
        ({"active": 2}, None),
    ],
)
def test_what_endpoints_say_of_activity(document: dict[str, Any], active: bool | None) -> None:
    live = LiveResource(Kind.USER, "1", document)
    assert activity_of(live) is active
    assert is_active(live) is (active is True)
    assert activity_of(LiveResource(Kind.GROUP, "1", document)) is True


@pytest.mark.parametrize("manifest", ["users: {ann: {}}", "users: {ann: {state: disabled}}", "users: {}"])
def test_an_account_whose_activity_cannot_be_read_is_held(manifest: str) -> None:
    live = {**user("1", "ann"), "active": "inactive"}
    draft = draft_of(manifest, [live], records=[known("ann", "1")])
    assert signs(draft.rows.operations) == []
    assert rows_of(draft.rows.held) == {("ann", None, "unreadable")}
    assert draft.rows.held[0].detail == "whether it is active cannot be read"


def test_an_account_that_is_off_by_number_is_not_disabled_again() -> None:
    live = {**user("1", "ann"), "active": 0}
    draft = draft_of("users: {ann: {state: disabled}}", [live], records=[known("ann", "1", active=False)])
    assert (signs(draft.rows.operations), draft.rows.held) == ([], [])


def test_of_strangers_only_those_that_are_claimed_are_held() -> None:
    rows = [{**user("1", "ann"), "active": "no"}]
    assert draft_of("users: {}", rows).rows.held == []
    owned = {"people.yaml": "users: {}", "targets.yaml": target_text("ownership: {owns: {users: userName pr}}")}
    assert rows_of(draft_of(catalog_of(owned), rows).rows.held) == {("ann", None, "unreadable")}
