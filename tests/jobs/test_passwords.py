"""First passwords, end to end: in the POST of a new user and nowhere else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from house import House, target
from places import Place
from servers.conformance import TOKEN, Server
from servers.faulty import Forward, On, Reply, Request

from reconciler.core.manifests.targets import PasswordRules
from reconciler.core.passwords import password_problem
from reconciler.sandbox import SandboxOptions, SandboxStore, create_platform, running_sandbox
from reconciler.sandbox.platform import PlatformApplication

PEOPLE = "users:\n  alice: {title: Boss}\n  bob: {manager: alice}\n"
TARGET = """
    targets:
      there:
        platform: generic
        url: ${URL_THERE}
        auth: {bearer: "${TOKEN_THERE}"}
        passwords: %s
"""
FROM_FILES = '{from: "${file:secrets/{key}}", rules: {minLength: 12, classes: 3}}'
RANDOM = "{onCreate: random, length: 31, rules: {minLength: 12, classes: 4}}"
ALICE, BOB = "Wonder-land-1865!", "Builder's hat, 2 yellow"
MARKER = {"$secret": "password"}


def setting(place: Place, passwords: str) -> None:
    place.house.write("targets.yaml", TARGET % passwords)


def secret(place: Place, key: str, text: str) -> Path:
    file = place.house.root / "secrets" / key
    file.parent.mkdir(exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


@pytest.fixture
def place(place: Place) -> Place:
    """Nobody is there yet; both passwords stand in files."""
    place.house.write("people.yaml", PEOPLE)
    setting(place, FROM_FILES)
    secret(place, "alice", ALICE + "\n")
    secret(place, "bob", BOB)
    return place


def sent(place: Place) -> dict[str, str | None]:
    """By userName, the password in each POST of a user; nothing else may carry one."""
    assert not any("password" in json.dumps(each.body).lower() for each in place.faults.writes if each.method != "POST")
    return {each.body["userName"]: each.body.get("password") for each in place.faults.requests_of("POST", "/Users")}


def assert_nowhere(place: Place, passwords: list[str], *said: str) -> None:
    """Neither said nor saved; the files that they come from aside."""
    files = [each for each in place.house.root.rglob("*") if each.is_file() and each.parent.name != "secrets"]
    shown = [*said, *(each.read_bytes().decode("utf-8", "replace") for each in files)]
    for password in passwords:
        for spelling in {password, json.dumps(password)[1:-1]}:
            assert not any(spelling in each for each in shown), "a password was given away"


def change_of(plan: dict, key: str) -> dict | None:
    """The change of the password in the plan of a user; None where there is none."""
    [operation] = [each for each in plan["operations"] if each["key"] == key and each["action"] == "create"]
    return next((each for each in operation["changes"] if each["path"] == "password"), None)


def test_the_plan_shows_a_marker_with_the_line_that_asks_for_it(place: Place) -> None:
    plan = place.house.plan()
    change = change_of(plan, "alice")
    assert change is not None
    assert (change["before"], change["after"], change["source"]) == (None, MARKER, "manifests/targets.yaml:7")
    [request] = [
        each["requests"][0] for each in plan["operations"] if each["key"] == "bob" and each["action"] == "create"
    ]
    assert request["body"]["password"] == MARKER
    assert "password: (set at creation)   manifests/targets.yaml:7" in place.house.run("plan").out
    assert "password: (set at creation)" in place.house.run("plan", "--format", "markdown").out


def test_passwords_from_files_are_in_the_creations_and_nowhere_else(place: Place) -> None:
    plan_file, report = str(place.house.root / "plan.json"), str(place.house.root / "report.json")
    commands = [
        ("plan", "--out", plan_file),
        ("plan", "--format", "json"),
        ("plan", "--redact"),
        ("explain", "user:alice"),
        ("explain", "user:alice", "--format", "json"),
        ("drift",),
        ("apply", plan_file, "--yes", "--report", report),
        ("show", plan_file),
        ("drift", "--format", "json"),
        ("explain", "user:alice"),
    ]
    for command in commands:
        ran = place.house.run("-vv", *command)
        assert ran.code in (0, 2), ran.err
        assert_nowhere(place, [ALICE, BOB], ran.out, ran.err)
    assert sent(place) == {"alice": ALICE, "bob": BOB}


def test_the_next_plan_is_empty_and_nothing_is_learnt(place: Place) -> None:
    report = place.house.apply()
    assert report["not_kept"] == []
    place.faults.log.clear()
    place.house.settled()
    (place.house.root / "secrets" / "alice").unlink()
    place.house.settled()
    assert "password" not in place.house.run("drift").out
    assert place.faults.writes == []


def test_random_passwords_meet_the_rules_and_are_nobodys_twice(place: Place) -> None:
    setting(place, RANDOM)
    ran = place.house.run("-vv", "apply", "--yes", "--report", str(place.house.root / "report.json"))
    assert ran.code == 0, ran.err
    passwords = sent(place)
    rules = PasswordRules.model_validate({"minLength": 12, "classes": 4})
    assert len(set(passwords.values())) == len(passwords) == 2
    for each in passwords.values():
        assert each is not None
        assert len(each) == 31
        assert password_problem(each, rules) == ""
        assert_nowhere(place, [each], ran.out, ran.err)
    place.house.settled()


def test_passwords_from_variables_named_after_keys(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    setting(place, '{from: "${FIRST_{key}}-{key}"}')
    monkeypatch.setenv("FIRST_alice", "one")
    monkeypatch.setenv("FIRST_bob", "two")
    place.house.apply()
    assert sent(place) == {"alice": "one-alice", "bob": "two-bob"}


@pytest.mark.parametrize("passwords", ["{}", "{onCreate: none}", "{rules: {minLength: 12}}"])
def test_without_a_word_of_it_nobody_gets_a_password(place: Place, passwords: str) -> None:
    setting(place, passwords)
    place.house.apply()
    assert sent(place) == {"alice": None, "bob": None}


def test_whatever_is_wrong_with_passwords_is_said_at_once_and_before_anything_is_sent(place: Place) -> None:
    place.house.write("people.yaml", PEOPLE + "  carol: {}\n  dave: {}\n  erin: {}\n")
    secret(place, "alice", "Sh0rt!")
    secret(place, "bob", "all lower case, long")
    secret(place, "carol", "\n")
    secret(place, "erin", "Wonder-land-1866\nand more")
    for command in [("plan",), ("apply", "--yes")]:
        ran = place.house.run("-vv", *command)
        assert ran.code == 1
        remedy = "(put one there that meets passwords.rules)"
        missing = "cannot be read or is empty (relative paths start at the directory above the manifests)"
        kinds = "kinds of characters (lower case, upper case, digits, others)"
        assert [line.split("the first password of ")[1] for line in ran.err.splitlines() if "password of" in line] == [
            f"alice (manifests/people.yaml:2) is shorter than 12 characters {remedy}",
            f"bob (manifests/people.yaml:3) holds fewer than 3 {kinds} {remedy}",
            f"carol (manifests/people.yaml:4) is missing: ${{file:secrets/carol}} {missing}",
            f"dave (manifests/people.yaml:5) is missing: ${{file:secrets/dave}} {missing}",
            f"erin (manifests/people.yaml:6) holds a line break or another control character {remedy}",
        ]
        faults = [line for line in ran.err.splitlines() if "password of" in line]
        assert all("manifests/targets.yaml:7:17: targets.there.passwords: " in each for each in faults)
        assert_nowhere(place, ["Sh0rt!", "all lower case", "Wonder-land-1866"], ran.out, ran.err)
    assert place.faults.writes == []
    assert place.remembered is None


def test_only_those_whom_the_plan_creates_need_a_password(place: Place) -> None:
    place.house.apply("--only", "user:alice")
    place.house.write("people.yaml", PEOPLE + "  carol: {from: 2999-01-01}\n  dave: {}\n")
    (place.house.root / "secrets" / "alice").unlink()
    place.house.apply("--only", "user:bob")
    assert sent(place) == {"alice": ALICE, "bob": BOB}
    assert place.house.run("plan").code == 1


def test_validate_reads_no_password(place: Place) -> None:
    (place.house.root / "secrets" / "alice").unlink()
    assert place.house.run("validate").code == 0


def test_a_key_cannot_lead_out_of_its_directory(place: Place) -> None:
    outside = place.house.root / "outside"
    outside.write_text("Outside-of-it-1!", encoding="utf-8")
    place.house.write("people.yaml", 'users: {"../outside": {userName: x}, "deep/er": {userName: y}}\n')
    secret(place, "deep", "").unlink()
    (place.house.root / "secrets" / "deep").mkdir()
    secret(place, "deep/er", "Deep-down-below-1!")
    ran = place.house.run("plan")
    assert ran.code == 1
    assert "would stand outside its directory: ${file:secrets/../outside}" in ran.err
    assert "deep/er" not in ran.err


def test_a_saved_plan_reads_the_passwords_of_its_own_day(place: Place) -> None:
    file = str(place.house.root / "plan.json")
    assert place.house.run("plan", "--out", file).code == 0
    secret(place, "alice", "too short")
    refused = place.house.run("apply", file, "--yes")
    assert refused.code == 1
    assert "is shorter than 12 characters" in refused.err
    assert place.faults.writes == []
    secret(place, "alice", "Another-day-1866!")
    assert place.house.run("apply", file, "--yes").code == 0
    assert sent(place) == {"alice": "Another-day-1866!", "bob": BOB}


def test_adoptions_and_updates_bring_none(place: Place) -> None:
    with place.server.client() as client:
        user = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "alice"}
        assert client.post("/Users", json=user).status_code == 201
    place.faults.log.clear()
    (place.house.root / "secrets" / "alice").unlink()
    place.house.apply()
    assert sent(place) == {"bob": BOB}
    place.house.replace("people.yaml", "Boss", "Queen")
    place.house.apply()
    assert sent(place) == {"bob": BOB}


async def refuse_by_repeating(request: Request, _forward: Forward) -> Reply:
    detail = f"cannot take {request.body['userName']} with password {request.body['password']}"
    return Reply(409, {"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": "409", "detail": detail})


async def answer_with_it(request: Request, forward: Forward) -> Reply:
    """Against RFC 7643 §4.1.1, which has it "never returned"."""
    reply = await forward(request)
    return reply.with_rows(lambda row: row | {"password": (request.body or {}).get("password", ALICE)})


def test_what_a_server_repeats_of_a_password_is_not_repeated(place: Place) -> None:
    place.faults.inject(On("POST", "/Users"), refuse_by_repeating)
    ran = place.house.run("-vv", "apply", "--yes", "--report", str(place.house.root / "report.json"))
    assert ran.code == 5
    assert "cannot take alice" in ran.out
    assert_nowhere(place, [ALICE, BOB], ran.out, ran.err)


def test_a_server_that_shows_passwords_is_neither_compared_nor_believed(place: Place) -> None:
    place.faults.inject(On("*", "/Users*"), answer_with_it)
    for command in [("apply", "--yes"), ("explain", "user:alice"), ("plan", "--format", "json"), ("drift",)]:
        ran = place.house.run("-vv", *command)
        assert ran.code == 0, ran.err
        assert_nowhere(place, [ALICE, BOB], ran.out, ran.err)
    place.house.settled()
    assert sent(place) == {"alice": ALICE, "bob": BOB}


def test_a_platform_without_passwords_is_told_offline(place: Place) -> None:
    place.house.write("targets.yaml", (TARGET % RANDOM).replace("generic", "alibaba-ram"))
    ran = place.house.run("validate")
    assert ran.code == 1
    assert (
        "manifests/targets.yaml:7:17: targets.there.passwords: users of alibaba-ram have no password that SCIM could "
        "set (take it out, or set passwords to null where it is inherited)"
    ) in ran.out.splitlines()


def test_where_the_schema_of_the_endpoint_has_none_that_is_said_once(place: Place) -> None:
    async def without(request: Request, forward: Forward) -> Reply:
        reply = await forward(request)

        def cut(row: dict) -> dict:
            attributes = [each for each in row.get("attributes", []) if each["name"] != "password"]
            return row | {"attributes": attributes}

        return reply.with_rows(cut)

    place.faults.inject(On("GET", "/Schemas*"), without)
    plan = place.house.plan()
    assert [(each["what"], each["reason"], each["count"]) for each in plan["dropped"]] == [
        ("password", "not_in_schema", 2)
    ]
    assert change_of(plan, "alice") is None
    place.house.apply()
    assert sent(place) == {"alice": None, "bob": None}


def test_a_password_in_a_mapping_is_told_offline(place: Place) -> None:
    place.house.write("targets.yaml", TARGET % "{}\n        mapping: m")
    place.house.write(
        "mapping.yaml", "mappings: {m: {extends: generic, users: {attributes: {Password: S3cret-for-all}}}}\n"
    )
    ran = place.house.run("validate")
    assert ran.code == 1
    assert "mappings.m.users.attributes.Password: a password is nobody's desired state" in ran.out
    assert "S3cret" not in ran.out


@pytest.mark.servers
def test_it_is_kept_to_itself_by_independent_servers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, scim_server: Server
) -> None:
    house = House(tmp_path, capsys)
    monkeypatch.setenv("TOKEN_THERE", scim_server.token)
    monkeypatch.setenv("FIRST_alice", ALICE)
    house.write("people.yaml", "users: {alice: {title: Boss, emails: alice@example.com}}\n")
    house.write("targets.yaml", target(scim_server, 'passwords: {from: "${FIRST_{key}}", rules: {classes: 4}}'))
    assert change_of(house.plan(), "alice") is not None
    assert "password" not in {each["path"] for each in house.apply()["not_kept"]}
    house.settled()
    with scim_server.client() as client:
        assert ALICE not in client.get("/Users").text
    assert not any(ALICE.encode() in each.read_bytes() for each in tmp_path.rglob("*") if each.is_file())


@pytest.fixture
def idaas(place: Place, monkeypatch: pytest.MonkeyPatch) -> Iterator[PlatformApplication]:
    """The same people, to be created in IDaaS, whose policy asks for twelve characters."""
    place.house.write("targets.yaml", (TARGET % FROM_FILES).replace("generic", "alibaba-idaas"))
    with SandboxStore() as store:
        app = create_platform(store, "alibaba-idaas", TOKEN, SandboxOptions(password_length=12))
        with running_sandbox(app) as url:
            monkeypatch.setenv("URL_THERE", url)
            yield app


@pytest.mark.parametrize("passwords", [FROM_FILES, RANDOM], ids=["from", "random"])
def test_idaas_gets_passwords_within_its_policy(place: Place, idaas: PlatformApplication, passwords: str) -> None:
    place.house.replace("targets.yaml", FROM_FILES, passwords)
    place.house.apply()
    place.house.settled()
    posts = [each for each in idaas.log if each.request.method == "POST"]
    assert [each.request.body["userName"] for each in posts if each.request.body.get("password")] == ["alice", "bob"]


def test_what_idaas_refuses_is_shown_without_the_password(place: Place, idaas: PlatformApplication) -> None:
    place.house.replace("targets.yaml", FROM_FILES, '{from: "${file:secrets/{key}}"}')
    secret(place, "alice", "Sh0rt-one!")
    ran = place.house.run("-vv", "apply", "--yes")
    assert ran.code == 5
    assert "the password must have 12 characters at least" in ran.out
    assert_nowhere(place, ["Sh0rt-one!", BOB], ran.out, ran.err)
    assert idaas.log
