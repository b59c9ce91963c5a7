"""Laws over small random organisations and random edits on either side."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from servers.faults import On, answer, error_after
from workplace import Workplace

KEYS = ["ann", "bob", "cyd", "dan", "eve"]
TITLES = st.sampled_from(["", "title: Böss", "title: 阮", 'title: ""'])
STATES = st.sampled_from(["", "", "state: disabled", "state: absent", "until: 2026-01-01", "from: 2027-01-01"])
WORK, HOME = "emails: {work: %s@example.com}", "emails: [{value: %s@x.example, type: home, primary: true}]"
MAILS = st.sampled_from(["", WORK, HOME, "emails: []"])
NAMES = st.sampled_from(["", "userName: %s2", "userName: %s.x"])
EXACT = st.sampled_from(["", ", membership: exact"])


@st.composite
def organisations(draw: Any) -> str:
    keys = draw(st.lists(st.sampled_from(KEYS), unique=True, min_size=1))
    users = []
    for key in keys:
        manager = draw(st.sampled_from([None, *keys]))
        parts = [draw(TITLES), draw(STATES), draw(NAMES).replace("%s", key), draw(MAILS).replace("%s", key)]
        parts += [f"manager: {manager}"] if manager is not None and manager > key else []
        users.append(f"  {key}: {{{', '.join(filter(None, parts))}}}\n")
    groups = []
    for name in draw(st.lists(st.sampled_from(["ops", "eng"]), unique=True)):
        members = ", ".join(draw(st.lists(st.sampled_from(keys), unique=True)))
        groups.append(f"  {name}: {{displayName: Team {name}, members: [{members}]{draw(EXACT)}}}\n")
    return "users:\n" + "".join(users) + ("groups:\n" + "".join(groups) if groups else "")


EDITS = st.lists(
    st.tuples(st.sampled_from(["title", "delete", "disable", "rename", "join", "leave"]), st.integers(0, 4)), max_size=4
)


def meddle(place: Workplace, edits: list[tuple[str, int]]) -> None:
    """Somebody changes things there."""
    for what, number in edits:
        users = sorted(place.users().values(), key=lambda each: each["userName"])
        groups = sorted(place.groups().values(), key=lambda each: each["displayName"])
        if not users:
            return
        live = users[number % len(users)]
        if what == "title":
            place.edit(live["userName"], title="Meddled")
        elif what == "delete":
            place.call("DELETE", f"/Users/{live['id']}")
        elif what == "disable":
            place.edit(live["userName"], active=False)
        elif what == "rename":
            place.edit(live["userName"], userName=f"meddled{number}.{live['userName']}")
        elif groups:
            group = groups[number % len(groups)]
            path = "members" if what == "join" else f'members[value eq "{live["id"]}"]'
            operation = (
                {"op": "add", "path": path, "value": [{"value": live["id"]}]}
                if what == "join"
                else {"op": "remove", "path": path}
            )
            place.patch(f"/Groups/{group['id']}", operation)


def settled(place: Workplace) -> None:
    """Nothing is pending, what is held is for a person, and all that is worth remembering is remembered."""
    planned = place.plan()
    plan = planned.plan
    assert plan.operations == (), [(each.id, each.changes, each.members) for each in plan.operations]
    known = place.known
    place.apply(planned)
    assert place.known == known


FAILURES = st.lists(st.tuples(st.sampled_from(["POST", "PATCH", "DELETE"]), st.integers(0, 5)), max_size=3)

heavy = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.slow
@heavy
@given(organisations(), organisations(), EDITS)
def test_after_an_apply_the_next_plan_is_empty(first: str, second: str, edits: list[tuple[str, int]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        place = Workplace(Path(folder), first)
        assert set(place.apply().report.counts) >= {"done"}
        settled(place)
        meddle(place, edits)
        done = place.apply()
        assert done.report.counts["done"] == len(done.report.outcomes)
        settled(place)
        place.people = second
        done = place.apply()
        assert done.report.counts["done"] == len(done.report.outcomes), done.report.outcomes
        settled(place)
        known = {each.id for each in place.known.values()}
        alive = {row["id"] for row in (*place.users().values(), *place.groups().values())}
        assert known <= alive


@pytest.mark.slow
@settings(heavy, max_examples=20)
@given(
    organisations(), st.lists(st.tuples(st.sampled_from(["POST", "PATCH", "DELETE"]), st.integers(0, 5)), max_size=3)
)
def test_whatever_fails_in_between_a_healthy_run_makes_up_for(people: str, failures: list[tuple[str, int]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        place = Workplace(Path(folder), people, concurrency=1)
        for place_in_line, (method, skip) in enumerate(failures):
            fault = error_after(409) if place_in_line % 2 else answer(409)
            place.server.inject(On(method, skip=skip, times=1), fault)
        place.apply()
        place.server.heal()
        place.apply()
        place.apply()
        settled(place)
        names = [each["externalId"] for each in place.users().values()]
        assert len(names) == len(set(names))
