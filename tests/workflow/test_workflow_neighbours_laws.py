"""Laws of one endpoint under two targets: nothing is ever written by both, and whoever is handed over has one owner."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from neighbours import Estate

KEYS = ("ann", "bob", "cy", "dee")
TARGETS = ("east", "west")
LAW = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
ROOM = "safety: {limits: {removeMembers: {percent: 100}, removeMembersPerGroup: {percent: 100}}}"
"""What the small numbers of these organisations exceed, and nothing here is about."""


class Step(NamedTuple):
    """One state of the manifests: who is in which scope and in the group, who has a title, who is applied first."""

    east: set[str]
    west: set[str]
    members: set[str]
    titled: set[str]
    order: list[str]

    @property
    def text(self) -> str:
        users = ", ".join(f"{key}: {{title: Head}}" if key in self.titled else f"{key}: {{}}" for key in KEYS)
        return (
            f"users: {{{users}}}\n"
            f"groups: {{ops: {{members: [{', '.join(sorted(self.members))}]}}}}\n"
            "scopes:\n"
            f"  east: {{users: {{include: [{', '.join(sorted(self.east))}]}}, groups: {{include: []}}}}\n"
            f"  west: {{users: {{include: [{', '.join(sorted(self.west))}]}}}}\n"
        )


some = st.sets(st.sampled_from(KEYS))
steps = st.builds(Step, some, some, some, some, st.permutations(TARGETS))


def written(estate: Estate, name: str) -> set[str]:
    """Ids of the users that a target has written to since its log began."""
    requests = [request for request, _ in estate[name].server.log]
    return {each.path.rsplit("/", 1)[-1] for each in requests if each.method != "GET" and "/Users/" in each.path}


def carry_out(estate: Estate, step: Step) -> None:
    """Both targets are applied twice: one that comes first finds only then what the other has let go of."""
    estate.people = step.text
    writers: dict[str, set[str]] = defaultdict(set)
    for name in (*step.order, *step.order):
        estate[name].server.log.clear()
        estate[name].apply()
        for id in written(estate, name):
            writers[id].add(name)
        assert all(len(each) == 1 for each in estate.owners().values()), estate.owners()
    assert all(len(each) == 1 for each in writers.values()), writers
    for name in TARGETS:
        estate[name].settled()


@LAW
@given(st.lists(steps, min_size=2, max_size=4))
def test_each_object_has_one_owner_and_one_writer(course: list[Step]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        estate = Estate(Path(folder), "", {name: [f"scope: {name}", ROOM] for name in TARGETS})
        left: set[str] = set()
        for step in course:
            carry_out(estate, step)
            users, owners = estate["east"].users(), estate.owners()
            desired = {"east": step.east, "west": step.west}
            for key in step.east | step.west:
                [owner] = owners["user", users[key]["id"]]
                assert key in desired[owner]
                # Nobody is enabled by an adoption: who had left stays as the former owner left him.
                assert users[key]["active"] or key in left
            left |= users.keys() - step.east - step.west
            assert not any(users[key]["active"] for key in users.keys() - step.east - step.west)
