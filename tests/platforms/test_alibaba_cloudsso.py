"""Alibaba Cloud CloudSSO, whole runs: a name that exists is taken over, userName stays, values are in lower case."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from branches import Branch, branch
from house import House
from platforms.centers import crowd, done, group_of, requests
from platforms.test_alibaba_ram import stays
from servers.faults import On, answer, drop_after
from workplace import operation, results

from reconciler.core.vocabulary import Situation
from reconciler.sandbox import SandboxStore, create_platform, running_sandbox
from reconciler.sandbox.platform import PlatformApplication

CLOUDSSO = "alibaba-cloudsso"
PEOPLE = """
users:
  ann.lee: {displayName: Ann Lee, name: {givenName: Ann, familyName: Lee}, emails: Ann.Lee@Example.com}
  bob.ray: {displayName: Bob Ray, emails: bob@example.com}
  cy.day: {displayName: Cy Day}
groups:
  eng: {displayName: Engineering, members: [ann.lee, bob.ray]}
"""
EVERYBODY = ("user:ann.lee create", "user:bob.ray create", "user:cy.day create", "group:eng create")
NOT_RENAMED = ("update", "blocked", "userName cannot be changed once it is set")


@pytest.fixture
def cloudsso(tmp_path: Path) -> Branch:
    """Everybody is there."""
    made = branch(tmp_path, CLOUDSSO, PEOPLE)
    done(made, *EVERYBODY)
    made.vendor.clear_log()
    return made


class TestLife:
    def test_everybody_is_created_once_in_lower_case(self, cloudsso: Branch) -> None:
        ann = cloudsso.users()["ann.lee"]
        assert (ann["externalId"], ann["displayName"], ann["active"]) == ("ann.lee", "ann lee", True)
        assert ann["name"] == {"givenName": "ann", "familyName": "lee"}
        assert ann["emails"] == [{"value": "ann.lee@example.com", "type": "work", "primary": True}]
        assert cloudsso.members("Engineering") == {"ann.lee", "bob.ray"}
        cloudsso.replace("Ann.Lee@Example.com", "ANN.LEE@example.COM")
        cloudsso.replace("displayName: Ann Lee", "displayName: ANN LEE")
        cloudsso.converged()

    def test_values_written_in_mixed_case_are_sent_as_they_are_where_the_option_says_so(self, tmp_path: Path) -> None:
        made = branch(tmp_path, CLOUDSSO, PEOPLE, "options: {lowerCase: false}")
        done(made, *EVERYBODY)
        [sent] = [each.body for each in requests(made, "POST", "/Users") if each.body["userName"] == "ann.lee"]
        assert (sent["displayName"], sent["emails"][0]["value"]) == ("Ann Lee", "Ann.Lee@Example.com")

    def test_attributes_change_by_one_patch(self, cloudsso: Branch) -> None:
        cloudsso.replace(
            "{displayName: Bob Ray, emails: bob@example.com}", "{displayName: Robert, emails: r@example.com}"
        )
        done(cloudsso, "user:bob.ray update")
        assert len(requests(cloudsso, "PATCH")) == 1
        bob = cloudsso.users()["bob.ray"]
        assert (bob["displayName"], bob["emails"][0]["value"]) == ("robert", "r@example.com")

    def test_a_disabled_user_is_disabled_and_enabled_again(self, cloudsso: Branch) -> None:
        cloudsso.replace("  cy.day: {", "  cy.day: {state: disabled, ")
        done(cloudsso, "user:cy.day disable")
        assert cloudsso.users()["cy.day"]["active"] is False
        cloudsso.replace("  cy.day: {state: disabled, ", "  cy.day: {")
        assert operation(cloudsso.plan(), "user:cy.day:enable").situation is Situation.RETURNED
        done(cloudsso, "user:cy.day enable")
        assert cloudsso.users()["cy.day"]["active"] is True

    def test_a_removed_user_is_disabled(self, cloudsso: Branch) -> None:
        cloudsso.replace("  cy.day: {displayName: Cy Day}\n", "")
        done(cloudsso, "user:cy.day disable")
        assert cloudsso.users()["cy.day"]["active"] is False

    def test_an_absent_user_is_deleted(self, cloudsso: Branch) -> None:
        cloudsso.replace("  bob.ray: {", "  bob.ray: {state: absent, ")
        done(cloudsso, "user:bob.ray delete", "group:eng remove_members")
        assert set(cloudsso.users()) == {"ann.lee", "cy.day"}
        assert cloudsso.members("Engineering") == {"ann.lee"}

    def test_who_takes_the_name_of_somebody_deleted_is_somebody_new(self, cloudsso: Branch) -> None:
        before = cloudsso.users()["cy.day"]["id"]
        cloudsso.replace("  cy.day: {displayName: Cy Day}", "  cy.day: {state: absent}\n  cyrus: {userName: cy.day}")
        done(cloudsso, "user:cy.day delete", "user:cyrus create")
        after = cloudsso.users()["cy.day"]
        assert (after["externalId"], after["id"] == before) == ("cyrus", False)

    def test_a_disabled_user_who_is_not_there_is_created_disabled(self, tmp_path: Path) -> None:
        made = branch(tmp_path, CLOUDSSO, PEOPLE.replace("  cy.day: {", "  cy.day: {state: disabled, "))
        done(made, *EVERYBODY)
        assert made.users()["cy.day"]["active"] is False


class TestLogonsInTheConsole:
    """People may switch logons on and off in the console, even while users come by SCIM."""

    def test_one_that_is_disabled_there_is_shown_and_left(self, cloudsso: Branch) -> None:
        cloudsso.edit("cy.day", active=False)
        stays(cloudsso, ("withheld", "cy.day", "enable", "disabled_there", "it was not disabled from here"))
        cloudsso.target = ("lifecycle: {reenable: always}",)
        done(cloudsso, "user:cy.day enable")

    def test_one_that_is_enabled_there_is_disabled_again(self, cloudsso: Branch) -> None:
        cloudsso.replace("  cy.day: {", "  cy.day: {state: disabled, ")
        done(cloudsso, "user:cy.day disable")
        cloudsso.edit("cy.day", active=True)
        done(cloudsso, "user:cy.day disable")


class TestRenames:
    def test_are_blocked_and_shown_and_nobody_is_deleted_and_created(self, cloudsso: Branch) -> None:
        before = cloudsso.users()["ann.lee"]["id"]
        cloudsso.replace("  ann.lee: {displayName: Ann Lee", "  ann.lee: {userName: ann.li, displayName: Ann Li")
        done(cloudsso, "user:ann.lee update", withheld=(("ann.lee", "blocked"),))
        stays(cloudsso, ("withheld", "ann.lee", *NOT_RENAMED))
        ann = cloudsso.users()["ann.lee"]
        assert (ann["id"], ann["displayName"]) == (before, "ann li")

    def test_of_two_users_to_one_anothers_names_are_blocked(self, cloudsso: Branch) -> None:
        cloudsso.replace("  ann.lee: {", "  ann.lee: {userName: cy.day, ")
        cloudsso.replace("  cy.day: {", "  cy.day: {userName: ann.lee, ")
        stays(cloudsso, *(("withheld", each, *NOT_RENAMED) for each in ("ann.lee", "cy.day")))

    def test_do_not_free_a_name_for_somebody_new(self, cloudsso: Branch) -> None:
        before = cloudsso.users()["ann.lee"]
        cloudsso.replace("  ann.lee: {", "  ann.lee: {userName: ann.li, ")
        cloudsso.replace("  cy.day:", "  anna: {userName: ann.lee, displayName: Anna}\n  cy.day:")
        detail = f"its userName is held by object {before['id']}"
        stays(cloudsso, ("withheld", "ann.lee", *NOT_RENAMED), ("held", "anna", "create", "disputed", detail))
        assert cloudsso.users()["ann.lee"] == before
        assert requests(cloudsso, "POST") == []


class TestGroups:
    def test_members_are_read_group_by_group(self, cloudsso: Branch) -> None:
        eng = cloudsso.groups()["Engineering"]["id"]
        cloudsso.plan()
        assert [each.path for each in requests(cloudsso, "GET", "/Groups/")] == [f"/Groups/{eng}"]

    def test_members_join_and_leave(self, cloudsso: Branch) -> None:
        cloudsso.replace("[ann.lee, bob.ray]", "[bob.ray, cy.day]")
        done(cloudsso, "group:eng add_members", "group:eng remove_members")
        assert cloudsso.members("Engineering") == {"bob.ray", "cy.day"}
        cloudsso.replace("[bob.ray, cy.day]", "[]")
        done(cloudsso, "group:eng remove_members")
        assert cloudsso.members("Engineering") == set()

    def test_a_rename_is_an_update(self, cloudsso: Branch) -> None:
        before = cloudsso.groups()["Engineering"]["id"]
        cloudsso.replace("displayName: Engineering", "displayName: Engines")
        done(cloudsso, "group:eng update")
        assert cloudsso.groups()["Engines"]["id"] == before

    def test_what_is_taken_out_of_the_manifests_stays_or_goes_as_the_target_says(self, cloudsso: Branch) -> None:
        cloudsso.people = cloudsso.people.partition("groups:")[0]
        done(cloudsso, withheld=(("eng", "removed"),))
        cloudsso.target = (
            "lifecycle: {groups: {onRemove: delete}}",
            "safety: {limits: {removeMembersPerGroup: {percent: 100}}}",
        )
        done(cloudsso, "group:eng delete")

    def test_whoever_was_removed_in_the_console_is_added_again(self, cloudsso: Branch) -> None:
        eng = cloudsso.groups()["Engineering"]
        cloudsso.patch(
            f"/Groups/{eng['id']}", {"op": "remove", "path": f'members[value eq "{eng["members"][0]["value"]}"]'}
        )
        done(cloudsso, "group:eng add_members")

    def test_members_come_a_hundred_at_a_time(self, tmp_path: Path) -> None:
        big = branch(tmp_path, CLOUDSSO, crowd(130, group_of("all", *range(130))))
        big.apply()
        big.converged()
        assert len(big.members("All")) == 130
        sizes = [len(each.body["Operations"][0]["value"]) for each in requests(big, "PATCH", "/Groups")]
        assert max(sizes) <= 100


class TestPassingFaults:
    @pytest.mark.parametrize("status", [429, 503])
    @pytest.mark.parametrize("place", ["GET /Users", "GET /Groups/*", "POST /Users", "POST /Groups"])
    def test_are_waited_for(self, tmp_path: Path, status: int, place: str) -> None:
        made = branch(tmp_path, CLOUDSSO, PEOPLE)
        made.server.inject(On(*place.split(), times=2), answer(status, retry_after="2"))
        assert {*results(made.apply()).values()} == {"done"}
        made.converged()

    def test_a_create_without_an_answer_is_not_sent_again(self, tmp_path: Path) -> None:
        """The user is there, and the next plan finds who it is."""
        made = branch(tmp_path, CLOUDSSO, PEOPLE)
        made.server.inject(On("POST", "/Users", when=lambda each: each.body["userName"] == "cy.day"), drop_after())
        made.apply()
        assert len([each for each in requests(made, "POST", "/Users") if each.body["userName"] == "cy.day"]) == 1
        made.apply()
        made.converged()


# Over real HTTP, by the real commands

TARGET = """
    targets:
      sso:
        platform: alibaba-cloudsso
        url: ${SSO_URL}
        auth: {bearer: ["${SSO_TOKEN}", "${SSO_TOKEN_NEXT}"]}
"""


@pytest.fixture
def vendor() -> Iterator[PlatformApplication]:
    with SandboxStore() as store:
        yield create_platform(store, CLOUDSSO, "credential")


@pytest.fixture
def house(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, vendor: PlatformApplication
) -> Iterator[House]:
    with running_sandbox(vendor) as url:
        monkeypatch.setenv("SSO_URL", url)
        monkeypatch.setenv("SSO_TOKEN", "credential")
        made = House(tmp_path, capsys)
        made.write("targets.yaml", TARGET)
        made.write("people.yaml", PEOPLE)
        yield made


def test_over_real_http(house: House, vendor: PlatformApplication) -> None:
    assert house.run("validate").code == 0
    checked = house.run("check")
    assert checked.code == 0, checked.out + checked.err
    file = str(house.root / "plan.json")
    assert house.run("plan", "--out", file, "--exit-code").code == 2
    applied = house.run("apply", file, "--yes")
    assert applied.code == 0, applied.out + applied.err
    house.settled()
    assert house.run("drift").code == 0
    explained = house.run("explain", "user:ann.lee")
    assert (explained.code, '"ann.lee@example.com"' in explained.out) == (0, True)
    house.replace("people.yaml", "ann.lee: {", "ann.lee: {userName: ann.li, ")
    blocked = house.run("plan", "--exit-code")
    assert (blocked.code, "userName cannot be changed" in blocked.out) == (0, True)
    house.replace("people.yaml", "cy.day: {", "cy.day: {state: disabled, ")
    assert house.run("drift").code == 2
    assert house.run("apply", "--yes").code == 0
    house.settled()
    assert vendor.refused == []
