"""No manifest change takes anything from the account of the token, nor from whom `protect` names."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from planning_kit import catalog_of, given_of, group, known, target_text, user

from reconciler.core.plan import Operation
from reconciler.core.planning.planner import draft_plan
from reconciler.core.resources import Kind
from reconciler.core.vocabulary import Action

PEOPLE = ("root", "ann", "bob", "cy")
GROUPS = ("eng", "ops", "all")
IDS = {name: str(number) for number, name in enumerate((*PEOPLE, *GROUPS), 1)}
LIFECYCLES = (
    "{onRemove: delete, groups: {onRemove: delete, onLeave: delete}}",
    "{onRemove: disable, onLeave: delete, groups: {onRemove: empty, onLeave: empty}}",
    "{onRemove: keep, groups: {onRemove: keep}}",
)

entries = st.fixed_dictionaries(
    {},
    optional={
        "state": st.sampled_from(["active", "disabled", "absent"]),
        "userName": st.sampled_from(["root2", "x"]),
        "externalId": st.sampled_from(["E1", "E2"]),
        "title": st.just("Head"),
    },
)
memberships = st.lists(st.sampled_from(PEOPLE), unique=True)
nested = st.lists(st.sampled_from(["eng", "ops"]), unique=True)


World = tuple[dict[str, str], dict[str, set[str]], bool]


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Manifests, who is in which live group, and whether everybody there is on record."""
    keys = draw(st.sets(st.sampled_from(PEOPLE)))
    names = iter(["root2", "x"])
    users: dict[str, dict[str, Any]] = {key: draw(entries) for key in sorted(keys)}
    for number, each in enumerate(users.values()):
        each.update({"userName": next(names, f"n{number}")} if "userName" in each else {})
        each.update({"externalId": f"E{number}"} if "externalId" in each else {})
    groups: dict[str, Any] = {}
    for key in sorted(draw(st.sets(st.sampled_from(GROUPS)))):
        people = [each for each in draw(memberships) if each in users]
        inner = [{"group": each} for each in draw(nested)] if key == "all" else []
        groups[key] = {"members": [*people, *inner], "membership": draw(st.sampled_from(["managed", "exact"]))}
    for each in groups.values():
        each["members"] = [one for one in each["members"] if isinstance(one, str) or one["group"] in groups]
    live = {key: {IDS[each] for each in draw(memberships)} for key in GROUPS}
    live["all"] |= {IDS[each] for each in draw(nested)}
    by_name = draw(st.booleans())
    guard = "safety: {protect: [root]}" if by_name else "safety: {minAdmins: 0}"
    target = target_text(guard, f"lifecycle: {draw(st.sampled_from(LIFECYCLES))}")
    tree = {"people.yaml": json.dumps({"users": users, "groups": groups}), "targets.yaml": target}
    return tree, live, by_name


def reach(members: dict[str, set[str]]) -> set[str]:
    """Groups that root is in, directly or through others."""
    found: set[str] = set()
    inside = {IDS["root"]}
    while inside:
        around = {key for key, ids in members.items() if key not in found and inside & ids}
        found |= around
        inside = {IDS[each] for each in around}
    return found


def carry_out(operations: list[Operation], live: dict[str, set[str]]) -> dict[str, set[str]]:
    after = {key: set(ids) for key, ids in live.items()}
    for each in operations:
        if each.kind is Kind.GROUP and each.key in after:
            if each.action is Action.DELETE:
                del after[each.key]
            elif each.action is Action.REMOVE_MEMBERS:
                after[each.key] -= {one.id for one in each.members if one.id is not None}
    return after


@settings(max_examples=150, deadline=None)
@given(worlds())
def test_nothing_is_taken_from_whom_nothing_may_be_taken(world: World) -> None:
    tree, live, by_name = world
    rows = [user(IDS[each], each) for each in PEOPLE]
    there = [group(IDS[each], each, *sorted(live[each])) for each in GROUPS]
    records = [known(each, IDS[each]) for each in PEOPLE]
    records += [known(each, IDS[each], Kind.GROUP, members=sorted(live[each])) for each in GROUPS]
    given_ = given_of(catalog_of(tree), rows, there, records)
    if not by_name:
        given_ = replace(given_, own_ids=(IDS["root"],))
    operations = draft_plan(given_).rows.operations
    mine = [each for each in operations if each.precondition is not None and each.precondition.id == IDS["root"]]
    assert not {Action.ADOPT, Action.DISABLE, Action.DELETE} & {each.action for each in mine}
    assert not {"userName", "externalId"} & {change.path for each in mine for change in each.changes}
    assert reach(carry_out(operations, live)) == reach(live)
