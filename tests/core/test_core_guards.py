"""Guards: protected accounts, the account of the token, and groups that must not run out of people."""

from __future__ import annotations

from typing import Any

import pytest
from planning_kit import group, known, plan_of, rows_of, signs, target_text, user

from reconciler.core.resources import Kind

LIVE = [user("1", "ann"), user("2", "bob"), user("3", "break-glass-1")]
RECORDS = [known("ann", "1"), known("bob", "2"), known("break-glass-1", "3")]
PROTECT = 'safety: {protect: ["break-glass*"]}'
OTHERS = "ann: {}, bob: {}"


def plan(text: str, *lines: str, users: Any = LIVE, records: Any = RECORDS, groups: Any = (), **more: Any) -> Any:
    return plan_of({"p.yaml": text, "t.yaml": target_text(*lines)}, users, groups, records, **more)


def told(made: Any) -> Any:
    return signs(made.operations), rows_of(made.withheld), rows_of(made.held)


class TestProtect:
    def test_whoever_vanishes_from_the_manifests_is_left_as_he_is(self) -> None:
        made = plan(f"users: {{{OTHERS}}}", PROTECT)
        assert told(made) == ([], {("break-glass-1", "disable", "protected")}, set())

    @pytest.mark.parametrize("state", ["disabled", "absent"])
    def test_a_declared_end_is_held(self, state: str) -> None:
        made = plan(f"users: {{{OTHERS}, break-glass-1: {{state: {state}}}}}", PROTECT)
        assert signs(made.operations) == []
        assert rows_of(made.held) == {("break-glass-1", "disable", "access_remains")}

    def test_a_rename_is_withheld_and_the_rest_goes_on(self) -> None:
        made = plan(f"users: {{{OTHERS}, break-glass-1: {{userName: other, title: Keeper}}}}", PROTECT)
        assert told(made) == (["user:break-glass-1 update"], {("break-glass-1", "update", "protected")}, set())
        assert [each.path for each in made.operations[0].changes] == ["title"]

    def test_nobody_protected_is_adopted(self) -> None:
        made = plan(f"users: {{{OTHERS}, break-glass-1: {{}}}}", PROTECT, records=RECORDS[:2])
        assert told(made) == ([], {("break-glass-1", "adopt", "protected")}, set())

    def test_nobody_protected_is_taken_out_of_a_group(self) -> None:
        there = group("9", "ops", "1", "3")
        record = known("ops", "9", Kind.GROUP, members=["1", "3"])
        text = f"users: {{{OTHERS}, break-glass-1: {{}}}}\ngroups: {{ops: {{members: [bob]}}}}"
        made = plan(text, PROTECT, records=[*RECORDS, record], groups=[there])
        assert told(made)[:2] == (
            ["group:ops add_members", "group:ops remove_members"],
            {("ops", "remove_members", "protected")},
        )
        assert [each.key for each in made.operations[1].members] == ["user:ann"]

    def test_the_name_on_the_target_counts_too(self) -> None:
        live = [*LIVE[:2], user("3", "break-glass-1", externalId="x")]
        records = [*RECORDS[:2], known("carol", "3", userName="break-glass-1", externalId="x")]
        made = plan(f"users: {{{OTHERS}}}", PROTECT, users=live, records=records)
        assert told(made)[1] == {("carol", "disable", "protected")}

    def test_the_account_of_the_token_is_protected(self) -> None:
        made = plan("users: {ann: {}, break-glass-1: {}}", "safety: {self: bob}")
        assert told(made)[1] == {("bob", "disable", "protected")}


class TestWhatHoldsTheProtected:
    """A group that somebody protected is in, directly or through another."""

    def nested(self, text: str, *lines: str, **more: Any) -> Any:
        groups = [group("9", "ops", "3"), group("8", "all", "9", "1")]
        records = [*RECORDS, known("ops", "9", Kind.GROUP, members=["3"])]
        records.append(known("all", "8", Kind.GROUP, members=["9", "1"]))
        people = f"users: {{{OTHERS}, break-glass-1: {{}}}}\n"
        return plan(people + text, *lines, groups=groups, records=records, **more)

    def test_is_not_deleted(self) -> None:
        made = self.nested("groups: {}", PROTECT, "lifecycle: {groups: {onRemove: delete}}")
        assert told(made) == ([], {("ops", "delete", "protected"), ("all", "delete", "protected")}, set())

    def test_is_not_taken_out_of_another(self) -> None:
        text = "groups: {ops: {members: [break-glass-1]}, all: {members: [bob], membership: exact}}"
        made = self.nested(text, PROTECT)
        assert [each.key for each in made.operations[-1].members] == ["user:ann"]
        assert ("all", "remove_members", "protected") in rows_of(made.withheld)

    def test_is_deleted_where_nobody_in_it_is_protected(self) -> None:
        made = self.nested("groups: {}", "lifecycle: {groups: {onRemove: delete}}")
        assert signs(made.operations) == ["group:all delete", "group:ops delete"]


@pytest.mark.parametrize("before", ["old@example.com", None])
def test_the_address_that_a_protected_account_is_known_by_is_filled_in_and_never_replaced(before: str | None) -> None:
    emails = [{"value": before, "type": "work", "primary": True}] if before else None
    live = [*LIVE[:2], user("3", "break-glass-1", emails=emails)]
    made = plan(f"users: {{{OTHERS}, break-glass-1: {{emails: new@example.com}}}}", PROTECT, users=live)
    assert bool(made.operations) is (before is None)
    assert (("break-glass-1", "update", "protected") in rows_of(made.withheld)) is (before is not None)


def test_a_protected_group_keeps_its_name() -> None:
    records = [*RECORDS, known("break-glass-ops", "9", Kind.GROUP)]
    text = f"users: {{{OTHERS}, break-glass-1: {{}}}}\ngroups: {{break-glass-ops: {{displayName: Other}}}}"
    made = plan(text, PROTECT, groups=[group("9", "break-glass-ops")], records=records)
    assert told(made) == ([], {("break-glass-ops", "update", "protected")}, set())


class TestAProtectedGroup:
    """No manifest change takes a member out of it, or it out of another group."""

    GROUPS = (group("8", "break-glass-ops", "1", "2"), group("9", "all", "8", "1"))
    HELD = (
        known("break-glass-ops", "8", Kind.GROUP, members=["1", "2"]),
        known("all", "9", Kind.GROUP, members=["8", "1"]),
    )

    def plan(self, groups: str, *lines: str) -> Any:
        text = f"users: {{{OTHERS}, break-glass-1: {{}}}}\ngroups: {{{groups}}}"
        return plan(text, PROTECT, *lines, groups=self.GROUPS, records=[*RECORDS, *self.HELD])

    def test_keeps_its_members_and_may_grow(self) -> None:
        made = self.plan("break-glass-ops: {members: [break-glass-1]}, all: {members: [ann, {group: break-glass-ops}]}")
        assert told(made) == (
            ["group:break-glass-ops add_members"],
            {("break-glass-ops", "remove_members", "protected")},
            set(),
        )

    def test_is_not_emptied_when_it_leaves_the_manifests(self) -> None:
        made = self.plan("all: {members: [ann]}", "lifecycle: {groups: {onRemove: empty}}")
        assert signs(made.operations) == []
        assert ("break-glass-ops", "remove_members", "protected") in rows_of(made.withheld)

    def test_stays_in_the_groups_that_it_is_in(self) -> None:
        made = self.plan("break-glass-ops: {members: [ann, bob]}, all: {members: [bob]}")
        assert [each.key for each in made.operations[-1].members] == ["user:ann"]
        [row] = made.withheld
        assert (row.key, row.reason, row.detail.split(":")[0]) == ("all", "protected", "1 member stays (group")


class TestWhoseTokenItIs:
    def test_that_nobody_knows_is_said_where_it_matters(self) -> None:
        made = plan("users: {ann: {}, break-glass-1: {}}")
        assert any("safety.self" in each for each in made.notes)
        assert plan("users: {ann: {}, break-glass-1: {}}", "safety: {self: root}").notes == ()
        assert plan(f"users: {{{OTHERS}, break-glass-1: {{}}, dee: {{}}}}").notes == ()


ADMINS = "safety: {adminGroups: [admins], minAdmins: 2}"


def admins(*members: str) -> Any:
    return [group("9", "admins", *members)], [*RECORDS, known("admins", "9", Kind.GROUP, members=list(members))]


def with_admins(members: str, *lines: str, there: Any = ("1", "2"), people: str = "ann: {}, bob: {}") -> Any:
    groups, records = admins(*there)
    text = f"users: {{{people}, break-glass-1: {{}}}}\ngroups: {{admins: {{members: [{members}]}}}}"
    return plan(text, ADMINS, *lines, groups=groups, records=records)


class TestAdmins:
    def test_a_plan_that_leaves_too_few_is_refused(self) -> None:
        made = with_admins("ann")
        [refusal] = made.refused
        assert (refusal.name, refusal.allow) == ("minAdmins", "")
        assert refusal.detail == (
            "admins would have 1 active person instead of 2; it must keep 2, and no `allow` lifts that"
        )
        assert [(each.group, each.gained, each.lost) for each in made.admins] == [("admins", (), ("bob",))]

    def test_disabling_one_of_the_last_is_refused_as_well(self) -> None:
        made = with_admins("ann, bob", people="ann: {}, bob: {state: disabled}")
        assert [each.name for each in made.refused] == ["minAdmins"]

    def test_replacing_one_by_another_is_shown_and_not_refused(self) -> None:
        made = with_admins("ann, break-glass-1")
        assert made.refused == ()
        assert [(each.gained, each.lost) for each in made.admins] == [(("break-glass-1",), ("bob",))]

    def test_a_group_that_has_too_few_may_only_grow(self) -> None:
        assert with_admins("ann, bob", there=("1",)).refused == ()
        assert [each.name for each in with_admins("", there=("1",)).refused] == ["minAdmins"]

    def test_a_new_group_is_exempt(self) -> None:
        text = "users: {ann: {}, bob: {}, break-glass-1: {}}\ngroups: {admins: {members: [ann]}}"
        made = plan(text, ADMINS)
        assert made.refused == ()
        assert made.admins[0].gained == ("ann",)

    def test_a_group_is_known_by_the_name_that_it_has_there_too(self) -> None:
        groups = [group("9", "admins", "1", "2", externalId="adm")]
        records = [*RECORDS, known("adm", "9", Kind.GROUP, displayName="admins", members=["1", "2"])]
        text = f"users: {{{OTHERS}, break-glass-1: {{}}}}\ngroups: {{adm: {{displayName: Other, members: [ann]}}}}"
        assert [each.name for each in plan(text, ADMINS, groups=groups, records=records).refused] == ["minAdmins"]

    def test_the_last_ones_are_not_left_without_the_nested_group_that_makes_them_so(self) -> None:
        groups = [group("9", "admins", "8"), group("8", "ops", "1", "2")]
        records = [
            *RECORDS,
            known("admins", "9", Kind.GROUP, members=["8"]),
            known("ops", "8", Kind.GROUP, members=["1", "2"]),
        ]
        people = f"users: {{{OTHERS}, break-glass-1: {{}}}}\n"
        taken_out = "groups: {admins: {members: []}, ops: {members: [ann, bob]}}"
        made = plan(people + taken_out, ADMINS, groups=groups, records=records)
        assert [each.name for each in made.refused if each.name == "minAdmins"] == ["minAdmins"]
        deleted = "groups: {admins: {members: []}}"
        made = plan(people + deleted, ADMINS, "lifecycle: {groups: {onRemove: delete}}", groups=groups, records=records)
        assert "minAdmins" in {each.name for each in made.refused}

    def test_people_in_nested_groups_count(self) -> None:
        groups = [group("9", "admins", "8"), group("8", "ops", "1", "2")]
        records = [
            *RECORDS,
            known("admins", "9", Kind.GROUP, members=["8"]),
            known("ops", "8", Kind.GROUP, members=["1", "2"]),
        ]
        text = (
            "users: {ann: {}, bob: {}, break-glass-1: {}}\n"
            "groups: {admins: {members: [{group: ops}]}, ops: {members: [ann]}}"
        )
        made = plan(text, ADMINS, groups=groups, records=records)
        assert [each.name for each in made.refused] == ["minAdmins"]
        assert made.admins[0].lost == ("bob",)
