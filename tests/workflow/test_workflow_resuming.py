"""Going on after a run that was killed: how long to wait until what it sent can be seen."""

from __future__ import annotations

from datetime import timedelta

import pytest
from planning_kit import NOW

from reconciler.core.journal import Entry, EntryState
from reconciler.core.resources import Kind
from reconciler.core.vocabulary import Action
from reconciler.workflow.resuming import wait_to_see


def entry(age: float, action: Action = Action.CREATE, id: str | None = None) -> Entry:
    at = NOW - timedelta(seconds=age)
    return Entry("run", "user:ann:create", 0, Kind.USER, "ann", action, EntryState.INTENDED, {}, at, id)


@pytest.mark.parametrize(
    ("entries", "seconds"),
    [
        ([], 0),
        ([entry(0)], 5),
        ([entry(60), entry(3)], 2),
        ([entry(60)], 0),
        ([entry(-3600)], 5),
        ([entry(0, id="42")], 0),
        ([entry(0, Action.DELETE)], 0),
    ],
    ids=[
        "nothing open",
        "just now",
        "the youngest counts",
        "long ago",
        "another clock",
        "its id is known",
        "no create",
    ],
)
def test_a_creation_in_doubt_is_given_a_few_seconds_to_show(entries: list[Entry], seconds: float) -> None:
    assert wait_to_see(entries, NOW) == seconds
