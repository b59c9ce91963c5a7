"""What a reached day causes: counted as `due`, and all that `apply --due` does."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from planning_kit import TODAY, catalog_of, circumstances, group, known, plan_of, rows_of, signs, user
from planning_kit import target_text as target

from reconciler.core.planning.selection import Selection
from reconciler.core.resources import Kind

DUE = circumstances(selection=Selection(due=True))
YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)


def plan(text: str, users: Any = (), records: Any = (), *lines: str, groups: Any = (), told: Any = DUE) -> Any:
    return plan_of({"p.yaml": text, "t.yaml": target(*lines)}, users, groups, records, told=told)


def members(made: Any) -> dict[str, list[str | None]]:
    return {each.id: [member.key for member in each.members] for each in made.operations if each.members}


class TestUsers:
    def test_a_reached_first_day_creates_and_a_new_entry_without_one_waits_for_an_ordinary_apply(self) -> None:
        made = plan(f"users: {{ann: {{from: {TODAY}}}, bob: {{}}, cy: {{from: {TOMORROW}}}}}")
        assert signs(made.operations) == ["user:ann create"]
        assert rows_of(made.withheld) == {("bob", "create", "not_selected")}
        assert made.selection == ("--due",)
        assert [(each.name, each.number) for each in made.limits] == [("create", 1)]

    def test_a_reached_first_day_enables_whom_we_had_disabled(self) -> None:
        live = [user("1", "ann", active=False), user("2", "bob", active=False)]
        records = [known("ann", "1", active=False), known("bob", "2", active=False)]
        made = plan(f"users: {{ann: {{from: {TODAY}}}, bob: {{}}}}", live, records)
        assert signs(made.operations) == ["user:ann enable"]
        assert rows_of(made.withheld) == {("bob", "enable", "not_selected")}

    def test_a_passed_last_day_disables_and_a_disabling_by_hand_waits(self) -> None:
        live, records = [user("1", "ann"), user("2", "bob")], [known("ann", "1"), known("bob", "2")]
        made = plan(f"users: {{ann: {{until: {YESTERDAY}}}, bob: {{state: disabled}}}}", live, records)
        assert signs(made.operations) == ["user:ann disable"]
        assert [(each.name, each.number) for each in made.limits] == [("due", 1)]

    def test_a_first_day_that_was_put_off_is_no_reached_day(self) -> None:
        made = plan(f"users: {{ann: {{from: {TOMORROW}}}}}", [user("1", "ann")], [known("ann", "1")])
        assert rows_of(made.withheld) == {("ann", "disable", "not_selected")}
        whole = plan(f"users: {{ann: {{from: {TOMORROW}}}}}", [user("1", "ann")], [known("ann", "1")], told=None)
        assert [each.name for each in whole.limits] == ["disable"]

    def test_other_changes_of_the_same_user_are_left_for_later(self) -> None:
        made = plan(f"users: {{ann: {{until: {YESTERDAY}, title: New}}}}", [user("1", "ann")], [known("ann", "1")])
        [operation] = made.operations
        assert [each.path for each in operation.changes] == ["active"]
        [row] = made.withheld
        assert (row.key, str(row.reason), row.detail) == ("ann", "not_selected", "1 change")

    def test_a_deletion_comes_on_its_day_and_absent_is_no_date(self) -> None:
        gone = known("left", "1")
        [record] = [gone.__class__(**{**{f: getattr(gone, f) for f in gone.__slots__}, "gone_since": date(2020, 1, 1)})]
        live = [user("1", "left", active=False), user("2", "bob")]
        made = plan("users: {bob: {state: absent}}", live, [record, known("bob", "2")], "lifecycle: {deleteAfter: 30d}")
        assert signs(made.operations) == ["user:left delete"]
        assert rows_of(made.withheld) == {("bob", "delete", "not_selected")}

    def test_absent_and_disabled_beat_dates(self) -> None:
        live, records = [user("1", "ann"), user("2", "bob")], [known("ann", "1"), known("bob", "2")]
        text = f"users: {{ann: {{state: absent, until: {YESTERDAY}}}, bob: {{state: disabled, until: {YESTERDAY}}}}}"
        made = plan(text, live, records)
        assert signs(made.operations) == []
        assert rows_of(made.withheld) == {("ann", "delete", "not_selected"), ("bob", "disable", "not_selected")}

    def test_an_adoption_goes_with_the_end_that_was_reached(self) -> None:
        made = plan(f"users: {{ann: {{until: {YESTERDAY}}}, bob: {{}}}}", [user("1", "ann"), user("2", "bob")])
        assert set(signs(made.operations)) == {"user:ann adopt", "user:ann disable"}

    def test_what_a_creation_waits_for_goes_along_unless_it_waits_itself(self) -> None:
        made = plan(
            f"users: {{ann: {{from: {TODAY}, manager: bob}}, bob: {{from: {TODAY}}},"
            f" cy: {{from: {TODAY}, manager: di}}, di: {{}}}}"
        )
        assert signs(made.operations) == [
            "user:ann create",
            "user:bob create",
            "user:cy create",
            "user:ann update",
        ]
        assert rows_of(made.withheld) == {("cy", "update", "not_selected"), ("di", "create", "not_selected")}


PEOPLE = "users: {ann: {}, bob: {}, cy: {}}\n"
LIVE = [user("1", "ann"), user("2", "bob"), user("3", "cy")]
RECORDS = [known("ann", "1"), known("bob", "2"), known("cy", "3")]


def with_group(text: str, *there: str, **more: Any) -> Any:
    record = known("ops", "9", Kind.GROUP, members=list(there))
    return plan(PEOPLE + text, LIVE, [*RECORDS, record], groups=[group("9", "ops", *there)], **more)


class TestMemberships:
    def test_lines_that_begin_and_lapse(self) -> None:
        text = f"groups: {{ops: {{members: [{{user: ann, from: {TODAY}}}, {{user: bob, until: {YESTERDAY}}}]}}}}"
        made = with_group(text, "2")
        assert members(made) == {"group:ops:add_members": ["user:ann"], "group:ops:remove_members": ["user:bob"]}
        assert [(each.name, each.number) for each in made.limits] == [("due", 1)]

    def test_what_somebody_wrote_today_stays_behind(self) -> None:
        text = f"groups: {{ops: {{members: [ann, {{user: bob, from: {TODAY}}}]}}}}"
        made = with_group(text, "3")
        assert members(made) == {"group:ops:add_members": ["user:bob"]}
        [added, removed] = made.withheld
        assert (added.detail, removed.detail) == ("1 member", "1 member")

    def test_a_line_without_days_beside_a_lapsed_one_keeps_the_member(self) -> None:
        text = f"groups: {{ops: {{members: [{{user: bob, until: {YESTERDAY}}}], membersWhere: 'userName eq \"bob\"'}}}}"
        assert with_group(text, "2").operations == ()

    def test_a_lapsed_line_of_a_dissolved_group_counts_too(self) -> None:
        text = (
            "scopes: {s: {groups: {include: [ops]}}}\n"
            "groups: {ops: {members: [{group: inner}]},"
            f" inner: {{members: [ann, {{user: bob, until: {YESTERDAY}}}]}}}}"
        )
        record = known("ops", "9", Kind.GROUP, members=["1", "2"])
        made = plan(PEOPLE + text, LIVE, [*RECORDS, record], "scope: s", groups=[group("9", "ops", "1", "2")])
        assert members(made) == {"group:ops:remove_members": ["user:bob"]}

    def test_a_group_in_force_for_some_days_only(self) -> None:
        text = (
            f"groups: {{ops: {{members: [{{group: inner, until: {YESTERDAY}}}, {{group: other, from: {TODAY}}}]}},"
            " inner: {members: [ann]}, other: {members: [bob]}}"
        )
        made = plan_of({"p.yaml": PEOPLE + text, "t.yaml": target()}, LIVE, (), RECORDS, told=DUE)
        assert members(made) == {}
        there = [group("7", "inner", "1"), group("8", "other", "2"), group("9", "ops", "7")]
        records = [
            *RECORDS,
            known("inner", "7", Kind.GROUP, members=["1"]),
            known("other", "8", Kind.GROUP, members=["2"]),
            known("ops", "9", Kind.GROUP, members=["7"]),
        ]
        made = plan(PEOPLE + text, LIVE, records, groups=there)
        assert members(made) == {"group:ops:add_members": ["group:other"], "group:ops:remove_members": ["group:inner"]}

    def test_who_starts_takes_memberships_along(self) -> None:
        record = known("ops", "9", Kind.GROUP, members=["1"])
        text = f"users: {{ann: {{}}, new: {{from: {TODAY}}}, other: {{}}}}\n"
        text += "groups: {ops: {members: [ann, new, other]}}"
        made = plan(text, LIVE[:1], [RECORDS[0], record], groups=[group("9", "ops", "1")])
        assert members(made) == {"group:ops:add_members": ["user:new"]}


days = st.integers(-3, 3).map(lambda n: TODAY + timedelta(days=n)) | st.none()
entries = st.fixed_dictionaries(
    {"from": days, "until": days, "state": st.sampled_from(["active", "disabled", "absent"]), "live": st.booleans()}
)


def written(entry: dict[str, Any]) -> str:
    parts = [f"{name}: {entry[name]}" for name in ("from", "until", "state") if entry[name] is not None]
    return "{" + ", ".join(parts) + "}"


def sound(entry: dict[str, Any]) -> bool:
    return entry["from"] is None or entry["until"] is None or entry["from"] <= entry["until"]


@given(st.lists(entries.filter(sound), min_size=1, max_size=6), st.lists(st.booleans(), min_size=6, max_size=6))
def test_whatever_is_due_has_a_day_that_was_reached(people: Sequence[Any], active: Sequence[bool]) -> None:
    """And is a part of the whole plan."""
    live = [user(str(n), f"u{n}", active=active[n]) for n, each in enumerate(people) if each["live"]]
    records = [known(f"u{n}", str(n), active=active[n]) for n, each in enumerate(people) if each["live"]]

    text = "users:\n" + "".join(f"  u{n}: {written(each)}\n" for n, each in enumerate(people))
    due = plan(text, live, records).operations
    assert {each.id for each in due} <= {each.id for each in plan(text, live, records, told=None).operations}
    for each in due:
        entry = people[int(each.key[1:])]
        assert entry["state"] == "active"
        reached = entry["from"] if each.action in ("create", "enable") else entry["until"] + timedelta(days=1)
        assert reached <= TODAY


@pytest.mark.parametrize("nested", [True, False])
def test_memberships_on_another_day(nested: bool) -> None:
    inner = f"inner: {{members: [{{user: bob, from: {TOMORROW}}}, ann]}}"
    catalog = catalog_of(PEOPLE + f"groups: {{ops: {{members: [{{group: inner}}]}}, {inner}}}")
    marks = {"inner": nested}
    today = [str(each.member) for each in catalog.memberships.on(TODAY).flat("ops", nested=marks)]
    later = [str(each.member) for each in catalog.memberships.on(TOMORROW).flat("ops", nested=marks)]
    assert today == (["group:inner"] if nested else ["user:ann"])
    assert later == (["group:inner"] if nested else ["user:bob", "user:ann"])
    assert catalog.memberships.on(TODAY).direct == catalog.memberships.direct
