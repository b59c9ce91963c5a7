"""One row of the table of situations after the other, and the laws that hold for all of them."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.deciding.situations import Facts, Reaction, Standing, classify
from reconciler.core.vocabulary import Situation

LINKED = Facts(Standing.WANTED, live=True, linked=True, known=True, owned=True)
LEFT = Facts(Standing.OUT_OF_SCOPE, live=True, linked=True, known=True, owned=True)
GONE = Facts(Standing.UNDECLARED, live=True, linked=True, known=True, owned=True)
OPEN = Facts(Standing.WANTED)

ROWS = {
    Situation.UNREADABLE: [replace(LINKED, readable=False), replace(OPEN, readable=False, disputed=True)],
    Situation.DISPUTED: [replace(OPEN, disputed=True), replace(LINKED, disputed=True, identity_changed=True)],
    Situation.IDENTITY_CHANGED: [replace(LINKED, identity_changed=True, differs=True)],
    Situation.WAITING: [
        replace(OPEN, started=False),
        replace(LEFT, live_active=False),
        replace(GONE, live_active=False),
        replace(GONE, live_active=False, reaction=Reaction.KEEP),
    ],
    Situation.GONE: [
        replace(GONE, live=False, linked=False),
        replace(LEFT, live=False, linked=False),
        Facts(Standing.ABSENT, known=True),
        Facts(Standing.WANTED, known=True, expired=True),
        Facts(Standing.WANTED, known=True, started=False),
    ],
    Situation.RELINKED: [Facts(Standing.WANTED, live=True, known=True, matches=1)],
    Situation.LOST: [Facts(Standing.WANTED, known=True)],
    Situation.RETIRED: [
        replace(LINKED, standing=Standing.ABSENT),
        replace(LINKED, standing=Standing.ABSENT, live_active=False),
        replace(GONE, due=True, live_active=False),
    ],
    Situation.REMOVED: [GONE, replace(GONE, live_active=False, reaction=Reaction.DELETE)],
    Situation.LEFT_SCOPE: [LEFT, replace(LEFT, due=True), replace(LEFT, live_active=False, reaction=Reaction.DELETE)],
    Situation.FOREIGN: [
        Facts(Standing.UNDECLARED, live=True),
        Facts(Standing.ABSENT, live=True, matches=1),
        replace(GONE, owned=False, live_active=False),
    ],
    Situation.MISSING: [OPEN],
    Situation.ADOPTABLE: [
        Facts(Standing.WANTED, live=True, matches=1),
        Facts(Standing.WANTED, live=True, matches=1, started=False, wants_active=False),
    ],
    Situation.DISABLED_THERE: [replace(LINKED, live_active=False, differs=True)],
    Situation.RETURNED: [replace(LINKED, live_active=False, disabled_by_us=True, differs=True)],
    Situation.DRIFTED: [replace(LINKED, differs=True), replace(LINKED, wants_active=False, differs=True)],
    Situation.IN_SYNC: [LINKED, replace(LINKED, live_active=False, wants_active=False, expired=True)],
}


@pytest.mark.parametrize("situation", list(Situation))
def test_each_situation_has_its_row(situation: Situation) -> None:
    assert [classify(each) for each in ROWS[situation]] == [situation] * len(ROWS[situation])


def test_a_name_that_concerns_the_target_in_no_way_is_in_no_situation() -> None:
    assert classify(Facts(Standing.ABSENT)) is None
    assert classify(Facts(Standing.WANTED, expired=True)) is None


def facts() -> st.SearchStrategy[Facts]:
    """Facts that do not contradict each other: a link is to something live, a match as well, and not both."""
    kinds = {"standing": st.sampled_from(Standing), "reaction": st.sampled_from(Reaction)}
    drawn = {each.name: kinds.get(each.name, st.booleans()) for each in fields(Facts) if each.name != "matches"}

    def consistent(each: Facts) -> Facts:
        linked = each.linked and each.live
        return replace(each, linked=linked, matches=int(each.live and not linked))

    return st.builds(Facts, **drawn).map(consistent)


@given(facts())
def test_everything_live_or_known_is_in_one_situation(each: Facts) -> None:
    assert classify(each) is not None or not (each.live or each.known)


@given(facts())
def test_only_what_is_owned_leaves(each: Facts) -> None:
    leaving = (Situation.RETIRED, Situation.REMOVED, Situation.LEFT_SCOPE)
    assert classify(each) not in leaving or (each.owned and each.live and not each.desired)


@given(facts())
def test_nothing_is_created_that_is_live_or_not_wanted(each: Facts) -> None:
    creating = (Situation.MISSING, Situation.LOST)
    assert classify(each) not in creating or (each.standing is Standing.WANTED and each.started and not each.expired)


@given(facts())
def test_unreadable_and_disputed_come_before_everything(each: Facts) -> None:
    assert classify(replace(each, readable=False)) is Situation.UNREADABLE
    assert classify(replace(each, readable=True, disputed=True)) is Situation.DISPUTED
