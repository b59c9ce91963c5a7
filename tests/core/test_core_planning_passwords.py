"""The marker of a first password: in creations of users, and in nothing that is compared, remembered or resolved."""

from __future__ import annotations

from dataclasses import replace

import pytest
from planning_kit import TODAY, catalog_of, draft_of, known, plan_of, target_of, target_text, user

from reconciler.core.plan import Plan
from reconciler.core.planning.passwords import MARKER, brings_password, is_secret, without_password
from reconciler.core.planning.recording import Effect, Ledger
from reconciler.core.planning.staleness import operations_to_do
from reconciler.scim.provider import DEFAULT_DISCOVERY
from reconciler.scim.rfc7643 import RFC_USER

PEOPLE = """
users: {ann: {title: Boss}, bob: {manager: ann}, carol: {state: disabled}, dave: {title: Intern}}
groups: {ops: {members: [ann]}}
"""
RANDOM = {"people.yaml": PEOPLE, "targets.yaml": target_text("passwords: {onCreate: random}")}
LIVE = [user("4", "dave", title="Boss")]


def bringing(plan: Plan) -> dict[str, bool]:
    return {each.id: brings_password(each) for each in plan.operations}


def test_creations_of_users_bring_one_and_nothing_else_does() -> None:
    assert bringing(plan_of(RANDOM, LIVE, [], [])) == {
        "user:ann:create": True,
        "user:bob:create": True,
        "user:bob:update:references": False,
        "user:carol:create": True,
        "user:dave:adopt": False,
        "user:dave:update": False,
        "group:ops:create": False,
    }


def test_a_plan_with_a_marker_loads_to_itself_and_counts_it_as_changed() -> None:
    plan = plan_of(RANDOM)
    assert Plan.from_json(plan.to_json()) == plan
    assert plan.operations_digest != plan_of(PEOPLE).operations_digest


def test_the_request_that_is_shown_bears_the_marker() -> None:
    [ann] = [each for each in plan_of(RANDOM).operations if each.id == "user:ann:create"]
    assert ann.requests[0].body is not None
    assert ann.requests[0].body["password"] == MARKER


@pytest.mark.parametrize("lines", ["passwords: {onCreate: none}", "passwords: {length: 12}", "pace: {concurrency: 1}"])
def test_a_target_that_asks_for_none_gets_none(lines: str) -> None:
    plan = plan_of({"people.yaml": PEOPLE, "targets.yaml": target_text(lines)})
    assert not any(bringing(plan).values())
    assert "password" not in plan.to_json().decode()


def test_the_line_is_that_of_the_layer_which_says_it() -> None:
    base = 'targets:\n  base:\n    abstract: true\n    passwords:\n      length: 12\n      from: "${PW_{key}}"\n'
    mine = "targets: {there: {extends: base, platform: generic, url: https://scim.example/v2}}\n"
    plan = plan_of({"people.yaml": PEOPLE, "base.yaml": base, "targets.yaml": mine})
    [change] = {x.source for each in plan.operations for x in each.changes if is_secret(x.after)}
    assert change == "manifests/base.yaml:6"


@pytest.mark.parametrize("change", [None, "readOnly"])
def test_an_endpoint_whose_schema_takes_none_is_not_sent_any(change: str | None) -> None:
    attributes = dict(RFC_USER.attributes)
    known = attributes.pop("password")
    if change is not None:
        attributes["password"] = replace(known, mutability=change)
    schemas = {**DEFAULT_DISCOVERY.schemas, "User": replace(RFC_USER, attributes=attributes)}
    plan = plan_of(RANDOM, LIVE, discovery=replace(DEFAULT_DISCOVERY, schemas=schemas))
    assert not any(bringing(plan).values())
    [row] = [each for each in plan.dropped if each.what == "password"]
    assert (row.count, row.examples) == (3, ("user:ann", "user:bob", "user:carol"))


def test_nothing_of_it_is_recorded() -> None:
    draft, plan = draft_of(RANDOM), plan_of(RANDOM)
    ledger = Ledger(draft, target_of(catalog_of(RANDOM)), TODAY)
    for each in plan.operations:
        ledger.add(Effect(each, True, f"id of {each.key}"))
    records = [ledger.record(each) for each in draft.decisions]
    assert all(records)
    assert not any("password" in each.applied for each in records if each is not None)


def test_a_creation_that_was_carried_out_is_done_whatever_the_server_shows() -> None:
    saved = plan_of({**RANDOM, "people.yaml": "users: {ann: {}, bob: {}}"})
    live = [user("1", "ann", password="shown against the RFC")]
    there = draft_of({**RANDOM, "people.yaml": "users: {ann: {}, bob: {}}"}, live, [], [known("ann", "1")])
    fresh = plan_of({**RANDOM, "people.yaml": "users: {ann: {}, bob: {}}"}, live, [], [known("ann", "1")])
    assert [each.id for each in operations_to_do(saved, there, fresh.operations)] == ["user:bob:create"]


def test_without_it_an_operation_is_what_can_be_read_back() -> None:
    [ann] = [each for each in plan_of(RANDOM).operations if each.id == "user:ann:create"]
    bare = without_password(ann)
    assert [each.path for each in ann.changes] == [*[each.path for each in bare.changes], "password"]
    assert not brings_password(bare)
    assert without_password(bare) == bare


def test_only_the_marker_is_the_marker() -> None:
    assert is_secret(MARKER)
    assert not any(map(is_secret, (None, "password", {}, {"$secret": "x"}, {"$ref": "user:ann"}, [MARKER])))
