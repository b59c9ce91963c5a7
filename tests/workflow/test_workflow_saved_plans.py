"""A saved plan is applied exactly or not at all."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from servers.faults import On, answer
from workplace import Workplace, results

from reconciler.core.plan import Plan
from reconciler.core.report import Result
from reconciler.errors import StalePlanError


def save(place: Workplace) -> Plan:
    return Plan.from_json(place.plan().plan.to_json())


def test_a_saved_plan_is_applied_as_it_is(place: Workplace) -> None:
    saved = save(place)
    done = place.apply_saved(saved)
    assert list(results(done)) == sorted(results(done), key=[each.id for each in saved.operations].index)
    assert results(done).keys() == {each.id for each in saved.operations}
    place.settled()


def test_it_is_applied_once(place: Workplace) -> None:
    saved = save(place)
    place.apply_saved(saved)
    place.server.log.clear()
    with pytest.raises(StalePlanError):
        place.apply_saved(saved)
    assert place.server.writes == []


def test_a_later_one_is_applied_once_too(applied: Workplace) -> None:
    applied.replace("title: Boss", "title: Chief")
    saved = save(applied)
    applied.apply_saved(saved)
    with pytest.raises(StalePlanError, match="applied already, by run"):
        applied.apply_saved(saved)


def test_it_is_not_applied_again_where_somebody_put_back_what_it_did(applied: Workplace) -> None:
    applied.replace("title: Boss", "title: Chief")
    saved = save(applied)
    applied.apply_saved(saved)
    applied.edit("alice", title="Boss")
    applied.server.log.clear()
    with pytest.raises(StalePlanError, match="applied already"):
        applied.apply_saved(saved)
    assert applied.server.writes == []


def test_an_edit_on_the_target_makes_it_stale(applied: Workplace) -> None:
    applied.replace("title: Boss", "title: Chief")
    saved = save(applied)
    applied.edit("alice", title="Else")
    with pytest.raises(StalePlanError, match="user:alice:update"):
        applied.apply_saved(saved)
    assert applied.server.writes == []


def test_an_edit_of_what_is_not_managed_does_not(applied: Workplace) -> None:
    """The object's version moves on; the operation would be planned all the same."""
    applied.replace("title: Boss", "title: Chief")
    saved = save(applied)
    applied.edit("alice", nickName="Al")
    assert results(applied.apply_saved(saved)) == {"user:alice:update": "done"}


def test_an_edit_of_the_manifests_makes_it_stale(applied: Workplace) -> None:
    applied.replace("title: Boss", "title: Chief")
    saved = save(applied)
    applied.replace("title: Chief", "title: King")
    with pytest.raises(StalePlanError, match="user:alice:update"):
        applied.apply_saved(saved)
    assert applied.server.writes == []


def test_what_is_as_planned_by_now_is_done_and_the_rest_goes_on(applied: Workplace) -> None:
    applied.replace("title: Boss", "title: Chief")
    applied.replace("carol: {", "carol: {title: Clerk, ")
    saved = save(applied)
    applied.edit("alice", title="Chief")
    assert results(applied.apply_saved(saved)) == {"user:carol:update": "done"}
    applied.settled()


def test_another_store_is_refused(applied: Workplace, tmp_path: Path) -> None:
    applied.replace("title: Boss", "title: Chief")
    saved = save(applied)
    applied.state = f"sqlite:///{tmp_path / 'other.db'}"
    with pytest.raises(StalePlanError):
        applied.apply_saved(saved)
    assert applied.server.writes == []


def test_another_endpoint_is_refused(applied: Workplace) -> None:
    applied.replace("title: Boss", "title: Chief")
    saved = save(applied)
    applied.url = "http://elsewhere.example/v2"
    with pytest.raises(StalePlanError, match="another endpoint"):
        applied.apply_saved(saved)


def test_an_old_one_is_refused_unless_its_age_is_allowed(applied: Workplace) -> None:
    applied.replace("title: Boss", "title: Chief")
    saved = save(applied)
    applied.clock.time += timedelta(days=8)
    with pytest.raises(StalePlanError, match="8 days old"):
        applied.apply_saved(saved)
    assert results(applied.apply_saved(saved, timedelta(days=30))) == {"user:alice:update": "done"}


def test_nothing_is_planned_anew_under_it(applied: Workplace) -> None:
    applied.replace("title: Boss", "title: Chief")
    saved = save(applied)
    applied.replace("carol: {", "carol: {title: Clerk, ")
    assert results(applied.apply_saved(saved)) == {"user:alice:update": "done"}
    assert "title" not in applied.users()["carol"]


def test_a_conflict_fails_that_object_and_a_second_try_does_the_rest(applied: Workplace) -> None:
    applied.replace("title: Boss", "title: Chief")
    applied.replace("carol: {", "carol: {title: Clerk, ")
    saved = save(applied)
    applied.server.inject(On("PATCH", f"/Users/{applied.users()['alice']['id']}"), answer(412, "changed meanwhile"))
    done = applied.apply_saved(saved)
    [failed] = done.report.having(Result.FAILED)
    assert (failed.operation, failed.status) == ("user:alice:update", 412)
    applied.server.heal()
    assert results(applied.apply_saved(saved)) == {"user:alice:update": "done"}
    applied.settled()
