"""A runner that has no memory of the target: it ends nobody's access whom it cannot prove to own."""

from __future__ import annotations

from pathlib import Path

import pytest
from planning_kit import USER
from servers.listings import empty_page, listing_of
from verdicts import apply_and_see
from workplace import Workplace

LEFT = "users: {u0: {title: Boss}, u1: {state: absent}, u2: {state: disabled}, new: {}}\ngroups: {g: {members: [u0]}}"
HARD = ["lifecycle: {onRemove: delete, onLeave: delete, groups: {onRemove: delete}}"]


@pytest.fixture(params=["deleted", "none"])
def fresh(request: pytest.FixtureRequest, tmp_path: Path) -> Workplace:
    """Six people and two groups, applied; then the store is lost, or not used at all. u5 was here before us."""
    keys = [f"u{number}" for number in range(6)]
    users = ", ".join(f"{key}: {{}}" for key in keys)
    place = Workplace(
        tmp_path, f"users: {{{users}}}\ngroups: {{g: {{members: [{', '.join(keys)}]}}, h: {{members: [u1]}}}}"
    )
    place.call("POST", "/Users", {"schemas": [USER], "userName": "u5", "active": True})
    place.apply()
    place.call("POST", "/Users", {"schemas": [USER], "userName": "zed", "active": True})
    place.state = "none" if request.param == "none" else f"sqlite:///{tmp_path / 'another.db'}"
    place.people = LEFT
    return place


def test_nobody_is_disabled_or_deleted_who_is_not_provably_ours(fresh: Workplace) -> None:
    fresh.target = HARD
    before = fresh.users().keys()
    planned, sent = apply_and_see(fresh)
    assert "withheld user:u1 delete: foreign not_owned" in planned
    assert not any("DELETE" in each for each in sent)
    assert fresh.users().keys() == before | {"new"}
    assert {name for name, each in fresh.users().items() if not each["active"]} <= {"u2"}, "the manifests say so of u2"
    assert fresh.groups().keys() == {"g", "h"}
    assert fresh.members("g") >= {"u3", "u4", "u5"}, "they are in no manifest, and nobody's here"
    assert fresh.users()["u0"]["title"] == "Boss"


def test_what_owns_says_is_ours_leaves_and_nobody_else(fresh: Workplace) -> None:
    fresh.target = ["ownership: {owns: {users: 'externalId sw \"u\"'}}"]
    fresh.edit("u5", externalId="theirs")
    planned, sent = apply_and_see(fresh)
    ids = {name: each["id"] for name, each in fresh.users().items()}
    assert {each for each in planned if "removed" in each or "retired" in each} == {
        "user:u1 delete: retired",
        f"user:id:{ids['u3']} disable: removed",
        f"user:id:{ids['u4']} disable: removed",
    }
    assert sent.count("DELETE /Users/*") == 1
    assert {name for name, each in fresh.users().items() if not each["active"]} == {"u2", "u3", "u4"}
    assert fresh.users().keys() == {"u0", "u2", "u3", "u4", "u5", "new", "zed"}


@pytest.mark.parametrize("total", [0, None])
def test_a_listing_that_shows_nobody_makes_no_second_group(fresh: Workplace, total: int | None) -> None:
    """A server refuses a second user of the same name, and seldom a second group."""
    fresh.server.inject(listing_of("/*"), empty_page(total))
    fresh.apply()
    names = [each["displayName"] for each in fresh._rows("/Groups")]
    assert sorted(names) == ["g", "h"]
    fresh.server.heal()
    fresh.apply()
    assert sorted(each["displayName"] for each in fresh._rows("/Groups")) == ["g", "h"]
    assert fresh.members("g") >= {"u0"}
