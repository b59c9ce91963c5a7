"""The words of `reconciler state`, and what it refuses, on a store that nobody applied anything to."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from house import House

from reconciler.core.known import Known, Learnt, Lesson, Origin, Run
from reconciler.core.resources import Kind
from reconciler.storage.state.opening import open_state

TODAY = datetime.now(UTC).date()
ANN = Known(
    Kind.USER,
    "ann",
    "9067",
    Origin.CREATED,
    {"userName": "ann", "title": "Boss", 'emails[type eq "work"]': [{"value": "ann@example.com"}]},
    "Ann Ng",
    date(2026, 11, 21),
)
BOB = Known(Kind.USER, "bob", "9068", Origin.ADOPTED, name="Bob\u202e", gone_since=date(2026, 11, 20))
OPS = Known(Kind.GROUP, "ops", "7", Origin.MATCHED, name="Ops")
NOT_KEPT = Learnt(Lesson.NOT_KEPT, Kind.USER, "nickName", "", TODAY)
UNDELETABLE = Learnt(Lesson.UNDELETABLE, Kind.USER, "delete", "Ann owns this", TODAY, "ann")
RUN = Run("20261121-080000-abcd", "main", datetime(2026, 11, 21, 8, tzinfo=UTC), "abcd", "1.0")

MANIFESTS = """
    settings: {personal: [title, emails]}
    targets:
      main: {platform: generic, url: "https://scim.example.com"}
      empty: {platform: generic, url: "https://scim.example.com"}
"""

BROKEN_OFF = "the last apply began 2026-11-21 08:00 UTC and did not end: it goes on, or was broken off"
WAYS_OUT = (
    "`reconciler state move --target old NEW` gives its records to another target, "
    "`reconciler state forget --target old` lets go of them"
)


@pytest.fixture
def house(tmp_path: Path, capsys: pytest.CaptureFixture[str], state_url: str) -> House:
    house = House(tmp_path, capsys, state_url)
    house.write("targets.yaml", MANIFESTS)
    return house


@pytest.fixture
def filled(house: House, state_url: str) -> House:
    """`main` is in the manifests, `old` is not any more."""
    with closing(open_state(state_url, create=True)) as store:
        for target in ("main", "old"):
            store.bind(target, "0123456789abcdef")
            store.record(target, [ANN, BOB, OPS])
            store.learn(target, [NOT_KEPT, UNDELETABLE, replace(NOT_KEPT, subject="locale", day=TODAY - timedelta(40))])
        store.record_run(replace(RUN, ended=RUN.started, counts={"done": 1200, "failed": 1, "skipped": 0}, exit=5))
        store.record_run(replace(RUN, target="old"))
    return house


def test_the_list_in_words(filled: House) -> None:
    ran = filled.run("state", "list")
    assert ran.code == 0
    assert ran.out.splitlines() == [
        "main: owns 2 users and 0 groups, knows 1 more; last apply 2026-11-21 08:00 UTC: 1,200 done, 1 failed",
        "  KIND   KEY  ID    ORIGIN   NAME       IN THE MANIFESTS  GONE SINCE",
        "  user   ann  9067  created  Ann Ng     2026-11-21        -",
        "  user   bob  9068  adopted  Bob\\u202e  -                 2026-11-20",
        "  group  ops  7     matched  Ops        -                 -",
        "",
        f"old: owns 2 users and 0 groups, knows 1 more; {BROKEN_OFF}",
        f"  not in the manifests any more: {WAYS_OUT}",
        *("  " + line.strip() for line in filled.run("state", "list", "main").out.splitlines()[1:]),
    ]


def test_the_list_as_json(filled: House) -> None:
    document = filled.run("state", "list", "--format", "json", "ol*").json
    assert document["format"] == "reconciler.state/1"
    assert len(document["lineage"]) == 32
    [old] = document["targets"]
    assert (old["name"], old["inManifests"], old["fingerprint"]) == ("old", False, "0123456789abcdef")
    assert (old["owned"], old["known"], old["lastRun"]["ended"]) == (2, 3, None)
    assert [each["key"] for each in old["objects"]] == ["ann", "bob", "ops"]
    assert old["objects"][1] == {
        "kind": "user",
        "key": "bob",
        "id": "9068",
        "origin": "adopted",
        "owned": True,
        "name": "Bob\u202e",
        "lastSeenDesired": None,
        "goneSince": "2026-11-20",
    }


def test_manifests_that_cannot_be_read_keep_nobody_from_the_list(filled: House) -> None:
    filled.write("more.yaml", "users: [")
    ran = filled.run("state", "list")
    assert (ran.code, "not in the manifests any more" in ran.out) == (0, False)
    assert "whether a target is still in them is not known" in ran.err
    assert filled.run("state", "list", "--redact").code == 1


def test_one_object_in_words(filled: House) -> None:
    assert filled.run("state", "show", "user:Ann", "main").out.splitlines() == [
        "main: user ann (Ann Ng)",
        "  id 9067, created by an apply: owned",
        "  last seen in the manifests: 2026-11-21",
        "  last applied, or found equal:",
        '    emails[type eq "work"]: [{"value": "ann@example.com"}]',
        '    title: "Boss"',
        '    userName: "ann"',
        f"  learnt on {TODAY} of every user there: nickName is accepted and not kept",
        f"  learnt on {TODAY} of this one: cannot be deleted: Ann owns this",
    ]


def test_what_is_personal_is_masked_and_all_of_it_where_the_mapping_is_gone(filled: House) -> None:
    main, old = filled.run("state", "show", "user:ann", "--redact", "--format", "json").json
    assert main["applied"] == {'emails[type eq "work"]': "•••", "title": "•••", "userName": "ann"}
    assert set(old["applied"].values()) == {"•••"}
    assert [each["value"] for each in main["learnt"]] == ["", "•••"]
    assert (main["name"], old["name"]) == ("Ann Ng", "•••")


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("show user:an", "nothing is recorded of user:an (did you mean 'ann'?)"),
        ("show group:ann", "nothing is recorded of group:ann (known here: ops)"),
        ("show ann", "'ann' names nobody: write user:KEY or group:KEY"),
        ("list mian", "nothing is recorded of a target 'mian' (did you mean 'main'?)"),
        ("forget user:ann --yes", "user:ann is recorded on main, old: name the target, or --all"),
        ("forget user:ann main", "there is no terminal to ask on: add --yes to forget without asking"),
        ("forget --target mian --yes", "nothing is recorded of a target 'mian' (did you mean 'main'?)"),
        ("forget --target empty --yes", "nothing is recorded of a target 'empty' (known here: main, old)"),
        ("forget --yes", "name one user:KEY or group:KEY and its target, or else --target NAME"),
        ("forget user:ann --target main", "or else --target NAME"),
        ("move user:ann group:ann main", "are of different kinds"),
        ("move user:an user:anne", "nothing is recorded of user:an"),
        ("move user:ann", "name two keys"),
        ("move user:ann user:anne main --rebind", "name two keys"),
        ("move --target old", "--target goes with one new name, or with --rebind"),
        ("move --target old new --rebind", "--target goes with one new name, or with --rebind"),
        ("move --target old new newer", "--target goes with one new name, or with --rebind"),
    ],
)
def test_wrong_usage_is_told_and_changes_nothing(filled: House, command: str, said: str) -> None:
    before = filled.run("state", "list").out
    ran = filled.run("state", *command.split())
    assert (ran.code, said in ran.err) == (64, True), ran.err
    assert filled.run("state", "list").out == before


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("move user:ann user:BOB main", "user:bob has a record already; forget or move that one first"),
        ("move --target old main", "target main: something is recorded of it already; forget or move that first"),
    ],
)
def test_nothing_is_moved_over_what_is_there(filled: House, command: str, said: str) -> None:
    before = filled.run("state", "list").out
    ran = filled.run("state", *command.split())
    assert (ran.code, said in ran.err) == (3, True), ran.err
    assert filled.run("state", "list").out == before


def keys(house: House, target: str) -> list[str]:
    [found] = house.run("state", "list", target, "--format", "json").json["targets"]
    return [each["key"] for each in found["objects"]]


def test_forgetting_one_on_every_target(filled: House) -> None:
    ran = filled.run("state", "forget", "user:ann", "--all", "--yes")
    assert ran.out.splitlines()[-1] == "forgotten: 2 records"
    assert (keys(filled, "main"), keys(filled, "old")) == (["bob", "ops"], ["bob", "ops"])


def test_forgetting_what_was_never_owned_says_so(filled: House) -> None:
    assert "it was not owned" in filled.run("state", "forget", "group:ops", "old", "--yes").out


def test_forgetting_a_whole_target(filled: House) -> None:
    ran = filled.run("state", "forget", "--target", "old", "--yes")
    assert ran.out.startswith("old: 2 users and 1 group, its endpoint and what was learnt about it are forgotten: ")
    assert "old" not in filled.run("state", "list").out


def test_moving_a_record_by_environment(filled: House) -> None:
    filled.write("targets.yaml", MANIFESTS.replace("generic, url", "generic, environment: prod, url"))
    assert filled.run("state", "move", "user:ann", "user:anne", "--env", "prod").code == 0
    assert (keys(filled, "main"), keys(filled, "old")) == (["anne", "bob", "ops"], ["ann", "bob", "ops"])


def test_moving_a_target(filled: House) -> None:
    ran = filled.run("state", "move", "--target", "old", "empty")
    assert (ran.code, ran.out, ran.err) == (0, "3 records of target old are now those of empty\n", "")
    ran = filled.run("state", "move", "--target", "empty", "mian")
    assert ran.err == "the manifests have no target 'mian' (did you mean 'main'?)\n"


def test_rebinding_a_target(filled: House) -> None:
    assert filled.run("state", "move", "--target", "old", "--rebind").code == 0
    [old] = filled.run("state", "list", "old", "--format", "json").json["targets"]
    assert (old["fingerprint"], old["known"]) == (None, 3)


NO_STORE: list[Callable[[House], House]] = [lambda house: house, lambda house: replace(house, state="none")]


@pytest.mark.parametrize("without", NO_STORE, ids=["missing", "none"])
def test_without_a_store_a_sentence_says_so_and_none_is_made(house: House, without: Callable[[House], House]) -> None:
    house = without(house)
    ran = house.run("state", "list")
    assert (ran.code, ran.out) == (0, "")
    assert "the state store is empty, or there is none" in ran.err
    assert house.run("state", "list", "--format", "json").json["targets"] == []
    for command in ("show user:ann", "forget user:ann --yes", "forget --target main --yes", "move user:a user:b"):
        ran = house.run("state", *command.split())
        assert (ran.code, "the state store is empty, or there is none" in ran.err) == (1, True)
    assert [each.name for each in house.root.iterdir()] == ["manifests"]


def test_a_server_that_is_not_there_is_named_without_its_password(house: House) -> None:
    house = replace(house, state="postgresql://ann:hunter2@127.0.0.1:1/state")
    for command in ("list", "show user:ann", "forget user:ann --yes", "move user:a user:b"):
        ran = house.run("state", *command.split())
        assert (ran.code, "state store postgresql://127.0.0.1:1/state cannot be used" in ran.err) == (1, True), ran.err
        assert "hunter2" not in ran.err + ran.out
