"""The plan as a document: it loads to itself, and nobody alters it unseen."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planning_kit import NOW, circumstances, draft_of, group, known, plan_of, signs, target_text, user

from reconciler.core.manifests.parsing import Rate
from reconciler.core.manifests.safety import Safety
from reconciler.core.plan import Plan, operations_digest
from reconciler.core.planning.documenting import estimate
from reconciler.core.planning.drift import differs, only_theirs
from reconciler.core.resources import Kind
from reconciler.core.vocabulary import By, Situation
from reconciler.errors import StalePlanError

TEXT = """
users:
  ann: {title: Böss, emails: ann@example.com}
  bob: {manager: ann}
  off: {}
  soon: {from: 2026-12-01}
groups:
  ops: {members: [ann, bob, {user: soon, until: 2027-01-01}]}
"""
LIVE = [user("1", "ann", title="Intern"), user("3", "off", active=False), user("4", "zed"), user("5", "left")]
RECORDS = [known("ann", "1", nickName="A"), known("off", "3"), known("left", "5")]


def saved(**more: Any) -> Plan:
    return plan_of(TEXT, LIVE, [group("g9", "x")], RECORDS, **more)


def test_a_plan_loads_to_itself() -> None:
    plan = saved()
    assert Plan.from_json(plan.to_json()) == plan
    assert plan.to_json().endswith(b"}\n")
    assert {each.action for each in plan.operations} >= {"create", "update", "disable"}
    assert [each.key for each in plan.waiting] == ["soon"]
    assert [each.path for each in plan.released] == ["nickName"]


CONTENT = saved().to_json()


@settings(max_examples=200)
@given(st.integers(0, len(CONTENT) - 2), st.integers(1, 255))
def test_an_altered_byte_is_refused(place: int, change: int) -> None:
    """Whatever a byte becomes: either the document means the same, or it is refused."""
    altered = bytearray(CONTENT)
    altered[place] ^= change
    try:
        same = orjson.loads(bytes(altered)) == orjson.loads(CONTENT)
    except orjson.JSONDecodeError:
        same = False
    if same:
        assert Plan.from_json(bytes(altered)) == Plan.from_json(CONTENT)
    else:
        with pytest.raises(StalePlanError):
            Plan.from_json(bytes(altered))


@settings(max_examples=100)
@given(st.data())
def test_an_altered_value_is_refused(data: Any) -> None:
    body = json.loads(CONTENT)
    path = data.draw(
        st.sampled_from([(name,) for name in body] + [("operations", 0, name) for name in body["operations"][0]])
    )
    holder = body
    for step in path[:-1]:
        holder = holder[step]
    before = holder[path[-1]]
    holder[path[-1]] = data.draw(
        st.one_of(st.none(), st.integers(-9, 9), st.text("ab", max_size=3), st.just([]), st.just({}))
    )
    if holder[path[-1]] != before:
        with pytest.raises(StalePlanError):
            Plan.from_json(orjson.dumps(body))


def test_what_is_no_plan_is_refused_with_words() -> None:
    for content, words in (
        (b"{", "is not JSON"),
        (b"[]", "has format None"),
        (b'{"format": "reconciler.plan/2"}', "has format 'reconciler.plan/2'"),
        (b'{"format": "reconciler.plan/1"}', "was altered"),
    ):
        with pytest.raises(StalePlanError, match=words):
            Plan.from_json(content)


def test_a_sealed_plan_of_another_shape_is_refused() -> None:
    from reconciler.core.plan import seal

    body = {**json.loads(CONTENT), "unheard": 1}
    body["sha256"] = seal(body)
    with pytest.raises(StalePlanError, match="another version"):
        Plan.from_json(orjson.dumps(body))


def test_the_digest_of_operations_knows_no_times_and_no_order() -> None:
    later = circumstances(now=NOW + timedelta(days=3), manifests="other", lineage="z")
    first, second = saved(), saved(told=later)
    assert first.operations_digest == second.operations_digest
    assert first.sha256 != second.sha256
    assert operations_digest(tuple(reversed(first.operations))) == first.operations_digest
    assert plan_of(TEXT.replace("Böss", "Boss"), LIVE, (), RECORDS).operations_digest != first.operations_digest


def test_requests_are_planned_as_they_will_be_sent() -> None:
    by_id = {each.id: each.requests for each in saved().operations}
    [patch] = by_id["user:ann:update"]
    assert (patch.method, patch.path) == ("PATCH", "/Users/1")
    [post] = by_id["user:bob:create"]
    assert (post.method, post.path) == ("POST", "/Users")
    assert post.body is not None
    assert post.body["userName"] == "bob"
    adopted = plan_of("users: {zed: {}}", LIVE)
    assert signs(adopted.operations) == ["user:zed adopt"]
    assert (adopted.operations[0].requests, adopted.requests) == ((), 0)


def test_the_summary_counts_people_and_members() -> None:
    summary = saved().summary
    assert summary["user"] == {"create": 1, "disable": 1, "update": 1}
    assert summary["group"] == {"create": 1}
    assert summary["members"] == {"added": 2, "removed": 0}
    assert summary["people"] == 3
    stranger = plan_of(
        "users: {}\ngroups: {g: {members: [], membership: exact}}",
        [user("4", "zed")],
        [group("g1", "g", "4")],
        [known("g", "g1", Kind.GROUP)],
    )
    assert (stranger.summary["members"]["removed"], stranger.summary["people"]) == (1, 1)


def test_time_is_estimated_by_round_trips_and_never_faster_than_the_rate() -> None:
    assert estimate(100, circumstances(round_trip=0.1, concurrency=4)) == 2.5
    assert estimate(100, circumstances(round_trip=0.1, concurrency=4, rates=(Rate(10, 1),))) == 9
    assert estimate(100, circumstances(rates=(Rate(50, 1), Rate(99, 3600)))) == 3600
    assert estimate(99, circumstances(rates=(Rate(99, 3600),))) == 0
    assert estimate(0, circumstances()) == 0


def test_access_giving_releases_come_first() -> None:
    record = known("ann", "1", nickName="A", title="B", roles=[{"value": "admin"}])
    plan = plan_of("users: {ann: {}}", [user("1", "ann", nickName="A")], (), [record])
    assert [each.path for each in plan.released] == ["roles", "nickName", "title"]
    groups = plan_of("groups: {g: {}}", (), [group("g1", "g", "1")], [known("g", "g1", Kind.GROUP, members=["1"])])
    assert [(each.path, each.value) for each in groups.released] == [("members", [{"value": "1"}])]


def test_what_nobody_wants_any_more_is_no_release() -> None:
    record = known("ann", "1", nickName="A")
    for text in ("users: {}", "users: {ann: {state: absent}}"):
        assert plan_of(text, [user("1", "ann")], (), [record]).released == ()


def test_drift_is_what_differs_adoptions_aside() -> None:
    assert not differs(plan_of("users: {ann: {}}", [user("1", "ann")]))
    assert differs(plan_of("users: {off: {}}", LIVE, (), RECORDS[1:2]))
    assert differs(saved())
    assert not differs(plan_of("users: {zed: {state: absent}}", LIVE))


def test_only_theirs_leaves_out_what_only_we_changed() -> None:
    record = known("ann", "1", title="Boss", nickName="A")
    live = [user("1", "ann", title="Intern", nickName="A"), user("2", "new"), user("3", "off", active=False)]
    text = "users: {ann: {title: Boss, nickName: B}, bob: {}, off: {}}"
    records = [record, known("off", "3")]
    plan = plan_of(text, live, (), records)
    theirs = only_theirs(plan, draft_of(text, live, (), records), Safety())
    assert [(each.key, each.by) for each in theirs.operations] == [("ann", By.BOTH)]
    assert [each.situation for each in theirs.withheld] == [Situation.DISABLED_THERE]
    assert Plan.from_json(theirs.to_json()) == theirs


@settings(max_examples=40, deadline=None)
@given(st.randoms(use_true_random=False))
def test_a_plan_does_not_depend_on_the_order_of_files_of_the_listing_or_of_the_store(shuffled: Any) -> None:
    people = [
        "ann: {title: Boss, manager: bob}",
        "bob: {}",
        "cyd: {userName: dan}",
        "dan: {userName: eve}",
        "new: {manager: cyd}",
    ]
    teams = ["ops: {members: [new, ann, {group: eng}]}", "eng: {members: [dan, cyd]}"]
    live = [user(key, key) for key in ("ann", "bob", "cyd", "dan", "left", "zed")]
    groups = [group("g1", "ops", "bob", "zed"), group("g2", "old")]
    records = [known(key, key) for key in ("ann", "bob", "cyd", "dan", "left")] + [known("ops", "g1", Kind.GROUP)]
    documents = set()
    for _ in range(2):
        lines = [*(("users", each) for each in people), *(("groups", each) for each in teams)]
        shuffled.shuffle(lines)
        files = [(f"f{number}.yaml", f"{section}:\n  {entry}\n") for number, (section, entry) in enumerate(lines)]
        shuffled.shuffle(files)
        tree = dict(files) | {"t.yaml": target_text()}
        for each in (live, groups, records):
            shuffled.shuffle(each)
        for each in groups:
            shuffled.shuffle(each["members"])
        plan = plan_of(tree, live, groups, records)
        body = plan.model_dump(mode="json", exclude={"sha256"})
        for operation in body["operations"]:
            operation["members"].sort(key=str)
            operation["requests"] = [(each["method"], each["path"]) for each in operation["requests"]]
            for one in (*operation["members"], *operation["changes"]):
                one["source"] = None
            operation["changes"].sort(key=str)
        documents.add(orjson.dumps(body))
    assert len(documents) == 1
