"""Alibaba Cloud RAM: users who were there before, values in lower case, and the domain behind the @ of a name."""

from __future__ import annotations

from pathlib import Path

import pytest
from branches import Branch, branch
from platforms.centers import done
from platforms.test_alibaba_ram import RAM, console_user, rows, written
from workplace import results

PEOPLE = """
users:
  ann.lee: {displayName: Ann Lee}
  bob.ray: {displayName: Bob Ray}
"""
LIFTED = "capabilities: {user.associate: true, user.modify: true}"
BARRED = (
    "it was there before, and the platform is not known to support {} such users "
    "(`capabilities: {{{}: true}}` says that it does)"
)
NOT_ADOPTED = ("withheld", "ann.lee", "adopt", "policy", BARRED.format("adopting", "user.associate"))
NOT_CHANGED = ("withheld", "ann.lee", "update", "policy", BARRED.format("changing", "user.modify"))


class TestUsersOfBefore:
    """The vendor's table: retrieved, not modified, not associated."""

    @pytest.fixture
    def ram(self, tmp_path: Path) -> Branch:
        made = branch(tmp_path, RAM, PEOPLE)
        console_user(made, "ann.lee")
        return made

    def test_are_neither_created_nor_associated_nor_changed(self, ram: Branch) -> None:
        planned = ram.plan()
        assert rows(planned.plan) == [NOT_ADOPTED]
        done(ram, "user:bob.ray create", withheld=(("ann.lee", "policy"),))
        assert "externalId" not in ram.users()["ann.lee"]
        assert "user:ann.lee" not in ram.known

    def test_are_found_by_their_name_in_any_case(self, ram: Branch) -> None:
        console_user(ram, "Bob.Ray")
        ram.replace("bob.ray:", "BOB.ray:")
        assert [row[1] for row in rows(ram.plan().plan)] == ["ann.lee", "BOB.ray"]
        assert ram.plan().plan.operations == ()

    def test_are_associated_and_changed_where_both_capabilities_are_lifted(self, ram: Branch) -> None:
        ram.target = (LIFTED,)
        before = ram.users()["ann.lee"]["id"]
        done(ram, "user:ann.lee adopt", "user:ann.lee update", "user:bob.ray create")
        ann = ram.users()["ann.lee"]
        assert (ann["id"], ann["externalId"], ann["displayName"]) == (before, "ann.lee", "ann lee")

    def test_are_associated_and_left_as_they_are_where_one_capability_is_lifted(self, ram: Branch) -> None:
        ram.target = ("capabilities: {user.associate: true}",)
        assert rows(ram.plan().plan) == [NOT_CHANGED]
        done(ram, "user:ann.lee adopt", "user:bob.ray create", withheld=(("ann.lee", "policy"),))
        assert ram.users()["ann.lee"]["displayName"] == "ann.lee there"

    def test_are_not_deleted_but_by_the_capability_to_change_them(self, ram: Branch) -> None:
        ram.target = ("capabilities: {user.associate: true}",)
        ram.apply()
        ram.replace("  ann.lee: {displayName: Ann Lee}", "  ann.lee: {state: absent}")
        assert [row[:4] for row in rows(ram.plan().plan)] == [
            ("withheld", "ann.lee", "delete", "policy"),
            ("held", "ann.lee", "disable", "access_remains"),
        ]
        ram.target = (LIFTED,)
        done(ram, "user:ann.lee delete")

    def test_who_are_absent_here_are_shown_and_left_alone(self, ram: Branch) -> None:
        ram.replace("  ann.lee: {displayName: Ann Lee}", "  ann.lee: {state: absent}")
        done(ram, "user:bob.ray create", withheld=(("ann.lee", "not_owned"),))
        assert "ann.lee" in ram.users()

    def test_who_are_claimed_by_another_external_id_are_not_associated(self, ram: Branch) -> None:
        ram.target = (LIFTED,)
        console_user(ram, "bob.ray", externalId="somebody")
        assert [row[1:4] for row in rows(ram.plan().plan)] == [("bob.ray", "adopt", "not_adopted")]

    def test_appearing_between_plan_and_apply_are_not_taken_over(self, ram: Branch) -> None:
        planned = ram.plan()
        console_user(ram, "bob.ray")
        assert results(ram.apply(planned)) == {"user:bob.ray:create": "failed"}
        assert ram.users()["bob.ray"]["displayName"] == "bob.ray there"
        ram.vendor.clear_log()
        ram.converged(withheld=(("ann.lee", "policy"), ("bob.ray", "policy")))

    def test_without_a_state_store_are_left_alone_as_well(self, ram: Branch) -> None:
        ram.state = "none"
        done(ram, "user:bob.ray create", withheld=(("ann.lee", "policy"),))
        assert [method for method, _ in written(ram)] == ["POST"]
        ram.replace("Bob Ray", "Robert Ray")
        ram.converged(withheld=(("ann.lee", "policy"), ("bob.ray", "policy")))
        ram.target = (LIFTED,)
        done(ram, "user:ann.lee update", "user:bob.ray update")


class TestLowerCase:
    MIXED = "users:\n  Ann.Lee: {externalId: E-42, displayName: Ann LEE Ünïcode}\n"

    def test_values_written_in_mixed_case_are_sent_lower_and_never_differ(self, tmp_path: Path) -> None:
        ram = branch(tmp_path, RAM, self.MIXED)
        done(ram, "user:Ann.Lee create")
        [(_, body)] = written(ram)
        assert (body["userName"], body["externalId"], body["displayName"]) == ("ann.lee", "e-42", "ann lee ünïcode")
        ram.replace("Ann LEE Ünïcode", "ANN Lee ÜNÏCODE")
        ram.converged()

    def test_values_are_sent_as_written_where_the_option_says_so_and_do_not_differ_either(self, tmp_path: Path) -> None:
        ram = branch(tmp_path, RAM, self.MIXED, "options: {lowerCase: false}")
        done(ram, "user:Ann.Lee create")
        [(_, body)] = written(ram)
        assert (body["userName"], body["externalId"], body["displayName"]) == ("Ann.Lee", "E-42", "Ann LEE Ünïcode")
        ram.target = ()
        ram.converged()

    def test_users_who_differ_in_case_alone_are_a_fault(self, tmp_path: Path) -> None:
        ram = branch(tmp_path, RAM, "users:\n  a: {userName: Ann}\n  b: {userName: aNN}\n")
        [fault] = ram.faults()
        assert fault.startswith("manifests/people.yaml:3:")
        assert "'ann' on target there is already that of a" in fault


class TestDomain:
    """What stands behind the @ is the RAM domain, whatever was sent."""

    MAILS = "users:\n  ann: {userName: Ann.Lee@Example.com, displayName: Ann}\n"
    DOMAIN = "options: {domain: example.onaliyun.com}"

    @pytest.mark.parametrize("lines", [(), (DOMAIN,), ("options: {domain: mistaken.onaliyun.com}",)])
    def test_no_name_differs_for_its_domain(self, tmp_path: Path, lines: tuple[str, ...]) -> None:
        ram = branch(tmp_path, RAM, self.MAILS, *lines)
        done(ram, "user:ann create")
        assert set(ram.users()) == {"ann.lee@example.onaliyun.com"}
        ram.replace("@Example.com", "@other.example")
        ram.converged()

    @pytest.mark.parametrize("lines", [(), (DOMAIN,)])
    def test_a_rename_goes_through(self, tmp_path: Path, lines: tuple[str, ...]) -> None:
        ram = branch(tmp_path, RAM, self.MAILS, *lines)
        done(ram, "user:ann create")
        ram.replace("Ann.Lee@", "Ann.Li@")
        done(ram, "user:ann update")
        assert set(ram.users()) == {"ann.li@example.onaliyun.com"}

    def test_nothing_loops_without_a_state_store(self, tmp_path: Path) -> None:
        ram = branch(tmp_path, RAM, self.MAILS, LIFTED)
        ram.state = "none"
        done(ram, "user:ann create")
        ram.vendor.clear_log()
        ram.apply()
        assert written(ram) == []

    def test_the_option_is_what_is_sent_and_asked_for(self, tmp_path: Path) -> None:
        ram = branch(tmp_path, RAM, self.MAILS, self.DOMAIN, LIFTED)
        console_user(ram, "ann.lee@example.onaliyun.com")
        done(ram, "user:ann adopt", "user:ann update")

    def test_without_the_option_validate_warns_that_names_are_not_found(self, tmp_path: Path) -> None:
        warning = (
            "targets.there.options: warning: the platform puts a domain of its own behind the @ of userName "
            "(name it in options.domain: users made in its console are not found otherwise)"
        )
        ram = branch(tmp_path, RAM, self.MAILS)
        assert ram.faults() == [warning]
        ram.target = (self.DOMAIN,)
        assert ram.faults() == []
        assert branch(tmp_path, RAM, PEOPLE).faults() == []

    def test_without_the_option_a_name_that_is_taken_is_refused_and_nothing_is_made_twice(self, tmp_path: Path) -> None:
        ram = branch(tmp_path, RAM, self.MAILS)
        console_user(ram, "ann.lee@example.onaliyun.com")
        assert results(ram.apply()) == {"user:ann:create": "failed"}
        assert len(ram.users()) == 1
        ram.target = (self.DOMAIN,)
        ram.vendor.clear_log()
        ram.converged(withheld=(("ann", "policy"),))

    def test_two_names_that_are_the_same_but_for_their_domain_are_a_fault(self, tmp_path: Path) -> None:
        ram = branch(tmp_path, RAM, self.MAILS + "  eve: {userName: ann.lee@second.example}\n")
        assert "'ann.lee@second.example' on target there is already that of ann" in ram.faults()[0]


class TestPasswords:
    def test_a_first_password_is_a_fault(self, tmp_path: Path) -> None:
        [fault] = branch(tmp_path, RAM, PEOPLE, "passwords: {onCreate: random}").faults()
        assert "password" in fault
        assert fault.startswith("manifests/targets.yaml:")
