"""Planning as a whole: its cost."""

from __future__ import annotations

import gc
import time
from typing import Any

import pytest
from planning_kit import catalog_of, circumstances, given_of, group, known, user

from reconciler.core.known import Learnt, Lesson
from reconciler.core.planning.documenting import document_plan
from reconciler.core.planning.planner import draft_plan
from reconciler.core.resources import Kind
from reconciler.core.vocabulary import Action

USERS, GROUPS, MEMBERS = 5_000, 500, 200


def big(users: int, groups: int, members: int) -> Any:
    """Everybody known; one in ten differs, every group loses one member and gains another."""
    keys = [f"u{number:05}" for number in range(users)]
    people = "".join(f"  {key}: {{title: {'New' if n % 10 == 0 else 'Old'}}}\n" for n, key in enumerate(keys))
    wanted = {f"g{n:04}": [keys[(n * 7 + m) % users] for m in range(members)] for n in range(groups)}
    teams = "".join(f"  {key}: {{members: [{', '.join(each)}]}}\n" for key, each in wanted.items())
    live = [user(key, title="Old") for key in keys]
    there = [
        group(key, key, *each[1:], keys[(n * 7 + members) % users]) for n, (key, each) in enumerate(wanted.items())
    ]
    records = [known(key, key, title="Old") for key in keys]
    records += [known(key, key, Kind.GROUP, members=each) for key, each in wanted.items()]
    return catalog_of(f"users:\n{people}groups:\n{teams}"), live, there, records


def seconds(users: int, groups: int, members: int) -> float:
    catalog, live, there, records = big(users, groups, members)
    given = given_of(catalog, live, there, records)
    gc.collect()
    began = time.process_time()
    draft = draft_plan(given)
    spent = time.process_time() - began
    assert len([each for each in draft.rows.operations if each.kind is Kind.USER]) == users // 10
    assert len([each for each in draft.rows.operations if each.action is Action.ADD_MEMBERS]) == groups
    began = time.process_time()
    document_plan(draft, given, circumstances())
    return spent + (time.process_time() - began)


@pytest.mark.slow
def test_five_thousand_users_and_a_hundred_thousand_memberships_take_moments() -> None:
    assert seconds(USERS, GROUPS, MEMBERS) < 6


@pytest.mark.slow
def test_twice_as_much_takes_twice_as_long() -> None:
    """Nothing is quadratic in users, groups or members; twice the size may cost three times at most."""
    small = min(seconds(1_000, 100, 100) for _ in range(2))
    assert seconds(2_000, 200, 100) < 3 * small + 0.3


def test_a_first_plan_of_thousands_takes_moments() -> None:
    catalog, *_ = big(3_000, 100, 50)
    given = given_of(catalog)
    began = time.process_time()
    draft = draft_plan(given)
    assert time.process_time() - began < 4
    assert len(draft.rows.operations) == 3_100


def test_lessons_and_drops_do_not_add_up_with_objects() -> None:
    catalog, live, there, records = big(2_000, 300, 5)
    learnt = [Learnt(Lesson.NOT_KEPT, Kind.USER, f"x{n}", "", catalog.today) for n in range(200)]
    given = given_of(catalog, live[:1000], there, records[:1000], learnt=learnt)
    began = time.process_time()
    draft_plan(given)
    assert time.process_time() - began < 4
