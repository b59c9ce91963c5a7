"""Limits: what a plan would do in numbers, what is refused, and the line that lets it through."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from planning_kit import TODAY, group, known, plan_of, target_text, user

from reconciler.core.manifests.safety import Limit
from reconciler.core.resources import Kind
from reconciler.core.safety.limits import ceiling

counts = st.none() | st.integers(0, 2000)
shapes = st.fixed_dictionaries({"percent": st.none() | st.integers(0, 100), "atLeast": counts, "atMost": counts})
limits = shapes.map(Limit.model_validate)


@given(limits, st.integers(0, 100_000), st.integers(0, 1000))
def test_a_larger_target_never_lets_less_through(limit: Limit, of: int, more: int) -> None:
    small, large = ceiling(limit, of), ceiling(limit, of + more)
    assert (small is None) == (large is None)
    assert small is None or large is None or small <= large


@given(limits, st.integers(0, 100_000))
def test_a_ceiling_keeps_to_each_of_its_numbers(limit: Limit, of: int) -> None:
    found = ceiling(limit, of)
    if found is None:
        assert (limit.percent, limit.at_least, limit.at_most) == (None, None, None)
        return
    assert limit.at_most is None or found <= limit.at_most
    if found != limit.at_most:
        assert found == max(limit.at_least or 0, int(of * (limit.percent or 0) / 100))
    assert ceiling(limit, of, adopted=True) is None or (ceiling(limit, of, adopted=True) or 0) <= found


def people(count: int, *, leaving: int = 0, state: str = "absent") -> str:
    lines = [f"  u{n}: {{state: {state}}}" if n < leaving else f"  u{n}: {{}}" for n in range(count)]
    return "users:\n" + "\n".join(lines)


def live(count: int, **more: Any) -> Any:
    return [user(str(n), f"u{n}", **more) for n in range(count)]


def records(count: int, **more: Any) -> Any:
    return [known(f"u{n}", str(n), **more) for n in range(count)]


def plan(text: str, users: Any, recorded: Any, *lines: str, groups: Any = ()) -> Any:
    return plan_of({"p.yaml": text, "t.yaml": target_text(*lines)}, users, groups, recorded)


def names(made: Any) -> list[tuple[str, str]]:
    return [(each.name, str(each.kind)) for each in made.refused]


class TestRefusals:
    @pytest.mark.parametrize(("leaving", "refused"), [(1, []), (2, [("delete", "user")])])
    def test_of_few_one_may_be_deleted(self, leaving: int, refused: Any) -> None:
        assert names(plan(people(20, leaving=leaving), live(20), records(20))) == refused

    @pytest.mark.parametrize(("leaving", "refused"), [(5, []), (6, [("disable", "user")])])
    def test_of_few_five_may_be_disabled(self, leaving: int, refused: Any) -> None:
        made = plan(people(30, leaving=leaving, state="disabled"), live(30), records(30))
        assert names(made) == refused

    def test_a_refusal_has_its_numbers_and_the_line_to_paste(self) -> None:
        [refusal] = plan(people(100, leaving=11, state="disabled"), live(100), records(100)).refused
        assert refusal.detail == "11 of 100 users would be disabled or deleted; at most 10 may be"
        until = TODAY + timedelta(days=7)
        assert refusal.allow == f"safety: {{allow: {{limits: {{disable: 11}}, until: {until}, reason: …}}}}"
        assert len(refusal.operations) == 11

    def test_deletes_count_as_disables_too(self) -> None:
        line = "safety: {limits: {delete: {percent: 100}}}"
        assert names(plan(people(100, leaving=11), live(100), records(100), line)) == [("disable", "user")]

    def test_creates_and_updates_are_unlimited(self) -> None:
        made = plan(people(500), (), ())
        assert made.refused == ()
        [use] = made.limits
        assert (use.name, use.number, use.of, use.ceiling) == ("create", 500, 0, None)

    def test_lost_users_are_created_again_up_to_a_point(self) -> None:
        made = plan(people(20), live(14), records(20))
        assert names(made) == [("lost", "user")]
        assert made.refused[0].detail.startswith("6 of 20 users would be created again")

    def test_a_rename_that_rides_along_with_a_date_is_one_all_the_same(self) -> None:
        text = people(20).replace("{}", f"{{until: {TODAY - timedelta(days=1)}, userName: x}}", 1)
        for n in range(1, 6):
            text = text.replace(f"u{n}: {{}}", f"u{n}: {{until: {TODAY - timedelta(days=1)}, userName: x{n}}}")
        made = plan(text, live(20), records(20))
        assert [(each.name, each.number) for each in made.limits] == [("due", 6), ("rename", 6)]
        assert names(made) == [("rename", "user")]
        assert names(plan(people(20), live(15), records(20))) == []

    def test_renames_are_counted_and_what_was_empty_is_none(self) -> None:
        text = "users:\n" + "\n".join(f"  u{n}: {{userName: new{n}}}" for n in range(20))
        assert names(plan(text, live(20), records(20))) == [("rename", "user")]
        nameless = [user(str(n), f"u{n}", externalId=None) for n in range(20)]
        assert names(plan(people(20), nameless, records(20))) == []

    def test_dated_endings_are_counted_apart(self) -> None:
        text = "users:\n" + "\n".join(f"  u{n}: {{until: 2026-11-01}}" for n in range(8))
        text += "\n" + "\n".join(f"  u{n}: {{}}" for n in range(8, 40))
        made = plan(text, live(40), records(40))
        assert made.refused == ()
        assert [(each.name, each.number) for each in made.limits] == [("due", 8)]

    def test_members_are_counted_over_all_and_in_each_group(self) -> None:
        ids = [str(n) for n in range(40)]
        recorded = [*records(40), known("g", "g1", Kind.GROUP, members=ids)]
        text = people(40) + "\ngroups:\n  g: {members: [" + ", ".join(f"u{n}" for n in range(18)) + "]}"
        made = plan(text, live(40), recorded, groups=[group("g1", "g", *ids)])
        assert names(made) == [("removeMembers", "group"), ("removeMembersPerGroup", "group")]
        assert made.refused[1].detail == "22 of 40 members would be removed from group g; at most 20 may be"

    @pytest.mark.parametrize("stateless", [False, True])
    def test_a_group_of_before_loses_half_at_most_with_a_store_and_without(self, stateless: bool) -> None:
        text = people(4) + "\ngroups: {g: {members: [u0]}}"
        sides = live(4), [group("g1", "g", "0", "1", "2", "3")], [] if stateless else records(4)
        made = plan_of({"p.yaml": text, "t.yaml": target_text()}, *sides, stateless=stateless)
        assert [each.detail for each in made.refused] == [
            "3 of 4 members would be removed from group g; at most 2 may be"
        ]

    def test_half_of_everybody_is_refused_whatever_the_limits_say(self) -> None:
        line = "safety: {limits: {disable: {percent: 100}}}"
        assert names(plan(people(8, leaving=4, state="disabled"), live(8), records(8), line)) == [("half", "user")]
        assert names(plan(people(8, leaving=3, state="disabled"), live(8), records(8), line)) == []

    def test_nobody_at_all_is_refused(self) -> None:
        assert ("nobody", "user") in names(plan("settings: {}", live(2), records(2)))


class TestAllow:
    def test_it_raises_a_ceiling_until_its_day(self) -> None:
        for day, refused in ((TODAY, []), (TODAY - timedelta(days=1), [("disable", "user")])):
            line = f"safety: {{allow: {{limits: {{disable: 11}}, until: {day}}}}}"
            made = plan(people(100, leaving=11, state="disabled"), live(100), records(100), line)
            assert names(made) == refused
            assert any("`safety.allow` ended on" in each for each in made.notes) is bool(refused)

    def test_it_raises_as_far_as_it_says(self) -> None:
        line = "safety: {allow: {limits: {disable: 10}, until: 2026-12-31}}"
        made = plan(people(100, leaving=11, state="disabled"), live(100), records(100), line)
        assert names(made) == [("disable", "user")]

    def test_half_and_nobody_are_lifted_by_their_names(self) -> None:
        line = "safety: {allow: {limits: {half: true, nobody: true, disable: 9}, until: 2026-12-31}}"
        assert names(plan("settings: {}", live(9), records(9), line)) == []

    def test_pinned_to_a_set_of_operations_it_means_those_alone(self) -> None:
        def with_pin(text: str, pin: str) -> Any:
            line = f"safety: {{allow: {{limits: {{disable: 50}}, until: 2026-12-31, operations: 'sha256:{pin}'}}}}"
            return plan(text, live(100), records(100), line)

        text = people(100, leaving=11, state="disabled")
        pin = plan(text, live(100), records(100)).operations_digest
        assert names(with_pin(text, pin)) == []
        other = with_pin(people(100, leaving=12, state="disabled"), pin)
        assert names(other) == [("disable", "user")]
        assert f"those of this plan are sha256:{other.operations_digest}" in other.notes[0]
