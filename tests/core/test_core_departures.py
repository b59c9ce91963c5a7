"""Who leaves: what the platform cannot do, what its policy leaves alone, when a deletion falls due."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from planning_kit import TODAY, draft_of, group, known, listing, rows_of, signs, user

from reconciler.core.deciding.lifecycle import DeletionTerm
from reconciler.core.known import Known, Learnt, Lesson, Origin
from reconciler.core.planning.drafts import Lookups
from reconciler.core.resources import Kind, Ref, Roster
from reconciler.core.vocabulary import Action

RAM, CLOUDSSO, VOLCENGINE = "alibaba-ram", "alibaba-cloudsso", "volcengine-identity-center"
HUAWEI, AWS = "huawei-identity-center", "aws-identity-center"
ANN = user("1", "ann", active=None)
GONE = "settings: {}"


def plan(platform: str, text: str, users: Any = (), records: Any = (), *lines: str, **more: Any) -> Any:
    keys = [f"platform: {platform}", "url: https://scim.example/v2", *lines]
    target = "targets:\n  there:\n" + "".join(f"    {each}\n" for each in keys)
    return draft_of({"p.yaml": text, "t.yaml": target}, users, (), records, **more)


def told(draft: Any) -> Any:
    """Operations, withheld and held rows."""
    return signs(draft.rows.operations), rows_of(draft.rows.withheld), rows_of(draft.rows.held)


def since(day: date | None, origin: Origin = Origin.CREATED) -> Known:
    record = known("ann", "1", origin=origin)
    return Known(record.kind, record.key, record.id, record.origin, record.applied, record.name, TODAY, day)


class TestCannotDisable:
    """RAM has no state of being enabled or disabled."""

    @pytest.mark.parametrize("text", [GONE, "users: {ann: {state: disabled}}", "users: {ann: {until: 2026-01-01}}"])
    def test_by_default_it_is_held(self, text: str) -> None:
        assert told(plan(RAM, text, [ANN], [known("ann", "1")])) == ([], set(), {("ann", "disable", "access_remains")})

    def test_keep_shows_it_as_blocked(self) -> None:
        draft = plan(RAM, GONE, [ANN], [known("ann", "1")], "lifecycle: {cannotDisable: keep}")
        assert told(draft) == ([], {("ann", "disable", "blocked")}, set())

    def test_absent_is_deleted(self) -> None:
        draft = plan(RAM, "users: {ann: {state: absent}}", [ANN], [known("ann", "1")])
        assert told(draft) == (["user:ann delete"], set(), set())

    def test_delete_waits_for_its_day_and_says_so(self) -> None:
        lines = "lifecycle: {cannotDisable: delete, deleteAfter: 30d}"
        draft = plan(RAM, GONE, [ANN], [since(TODAY - timedelta(days=29))], lines)
        assert told(draft) == ([], {("ann", "disable", "blocked")}, set())
        [waiting] = draft.waiting
        assert (waiting.action, waiting.due) == (Action.DELETE, TODAY + timedelta(days=1))

    def test_delete_comes_on_its_day(self) -> None:
        lines = "lifecycle: {cannotDisable: delete, deleteAfter: 30d}"
        draft = plan(RAM, GONE, [ANN], [since(TODAY - timedelta(days=30))], lines)
        assert told(draft) == (["user:ann delete"], set(), set())

    def test_delete_without_a_term_is_held_as_ever(self) -> None:
        draft = plan(RAM, GONE, [ANN], [since(date(2020, 1, 1))], "lifecycle: {cannotDisable: delete}")
        assert told(draft) == ([], set(), {("ann", "disable", "access_remains")})

    def test_a_refused_delete_is_shown_and_not_asked_again(self) -> None:
        learnt = [Learnt(Lesson.UNDELETABLE, Kind.USER, "delete", "access keys are attached", TODAY, "ann")]
        draft = plan(RAM, "users: {ann: {state: absent}}", [ANN], [known("ann", "1")], learnt=learnt)
        assert told(draft) == ([], {("ann", "delete", "blocked")}, {("ann", "disable", "access_remains")})
        [row] = draft.rows.withheld
        again = "(tried again from 2026-12-21; `apply --retry` at once)"
        assert row.detail == f"the platform refused it: access keys are attached {again}"

    def test_a_capability_lifts_it(self) -> None:
        draft = plan(VOLCENGINE, GONE, [user("1", "ann")], [known("ann", "1")], "capabilities: {user.disable: true}")
        assert told(draft)[0] == ["user:ann disable"]

    def test_nobody_inactive_is_created(self) -> None:
        draft = plan(RAM, "users: {ann: {state: disabled}, bob: {}}")
        assert told(draft) == (["user:bob create"], {("ann", "create", "blocked")}, set())
        assert "active" not in {each.path for each in draft.rows.operations[0].changes}


class TestTerm:
    @given(st.integers(1, 400), st.integers(0, 800), st.sampled_from(Origin), st.booleans(), st.booleans())
    def test_nobody_is_due_before_the_day_nor_without_leave(
        self, after: int, days: int, origin: Origin, adopted: bool, active: bool
    ) -> None:
        record = since(TODAY - timedelta(days=days), origin)
        term = DeletionTerm(TODAY, after, adopted)
        due = term.is_due(record, active=active)
        assert due == (
            days >= after and not active and (origin is Origin.CREATED or (origin is Origin.ADOPTED and adopted))
        )
        assert not due or term.day(record) <= TODAY

    def test_days_begin_with_the_apply_that_first_saw_the_key_gone(self) -> None:
        term = DeletionTerm(TODAY, 30)
        assert term.day(since(None)) == TODAY + timedelta(days=30)
        assert not DeletionTerm(TODAY, 1).is_due(since(None), active=False)
        assert DeletionTerm(TODAY, None).day(since(date(2020, 1, 1))) is None

    def test_an_inactive_user_is_deleted_on_the_day(self) -> None:
        live = [user("1", "ann", active=False)]
        early, due = TODAY - timedelta(days=29), TODAY - timedelta(days=30)
        line = "lifecycle: {deleteAfter: 30d}"
        assert told(plan("generic", GONE, live, [since(early)], line))[0] == []
        assert told(plan("generic", GONE, live, [since(due)], line))[0] == ["user:ann delete"]
        assert told(plan("generic", GONE, [user("1", "ann")], [since(due)], line))[0] == ["user:ann disable"]

    def test_leaving_the_scope_and_being_disabled_never_start_it(self) -> None:
        live = [user("1", "ann", active=False)]
        scope = "scopes: {some: {users: {include: [bob]}}}\n"
        line = "lifecycle: {deleteAfter: 1d}"
        left = plan(
            "generic", scope + "users: {ann: {}, bob: {}}", live, [since(date(2020, 1, 1))], line, "scope: some"
        )
        disabled = plan("generic", "users: {ann: {state: disabled}}", live, [since(date(2020, 1, 1))], line)
        assert [signs(each.rows.operations) for each in (left, disabled)] == [["user:bob create"], []]


class TestPolicy:
    """The vendor's table: what is supported for users who were there before."""

    def test_nobody_is_adopted_where_the_table_says_so(self) -> None:
        draft = plan(VOLCENGINE, "users: {ann: {displayName: Ann}}", [user("1", "ann")])
        assert told(draft) == ([], {("ann", "adopt", "policy")}, set())

    def test_whoever_is_not_adopted_is_no_member_either(self) -> None:
        text = "users: {ann: {}, bob: {}}\ngroups: {eng: {members: [ann, bob]}}"
        draft = plan(VOLCENGINE, text, [user("1", "ann")])
        [made] = [each for each in draft.rows.operations if each.kind is Kind.GROUP]
        assert [each.key for each in made.members] == ["user:bob"]

    def test_whoever_was_adopted_is_not_changed(self) -> None:
        draft = plan(CLOUDSSO, "users: {ann: {displayName: Ann}}", [user("1", "ann")])
        assert told(draft) == (["user:ann adopt"], {("ann", "update", "policy")}, set())
        again = plan(CLOUDSSO, "users: {ann: {displayName: Ann}}", [user("1", "ann")], [since(None, Origin.ADOPTED)])
        assert told(again) == ([], {("ann", "update", "policy")}, set())

    def test_whoever_was_created_here_is_changed(self) -> None:
        draft = plan(CLOUDSSO, "users: {ann: {displayName: Ann}}", [user("1", "ann")], [known("ann", "1")])
        assert told(draft) == (["user:ann update"], set(), set())

    def test_capabilities_lift_it(self) -> None:
        line = "capabilities: {user.associate: true, user.modify: true}"
        draft = plan(VOLCENGINE, "users: {ann: {displayName: Ann}}", [user("1", "ann")], (), line)
        assert told(draft) == (["user:ann adopt", "user:ann update"], set(), set())

    def test_without_a_store_nobody_counts_as_created_here(self) -> None:
        text, live = "users: {ann: {displayName: Ann}}", [user("1", "ann")]
        assert told(plan(CLOUDSSO, text, live, stateless=True)) == ([], {("ann", "update", "policy")}, set())
        assert told(plan(VOLCENGINE, text, live, stateless=True)) == ([], {("ann", "adopt", "policy")}, set())

    def test_an_end_of_access_that_the_policy_forbids_is_held(self) -> None:
        record = [since(None, Origin.ADOPTED)]
        draft = plan(CLOUDSSO, "users: {ann: {state: absent}}", [user("1", "ann")], record)
        assert told(draft) == ([], {("ann", "delete", "policy")}, {("ann", "disable", "access_remains")})


class TestRename:
    @pytest.mark.parametrize("platform", [CLOUDSSO, "tencent-identity-center"])
    def test_where_the_name_stays_what_it_is_a_rename_is_blocked(self, platform: str) -> None:
        text = "users: {ann: {userName: anna, displayName: Anna}}"
        draft = plan(platform, text, [user("1", "ann")], [known("ann", "1")])
        assert told(draft) == (["user:ann update"], {("ann", "update", "blocked")}, set())
        assert [each.path for each in draft.rows.operations[0].changes] == ["displayName"]


PEOPLE = """
users:
  ann: {name: {givenName: A, familyName: N}, emails: a@example.com}
  bob: {name: {givenName: B, familyName: O}, emails: b@example.com}
groups:
  eng: {members: [MEMBERS]}
"""


def person(id: str, key: str) -> dict[str, Any]:
    mail = {"value": f"{key[0]}@example.com", "type": "work", "primary": True}
    name = {"givenName": key[0].upper(), "familyName": {"ann": "N", "bob": "O"}[key]}
    return {**user(id, key, emails=[mail], displayName=key), "name": name}


LIVE = [person("1", "ann"), person("2", "bob")]
RECORDS = [known("ann", "1"), known("bob", "2")]


def enrolled(platform: str, members: str, *applied: str, **more: Any) -> Any:
    """A draft where `applied` are the ids last put into a group whose members no read shows."""
    from planning_kit import catalog_of, given_of

    from reconciler.core.planning.planner import draft_plan

    rosters = more.pop("rosters", {})
    keys = f"targets: {{there: {{platform: {platform}, url: 'https://scim.example/v2'{more.pop('line', '')}}}}}"
    catalog = catalog_of({"p.yaml": PEOPLE.replace("MEMBERS", members), "t.yaml": keys})
    record = known("eng", "9", Kind.GROUP, **({"members": list(applied)} if applied else {}))
    given = given_of(catalog, LIVE, [group("9", "eng")], [*RECORDS, record], **more)
    from dataclasses import replace

    return draft_plan(replace(given, rosters=rosters))


class TestUnreadableMembers:
    """Huawei: unknown is not the same as empty."""

    def test_what_was_applied_is_not_sent_again(self) -> None:
        draft = enrolled(HUAWEI, "ann", "1")
        assert told(draft) == ([], set(), set())
        assert draft.unread == {"9"}

    def test_what_changed_here_is_sent(self) -> None:
        draft = enrolled(HUAWEI, "bob", "1")
        assert told(draft)[0] == ["group:eng add_members", "group:eng remove_members"]
        assert [[m.id for m in each.members] for each in draft.rows.operations] == [["2"], ["1"]]

    def test_without_a_record_members_are_added_and_nobody_removed(self) -> None:
        draft = enrolled(HUAWEI, "ann, bob", line=", ownership: {members: exact}")
        assert told(draft)[0] == ["group:eng add_members"]

    def test_without_a_store_it_is_said(self) -> None:
        draft = enrolled(HUAWEI, "ann", stateless=True)
        assert ("eng", "add_members", "blocked") in told(draft)[1]


class TestRosters:
    """AWS: read through filters."""

    def test_members_are_compared_with_what_the_filters_told(self) -> None:
        rosters = {"9": Roster(frozenset({"2", "77"}), whole=True)}
        draft = enrolled(AWS, "ann", "2", rosters=rosters)
        assert told(draft)[0] == ["group:eng add_members", "group:eng remove_members"]
        assert [[m.id for m in each.members] for each in draft.rows.operations] == [["1"], ["2"]]
        assert draft.foreign["members"] == 1
        assert draft.unread == frozenset()

    @pytest.mark.parametrize(("whole", "leaving"), [(True, [["77"]]), (False, [])])
    def test_exact_removes_strangers_only_where_everybody_was_seen(self, whole: bool, leaving: Any) -> None:
        rosters = {"9": Roster(frozenset({"1", "77"}), whole=whole)}
        draft = enrolled(AWS, "ann", "1", rosters=rosters, line=", ownership: {members: exact}")
        assert [[m.id for m in each.members] for each in draft.rows.operations] == leaving


class TestSingly:
    """Where no listing is ever whole, an object's own look-up takes its place."""

    def test_nobody_leaves_before_he_was_read_himself(self) -> None:
        users = listing(Kind.USER, [person("1", "ann")], complete=False, singly=True)
        lookups = Lookups(read=frozenset({(Kind.USER, "1")}))
        assert told(plan(HUAWEI, GONE, users, [known("ann", "1")]))[2] == {("ann", "disable", "unconfirmed")}
        assert told(plan(HUAWEI, GONE, users, [known("ann", "1")], lookups=lookups))[0] == ["user:ann disable"]

    def test_nobody_is_created_before_he_was_looked_up(self) -> None:
        users = listing(Kind.USER, (), complete=False, singly=True)
        text = "users: {ann: {}}"
        assert told(plan(RAM, text, users))[2] == {("ann", "create", "unconfirmed")}
        searched = Lookups(searched=frozenset({Ref(Kind.USER, "ann")}))
        assert told(plan(RAM, text, users, lookups=searched))[0] == ["user:ann create"]


class TestOutOfGroups:
    """Delete, disable, out of all managed groups: the last of these where nothing else is possible."""

    TEXT = "users: {ann: {STATE}, bob: {}}\ngroups: {eng: {members: [ann, bob]}}"

    def plan(self, state: str, platform: str, *lines: str, members: Any = ("1", "2")) -> Any:
        keys = [f"platform: {platform}", "url: https://scim.example/v2", *lines]
        target = "targets:\n  there:\n" + "".join(f"    {each}\n" for each in keys)
        tree = {"p.yaml": self.TEXT.replace("STATE", state), "t.yaml": target}
        record = known("eng", "9", Kind.GROUP, members=list(members))
        live = [user("1", "ann"), user("2", "bob")]
        return draft_of(tree, live, [group("9", "eng", *members)], [*RECORDS, record])

    @pytest.mark.parametrize("state", ["state: disabled", "until: 2026-01-01", "state: absent"])
    def test_whoever_cannot_be_disabled_loses_his_memberships(self, state: str) -> None:
        draft = self.plan(state, "tencent-identity-center")
        [made] = draft.rows.operations
        assert (made.action, [each.key for each in made.members]) == (Action.REMOVE_MEMBERS, ["user:ann"])
        assert ("ann", "disable", "blocked") in told(draft)[1]
        assert told(draft)[2] == set()

    def test_a_fall_back_that_is_reached_is_nothing_to_do(self) -> None:
        draft = self.plan("state: disabled", "tencent-identity-center", members=("2",))
        assert told(draft) == ([], {("ann", "disable", "blocked")}, set())

    def test_where_members_are_not_ours_to_change_it_is_held(self) -> None:
        draft = self.plan("state: disabled", "tencent-identity-center", "manage: {groups: [create]}")
        assert told(draft) == ([], set(), {("ann", "disable", "access_remains")})

    def test_whoever_can_be_disabled_keeps_his_memberships(self) -> None:
        draft = self.plan("state: disabled", "generic")
        assert told(draft)[0] == ["user:ann disable"]

    def test_nobody_protected_falls_back(self) -> None:
        draft = self.plan("state: disabled", "tencent-identity-center", "safety: {protect: [ann]}")
        assert told(draft) == ([], set(), {("ann", "disable", "access_remains")})
