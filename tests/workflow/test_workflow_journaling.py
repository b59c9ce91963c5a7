"""The journal: nothing is sent whose intent is not on disk, and what came of it is there afterwards."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from servers.faults import On, answer, drop_after
from servers.faulty import Forward, Reply, Request
from workplace import Workplace

from reconciler.core.journal import Entry, EntryState
from reconciler.core.known import Origin
from reconciler.storage.state.opening import open_state
from reconciler.storage.state.store import SqlState
from reconciler.workflow.applying import Stop

MakePlace = Callable[..., Workplace]


@contextmanager
def opened(place: Workplace) -> Iterator[SqlState]:
    with closing(open_state(place.state or "", create=False)) as store:
        assert isinstance(store, SqlState)
        yield store


def entries(place: Workplace) -> dict[str, Entry]:
    """What runs left in the journal, by operation."""
    with opened(place) as store:
        return {each.operation: each for run in store.runs("there") for each in store.entries("there", run.id)}


def states(place: Workplace) -> dict[str, str]:
    return {id: str(each.state) for id, each in entries(place).items()}


def touched(request: Request) -> set[tuple[str, str]]:
    """The kinds, and the names or ids, that a write is about."""
    if request.path == "/Bulk":
        return {about(each["path"], each.get("data")) for each in request.operations}
    return {about(request.path, request.body)}


def about(path: str, body: Any) -> tuple[str, str]:
    kind, _, id = path.strip("/").partition("/")
    return kind, id or body.get("userName") or body.get("displayName")


def created(request: Request, reply: Reply) -> set[tuple[str, str]]:
    """Kinds and ids of what a write brought about."""
    if request.path == "/Bulk":
        told = [each["location"] for each in reply.body["Operations"] if each["status"] == "201"]
        return {(each.split("/")[-2], each.split("/")[-1]) for each in told}
    return {(request.path.strip("/"), row["id"]) for row in reply.rows} if request.method == "POST" else set()


def announced(place: Workplace) -> set[tuple[str, str]]:
    """The same of everything that is in the journal: names of what is created, ids of everything else."""
    collections = {"user": "Users", "group": "Groups"}
    found = entries(place).values()
    names = {(collections[each.kind], each.intent["name"]) for each in found}
    return names | {(collections[each.kind], each.id) for each in found if each.id is not None}


def watch(place: Workplace) -> list[tuple[str, str]]:
    """From now on, gathers every write that arrives before its intent is on disk."""
    early: list[tuple[str, str]] = []

    async def fault(request: Request, forward: Forward) -> Reply:
        if request.method != "GET":
            early.extend(touched(request) - announced(place) - made)
        reply = await forward(request)
        made.update(created(request, reply))
        return reply

    made: set[tuple[str, str]] = set()
    place.server.inject(On(), fault)
    return early


class TestIntents:
    def test_are_on_disk_before_anything_of_them_is_sent(self, place: Workplace) -> None:
        early = watch(place)
        place.apply()
        place.replace("title: Boss", "title: Head")
        place.replace("members: [alice, bob]", "members: [carol]")
        place.apply()
        assert len(place.server.writes) > 5
        assert early == []

    def test_are_written_for_several_operations_at_once(self, make_place: MakePlace) -> None:
        users = ", ".join(f"u{number}: {{}}" for number in range(100))
        place = make_place(f"users: {{{users}}}", concurrency=32)
        early = watch(place)
        place.apply()
        assert early == []
        assert set(states(place).values()) == {"confirmed"}
        assert len(entries(place)) == 100

    def test_hold_what_is_written_and_what_it_replaces(self, applied: Workplace) -> None:
        applied.replace("title: Boss", "title: Head")
        applied.apply()
        entry = entries(applied)["user:alice:update"]
        assert entry.values == {"title": "Head"}
        assert entry.before == {"values": {"title": "Boss"}}
        assert (entry.id, entry.state) == (applied.users()["alice"]["id"], EntryState.CONFIRMED)

    def test_of_a_deletion_hold_the_whole_managed_object(self, applied: Workplace) -> None:
        applied.replace("alice: {name: {givenName: Alice, familyName: Nguyen}, title: Boss}", "alice: {state: absent}")
        applied.replace(", manager: alice", "")
        groups = applied.groups()
        applied.apply()
        before = entries(applied)["user:alice:delete"].before
        assert before is not None
        assert before["groups"] == [groups["Operations"]["id"]]
        assert before["values"]["userName"] == "alice"
        assert before["values"]["name"] == {"givenName": "Alice", "familyName": "Nguyen"}

    def test_hold_no_password(self, make_place: MakePlace) -> None:
        class Known:
            def obstacle(self, _: str) -> None: ...

            def password(self, _: str) -> str:
                return "a-first-password-0"

        place = make_place("users: {ann: {}}", target=["passwords: {onCreate: random}"], passwords=Known())
        place.apply()
        assert any("a-first-password-0" in str(each.body) for each in place.server.writes)
        assert b"a-first-password-0" not in b"".join(each.read_bytes() for each in place.folder.glob("state.db*"))


class TestEndings:
    def test_tell_what_became_of_each_operation(self, make_place: MakePlace) -> None:
        place = make_place("users: {ann: {}, bob: {manager: ann}, cy: {}}")
        place.server.inject(On("POST", when=lambda request: request.body["userName"] == "ann"), answer(400, "no"))
        place.apply()
        assert states(place) == {
            "user:ann:create": "failed",
            "user:bob:create": "confirmed",
            "user:bob:update:references": "not_sent",
            "user:cy:create": "confirmed",
        }
        failed = entries(place)["user:ann:create"]
        assert failed.status == 400
        assert "no" in failed.detail

    def test_say_of_a_stopped_run_what_was_never_sent(self, make_place: MakePlace) -> None:
        place, stop = make_place("users: {ann: {}, bob: {}, cy: {}}", concurrency=1), Stop()
        place.progress.on_advance = lambda done: setattr(stop, "requested", done >= 1)
        place.apply(stop=stop)
        assert sorted(states(place).values()) == ["confirmed", "not_sent", "not_sent"]
        place.apply()
        place.settled()


PEOPLE = """
users:
  ann: {title: A}
  bob: {title: B, manager: ann}
  cy: {state: disabled}
groups:
  ops: {members: [ann, bob]}
  all: {members: [{group: ops}, cy]}
"""
LATER = """
users:
  ann: {state: disabled, title: A}
  bob: {title: C, manager: cy}
  cy: {title: D}
  dee: {}
groups:
  ops: {members: [bob, dee]}
  all: {members: [{group: ops}]}
"""


class Death:
    """From a write on nothing arrives any more, and nothing that the run says is remembered: as if it was killed."""

    def __init__(self, place: Workplace, writes: int, *, carried_out: bool) -> None:
        self.place, self.left, self.carried_out = place, writes, carried_out
        self.carried: set[tuple[str, str]] = set()
        place.server.inject(On(), self._fault)

    async def _fault(self, request: Request, forward: Forward) -> Reply:
        self.left -= request.method != "GET"
        if self.left == 0 and request.method != "GET":
            self._keep_store()
            if self.carried_out:
                await self._forward(request, forward)
        if self.left <= 0:
            raise httpx.RemoteProtocolError("the run is dead")
        return await self._forward(request, forward)

    async def _forward(self, request: Request, forward: Forward) -> Reply:
        self.carried |= touched(request) if request.method == "POST" else set()
        return await forward(request)

    def _keep_store(self) -> None:
        with closing(sqlite3.connect(self._file)) as store, closing(sqlite3.connect(self._kept)) as kept:
            store.backup(kept)

    def bury(self) -> bool:
        """Puts the store back to the moment of death; False where the run outlived its writes."""
        self.place.server.heal()
        if self.left > 0:
            return False
        with closing(sqlite3.connect(self._kept)) as kept, closing(sqlite3.connect(self._file)) as store:
            kept.backup(store)
        return True

    @property
    def _file(self) -> Path:
        return self.place.folder / "state.db"

    @property
    def _kept(self) -> Path:
        return self.place.folder / "kept.db"


class TestKilled:
    @pytest.mark.parametrize("carried_out", [True, False])
    @pytest.mark.parametrize("writes", range(1, 8))
    def test_a_first_run_is_finished_by_the_next(self, make_place: MakePlace, writes: int, carried_out: bool) -> None:
        place = make_place(PEOPLE, concurrency=2)
        death = Death(place, writes, carried_out=carried_out)
        place.apply()
        died = death.bury()
        assert died
        place.server.log.clear()
        plan = place.plan()
        applied = place.apply()
        assert [each.operation for each in applied.report.outcomes] == [each.id for each in plan.plan.operations]
        again = [each for request in place.server.requests_of("POST") for each in touched(request)]
        assert set(again).isdisjoint(death.carried)
        assert set(place.users()) == {"ann", "bob", "cy"}
        assert place.members("ops") == {"ann", "bob"}
        assert {each.origin for each in place.known.values()} == {Origin.CREATED}
        place.settled()

    @pytest.mark.parametrize("writes", range(1, 8))
    def test_so_is_one_that_changes_everything(self, make_place: MakePlace, writes: int) -> None:
        place = make_place(PEOPLE, concurrency=1)
        place.apply()
        place.people = LATER
        death = Death(place, writes, carried_out=True)
        place.apply()
        died = death.bury()
        assert died
        place.apply()
        users = place.users()
        assert {name for name, each in users.items() if each["active"]} == {"bob", "cy", "dee"}
        assert users["bob"]["title"] == "C"
        assert place.members("ops") == {"bob", "dee"}
        place.settled()

    def test_somebody_disabled_at_the_last_moment_is_enabled_when_they_return(self, make_place: MakePlace) -> None:
        place = make_place("users: {ann: {}, bob: {}}")
        place.apply()
        place.replace("ann: {}", "ann: {state: disabled}")
        death = Death(place, 1, carried_out=True)
        place.apply()
        died = death.bury()
        assert died
        place.replace("ann: {state: disabled}", "ann: {}")
        place.apply()
        assert place.users()["ann"]["active"] is True
        place.settled()


class TestDoubt:
    def test_about_a_creation_is_settled_as_our_own(self, make_place: MakePlace, tmp_path: Path) -> None:
        file = tmp_path / "of-sqlite.db"
        place = make_place("users: {ann: {}, bob: {}}", concurrency=1, state=f"sqlite:///{file}")
        planned = place.plan()
        place.server.inject(On("POST", times=1), drop_after()).inject(On("GET"), answer(400))
        place.apply(planned)
        place.server.heal()
        before = file.read_bytes()
        planned = place.plan()
        assert planned.plan.operations == ()
        assert any("in doubt" in note and "user:ann:create" in note for note in planned.plan.notes)
        assert file.read_bytes() == before
        place.apply()
        assert place.plan().plan.notes == ()
        assert place.known["user:ann"].owned

    def test_about_somebody_removed_since_is_not_forgotten(self, make_place: MakePlace) -> None:
        place = make_place("users: {ann: {}, bob: {}}", concurrency=1)
        planned = place.plan()
        place.server.inject(On("POST", times=1), drop_after()).inject(On("GET"), answer(400))
        place.apply(planned)
        place.server.heal()
        place.people = "users: {bob: {}}"
        place.apply()
        assert place.users()["ann"]["active"] is False

    def test_is_not_settled_by_somebody_with_another_external_id(self, make_place: MakePlace) -> None:
        place = make_place("users: {ann: {}, bob: {}}", concurrency=1)
        planned = place.plan()
        place.server.inject(On("POST", times=1), answer(502)).inject(On("GET"), answer(400))
        place.apply(planned)
        place.server.heal()
        place.call("POST", "/Users", {"userName": "ann", "externalId": "somebody else"})
        assert "user:ann" not in place.known
        place.apply()
        assert "user:ann" not in place.known
        assert [str(each.reason) for each in place.plan().plan.withheld] == ["not_adopted"]
