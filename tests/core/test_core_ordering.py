"""The order of operations, and what no order can serve."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planning_kit import draft_of, known, rows_of, signs, target_text, user

from reconciler.core.comparing.attributes import AttributeView
from reconciler.core.plan import Change, Operation, Precondition
from reconciler.core.planning.claims import Register
from reconciler.core.planning.names import find_circles, find_depths, find_waits
from reconciler.core.planning.ordering import Phase, levels, phase_of
from reconciler.core.resources import Kind
from reconciler.core.vocabulary import Action, DropReason, Situation
from reconciler.scim.rfc7643 import RFC_USER

REGISTER = Register({Kind.USER: AttributeView(RFC_USER)}, {})


def rename(key: str, before: str | None, after: str, action: Action = Action.UPDATE) -> Operation:
    return Operation(
        id=f"user:{key}:{action}",
        kind=Kind.USER,
        key=key,
        name=after,
        action=action,
        situation=Situation.DRIFTED,
        reason=Situation.DRIFTED,
        changes=(Change(path="userName", before=before, after=after),),
        precondition=Precondition(id=key, digest="") if before else None,
    )


NAMES = st.sampled_from("abcdefgh")


@st.composite
def renames(draw: Any) -> Any:
    """Renames, creates and deletes in which no name is borne or wanted twice."""
    bearing = draw(st.permutations("abcdefgh"))[: draw(st.integers(0, 8))]
    wanting = draw(st.permutations("abcdefgh"))
    operations = []
    for place, name in enumerate(bearing):
        action = draw(st.sampled_from([Action.UPDATE, Action.ENABLE, Action.DISABLE, Action.DELETE]))
        made = rename(f"k{place}", name, wanting[place], action)
        if action is Action.DELETE:
            made = made.model_copy(update={"name": name, "changes": ()})
        operations.append(made)
    created = range(len(bearing), draw(st.integers(len(bearing), 8)))
    return [*operations, *(rename(f"k{place}", None, wanting[place], Action.CREATE) for place in created)]


@given(renames())
def test_no_name_is_taken_before_it_is_freed(operations: Any) -> None:
    waits = find_waits(operations, REGISTER)
    step_of = {each.id: number for number, step in enumerate(levels(operations, REGISTER)) for each in step}
    assert step_of.keys() == {each.id for each in operations}
    circles = find_circles(waits)
    for id, freeing in ((id, each) for id, some in waits.items() for each in some):
        if id not in circles and freeing.id not in circles:
            assert step_of[freeing.id] < step_of[id]


@given(renames(), st.randoms(use_true_random=False))
def test_the_steps_do_not_depend_on_the_order_given(operations: Any, shuffled: Any) -> None:
    first = levels(operations, REGISTER)
    shuffled.shuffle(operations)
    assert levels(operations, REGISTER) == first


@given(renames())
def test_a_circle_is_whoever_waits_for_itself(operations: Any) -> None:
    waits = find_waits(operations, REGISTER)

    def comes_back(start: str) -> bool:
        step = start
        for _ in waits:
            if step not in waits:
                return False
            [freeing] = waits[step]
            step = freeing.id
            if step == start:
                return True
        return False

    assert find_circles(waits) == {id for id in waits if comes_back(id)}
    assert all(depth == 0 for id, depth in find_depths(waits).items() if id in find_circles(waits))


def test_phases_come_one_after_the_other() -> None:
    def phase(kind: Kind, action: Action, suffix: str = "") -> Phase:
        row = Situation.DRIFTED
        made = Operation(id=f"{kind}:x:{action}{suffix}", kind=kind, key="x", action=action, situation=row, reason=row)
        return phase_of(made)

    order = [
        phase(Kind.USER, Action.DISABLE),
        phase(Kind.USER, Action.CREATE),
        phase(Kind.USER, Action.UPDATE, ":references"),
        phase(Kind.GROUP, Action.CREATE),
        phase(Kind.GROUP, Action.ADD_MEMBERS),
        phase(Kind.GROUP, Action.REMOVE_MEMBERS),
        phase(Kind.USER, Action.ENABLE),
        phase(Kind.GROUP, Action.DELETE),
        phase(Kind.USER, Action.DELETE),
    ]
    assert order == sorted(order)
    assert len(set(order)) == len(Phase)


def chain(count: int) -> list[Operation]:
    return [rename(f"k{place:05}", f"n{place:05}", f"n{place + 1:05}") for place in range(count)]


def test_a_long_chain_of_names_goes_backwards_one_by_one() -> None:
    steps = levels(chain(5), REGISTER)
    assert [[each.key for each in step] for step in steps] == [[f"k{n:05}"] for n in (4, 3, 2, 1, 0)]


@pytest.mark.parametrize("closed", [False, True])
def test_chains_and_circles_of_thousands_take_no_time(closed: bool) -> None:
    operations = chain(20_000)
    if closed:
        operations[-1] = rename("k19999", "n19999", "n00000")
    began = time.process_time()
    levels(operations, REGISTER)
    assert time.process_time() - began < 3


def plan(text: str, live: Any, records: Any, *lines: str, **more: Any) -> Any:
    return draft_of({"p.yaml": text, "t.yaml": target_text(*lines)}, live, [], records, **more)


def test_a_rename_chain_is_planned_from_its_free_end() -> None:
    live = [user("1", "a"), user("2", "b")]
    text = "users: {a: {userName: b}, b: {userName: c}, n: {userName: a}}"
    assert signs(plan(text, live, [known("a", "1"), known("b", "2")]).rows.operations) == [
        "user:b update",
        "user:a update",
        "user:n create",
    ]


def test_a_name_is_taken_from_somebody_who_is_deleted_in_the_same_plan() -> None:
    live = [user("1", "ann", externalId="old")]
    record = known("old", "1", userName="ann")
    absent = "users: {old: {state: absent, userName: ann}, ann: {}}"
    assert signs(plan(absent, live, [record]).rows.operations) == ["user:old delete", "user:ann create"]
    removed = plan("users: {ann: {}}", live, [record], "lifecycle: {onRemove: delete}")
    assert signs(removed.rows.operations) == ["user:old delete", "user:ann create"]
    left = plan(
        "users: {ann: {}, old: {userName: x}}\nscopes: {s: {users: {exclude: [old]}}}",
        live,
        [record],
        "lifecycle: {onLeave: delete}",
        "scope: s",
    )
    assert signs(left.rows.operations) == ["user:old delete", "user:ann create"]


def test_a_name_whose_bearer_may_not_be_deleted_is_held_and_access_still_ends() -> None:
    live = [user("1", "ann", externalId="old")]
    text = "users: {old: {state: absent, userName: ann}, ann: {}}"
    draft = plan(text, live, [known("old", "1", userName="ann")], "manage: {users: [create, disable]}")
    assert signs(draft.rows.operations) == ["user:old disable"]
    assert rows_of(draft.rows.held) == {("ann", "create", "disputed")}


def test_swapped_names_are_held_as_a_circle_and_everything_else_goes_on() -> None:
    live = [user("1", "a"), user("2", "b"), user("3", "c")]
    text = (
        "users: {a: {userName: b, title: Boss}, b: {userName: a, state: disabled}, c: {userName: d}, n: {userName: c}}"
    )
    draft = plan(text, live, [known(key, id) for key, id in zip("abc", "123", strict=True)])
    assert rows_of(draft.rows.held) == {("a", "update", "name_cycle"), ("b", "disable", "name_cycle")}
    assert signs(draft.rows.operations) == ["user:b disable", "user:a update", "user:c update", "user:n create"]
    assert [[each.path for each in made.changes] for made in draft.rows.operations[:2]] == [["active"], ["title"]]


def test_what_hangs_on_a_circle_is_no_part_of_it_and_comes_after_it() -> None:
    circle = [rename("a", "a", "b"), rename("b", "b", "a")]
    tail = rename("n", None, "b", Action.CREATE)
    waits = find_waits([*circle, tail], REGISTER)
    assert find_circles(waits) == {"user:a:update", "user:b:update"}
    assert find_depths(waits)["user:n:create"] == 1


def test_a_name_that_a_foreign_object_bears_is_disputed_and_stays_so_down_the_chain() -> None:
    live = [user("1", "a"), user("2", "b"), user("9", "z", externalId="foreign")]
    text = "users: {a: {userName: b, title: Boss}, b: {userName: z}, n: {userName: a}}\ngroups: {g: {members: [n, b]}}"
    draft = plan(text, live, [known("a", "1"), known("b", "2")])
    held = {each.key: each.detail for each in draft.rows.held}
    assert held == {
        "a": "its userName is held by b",
        "b": "its userName is held by object 9",
        "n": "its userName is held by a",
    }
    assert signs(draft.rows.operations) == ["user:a update", "group:g create"]
    assert [each.path for each in draft.rows.operations[0].changes] == ["title"]
    assert [each.key for each in draft.rows.operations[1].members] == ["user:b"]


def test_what_refers_to_a_held_create_is_left_out_and_counted() -> None:
    live = [user("1", "a"), user("2", "b"), user("9", "z", externalId="foreign")]
    text = """
users:
  a: {userName: z2, manager: n}
  b: {manager: n}
  n: {userName: a}
  z2: {userName: z3}
groups:
  g: {members: [n]}
  h: {members: [n, a]}
"""
    live += [user("8", "z2", externalId="foreign2")]
    draft = plan(text, live, [known("a", "1"), known("b", "2")])
    assert ("n", "create", "disputed") in rows_of(draft.rows.held)
    assert not any("user:n" in str(each.model_dump()) for each in draft.rows.operations)
    assert draft.drops.counts["members of group:g", DropReason.MEMBER_NOT_THERE] == 1
    manager = next(what for what, _ in draft.drops.counts if "manager" in what)
    assert draft.drops.counts[manager, DropReason.REFERENCE_NOT_THERE] == 2


def test_a_group_loses_an_addition_that_is_only_about_somebody_held() -> None:
    live = [user("9", "z", externalId="foreign"), user("1", "a")]
    text = "users: {a: {userName: y}, n: {userName: y2}}\ngroups: {g: {members: [n]}}"
    draft = plan(text, [*live, user("8", "y2", externalId="else")], [known("a", "1")])
    assert signs(draft.rows.operations) == ["user:a update", "group:g create"]


@settings(max_examples=60, deadline=None)
@given(st.permutations("abcdef"), st.integers(0, 6), st.sets(st.sampled_from("abcdef")))
def test_every_wanted_name_is_planned_or_held(wanted: Any, existing: Any, disabled: Any) -> None:
    """Random renames among six people: nobody is forgotten, and who is disabled is disabled whatever the names do."""
    keys = "abcdef"
    live = [user(key, key) for key in keys[:existing]]
    state = {key: ", state: disabled" if key in disabled else "" for key in keys}
    text = "users:\n" + "".join(
        f"  {key}: {{userName: {name}{state[key]}}}\n" for key, name in zip(keys, wanted, strict=True)
    )
    draft = plan(text, live, [known(key, key) for key in keys[:existing]])
    renamed = {each.key for each in draft.rows.operations if any(c.path == "userName" for c in each.changes)}
    held = {each.key for each in draft.rows.held}
    moving = {
        key for place, (key, name) in enumerate(zip(keys, wanted, strict=True)) if key != name or place >= existing
    }
    assert renamed | held == moving
    assert renamed & held == set()
    ended = {each.key for each in draft.rows.operations if each.action is Action.DISABLE}
    assert ended == disabled & set(keys[:existing])
