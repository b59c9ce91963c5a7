"""Somebody's access ends within seconds and stays ended: `reconciler disable`, the plans that follow, `release`."""

from __future__ import annotations

import json
import os
import signal
from contextlib import closing
from typing import Any

import pytest
from commands import on_terminal, piped, wait_until
from places import PEOPLE, TARGET, Place
from servers.faults import On, answer, drop_before, slow_down

from reconciler.core.known import Emergency
from reconciler.storage.state.opening import open_state


@pytest.fixture
def place(place: Place) -> Place:
    """Applied, the log of requests empty."""
    place.house.write("people.yaml", PEOPLE)
    place.house.write("targets.yaml", TARGET)
    place.house.apply()
    place.faults.log.clear()
    return place


def live(place: Place, name: str) -> dict[str, Any]:
    with place.server.client() as client:
        [found] = client.get("/Users", params={"filter": f'userName eq "{name}"'}).json()["Resources"]
    return dict(found)


def set_active(place: Place, name: str, *, active: bool) -> None:
    found = live(place, name)
    with place.server.client() as client:
        assert client.put(f"/Users/{found['id']}", json={**found, "active": active}).status_code == 200


def held(place: Place) -> list[str]:
    with closing(open_state(place.state_url, create=False)) as state:
        return [each.key for each in state.emergencies("there")]


def withheld(plan: Any) -> list[tuple[str, str, str]]:
    return [(each["key"], each["action"], each["reason"]) for each in plan["withheld"]]


def disabled(place: Place, *arguments: str) -> Any:
    ran = place.house.run("disable", "user:alice", "--yes", "--format", "json", *arguments)
    assert ran.code == 0, ran.err
    return ran.json


def test_the_recorded_user_is_disabled_without_any_listing(place: Place) -> None:
    id = live(place, "alice")["id"]
    place.faults.log.clear()
    ran = place.house.run("disable", "user:Alice", "--yes")
    assert ran.code == 0
    assert ran.out == f"there: user:alice disabled (object {id})\n"
    assert "every plan keeps user:alice inactive there until the manifests say `state: disabled`" in ran.err
    asked = [each.path for each in place.faults.requests if "Users" in each.path]
    assert set(asked) == {f"/Users/{id}"}
    assert [each.method for each in place.faults.writes] == ["PATCH"]
    assert live(place, "alice")["active"] is False
    assert live(place, "bob")["active"] is True


def test_plans_and_applies_keep_it_whatever_reenable_says_and_whoever_enables(place: Place) -> None:
    disabled(place)
    place.house.write("targets.yaml", TARGET + "        lifecycle: {reenable: always}\n")
    place.house.settled()
    plan = place.house.plan()
    assert withheld(plan) == [("alice", "enable", "emergency")]
    place.house.apply()
    set_active(place, "alice", active=True)
    plan = place.house.plan()
    assert [(each["key"], each["action"], each["reason"]) for each in plan["operations"]] == [
        ("alice", "disable", "emergency")
    ]
    place.house.apply()
    assert live(place, "alice")["active"] is False
    text = place.house.run("plan").out
    assert "disabled in an emergency, until it is released" in text
    explained = place.house.run("explain", "user:alice").out
    assert "not done: enable: disabled in an emergency, until it is released (disabled in an emergency on " in explained


def test_one_who_is_lost_comes_back_inactive(place: Place) -> None:
    disabled(place)
    with place.server.client() as client:
        assert client.delete(f"/Users/{live(place, 'alice')['id']}").status_code == 204
    place.house.apply()
    assert live(place, "alice")["active"] is False
    place.house.settled()


@pytest.mark.parametrize("state", ["disabled", "absent"])
def test_it_ends_at_the_apply_after_the_manifests_said_so(place: Place, state: str) -> None:
    disabled(place)
    place.house.replace("people.yaml", "alice: {title: Boss}", f"alice: {{title: Boss, state: {state}}}")
    assert withheld(place.house.plan()) == []
    assert held(place) == ["alice"], "plans write nothing"
    place.house.apply()
    assert held(place) == []
    place.house.replace("people.yaml", f", state: {state}", "")
    place.house.apply()
    assert live(place, "alice")["active"] is True


@pytest.mark.parametrize("applied_between", [True, False])
def test_a_release_has_the_next_plan_enable_whom_we_disabled(place: Place, applied_between: bool) -> None:
    disabled(place)
    if applied_between:
        place.house.apply()
    place.faults.log.clear()
    ran = place.house.run("release", "user:alice", "--yes")
    assert ran.code == 0, ran.err
    assert "released, the next plan enables it" in ran.out
    assert place.faults.requests == []
    assert [each["action"] for each in place.house.plan()["operations"]] == ["enable"]
    place.house.apply()
    assert live(place, "alice")["active"] is True
    place.house.settled()


@pytest.mark.parametrize("applied_between", [True, False])
def test_whom_others_had_disabled_stays_so_after_a_release(place: Place, applied_between: bool) -> None:
    set_active(place, "alice", active=False)
    place.faults.log.clear()
    assert disabled(place)["targets"][0]["result"] == "inactive"
    assert place.faults.writes == []
    if applied_between:
        place.house.apply()
    assert "it stays disabled" in place.house.run("release", "user:alice", "--yes").out
    assert withheld(place.house.plan()) == [("alice", "enable", "disabled_there")]


def test_a_kill_between_the_record_and_the_request_loses_nothing(place: Place) -> None:
    place.faults.inject(On("GET", "/Users/*"), slow_down(60))
    with piped("disable", "user:alice", "--yes", cwd=place.house.root) as process:
        wait_until(lambda: bool(place.faults.requests_of("GET", "/Users/*")))
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    place.faults.heal()
    assert place.faults.writes == []
    assert held(place) == ["alice"]
    assert live(place, "alice")["active"] is True
    place.house.apply()
    assert live(place, "alice")["active"] is False
    place.house.settled()
    assert "the next plan enables it" in place.house.run("release", "user:alice", "--yes").out


def test_a_user_whom_only_the_store_knows(place: Place) -> None:
    place.house.write("targets.yaml", TARGET + "        lifecycle: {onRemove: keep}\n")
    place.house.write("people.yaml", "users: {bob: {title: Engineer}}\ngroups: {ops: {displayName: Operations}}\n")
    disabled(place)
    assert live(place, "alice")["active"] is False
    set_active(place, "alice", active=True)
    place.house.apply()
    assert live(place, "alice")["active"] is False
    ran = place.house.run("release", "user:alice", "--yes")
    assert "the manifests do not have this user: nothing enables it" in ran.out


def test_a_user_whom_only_the_manifests_know_is_looked_up(place: Place) -> None:
    with place.server.client() as client:
        new = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "carol", "active": True}
        assert client.post("/Users", json=new).status_code == 201
    place.house.replace("people.yaml", "users:\n", "users:\n  carol: {}\n")
    place.faults.log.clear()
    ran = place.house.run("disable", "user:carol", "--yes")
    assert ran.code == 0, ran.err
    lists = [each.query for each in place.faults.requests_of("GET", "/Users")]
    assert lists
    assert all("filter" in each for each in lists)
    assert live(place, "carol")["active"] is False
    place.house.apply()
    assert live(place, "carol")["active"] is False, "an adoption enables nobody, and neither does anything else"


def test_one_who_is_not_there_is_created_inactive(place: Place) -> None:
    place.house.replace("people.yaml", "users:\n", "users:\n  carol: {}\n")
    ran = place.house.run("disable", "user:carol", "--yes")
    assert (ran.code, ran.out) == (0, "there: user:carol is not there\n")
    place.house.apply()
    assert live(place, "carol")["active"] is False


def test_64_for_a_key_that_nobody_knows_and_for_a_group(place: Place) -> None:
    for command in ("disable", "release"):
        ran = place.house.run(command, "group:ops", "--yes")
        assert (ran.code, "only users can be disabled" in ran.err) == (64, True)
    ran = place.house.run("disable", "user:alcie", "--yes")
    assert (ran.code, ran.out) == (64, "")
    assert "no user is called 'alcie' (did you mean 'alice'?)" in ran.err
    assert held(place) == []
    ran = place.house.run("release", "user:alice", "--yes")
    assert (ran.code, "no emergency holds user:alice" in ran.err) == (64, True)
    disabled(place)
    ran = place.house.run("release", "user:alcie", "--yes")
    assert "no emergency holds user:alcie (did you mean 'alice'?)" in ran.err
    ran = place.house.run("release", "user:alice", "elsewhere", "--yes")
    assert (ran.code, "no emergency holds user:alice on 'elsewhere'; it is held on there" in ran.err) == (64, True)
    assert held(place) == ["alice"]


def test_it_asks(place: Place) -> None:
    for command in ("disable", "release"):
        ran = place.house.run(command, "user:alice")
        assert ran.code == 64
    assert held(place) == []
    with on_terminal("disable", "user:alice", cwd=place.house.root) as terminal:
        terminal.wait_for("Disable user:alice on there at once? [y/N]")
        terminal.type("n\n")
        assert terminal.end() == 1
    assert held(place) == []
    assert place.faults.requests == []
    with on_terminal("disable", "user:alice", cwd=place.house.root) as terminal:
        terminal.wait_for("[y/N]")
        terminal.type("y\n")
        assert terminal.end() == 0
    assert held(place) == ["alice"]
    with on_terminal("release", "user:alice", cwd=place.house.root) as terminal:
        terminal.wait_for("Release user:alice on there? [y/N]")
        terminal.type("n\n")
        assert terminal.end() == 1
    assert held(place) == ["alice"]


def test_without_a_store_it_acts_and_says_that_nothing_holds_it(place: Place) -> None:
    place.house.state = "none"
    ran = place.house.run("disable", "user:alice", "--yes", "--format", "json")
    assert ran.code == 0
    assert "there is no state store (RECONCILER_STATE): nothing holds it" in ran.err
    assert ran.json["held"] is False
    assert live(place, "alice")["active"] is False
    ran = place.house.run("release", "user:alice", "--yes")
    assert (ran.code, "nothing is held" in ran.err) == (1, True)


def test_a_store_that_cannot_be_opened_is_no_dead_end(place: Place) -> None:
    place.state.write_bytes(b"this is no database, and never was one" * 50)
    ran = place.house.run("disable", "user:alice", "--yes")
    assert ran.code == 1
    assert "`reconciler --state none disable …` acts without it" in ran.err


def test_5_where_the_target_refuses_it_and_6_where_nobody_answers(place: Place) -> None:
    place.faults.inject(On("PATCH", "/Users/*"), answer(403, "not you"))
    place.faults.inject(On("PUT", "/Users/*"), answer(403, "not you"))
    ran = place.house.run("disable", "user:alice", "--yes", "--format", "json")
    assert ran.code == 5
    [told] = ran.json["targets"]
    assert told["result"] == "failed"
    assert "403: not you" in told["detail"]
    redacted = place.house.run("disable", "user:alice", "--yes", "--redact")
    assert (redacted.code, redacted.out.endswith(": •••\n")) == (5, True)
    place.faults.heal()
    place.faults.inject(On(), drop_before())
    ran = place.house.run("disable", "user:alice", "--yes")
    assert ran.code == 6
    assert ran.out.startswith("there: user:alice NOT disabled: the target could not be asked: ")
    assert held(place) == ["alice"], "the next apply does it"


def test_one_target_that_does_not_answer_keeps_no_other_waiting(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("URL_GONE", "http://127.0.0.1:9/scim")
    gone = '      gone: {environment: test, platform: generic, url: "${URL_GONE}"}\n'
    unset = '      unset: {environment: test, platform: generic, url: "${URL_UNSET}"}\n'
    place.house.write("targets.yaml", TARGET + gone + unset)
    ran = place.house.run("disable", "user:alice", "--yes")
    assert (ran.code, "name a target: there, gone, unset" in ran.err) == (64, True)
    ran = place.house.run("disable", "user:alice", "--all", "--yes", "--format", "json")
    assert ran.code == 6
    assert {each["target"]: each["result"] for each in ran.json["targets"]} == {
        "there": "disabled",
        "gone": "unreachable",
        "unset": "unreachable",
    }
    ran = place.house.run("release", "user:alice", "--yes")
    assert (ran.code, "is held on gone, there, unset: name the target, or --all" in ran.err) == (64, True)
    assert place.house.run("release", "user:alice", "--env", "test", "--yes").code == 0
    assert held(place) == ["alice"]


def test_a_mistake_elsewhere_in_the_manifests_keeps_nobodys_access(place: Place) -> None:
    place.house.write("more.yaml", "users:\n  carol: {titel: x, manager: nobody}\n  - broken\n")
    ran = place.house.run("disable", "user:alice", "--yes")
    assert ran.code == 0, ran.err
    assert "(`reconciler validate`): going by what is sound" in ran.err
    assert live(place, "alice")["active"] is False
    ran = place.house.run("release", "user:alice", "--yes")
    assert ran.code == 0
    assert "what the next plan does with it is not known" in ran.out


def test_a_platform_that_disables_nobody_leaves_it_to_a_person(place: Place) -> None:
    place.house.write("targets.yaml", TARGET + "        manage: {users: [create, update, delete]}\n")
    place.faults.log.clear()
    ran = place.house.run("disable", "user:alice", "--yes")
    assert ran.code == 5
    assert "NOT disabled: it has to be done by hand" in ran.out
    assert "`manage` leaves it out; in its console, lock or delete object " in ran.out
    assert place.faults.writes == []
    assert place.house.run("apply", "--yes").code == 5, "every run says so"


def test_a_protected_account_is_disabled_after_a_warning_and_no_plan_does_it(place: Place) -> None:
    place.house.write("targets.yaml", TARGET + "        safety: {protect: [alice]}\n")
    ran = place.house.run("disable", "user:alice", "--yes")
    assert ran.code == 0
    assert "target there: user:alice is protected (`safety.protect`, `safety.self`)" in ran.err
    assert "every plan keeps" not in ran.err
    assert live(place, "alice")["active"] is False
    set_active(place, "alice", active=True)
    ran = place.house.run("plan", "--format", "json")
    assert [(each["key"], each["reason"]) for each in ran.json["held"]] == [("alice", "access_remains")]


def test_a_saved_plan_that_would_enable_is_stale(place: Place) -> None:
    place.house.replace("people.yaml", "title: Boss", "title: Boss, state: disabled")
    place.house.apply()
    place.house.replace("people.yaml", ", state: disabled", "")
    file = place.house.root / "plan.json"
    assert place.house.run("plan", "--out", str(file)).code == 0
    assert "enable" in {each["action"] for each in json.loads(file.read_text())["operations"]}
    disabled(place)
    ran = place.house.run("apply", str(file), "--yes")
    assert ran.code == 4
    assert live(place, "alice")["active"] is False


def test_an_apply_that_is_under_way_enables_nobody_any_more(place: Place) -> None:
    place.house.replace("people.yaml", "title: Boss", "title: Boss, state: disabled")
    place.house.apply()
    place.house.replace("people.yaml", "title: Boss, state: disabled", "title: Chief")
    place.house.replace("people.yaml", "title: Engineer", "title: Developer")

    async def meanwhile(request: Any, forward: Any) -> Any:
        with closing(open_state(f"sqlite:///{place.state}", create=True)) as state:
            state.declare_emergencies("there", [Emergency("alice", state.known("there")[0].last_seen_desired)])
        return await forward(request)

    bob = live(place, "bob")["id"]
    place.faults.inject(On("PATCH", f"/Users/{bob}"), meanwhile)
    ran = place.house.run("apply", "--yes")
    assert ran.code == 5
    assert "disabled in an emergency since the plan was made" in ran.out
    assert live(place, "alice")["active"] is False
    place.house.apply()
    assert live(place, "alice")["active"] is False
