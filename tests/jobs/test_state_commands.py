"""`reconciler state` around real applies, on each kind of database: what is remembered, and how people put it right."""

from __future__ import annotations

from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import pytest
from commands import on_terminal
from house import House, target
from places import Place
from servers.conformance import TOKEN, Server, sandbox_server

from reconciler.storage.state.opening import open_state

PEOPLE = "users: {ann: {title: Boss}, bob: {}}\ngroups: {ops: {displayName: Ops, members: [ann]}}\n"


@pytest.fixture
def place(place: Place, state_url: str) -> Place:
    place.house.state = state_url
    place.house.write("people.yaml", PEOPLE)
    place.house.write("targets.yaml", target(place.server))
    return place


def titles(place: Place) -> dict[str, str]:
    with place.server.client() as client:
        rows = client.get("/Users").json()["Resources"]
    return {each["userName"]: each.get("title", "") for each in rows}


def test_what_an_apply_did_is_listed(place: Place) -> None:
    place.house.apply()
    place.house.replace("people.yaml", ", bob: {}", "")
    place.house.apply()
    document = place.house.run("state", "list", "--format", "json").json
    [there] = document["targets"]
    rows = {f"{each['kind']}:{each['key']}": each for each in there["objects"]}
    assert list(rows) == ["user:ann", "user:bob", "group:ops"]
    assert (there["owned"], there["known"], there["inManifests"]) == (3, 3, True)
    assert rows["user:ann"]["goneSince"] is None
    assert rows["user:bob"]["goneSince"] is not None
    assert there["lastRun"]["counts"]["done"] == 1
    assert there["lastRun"]["exit"] == 0
    said = place.house.run("state", "list")
    assert said.out.startswith("there: owns 2 users and 1 group; last apply 2")
    assert said.err == ""


def test_who_is_due_to_be_deleted_is_listed_with_the_day(place: Place) -> None:
    place.house.write("targets.yaml", target(place.server, "lifecycle: {deleteAfter: 30d}"))
    place.house.apply()
    assert "DELETED ON" not in place.house.run("state", "list").out
    place.house.replace("people.yaml", ", bob: {}", "")
    place.house.apply()
    [there] = place.house.run("state", "list", "--pending", "--format", "json").json["targets"]
    [bob] = there["objects"]
    due = date.fromisoformat(bob["goneSince"]) + timedelta(days=30)
    assert (bob["key"], bob["deleteOn"], there["owned"]) == ("bob", str(due), 3)
    said = place.house.run("state", "list", "--pending").out.splitlines()
    assert said[0].startswith("there: owns 2 users and 1 group")
    assert [line.split()[-1] for line in said[1:]] == ["ON", str(due)]
    plan = place.house.run("plan").out
    assert f"1 user will be deleted on {due} (in 30 days): bob" in plan
    place.house.replace("targets.yaml", "deleteAfter: 30d", "deleteAfter: never")
    assert place.house.run("state", "list", "--pending").out.splitlines()[1:] == ["  nobody is due to be deleted"]


def test_each_apply_is_a_run_unless_it_had_nothing_to_do(place: Place, state_url: str) -> None:
    first = place.house.apply()
    place.house.apply()
    place.house.replace("people.yaml", "Boss", "Engineer")
    second = place.house.apply()
    with closing(open_state(state_url, create=False)) as store:
        runs = store.runs("there")
    assert [each.plan for each in runs] == [second["plan"], first["plan"]]
    assert [each.counts for each in runs] == [second["counts"], first["counts"]]
    assert all(each.ended is not None and each.started <= each.ended and each.exit == 0 for each in runs)


def test_what_is_recorded_of_one_is_shown_and_masked_where_that_is_asked_for(place: Place) -> None:
    place.house.write("settings.yaml", "settings: {personal: [title]}\n")
    place.house.apply()
    [shown] = place.house.run("state", "show", "user:ANN", "--format", "json").json
    assert (shown["target"], shown["origin"], shown["name"], shown["applied"]["title"]) == (
        "there",
        "created",
        "ann",
        "Boss",
    )
    for form in ("text", "json"):
        said = place.house.run("state", "show", "user:ann", "--redact", "--format", form)
        assert (said.code, "Boss" in said.out, "•••" in said.out) == (0, False, True)
    assert "Boss" in place.house.run("state", "show", "user:ann").out


def test_a_forgotten_leaver_is_not_recognised(place: Place) -> None:
    place.house.apply()
    place.house.replace("people.yaml", ", bob: {}", "")
    assert [each["action"] for each in place.house.plan()["operations"]] == ["disable"]
    ran = place.house.run("state", "forget", "user:bob", "--yes")
    assert ran.code == 0
    assert "there: user bob (id " in ran.out
    assert "is not owned any more" in ran.out
    assert place.house.plan()["operations"] == []
    assert place.house.plan()["foreign"]["users"] == 1


def test_a_record_that_was_moved_is_that_of_the_new_key(place: Place) -> None:
    """The account goes on under the new key instead of being in nobody's hands beside a new one."""
    place.house.apply()
    place.house.replace("people.yaml", "bob: {}", "robert: {userName: bob}")
    assert place.house.run("state", "move", "user:bob", "user:robert").code == 0
    [renamed] = place.house.plan()["operations"]
    assert (renamed["key"], renamed["action"]) == ("robert", "update")
    assert [each["path"] for each in renamed["changes"]] == ["externalId"]
    place.house.apply()
    place.house.settled()
    assert place.user_names() == {"ann", "bob"}


def test_a_renamed_target_takes_its_records_along(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.house.apply()
    place.house.write("targets.yaml", target(place.server, name="here"))
    monkeypatch.setenv("TOKEN_HERE", TOKEN)
    said = place.house.run("state", "list").out
    assert "not in the manifests any more: `reconciler state move --target there NEW`" in said
    assert place.house.run("state", "move", "--target", "there", "here").code == 0
    place.house.settled()
    assert place.house.plan()["state"]["owned"] == 3
    assert [each["name"] for each in place.house.run("state", "list", "--format", "json").json["targets"]] == ["here"]


def test_a_target_that_was_moved_elsewhere_is_bound_anew(place: Place) -> None:
    """The refusal names the command, and the command is the way out."""
    place.house.apply()
    with sandbox_server() as other:
        place.house.write("targets.yaml", target(Server("there", other.url)))
        ran = place.house.run("plan")
        assert ran.code == 3
        assert "`reconciler state move --target there --rebind` goes on with these records" in ran.err
        assert place.house.run("state", "move", "--target", "there", "--rebind").code == 0
        place.house.apply()
        place.house.settled()
        with other.client() as client:
            assert client.get("/Users").json()["totalResults"] == 2


def test_a_target_that_was_forgotten_begins_anew(place: Place) -> None:
    place.house.apply()
    ran = place.house.run("state", "forget", "--target", "there", "--yes")
    assert (ran.code, "2 users and 1 group" in ran.out) == (0, True)
    assert {each["action"] for each in place.house.plan()["operations"]} == {"adopt"}


def test_without_records_a_target_that_requires_them_is_refused(place: Place) -> None:
    place.house.apply()
    place.house.write("targets.yaml", target(place.server, "ownership: {requireState: true}"))
    assert "no effect" not in place.house.run("validate").out
    place.house.settled()
    elsewhere = House(place.house.root, place.house.capsys, f"sqlite:///{place.house.root / 'empty.db'}")
    before = len(place.faults.requests)
    for house in (elsewhere, House(place.house.root, place.house.capsys, "none")):
        for command in (("plan",), ("apply", "--yes"), ("drift",), ("explain", "user:ann")):
            ran = house.run(*command)
            assert ran.code == 3
            assert "state: EMPTY; nothing is recorded of target there" in ran.err
    assert len(place.faults.requests) == before, "nobody was asked"
    with closing(open_state(elsewhere.state or "", create=False)) as store:
        assert (store.lineage, store.targets()) == ("none", [])


def test_an_apply_brings_an_older_store_up_to_date_first(place: Place, state_url: str) -> None:
    place.house.apply()
    to_version_2(state_url)
    ran = place.house.run("plan")
    assert (ran.code, "run `reconciler apply` once" in ran.err) == (1, True)
    place.house.replace("people.yaml", "Boss", "Engineer")
    assert place.house.apply()["counts"]["done"] == 1
    assert titles(place)["ann"] == "Engineer"
    place.house.settled()


def to_version_2(url: str) -> None:
    from sqlalchemy import create_engine, text

    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        for table in ("emergencies", "runs", "selections", "locks", "journal", "failures"):
            connection.execute(text(f"DROP TABLE {table}"))
        connection.execute(text("UPDATE meta SET schema_version = 2"))
    engine.dispose()


def test_whoever_does_not_say_yes_keeps_everything(place: Place, state_url: str, tmp_path: Path) -> None:
    place.house.apply()
    command = ("--state", state_url, "state", "forget", "user:bob")
    with on_terminal(*command, cwd=tmp_path) as terminal:
        terminal.wait_for("Forget 1 record? [y/N]:")
        terminal.type("n\n")
        assert terminal.end() == 1
    assert "declined; nothing was forgotten" in terminal.text
    with on_terminal(*command, cwd=tmp_path) as terminal:
        terminal.wait_for("[y/N]:")
        terminal.type("y\n")
        assert terminal.end() == 0
    assert place.house.run("state", "show", "user:bob").code == 64
