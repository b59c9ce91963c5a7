"""Who waits for a day: what a plan says of the days to come is what the plans of those days do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from planning_kit import TODAY, catalog_of, group, known, plan_of, target_text, user

from reconciler.core.known import Emergency, Known
from reconciler.core.plan import Plan, Waiting
from reconciler.core.planning.foresight import HORIZON
from reconciler.core.resources import Kind

SOON, LATER = TODAY + timedelta(days=3), TODAY + timedelta(days=30)


def plan(text: str, users: Any = (), records: Any = (), *lines: str, groups: Any = (), **more: Any) -> Plan:
    return plan_of({"p.yaml": text, "t.yaml": target_text(*lines)}, users, groups, records, **more)


def told(made: Plan) -> list[tuple[str, str, date | None]]:
    return [(each.key, str(each.action), each.due) for each in made.waiting]


class TestUsers:
    @pytest.mark.parametrize("day", [SOON, LATER])
    def test_who_is_not_there_yet_is_created_however_far_ahead(self, day: date) -> None:
        assert told(plan(f"users: {{ann: {{from: {day}}}}}")) == [("ann", "create", day)]

    def test_nobody_is_foretold_whom_the_target_may_not_create(self) -> None:
        assert told(plan(f"users: {{ann: {{from: {SOON}}}}}", (), (), "manage: {users: [update]}")) == []

    def test_who_is_disabled_until_his_first_day_is_enabled_on_it(self) -> None:
        live, records = [user("1", "ann")], [known("ann", "1")]
        made = plan(f"users: {{ann: {{from: {SOON}}}}}", live, records)
        assert [str(each.action) for each in made.operations] == ["disable"]
        assert told(made) == [("ann", "enable", SOON)]
        live, records = [user("1", "ann", active=False)], [known("ann", "1", active=False)]
        made = plan(f"users: {{ann: {{from: {SOON}}}}}", live, records)
        assert (made.operations, told(made)) == ((), [("ann", "enable", SOON)])

    def test_who_was_disabled_there_or_is_never_to_be_enabled_is_not(self) -> None:
        text = f"users: {{ann: {{from: {SOON}}}}}"
        live = [user("1", "ann", active=False)]
        assert told(plan(text, live, [known("ann", "1")])) == []
        records = [known("ann", "1", active=False)]
        assert told(plan(text, live, records, "lifecycle: {reenable: never}")) == []
        assert told(plan(text, live, records, emergencies=[Emergency("ann", TODAY)])) == []

    def test_endings_are_told_within_the_horizon(self) -> None:
        live, records = [user("1", "ann"), user("2", "bob")], [known("ann", "1"), known("bob", "2")]
        last, beyond = TODAY + HORIZON - timedelta(days=1), TODAY + HORIZON
        made = plan(
            f"users: {{ann: {{until: {last}}}, bob: {{until: {beyond}}}, new: {{until: {TODAY}}}}}", live, records
        )
        assert told(made) == [("new", "disable", TODAY + timedelta(days=1)), ("ann", "disable", TODAY + HORIZON)]

    def test_a_start_and_an_end_soon_after(self) -> None:
        made = plan(f"users: {{ann: {{from: {SOON}, until: {SOON}}}}}")
        assert told(made) == [("ann", "create", SOON), ("ann", "disable", SOON + timedelta(days=1))]

    @pytest.mark.parametrize("state", ["disabled", "absent"])
    def test_state_beats_dates(self, state: str) -> None:
        text = f"users: {{ann: {{state: {state}, from: {SOON}}}, bob: {{state: {state}, until: {SOON}}}}}"
        assert told(plan(text, [user("2", "bob")], [known("bob", "2")])) == []

    def test_who_is_protected_or_cannot_be_disabled_does_not_end(self) -> None:
        live, records, text = [user("1", "ann")], [known("ann", "1")], f"users: {{ann: {{until: {TODAY}}}}}"
        for line in ("safety: {protect: [ann]}", "manage: {users: [create, update]}"):
            assert told(plan(text, live, records, line)) == []


class TestDeletions:
    LINE = "lifecycle: {deleteAfter: 30d}"

    def test_who_is_disabled_by_this_plan_is_told_to_be_deleted(self) -> None:
        made = plan("users: {bob: {}}", [user("1", "ann"), user("2", "bob")], [known("ann", "1"), known("bob", "2")])
        assert told(made) == []
        records = [known("ann", "1"), known("bob", "2")]
        made = plan("users: {bob: {}}", [user("1", "ann"), user("2", "bob")], records, self.LINE)
        assert told(made) == [("ann", "delete", LATER)]

    def test_who_waits_has_the_day_or_none(self) -> None:
        records = [replace(known("ann", "1", active=False), gone_since=TODAY - timedelta(days=27))]
        live = [user("1", "ann", active=False)]
        assert told(plan("users: {}", live, records, self.LINE)) == [("ann", "delete", SOON)]
        assert told(plan("users: {}", live, records)) == [("ann", "delete", None)]
        assert told(plan("users: {}", live, records, self.LINE, "safety: {protect: [ann]}")) == [
            ("ann", "delete", None)
        ]


PEOPLE = "users: {ann: {}, bob: {}, cy: {}}\n"
LIVE = [user("1", "ann"), user("2", "bob"), user("3", "cy")]
RECORDS = [known("ann", "1"), known("bob", "2"), known("cy", "3"), known("ops", "9", Kind.GROUP, members=["1"])]


def with_group(text: str, *members: str) -> list[Waiting]:
    return list(plan(PEOPLE + text, LIVE, RECORDS, groups=[group("9", "ops", *members)]).waiting)


class TestMemberships:
    def test_lines_that_begin_and_lapse(self) -> None:
        lines = f"{{user: ann, until: {SOON}}}, {{user: bob, from: {SOON}}}, {{user: cy, from: {LATER}}}"
        [joins, leaves] = with_group(f"groups: {{ops: {{members: [{lines}]}}}}", "1")
        assert (joins.key, joins.id, joins.action, joins.due, joins.members) == (
            *("ops", "9", "add_members", SOON),
            ("user:bob",),
        )
        assert (leaves.action, leaves.due, leaves.members) == (
            *("remove_members", SOON + timedelta(days=1)),
            ("user:ann",),
        )

    def test_another_line_or_a_filter_keeps_the_member(self) -> None:
        line = f"members: [{{user: ann, until: {SOON}}}], membersWhere: 'userName eq \"ann\"'"
        assert with_group(f"groups: {{ops: {{{line}}}}}", "1") == []
        line = f"members: [{{user: ann, until: {SOON}}}, {{user: ann, from: {SOON}}}]"
        assert with_group(f"groups: {{ops: {{{line}}}}}", "1") == []

    @pytest.mark.parametrize("protected", ["ann", "ops"])
    def test_nobody_protected_leaves_and_nobody_leaves_a_protected_group(self, protected: str) -> None:
        text = PEOPLE + f"groups: {{ops: {{members: [{{user: ann, until: {SOON}}}]}}}}"
        protect = f"safety: {{protect: [{protected}]}}"
        assert told(plan(text, LIVE, RECORDS, protect, groups=[group("9", "ops", "1")])) == []

    def test_a_dissolved_group_changes_the_one_around_it(self) -> None:
        text = (
            "scopes: {s: {groups: {include: [ops]}}}\n"
            f"groups: {{ops: {{members: [{{group: inner}}]}}, inner: {{members: [{{user: ann, until: {SOON}}}]}}}}"
        )
        [row] = plan(PEOPLE + text, LIVE, RECORDS, "scope: s", groups=[group("9", "ops", "1")]).waiting
        assert (row.key, row.action, row.members) == ("ops", "remove_members", ("user:ann",))

    def test_who_starts_that_day_is_told_once(self) -> None:
        text = f"users: {{ann: {{from: {SOON}}}}}\ngroups: {{ops: {{members: [{{user: ann, from: {SOON}}}]}}}}"
        assert told(plan(text)) == [("ann", "create", SOON)]


days = st.integers(-2, 9).map(lambda n: TODAY + timedelta(days=n)) | st.none()
windows = st.tuples(days, days).filter(lambda pair: None in pair or pair[0] <= pair[1])
worlds = st.lists(st.tuples(windows, windows), min_size=1, max_size=5)


def manifests(people: Sequence[Any]) -> str:
    lines = "".join(f"  u{n}: {{{', '.join(written(own))}}}\n" for n, (own, _) in enumerate(people))
    members = ", ".join(f"{{{', '.join([f'user: u{n}', *written(line)])}}}" for n, (_, line) in enumerate(people))
    return f"users:\n{lines}groups: {{ops: {{members: [{members}]}}}}\n"


def written(window: tuple[date | None, date | None]) -> list[str]:
    return [f"{name}: {day}" for name, day in zip(("from", "until"), window, strict=True) if day is not None]


def world_on(people: Sequence[Any], day: date) -> tuple[Any, Any, list[Known]]:
    """What the target holds, and what is recorded, once the plans of every day until `day` were applied."""
    users, records, members = [], [], []
    for n, ((first, last), (begins, lapses)) in enumerate(people):
        if (first is not None and first > day) or (last is not None and last < TODAY - timedelta(days=5)):
            continue
        active = last is None or day <= last
        users.append(user(str(n), f"u{n}", active=active))
        records.append(known(f"u{n}", str(n), active=active))
        if (begins is None or begins <= day) and (lapses is None or day <= lapses):
            members.append(str(n))
    return users, [group("9", "ops", *members)], [*records, known("ops", "9", Kind.GROUP, members=members)]


def foretold(made: Plan, day: date) -> set[tuple[str, str, str]]:
    rows = [each for each in made.waiting if each.due == day]
    return {(each.key, str(each.action), who) for each in rows for who in each.members or ("",)}


def done(made: Plan) -> set[tuple[str, str, str]]:
    """Without the memberships that somebody who is created takes along."""
    new = {f"user:{each.key}" for each in made.operations if each.action == "create"}
    return {
        (each.key, str(each.action), who)
        for each in made.operations
        for who in ([member.key or "" for member in each.members] if each.kind is Kind.GROUP else [""])
        if who not in new
    }


@given(worlds, st.integers(1, HORIZON.days))
def test_what_is_foretold_of_a_day_is_what_its_plan_does(people: Sequence[Any], ahead: int) -> None:
    """Today everything is as the manifests want it; then nothing changes but the day."""
    text, day = {"p.yaml": manifests(people), "t.yaml": target_text()}, TODAY + timedelta(days=ahead)
    today = plan_of(catalog_of(text, TODAY), *world_on(people, TODAY))
    assert today.operations == ()
    then = plan_of(catalog_of(text, day), *world_on(people, day - timedelta(days=1)))
    assert foretold(today, day) == done(then)
    assert [each.name for each in then.limits if each.name != "create"] in ([], ["due"], ["due", "due"])
