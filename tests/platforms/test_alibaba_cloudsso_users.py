"""Alibaba Cloud CloudSSO and users who were there before.

The vendor's table: associated by the overwriting of identical names, neither retrieved nor modified.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from branches import Branch, branch
from platforms.centers import done, requests
from platforms.test_alibaba_cloudsso import CLOUDSSO, EVERYBODY, PEOPLE
from platforms.test_alibaba_ram import console_user, rows, stays
from workplace import outcomes, results

NOT_CHANGED = (
    "it was there before, and the platform is not known to support changing such users "
    "(`capabilities: {user.modify: true}` says that it does)"
)


@pytest.fixture
def before(tmp_path: Path) -> Branch:
    """Ann was made by hand."""
    made = branch(tmp_path, CLOUDSSO, PEOPLE)
    console_user(made, "Ann.Lee", active=True)
    return made


def test_they_are_found_first_and_shown_as_adopt_and_left_as_they_are(before: Branch) -> None:
    shown = before.users()["Ann.Lee"]
    assert rows(before.plan().plan) == [("withheld", "ann.lee", "update", "policy", NOT_CHANGED)]
    done(before, "user:ann.lee adopt", *EVERYBODY[1:], withheld=(("ann.lee", "policy"),))
    assert before.users()["Ann.Lee"] == shown
    assert {each.body["userName"] for each in requests(before, "POST", "/Users")} == {"bob.ray", "cy.day"}
    stays(before, ("withheld", "ann.lee", "update", "policy", NOT_CHANGED))


def test_they_get_into_groups_although_they_are_not_changed(before: Branch) -> None:
    before.apply()
    assert before.members("Engineering") == {"Ann.Lee", "bob.ray"}


def test_they_are_changed_where_the_capability_is_lifted(before: Branch) -> None:
    before.target = ("capabilities: {user.modify: true}",)
    done(before, "user:ann.lee adopt", "user:ann.lee update", *EVERYBODY[1:])
    ann = before.users()["ann.lee"]
    assert (ann["externalId"], ann["displayName"]) == ("ann.lee", "ann lee")


def test_they_are_left_alone_where_the_target_adopts_nobody(before: Branch) -> None:
    before.target = ("ownership: {adopt: never}",)
    done(before, *EVERYBODY[1:], withheld=(("ann.lee", "not_adopted"),))
    assert requests(before, "PATCH", "/Users") == []


def test_they_are_not_disabled_but_by_the_capability_to_change_them(before: Branch) -> None:
    before.apply()
    before.replace("  ann.lee: {", "  ann.lee: {state: disabled, ")
    shown = [row[:4] for row in rows(before.plan().plan)]
    assert ("withheld", "ann.lee", "disable", "blocked") in shown
    before.target = ("capabilities: {user.modify: true}",)
    done(before, "user:ann.lee disable")
    assert before.users()["ann.lee"]["active"] is False


def test_appearing_between_plan_and_apply_they_are_not_taken_over_silently(tmp_path: Path) -> None:
    made = branch(tmp_path, CLOUDSSO, PEOPLE)
    planned = made.plan()
    console_user(made, "ann.lee", active=True)
    applied = made.apply(planned)
    assert results(applied)["user:ann.lee:create"] == "failed"
    assert "the next plan shows its adoption" in outcomes(applied)["user:ann.lee:create"].detail
    assert made.users()["ann.lee"]["displayName"] == "ann.lee there"
    assert made.members("Engineering") == {"bob.ray"}
    done(made, "user:ann.lee adopt", "group:eng add_members", withheld=(("ann.lee", "policy"),))


def test_without_a_state_store_they_are_not_changed(before: Branch) -> None:
    before.state = "none"
    done(before, *EVERYBODY[1:], withheld=(("ann.lee", "policy"),))
    before.replace("Bob Ray", "Robert")
    before.converged(withheld=(("ann.lee", "policy"), ("bob.ray", "policy")))
    before.target = ("capabilities: {user.modify: true}",)
    done(before, "user:ann.lee update", "user:bob.ray update")
