"""Every situation on a real server: how it comes about, what an apply makes of it, and that it is settled then."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from planning_kit import USER, signs
from servers.faults import On
from servers.faulty import Forward, Reply, Request
from workplace import Workplace

from reconciler.core.vocabulary import Situation

Step = Callable[[Workplace], Any]


def nothing(_: Workplace) -> None: ...


def create(name: str, **values: Any) -> Step:
    return lambda place: place.call("POST", "/Users", {"schemas": [USER], "userName": name, **values})


def delete(name: str) -> Step:
    return lambda place: place.call("DELETE", f"/Users/{place.users()[name]['id']}")


def people(text: str) -> Step:
    def step(place: Workplace) -> None:
        place.people = text

    return step


def hide_id(place: Workplace) -> None:
    async def fault(request: Request, forward: Forward) -> Reply:
        reply = await forward(request)
        return reply.with_rows(lambda row: {**row, "id": None} if row.get("userName") == "new" else row)

    place.server.inject(On("GET", "/Users", when=lambda each: "filter" not in each.query), fault)


def both(*steps: Step) -> Step:
    def step(place: Workplace) -> None:
        for each in steps:
            each(place)

    return step


@dataclass(frozen=True)
class Case:
    """`ann` (or `key`) is applied from `first`, then `then` happens. `held`: a person must decide."""

    then: Step = nothing
    first: str = "users: {ann: {}}"
    key: str | None = "ann"
    operations: list[str] = field(default_factory=list)
    held: bool = False
    target: tuple[str, ...] = ()


def leave(text: str) -> Step:
    return people(text)


OFF = both(people("users: {}"), lambda place: place.apply(), people("users: {ann: {}}"))

CASES = {
    Situation.UNREADABLE: Case(both(create("new"), hide_id, people("users: {ann: {}, new: {}}")), key="new", held=True),
    Situation.DISPUTED: Case(lambda place: place.edit("ann", userName="zoe", externalId="else"), held=True),
    Situation.IDENTITY_CHANGED: Case(people("users: {ann: {userName: zoe, externalId: E9}}"), held=True),
    Situation.WAITING: Case(both(people("users: {}"), lambda place: place.apply())),
    Situation.GONE: Case(both(people("users: {}"), delete("ann"))),
    Situation.RELINKED: Case(both(delete("ann"), create("ann", externalId="ann")), operations=["user:ann adopt"]),
    Situation.LOST: Case(delete("ann"), operations=["user:ann create"]),
    Situation.RETIRED: Case(people("users: {ann: {state: absent}}"), operations=["user:ann delete"]),
    Situation.REMOVED: Case(people("users: {}"), operations=["user:ann disable"]),
    Situation.LEFT_SCOPE: Case(
        people("users: {ann: {userType: out}}\nscopes: {s: {users: {where: 'not (userType eq \"out\")'}}}"),
        first="users: {ann: {userType: in}}\nscopes: {s: {users: {where: 'not (userType eq \"out\")'}}}",
        operations=["user:ann disable"],
        target=("scope: s",),
    ),
    Situation.FOREIGN: Case(create("zed"), key=None),
    Situation.MISSING: Case(people("users: {ann: {}, new: {}}"), key="new", operations=["user:new create"]),
    Situation.ADOPTABLE: Case(
        both(create("new"), people("users: {ann: {}, new: {title: T}}")),
        key="new",
        operations=["user:new adopt", "user:new update"],
    ),
    Situation.DISABLED_THERE: Case(lambda place: place.edit("ann", active=False)),
    Situation.RETURNED: Case(OFF, operations=["user:ann enable"]),
    Situation.DRIFTED: Case(
        lambda place: place.edit("ann", title="Else"), first="users: {ann: {title: T}}", operations=["user:ann update"]
    ),
    Situation.IN_SYNC: Case(),
}


@pytest.mark.parametrize("situation", list(Situation))
def test_each_situation_comes_about_and_is_settled(situation: Situation, make_place: Any) -> None:
    case = CASES[situation]
    place = make_place(case.first, target=case.target)
    place.apply()
    case.then(place)
    planned = place.plan()
    found = [each.situation for each in planned.draft.decisions if each.key == case.key and each.kind == "user"]
    assert found == [situation]
    assert signs(planned.plan.operations) == case.operations
    assert [each.situation for each in planned.plan.held] == ([situation] if case.held else [])
    place.apply(planned)
    assert place.plan().plan.operations == ()


def test_a_record_of_what_is_gone_is_closed(make_place: Any) -> None:
    place = make_place("users: {ann: {}}")
    place.apply()
    delete("ann")(place)
    place.people = "users: {}"
    place.apply()
    assert place.known == {}
