"""Failing objects by the commands: set aside with exit code 5, listed, tried again when somebody asks for it."""

from __future__ import annotations

from typing import Any

import pytest
from house import target
from places import Place
from servers.faults import On, answer

PEOPLE = "users: {ann: {title: Boss}, bob: {title: Smith}}\n"


@pytest.fixture
def place(place: Place) -> Place:
    """Ann is refused; Bob is not."""
    place.house.write("people.yaml", PEOPLE)
    place.house.write("targets.yaml", target(place.server))
    refused = On("POST", "/Users", when=lambda request: request.body["userName"] == "ann")
    place.faults.inject(refused, answer(422, "Ann Lee is odd"))
    return place


def rows(place: Place, *arguments: str) -> Any:
    ran = place.house.run("state", "list", "--failing", "--format", "json", *arguments)
    assert ran.code == 0, ran.err
    return ran.json


def test_what_fails_is_set_aside_said_and_listed(place: Place) -> None:
    assert place.house.run("apply", "--yes").code == 5
    assert "tried again in the next apply" in place.house.run("state", "list", "--failing").out
    assert place.house.run("apply", "--yes").code == 5
    sent = len(place.faults.writes)
    ran = place.house.run("apply", "--yes")
    assert (ran.code, len(place.faults.writes)) == (5, sent), "the third apply leaves it alone"
    assert "failed 2 times since" in ran.out
    assert "was answered 422: Ann Lee is odd" in ran.out
    assert "`reconciler apply there --retry` tries at once" in ran.out
    assert place.house.run("plan").code == 0
    assert place.house.run("plan", "--exit-code").code == 5
    listed = place.house.run("state", "list", "--failing").out
    assert listed.startswith(
        "there: 1 failing; `reconciler apply there --retry` tries all at once\n  user ann: create failed"
    )
    [row] = rows(place)
    assert (row["target"], row["kind"], row["key"], row["attempts"], row["status"]) == ("there", "user", "ann", 2, 422)
    assert row["first"] < row["last"] < row["next"]
    assert "Ann Lee" in row["detail"]
    for form in ("text", "json"):
        masked = place.house.run("state", "list", "--failing", "--redact", "--format", form).out
        assert ("Ann Lee" in masked, "•••" in masked) == (False, True)


def test_it_is_shown_with_what_else_is_known_of_the_object(place: Place) -> None:
    for _ in range(2):
        place.house.run("apply", "--yes")
    shown = place.house.run("state", "show", "user:Ann").out
    assert shown.startswith(
        "there: user ann\n  no record of it: nothing of it was applied yet\n  create failed 2 times"
    )
    assert "was answered 422: Ann Lee is odd" in shown
    [ann] = place.house.run("state", "show", "user:ann", "--redact", "--format", "json").json
    assert (ann["key"], ann["id"], ann["failing"]["attempts"], ann["failing"]["detail"]) == ("ann", None, 2, "•••")
    assert place.house.run("state", "show", "user:bob", "--format", "json").json[0]["failing"] is None
    place.faults.inject(On("P*", "/Users/*"), answer(400, "no Blacksmith"))
    place.house.replace("people.yaml", "Smith", "Blacksmith")
    assert place.house.run("apply", "--yes").code == 5
    shown = place.house.run("state", "show", "user:bob").out
    assert 'title: "Smith"' in shown
    assert "update failed once since" in shown
    assert place.house.run("state", "show", "user:nobody").code == 64


def test_whoever_asks_for_it_has_it_tried_at_once(place: Place) -> None:
    for _ in range(2):
        place.house.run("apply", "--yes")
    place.faults.heal()
    assert place.house.run("apply", "--yes").code == 5
    ran = place.house.run("apply", "--yes", "--retry")
    assert ran.code == 0, ran.out + ran.err
    assert place.user_names() == {"ann", "bob"}
    assert rows(place) == []
    assert place.house.run("state", "list", "--failing").out == "there: nothing that failed is waiting\n"
    place.house.settled()


def test_a_changed_entry_is_tried_at_once(place: Place) -> None:
    for _ in range(2):
        place.house.run("apply", "--yes")
    place.faults.heal()
    place.house.replace("people.yaml", "Boss", "Chief")
    assert place.house.run("apply", "--yes").code == 0
    place.house.settled()


def test_forgetting_a_target_forgets_what_failed_there(place: Place) -> None:
    place.house.run("apply", "--yes")
    assert len(rows(place)) == 1
    assert place.house.run("state", "forget", "--target", "there", "--yes").code == 0
    place.house.run("apply", "--yes")
    assert [each["attempts"] for each in rows(place)] == [1]
