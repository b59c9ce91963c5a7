"""Huawei Cloud IAM Identity Center: fifty rows and no more, what is required, what is written and never shown."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from branches import Branch, branch
from planning_kit import signs
from platforms.centers import HUAWEI, PEOPLE, console_user, crowd, done, group_of, looked_up, person, requests, unlisted
from servers.faults import answer, drop_after, truncate_listing
from servers.faulty import On
from workplace import results

from reconciler.errors import EndpointError

LINK = "https://people.example/ann"


class TestManyUsers:
    @pytest.fixture
    def place(self, tmp_path: Path) -> Branch:
        """120 users, applied."""
        made = branch(tmp_path, HUAWEI, crowd(120))
        made.apply()
        made.converged()
        made.vendor.clear_log()
        return made

    def test_all_are_made_once_and_each_is_looked_up(self, place: Branch) -> None:
        plan = place.converged()
        assert len(place.users()) == 120
        assert requests(place, "POST") == []
        assert len(looked_up(place)) == 70
        assert not plan.read["users"].complete
        assert "50 came" in plan.read["users"].problem

    @pytest.mark.parametrize("beyond", [True, False])
    def test_a_removal_is_carried_out_once_the_user_was_looked_up(self, place: Branch, beyond: bool) -> None:
        out_of_sight = unlisted(place)
        name = next(each for each in place.users() if (each in out_of_sight) is beyond)
        live = place.users()[name]["id"]
        place.vendor.clear_log()
        place.replace(person(name), "")
        planned = place.plan()
        assert signs(planned.plan.operations) == [f"user:{name} disable"]
        assert live in looked_up(place)
        place.apply(planned)
        place.converged()
        assert place.users()[name]["active"] is False

    def test_whoever_is_beyond_drifts_and_is_put_right(self, place: Branch) -> None:
        name = unlisted(place)[0]
        place.edit(name, displayName="Somebody else")
        done(place, f"user:{name} update")
        assert place.users()[name]["displayName"] == name

    def test_whoever_is_beyond_was_disabled_there(self, place: Branch) -> None:
        name = unlisted(place)[0]
        place.edit(name, active=False)
        done(place, withheld=((name, "disabled_there"),))

    def test_whoever_is_beyond_was_deleted_there_and_is_made_again(self, place: Branch) -> None:
        name = unlisted(place)[0]
        place.console("DELETE", f"/Users/{place.users()[name]['id']}")
        done(place, f"user:{name} create")

    def test_a_rename_of_somebody_beyond_is_a_rename(self, place: Branch) -> None:
        name = unlisted(place)[0]
        before = place.users()[name]["id"]
        place.replace(f"  {name}: {{", f"  {name}: {{userName: renamed, ")
        done(place, f"user:{name} update")
        assert place.users()["renamed"]["id"] == before

    def test_without_records_all_are_found_by_their_names(self, place: Branch) -> None:
        (place.folder / "state.db").unlink()
        planned = place.plan()
        assert signs(planned.plan.operations) == [f"user:u{each:03} adopt" for each in range(120)]
        place.apply(planned)
        place.converged()
        assert len(place.known) == 120
        assert requests(place, "POST") == []

    def test_without_a_store_all_are_found_by_their_names(self, place: Branch) -> None:
        place.state = "none"
        place.converged()

    @pytest.mark.parametrize("status", [429, 503])
    def test_a_look_up_that_fails_makes_nobody_again_and_removes_nobody(self, place: Branch, status: int) -> None:
        name = unlisted(place)[0]
        place.replace(person(name), "")
        place.people += person("newcomer")
        place.server.inject(
            On("GET", when=lambda each: "/Users/" in each.path or "filter" in each.query), answer(status)
        )
        with suppress(EndpointError):
            place.apply()
        assert [each for each in place.vendor.log if each.request.method != "GET"] == []
        place.server.heal()
        planned = place.plan()
        assert sorted(signs(planned.plan.operations)) == ["user:newcomer create", f"user:{name} disable"]
        assert {*results(place.apply(planned)).values()} == {"done"}
        place.converged()

    def test_a_truncated_listing_makes_nobody_again_and_removes_nobody(self, place: Branch) -> None:
        """A short answer looks whole here: what it leaves out is looked up all the same."""
        place.server.inject(On("GET", "/Users", when=lambda each: "filter" not in each.query), truncate_listing(20))
        assert place.plan().plan.operations == ()
        place.people += person("newcomer")
        place.apply()
        place.server.heal()
        place.converged()
        assert len(place.users()) == 121

    def test_a_create_whose_answer_is_lost_is_not_repeated(self, place: Branch) -> None:
        place.people += person("newcomer")
        place.server.inject(On("POST", "/Users", times=1), drop_after())
        place.apply()
        place.server.heal()
        place.apply()
        place.converged()
        assert len(requests(place, "POST", "/Users")) == 1


def test_more_than_fifty_groups_are_looked_up_by_name(tmp_path: Path) -> None:
    groups = [group_of(f"g{each:02}", 0) for each in range(60)]
    place = branch(tmp_path, HUAWEI, crowd(2, *groups))
    place.apply()
    place.converged()
    (place.folder / "state.db").unlink()
    place.apply()
    place.converged()
    assert len(requests(place, "POST", "/Groups")) == 60


class TestWhatIsWrittenAndNeverShown:
    def test_a_new_user_gets_it_at_once(self, tmp_path: Path) -> None:
        place = branch(tmp_path, HUAWEI, PEOPLE.replace("  ann.lee: {", f"  ann.lee: {{profileUrl: '{LINK}', "))
        place.apply()
        place.converged()
        assert sent(place) == [LINK]

    def test_it_is_sent_when_it_changes_here_and_no_more(self, tmp_path: Path) -> None:
        place = branch(tmp_path, HUAWEI)
        place.apply()
        place.replace("  ann.lee: {", f"  ann.lee: {{profileUrl: '{LINK}', ")
        done(place, "user:ann.lee update")
        place.replace(LINK, LINK + "2")
        done(place, "user:ann.lee update")
        place.replace(f"profileUrl: '{LINK}2'", "profileUrl: ''")
        done(place, "user:ann.lee update")
        assert sent(place) == [LINK, LINK + "2", None]

    def test_an_adopted_user_gets_it_once(self, tmp_path: Path) -> None:
        place = branch(tmp_path, HUAWEI, PEOPLE.replace("  ann.lee: {", f"  ann.lee: {{profileUrl: '{LINK}', "))
        console_user(place, "ann.lee")
        place.apply()
        place.converged()
        assert sent(place) == [LINK]

    def test_without_a_store_it_makes_no_endless_difference(self, tmp_path: Path) -> None:
        place = branch(tmp_path, HUAWEI, PEOPLE.replace("  ann.lee: {", f"  ann.lee: {{profileUrl: '{LINK}', "))
        place.state = "none"
        place.target = ("manage: {groups: []}",)
        place.apply()
        place.settled()
        assert sent(place) == [LINK]


def sent(place: Branch) -> list[str | None]:
    """The addresses that were sent; None where it was removed."""
    bodies = [each.request.body or {} for each in place.vendor.log]
    operations = [each for body in bodies for each in body.get("Operations", ()) if each["path"] == "profileUrl"]
    return [body["profileUrl"] for body in bodies if "profileUrl" in body] + [each.get("value") for each in operations]


class TestOffline:
    @pytest.mark.parametrize("name", ["ann lee", "ann/lee", "ann#1", "ann'lee"])
    def test_characters_that_names_do_not_have_are_found(self, tmp_path: Path, name: str) -> None:
        place = branch(tmp_path, HUAWEI)
        place.replace("  ann.lee: {", f'  ann.lee: {{userName: "{name}", ')
        [fault] = place.faults()
        assert "ann.lee.userName" in fault

    @pytest.mark.parametrize("name", ["ann_lee", "ann+1", "a=b", "a,b", "ann.lee@example.com", "ann-lee"])
    def test_characters_that_names_have_are_taken_there_too(self, tmp_path: Path, name: str) -> None:
        place = branch(tmp_path, HUAWEI)
        place.replace("  ann.lee: {", f'  ann.lee: {{userName: "{name}", ')
        assert place.faults() == []
        place.apply()
        place.converged()
        assert name in place.users()

    def test_an_email_address_is_required(self, tmp_path: Path) -> None:
        place = branch(tmp_path, HUAWEI)
        place.replace(", emails: ann.lee@example.com", "")
        [fault] = place.faults()
        assert "ann.lee" in fault
        assert "emails" in fault

    def test_an_email_address_cannot_be_cleared(self, tmp_path: Path) -> None:
        place = branch(tmp_path, HUAWEI)
        place.replace("emails: ann.lee@example.com", "emails: []")
        assert len(place.faults()) == 1


def test_an_update_names_each_attribute_and_removes_neither_name_nor_activity(tmp_path: Path) -> None:
    place = branch(tmp_path, HUAWEI)
    place.apply()
    place.replace("  cy.day: {", "  cy.day: {userName: cyrus, state: disabled, title: T, ")
    done(place, "user:cy.day disable")
    [patch] = [each for each in requests(place, "PATCH") if each.path.startswith("/Users")]
    operations = patch.body["Operations"]
    assert {each["path"] for each in operations} == {"userName", "active", "title"}
    assert len(operations) == 3
    assert "remove" not in {each["op"] for each in operations}
