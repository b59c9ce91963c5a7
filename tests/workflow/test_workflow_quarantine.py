"""A run in which most calls fail ends early: the rule by itself, then whole runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from servers.faults import On, answer
from workplace import Workplace, outcomes

from reconciler.core.plan import Operation
from reconciler.core.planning.recording import Effect
from reconciler.core.report import Result
from reconciler.core.resources import Kind
from reconciler.core.vocabulary import Action, Situation
from reconciler.errors import ExitCode
from reconciler.workflow.quarantine import MOST_FAILURES, WINDOW, Quarantine
from reconciler.workflow.writing import Done

MakePlace = Callable[..., Workplace]
ENDING = st.sampled_from([Action.DISABLE, Action.DELETE, Action.REMOVE_MEMBERS])
GRANTING = st.sampled_from([Action.CREATE, Action.UPDATE, Action.ENABLE, Action.ADD_MEMBERS])
SILENT = st.sampled_from([Result.SKIPPED, Result.NOT_SENT, Result.ALREADY])


def done(result: Result, action: Action = Action.UPDATE, detail: str = "") -> Done:
    operation = Operation(
        id="user:a", kind=Kind.USER, key="a", action=action, situation=Situation.DRIFTED, reason=Situation.DRIFTED
    )
    return Done(result, Effect(operation, result is Result.DONE), detail)


def judged(results: Sequence[Result], action: Action = Action.UPDATE, requests: int = 1) -> tuple[str, int]:
    """Why the run ended, and after how many operations; `requests` for each of them."""
    quarantine = Quarantine()
    for number, result in enumerate(results, start=1):
        quarantine.note(action, done(result, action, "PATCH /Users/1 was answered 403: no"), number * requests)
        if quarantine.stops(action):
            return quarantine.verdict, number
    return quarantine.verdict, len(results)


@st.composite
def mostly_fine(draw: st.DrawFn) -> list[Result]:
    """Fewer than half of any stretch fails: after each failure, one goes through at least."""
    fine = draw(st.lists(st.integers(1, 4), max_size=80))
    results: list[Result] = []
    for successes in fine:
        results += [Result.DONE] * successes + [Result.FAILED]
    return results


@given(results=mostly_fine(), action=ENDING | GRANTING, requests=st.integers(1, 20))
def test_while_fewer_than_half_fail_the_run_goes_on(results: list[Result], action: Action, requests: int) -> None:
    assert judged(results, action, requests) == ("", len(results))


@given(
    failures=st.lists(st.sampled_from([Result.FAILED, Result.IN_DOUBT]), min_size=200, max_size=220),
    action=ENDING | GRANTING,
    requests=st.integers(1, 6),
)
def test_where_everything_fails_it_ends_soon(failures: list[Result], action: Action, requests: int) -> None:
    verdict, operations = judged(failures, action, requests)
    assert "operations failed" in verdict
    assert operations * requests <= 60


@given(before=st.integers(0, 500), fails=st.integers(0, 24), after=st.integers(0, 500))
def test_a_few_objects_that_always_fail_end_nothing(before: int, fails: int, after: int) -> None:
    """Wherever they stand, even at the very beginning."""
    results = [Result.DONE] * before + [Result.FAILED] * fails + [Result.DONE] * after
    assert judged(results) == ("", len(results))


@given(before=st.integers(0, 500))
def test_an_endpoint_that_begins_to_refuse_ends_the_run(before: int) -> None:
    verdict, operations = judged([Result.DONE] * before + [Result.FAILED] * WINDOW)
    assert operations == before + MOST_FAILURES
    assert f"{MOST_FAILURES} of the last {min(operations, WINDOW)} operations failed" in verdict


@given(results=st.lists(SILENT, max_size=100))
def test_what_was_not_sent_says_nothing(results: list[Result]) -> None:
    assert judged(results)[0] == ""
    quarantine = Quarantine()
    for _ in range(100):
        quarantine.note(Action.ADOPT, done(Result.DONE, Action.ADOPT), 0)
    assert quarantine.granting.recent == quarantine.ending.recent != [""]


@given(ending=ENDING, granting=GRANTING)
def test_what_ends_access_goes_on_while_everything_else_fails(ending: Action, granting: Action) -> None:
    quarantine = Quarantine()
    for number in range(100):
        quarantine.note(granting, done(Result.FAILED, granting), number)
    assert quarantine.stops(granting)
    assert quarantine.stops(ending) == ""
    for number in range(100):
        quarantine.note(ending, done(Result.FAILED, ending), number)
    assert quarantine.stops(ending)


def test_the_most_frequent_reason_is_told() -> None:
    quarantine = Quarantine()
    for number in range(MOST_FAILURES):
        words = "quota exceeded" if number % 3 else "odd"
        quarantine.note(
            Action.UPDATE, done(Result.FAILED, detail=f"PATCH /Users/{number} was answered 403: {words}"), 1
        )
    assert quarantine.verdict == "25 of the last 25 operations failed, 16 of them with: 403: quota exceeded"


def people(count: int, title: str = "") -> str:
    return "users:\n" + "".join(f"  u{number:03}: {{title: '{title}'}}\n" for number in range(count))


class TestRuns:
    def test_a_run_of_which_everything_is_refused_sends_little(self, make_place: MakePlace) -> None:
        place = make_place(people(200))
        place.server.inject(On("POST"), answer(422, "quota exceeded"))
        applied = place.apply()
        assert len(place.server.writes) <= 60
        assert applied.exit_code is ExitCode.PARTIAL
        assert applied.report.stopped.endswith("of them with: 422: quota exceeded")
        assert applied.report.counts["failed"] >= MOST_FAILURES
        assert applied.report.counts["failed"] + applied.report.counts["not_sent"] == 200
        place.server.heal()
        place.apply()
        place.settled()

    @pytest.mark.parametrize("status", [400, 500])
    def test_updates_that_are_refused_in_every_form_end_it_sooner(self, make_place: MakePlace, status: int) -> None:
        place = make_place(people(200, "a"))
        place.apply()
        place.people = people(200, "b")
        place.server.log.clear()
        place.server.inject(On("P*", "/Users/*"), answer(status, "no"))
        applied = place.apply()
        assert applied.exit_code is ExitCode.PARTIAL
        assert 10 <= applied.report.counts["failed"] <= 20
        assert applied.report.stopped

    def test_leavers_are_still_deleted(self, make_place: MakePlace) -> None:
        """The creations all fail, and stand before the deletions."""
        place = make_place(people(60) + "  leaver: {}\n")
        place.server.inject(
            On("POST", when=lambda request: request.body.get("userName") != "leaver"), answer(422, "no")
        )
        place.apply()
        assert set(place.users()) == {"leaver"}
        place.people = people(60) + "  leaver: {state: absent}\n"
        applied = place.apply()
        assert outcomes(applied)["user:leaver:delete"].result is Result.DONE
        assert applied.report.stopped
        assert place.users() == {}
