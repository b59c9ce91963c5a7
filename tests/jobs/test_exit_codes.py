"""How a command ends: the exit code, a sentence that a person can act on, and nothing written where it refuses."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from house import Ran
from places import PEOPLE, TARGET, Place
from servers.bulk import shut_bulk
from servers.faults import Fault, On, answer, answer_html


@pytest.fixture
def place(place: Place) -> Place:
    place.house.write("people.yaml", PEOPLE)
    place.house.write("targets.yaml", TARGET)
    return place


@contextmanager
def untouched(place: Place) -> Iterator[None]:
    """Asserts that neither the server nor the state store is written meanwhile."""
    sent, remembered = len(place.faults.writes), place.remembered
    yield
    assert place.faults.writes[sent:] == []
    assert place.remembered == remembered


def one_sentence(ran: Ran) -> str:
    """The only line on standard error, without the word that begins it; nothing was printed as a result."""
    [line] = ran.err.splitlines()
    assert ran.out == ""
    assert line.startswith("Error: ")
    assert line.count("Error") == 1
    return line.removeprefix("Error: ")


def saved_plan(place: Place) -> Path:
    file = place.house.root / "plan.json"
    ran = place.house.run("plan", "--out", str(file))
    assert ran.code == 0, ran.err
    return file


def test_0_where_everything_was_done_and_nothing_is_pending(place: Place) -> None:
    with untouched(place):
        assert place.house.run("validate").code == 0
        assert place.house.run("targets").code == 0
        assert place.house.run("check").code == 0
        assert place.house.run("plan").code == 0
    assert place.house.run("apply", "--yes").code == 0
    with untouched(place):
        assert place.house.run("plan", "--exit-code").code == 0
        assert place.house.run("drift").code == 0
        assert place.house.run("explain", "user:alice").code == 0
        assert place.house.run("apply").code == 0, "nothing to do needs no answer"


def test_2_where_changes_are_pending_and_it_was_asked(place: Place) -> None:
    with untouched(place):
        assert place.house.run("plan", "--exit-code").code == 2
        assert place.house.run("drift").code == 2


def test_2_where_somebody_changed_the_target(place: Place) -> None:
    place.house.apply()
    with place.server.client() as client:
        [found] = client.get("/Users", params={"filter": 'userName eq "alice"'}).json()["Resources"]
        assert client.put(f"/Users/{found['id']}", json={**found, "title": "Intern"}).status_code == 200
    assert place.house.run("drift", "--by", "them").code == 2
    place.house.replace("people.yaml", "Engineer", "Developer")
    ran = place.house.run("drift", "--format", "json")
    assert {each["key"]: each["by"] for each in ran.json["operations"]} == {"alice": "them", "bob": "us"}


@pytest.mark.parametrize(
    "command", [("validate",), ("plan",), ("apply", "--yes"), ("drift",), ("check",), ("explain", "user:alice")]
)
def test_1_for_manifests_with_faults_all_of_them_at_once(place: Place, command: tuple[str, ...]) -> None:
    place.house.write("more.yaml", "users:\n  carol: {titel: x, manager: nobody}\n  dave: {state: gone}\n")
    with untouched(place):
        ran = place.house.run(*command)
    assert ran.code == 1
    said = ran.err + ran.out
    assert "manifests/more.yaml:2:11: users.carol.titel: " in said
    assert "did you mean 'title'?" in said
    assert "manifests/more.yaml:3:" in said
    assert place.faults.requests == []


@pytest.mark.parametrize("value", [None, ""])
def test_1_where_a_variable_is_not_set(place: Place, monkeypatch: pytest.MonkeyPatch, value: str | None) -> None:
    monkeypatch.delenv("TOKEN_THERE")
    if value is not None:
        monkeypatch.setenv("TOKEN_THERE", value)
    ran = place.house.run("plan")
    assert ran.code == 1
    assert "${TOKEN_THERE} is not set or empty" in one_sentence(ran)
    assert place.faults.requests == []
    assert place.house.run("validate").code == 0


def test_4_for_a_plan_that_was_altered(place: Place) -> None:
    file = saved_plan(place)
    file.write_text(file.read_text().replace("Boss", "Owner"))
    for arguments in (("apply", str(file), "--yes"), ("apply", "--plan", str(file), "--yes"), ("show", str(file))):
        with untouched(place):
            ran = place.house.run(*arguments)
        assert ran.code == 4
        assert one_sentence(ran).endswith("the plan file was altered after it was written; make the plan again")


@pytest.mark.parametrize(
    ("text", "said"), [("", "is not JSON"), ("[]", "has format None"), ('{"format": "reconciler.plan/9"}', "plan/9")]
)
def test_4_for_a_file_that_is_no_plan(place: Place, text: str, said: str) -> None:
    file = place.house.root / "plan.json"
    file.write_text(text)
    with untouched(place):
        ran = place.house.run("apply", "--plan", str(file), "--yes")
    assert ran.code == 4
    assert said in one_sentence(ran)


def test_4_for_a_plan_that_was_applied_already(place: Place) -> None:
    file = saved_plan(place)
    assert place.house.run("apply", str(file), "--yes").code == 0
    with untouched(place):
        ran = place.house.run("apply", str(file), "--yes")
    assert ran.code == 4
    assert "applied already" in one_sentence(ran)


def test_4_where_the_target_is_not_what_was_planned_for(place: Place) -> None:
    place.house.apply()
    place.house.replace("people.yaml", "Boss", "Owner")
    file = saved_plan(place)
    with place.server.client() as client:
        [found] = client.get("/Users", params={"filter": 'userName eq "alice"'}).json()["Resources"]
        assert client.put(f"/Users/{found['id']}", json={**found, "title": "Intern"}).status_code == 200
    sent = len(place.faults.writes)
    ran = place.house.run("apply", str(file), "--yes")
    assert ran.code == 4
    assert "the plan is stale" in ran.err
    assert "alice" in ran.err
    assert place.faults.writes[sent:] == []


def test_4_for_a_plan_that_is_too_old_or_of_a_target_that_is_gone(place: Place) -> None:
    file = saved_plan(place)
    with untouched(place):
        assert place.house.run("apply", str(file), "--yes", "--max-age", "0m").code == 4
    place.house.replace("targets.yaml", "there:", "elsewhere:")
    with untouched(place):
        ran = place.house.run("apply", str(file), "--yes")
    assert ran.code == 4
    assert "no target 'there'" in one_sentence(ran)


def test_5_where_an_operation_failed_and_the_others_were_done(place: Place) -> None:
    place.faults.inject(On("POST", "/Users", times=1), answer(400, "no such title", "invalidValue"))
    ran = place.house.run("apply", "--yes")
    assert ran.code == 5
    assert "create user alice: POST /Users was answered 400: no such title" in ran.out
    assert place.user_names() == {"bob"}
    again = place.house.run("apply", "--yes", "--format", "json")
    assert again.code == 0, again.err
    [report] = again.json if isinstance(again.json, list) else [again.json]
    assert report["counts"]["done"] == len(report["outcomes"])
    assert place.user_names() == {"alice", "bob"}


def test_5_where_somebody_is_held(place: Place) -> None:
    """Two users bear alice's externalId: which of them she is, nobody can tell."""
    with place.server.client() as client:
        for name in ("first", "second"):
            body = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": name, "externalId": "alice"}
            assert client.post("/Users", json=body).status_code == 201
    with untouched(place):
        assert place.house.run("plan").code == 0
        ran = place.house.run("plan", "--exit-code", "--format", "json")
    assert ran.code == 5
    assert [(each["key"], each["reason"]) for each in ran.json["held"]] == [("alice", "disputed")]
    assert place.house.run("apply", "--yes").code == 5
    assert place.user_names() == {"first", "second", "bob"}


@pytest.mark.parametrize("command", [("plan",), ("apply", "--yes"), ("drift",), ("check",), ("explain", "user:bob")])
def test_6_where_nothing_listens(place: Place, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]) -> None:
    monkeypatch.setenv("URL_THERE", "http://127.0.0.1:1/v2")
    with untouched(place):
        ran = place.house.run(*command)
    assert ran.code == 6
    sentence = one_sentence(ran)
    assert sentence.startswith("target there: http://127.0.0.1:1/v2")
    assert "cannot be reached: nothing listens on 127.0.0.1:1 (connection refused) (check the base URL" in sentence


@pytest.mark.parametrize("command", [("plan",), ("apply", "--yes"), ("drift",), ("check",)])
def test_6_where_the_token_is_wrong(place: Place, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]) -> None:
    monkeypatch.setenv("TOKEN_THERE", "not-the-right-one")
    with untouched(place):
        ran = place.house.run(*command)
    assert ran.code == 6
    sentence = one_sentence(ran)
    assert "answered 401" in sentence
    assert "check the target's token: does its variable hold the right one" in sentence
    assert "not-the-right-one" not in sentence


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (answer(403, "not from your network"), "not from your network (the endpoint knows the token"),
        (answer(404), "is the base URL complete, such as …/scim/v2?"),
        (answer_html(200), "a web page came instead of SCIM"),
        (answer(301, location="https://elsewhere.example/v2"), "a redirect to the host elsewhere.example"),
    ],
    ids=["403", "404", "web-page", "redirect"],
)
def test_6_where_the_answer_is_of_no_use(place: Place, fault: Fault, said: str) -> None:
    place.faults.inject(On(), fault)
    with untouched(place):
        ran = place.house.run("plan")
    assert ran.code == 6
    assert said in one_sentence(ran)


def test_6_where_the_host_is_not_allowed(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECONCILER_HOSTS", "scim.example")
    ran = place.house.run("plan")
    assert ran.code == 6
    assert one_sentence(ran).endswith("nothing may be sent to 127.0.0.1: it is not in RECONCILER_HOSTS")
    assert place.faults.requests == []


def test_6_where_the_endpoint_goes_away_in_the_middle(place: Place) -> None:
    """What was done stays done and is remembered; the next run does the rest."""
    place.house.write("many.yaml", "users:\n" + "".join(f"  user{number:02}: {{}}\n" for number in range(30)))
    place.house.write("targets.yaml", TARGET + "        pace: {concurrency: 1}\n")
    shut_bulk(place.faults)
    place.faults.inject(On("POST", "/Users", skip=10), answer(401, "the token was withdrawn"))
    ran = place.house.run("apply", "--yes")
    assert ran.code == 6, ran.out + ran.err
    assert "Error: target there: " in ran.err
    assert "answered 401: the token was withdrawn" in ran.err
    assert len(place.user_names()) == 10
    assert len(place.faults.requests_of("POST", "/Users")) <= 10 + 5
    place.faults.heal()
    place.house.apply()
    place.house.settled()
    assert len(place.user_names()) == 32


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("plan", "theer"), "there is no target 'theer' (did you mean 'there'?)"),
        (("plan", "--env", "produktion"), "no target has environment 'produktion' (did you mean 'production'?)"),
        (("plan", "--format", "xml"), "'xml' is not one of 'text', 'json'"),
        (("plan", "--all", "there"), "--all stands alone"),
        (("plan", "--only", "alice"), "'alice' is neither user:KEY nor group:KEY"),
        (("plan", "--only", "user:alcie"), "no user is called 'alcie' (did you mean 'alice'?)"),
        (("plan", "--unknown"), "No such option"),
        (("explain", "alice"), "'alice' names nobody: write user:KEY or group:KEY"),
        (("explain", "user:zoe"), "no user is called 'zoe'"),
        (("apply", "--max-age", "week", "--plan", "plan.json"), "'week' is no age"),
        (("show",), "Missing argument 'PLANFILE'"),
    ],
)
def test_64_for_what_cannot_be_meant(place: Place, arguments: tuple[str, ...], said: str) -> None:
    saved_plan(place)
    with untouched(place):
        ran = place.house.run(*[each.replace("plan.json", str(place.house.root / "plan.json")) for each in arguments])
    assert ran.code == 64
    assert said in ran.err
    assert ran.out == ""


def test_64_where_nobody_can_be_asked(place: Place) -> None:
    with untouched(place):
        ran = place.house.run("apply")
    assert ran.code == 64
    assert ran.err.splitlines()[-1] == "Error: there is no terminal to ask on: add --yes to apply without asking"


@pytest.mark.parametrize("option", ["--only", "--exclude"])
def test_64_where_a_saved_plan_is_not_applied_whole(place: Place, option: str) -> None:
    file = saved_plan(place)
    for arguments in ((str(file),), ("--plan", str(file))):
        with untouched(place):
            ran = place.house.run("apply", *arguments, option, "user:alice", "--yes")
        assert ran.code == 64
        assert "a saved plan is applied whole" in ran.err


def test_64_for_a_state_store_of_another_kind(place: Place) -> None:
    place.house.state = "mysql://somewhere/else"
    with untouched(place):
        ran = place.house.run("plan")
    assert ran.code == 64
    assert "use sqlite:///PATH, postgresql://HOST/DATABASE, or none" in one_sentence(ran)


def test_the_files_asked_for_are_written_whatever_the_code(place: Place) -> None:
    place.faults.inject(On("POST", "/Users", times=1), answer(400, "no such title"))
    plan, report = place.house.root / "out" / "plan.json", place.house.root / "out" / "report.json"
    assert place.house.run("plan", "--exit-code", "--out", str(plan)).code == 2
    assert json.loads(plan.read_text())["format"] == "reconciler.plan/1"
    assert place.house.run("apply", "--yes", "--report", str(report)).code == 5
    failed = [each["key"] for each in json.loads(report.read_text())["outcomes"] if each["result"] == "failed"]
    assert failed == ["alice", "ops"], "the group was made, without her"
