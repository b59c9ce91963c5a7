"""`reconciler history`: which runs there were, and what each operation of one came to."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest
from house import target
from places import Place
from servers.faults import On, answer

from reconciler.storage.state.opening import open_state


@pytest.fixture
def place(place: Place) -> Place:
    """A target on which somebody was created and somebody else was refused."""
    place.house.write("targets.yaml", target(place.server))
    place.house.write("people.yaml", "users: {ann: {title: Boss}, bob: {title: Clerk}}\n")
    place.faults.inject(
        On("POST", when=lambda request: request.body["userName"] == "bob"), answer(400, "no Clerk here")
    )
    assert place.house.run("apply", "--yes").code == 5
    return place


def test_lists_the_runs_the_latest_first(place: Place) -> None:
    place.faults.heal()
    place.house.replace("people.yaml", "Boss", "Head")
    place.house.apply()
    listed = place.house.run("history")
    assert listed.code == 0
    head, latest, first = listed.out.splitlines()
    assert head.split() == ["RUN", "TARGET", "STARTED", "EXIT", "OPERATIONS"]
    assert "2 done" in latest
    assert "1 done, 1 failed" in first
    runs = place.house.run("history", "--format", "json").json["runs"]
    assert [each["exit"] for each in runs] == [0, 5]


def test_shows_what_each_operation_of_a_run_came_to(place: Place) -> None:
    [run] = place.house.run("history", "--format", "json").json["runs"]
    shown = place.house.run("history", run["id"][:17])
    assert shown.code == 0
    assert "confirmed  create user:ann" in shown.out
    assert "failed     create user:bob" in shown.out
    assert "no Clerk" in shown.out
    [told] = place.house.run("history", run["id"], "--format", "json").json["runs"]
    assert [(each["operation"], each["state"], each["status"]) for each in told["operations"]] == [
        ("user:ann:create", "confirmed", None),
        ("user:bob:create", "failed", 400),
    ]


def test_masks_what_is_personal(place: Place) -> None:
    place.house.write("settings.yaml", "settings: {personal: [title]}\n")
    [run] = place.house.run("history", "--format", "json").json["runs"]
    assert "Boss" in place.house.run("history", run["id"], "--format", "json").out
    for form in ("text", "json"):
        shown = place.house.run("history", run["id"], "--redact", "--format", form).out
        assert "Boss" not in shown
        assert "Clerk" not in shown


def age(place: Place, days: int) -> None:
    """Every run so far took place some days earlier."""
    with closing(open_state(place.state_url, create=True)) as store:
        for run in store.runs("there"):
            store.record_run(replace(run, started=run.started - timedelta(days=days)))


def test_says_what_is_forgotten_and_that_it_cannot_be_undone(place: Place) -> None:
    [run] = place.house.run("history", "--format", "json").json["runs"]
    age(place, 89)
    assert place.house.run("apply", "--yes").code == 5
    assert "create user:ann" in place.house.run("history", run["id"]).out
    age(place, 2)
    assert place.house.run("apply", "--yes", "--retry").code == 5
    shown = place.house.run("history", run["id"])
    assert shown.code == 0
    assert "1 done, 1 failed; what each operation did is forgotten: the journal keeps the last 50 runs" in shown.out
    assert "ann" not in shown.out
    assert place.house.run("history", run["id"], "--format", "json").json["runs"][0]["operations"] is None
    sent = len(place.faults.writes)
    refused = place.house.run("undo", run["id"], "--yes")
    assert refused.code == 1
    assert f"run {run['id']} cannot be undone any more: what it replaced is forgotten" in refused.err
    assert len(place.faults.writes) == sent


def test_names_the_nearest_run_for_one_that_there_is_not(place: Place) -> None:
    ran = place.house.run("history", "2000")
    assert ran.code == 64
    assert "there is no run" in ran.err


def test_says_where_there_is_none(place: Place) -> None:
    place.house.state = "none"
    ran = place.house.run("history")
    assert ran.code == 1
    assert "no run is on record" in ran.err
