"""How long what failed is left alone, and what of a plan waits; laws first."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from planning_kit import NOW, catalog_of, draft_of, given_of, group, known, signs, user

from reconciler.core.failures import LONGEST_DETAIL, PAUSES, Failure, Refusal, failed_at, pause_after, still_set_aside
from reconciler.core.planning.planner import draft_plan
from reconciler.core.planning.setting_aside import SET_ASIDE, by_object, digest_of
from reconciler.core.resources import Kind
from reconciler.core.vocabulary import Action, Verdict

PEOPLE = """
users: {ann: {title: Chief}, bob: {state: disabled}, cy: {}, di: {state: absent}}
groups: {ops: {members: [ann, cy]}}
"""
USERS = [user("1", "ann", title="Boss"), user("2", "bob"), user("4", "di")]
GROUPS = [group("9", "ops", "2")]
RECORDS = [known("ann", "1"), known("bob", "2"), known("di", "4"), known("ops", "9", Kind.GROUP, members=["2"])]

refusals = st.builds(
    Refusal,
    kind=st.just(Kind.USER),
    key=st.just("ann"),
    action=st.sampled_from(sorted(SET_ASIDE)),
    digest=st.sampled_from("ab"),
    status=st.integers(400, 499),
    detail=st.text(max_size=2 * LONGEST_DETAIL),
)


@given(attempts=st.integers(1, 10_000))
def test_pauses_never_get_shorter_and_never_overflow(attempts: int) -> None:
    assert pause_after(attempts) <= pause_after(attempts + 1)
    assert NOW + pause_after(attempts) > NOW - timedelta(seconds=1)


def test_the_first_pauses_are_those_of_the_list_and_then_double() -> None:
    assert tuple(pause_after(each) for each in range(1, len(PAUSES) + 1)) == PAUSES
    for attempts in range(len(PAUSES), len(PAUSES) + 8):
        assert pause_after(attempts + 1) == 2 * pause_after(attempts)


@given(tried=st.lists(st.tuples(refusals, st.integers(0, 10**6)), min_size=1, max_size=12))
def test_attempts_are_counted_while_the_same_is_refused(tried: list[tuple[Refusal, int]]) -> None:
    failure: Failure | None = None
    now, first, count = NOW, NOW, 0
    for refusal, seconds in tried:
        now += timedelta(seconds=seconds)
        same = failure is not None and failure.refusal.digest == refusal.digest
        first, count = (first, count + 1) if same else (now, 1)
        failure = failed_at(now, refusal, failure)
        assert (failure.first, failure.last, failure.attempts) == (first, now, count)
        assert failure.next == now + pause_after(count)
        assert len(failure.refusal.detail) <= LONGEST_DETAIL
        assert still_set_aside([failure], now) == ([failure] if count > 1 else [])
        assert still_set_aside([failure], failure.next) == []


def failures_of_everything() -> list[Failure]:
    """Every object failed before, in just what this plan would do."""
    given_ = given_of(catalog_of(PEOPLE), USERS, GROUPS, RECORDS)
    proposed = draft_plan(given_).rows.proposed
    return [
        Failure(
            Refusal(kind, found[0].key, found[0].action, digest_of(found, given_.target), 422, "no"), 3, NOW, NOW, NOW
        )
        for (kind, _), found in by_object(proposed).items()
    ]


def with_failures(failures: list[Failure], people: str = PEOPLE) -> list[str]:
    given_ = replace(given_of(catalog_of(people), USERS, GROUPS, RECORDS), failures=failures)
    return signs(draft_plan(given_).rows.operations)


def test_what_ends_access_is_never_set_aside() -> None:
    everything = signs(draft_of(PEOPLE, USERS, GROUPS, RECORDS).rows.operations)
    left = with_failures(failures_of_everything())
    ending = {Action.DISABLE, Action.DELETE, Action.REMOVE_MEMBERS}
    assert left == [each for each in everything if each.split()[1] in ending]
    assert {each.split()[1] for each in left} == ending
    assert len(everything) > len(left)


def test_each_waits_for_itself_alone() -> None:
    everything = with_failures([])
    for failure in failures_of_everything():
        gone = set(everything) - set(with_failures([failure]))
        assert gone
        if failure.refusal.key != "cy":  # whose membership waits for her creation
            assert {each.split()[0] for each in gone} == {f"{failure.refusal.kind}:{failure.refusal.key}"}


def test_there_is_one_row_for_each_that_waits() -> None:
    failures = failures_of_everything()
    given_ = replace(given_of(catalog_of(PEOPLE), USERS, GROUPS, RECORDS), failures=failures)
    rows = [each for each in draft_plan(given_).rows.held if each.reason is Verdict.SET_ASIDE]
    assert sorted((each.kind, each.key) for each in rows) == sorted((f.refusal.kind, f.refusal.key) for f in failures)


def test_another_wish_is_another_matter() -> None:
    failures = failures_of_everything()
    assert "user:ann update" not in with_failures(failures)
    assert "user:ann update" in with_failures(failures, PEOPLE.replace("Chief", "Head"))
    assert "user:cy create" in with_failures(failures, PEOPLE.replace("cy: {}", "cy: {title: T}"))


def test_a_creation_that_waits_takes_its_membership_along() -> None:
    cy = [each for each in failures_of_everything() if each.refusal.key == "cy"]
    given_ = replace(given_of(catalog_of(PEOPLE), USERS, GROUPS, RECORDS), failures=cy)
    draft = draft_plan(given_)
    [adding] = [each for each in draft.rows.operations if each.action is Action.ADD_MEMBERS]
    assert [each.key for each in adding.members] == ["user:ann"]
    assert ("members of group:ops", "user:cy") in {(each.what, *each.examples) for each in draft.drops.rows()}
