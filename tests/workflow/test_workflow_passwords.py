"""First passwords while a plan is made and carried out: asked for once each, by key, and only for new users."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pytest
from planning_kit import catalog_of, plan_of, target_of, target_text
from servers.faults import On, answer, drop_attributes
from workplace import Workplace, operation, results

from reconciler.core.mapping.password_sources import Obstacle, PasswordError
from reconciler.core.planning.passwords import MARKER
from reconciler.errors import ManifestError
from reconciler.workflow.passwords import check_passwords, creation_request

PEOPLE = "users: {alice: {title: Boss}, bob: {}}\ngroups: {ops: {members: [alice]}}\n"
TREE = {"people.yaml": PEOPLE, "targets.yaml": target_text("passwords: {onCreate: random}")}


@dataclass
class Passwords:
    """Passwords by key; whoever has none is an obstacle. `told`: the keys whose password was given out."""

    by_key: Mapping[str, str] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)

    def obstacle(self, key: str) -> Obstacle | None:
        return None if key in self.by_key else Obstacle("is missing", "write one")

    def password(self, key: str) -> str:
        if key not in self.by_key:
            raise PasswordError("its first password is missing")
        self.told.append(key)
        return self.by_key[key]


def test_everybody_without_a_usable_password_is_named_at_once() -> None:
    catalog = catalog_of(TREE)
    passwords = Passwords({"alice": "a"})
    with pytest.raises(ManifestError) as raised:
        check_passwords(plan_of(TREE), target_of(catalog), catalog, Passwords())
    assert [str(each) for each in raised.value.diagnostics] == [
        f"manifests/targets.yaml:5:17: targets.there.passwords: the first password of {key} (manifests/people.yaml:1) "
        "is missing (write one)"
        for key in ("alice", "bob")
    ]
    with pytest.raises(ManifestError, match="of bob"):
        check_passwords(plan_of(TREE), target_of(catalog), catalog, passwords)
    check_passwords(plan_of(TREE), target_of(catalog), catalog, Passwords({"alice": "a", "bob": "b"}))
    assert passwords.told == []


def test_a_request_hides_its_password_from_whoever_prints_it() -> None:
    [create] = [each for each in plan_of(TREE).operations if each.id == "user:alice:create"]
    body = {"userName": "alice", "password": MARKER}
    request = creation_request(create, ("Users",), body, Passwords({"alice": "Qu33n of hearts"}))
    assert request.body == {"userName": "alice", "password": "Qu33n of hearts"}
    assert request.secrets == ("Qu33n of hearts",)
    assert "Qu33n" not in repr(request)
    assert body["password"] == MARKER


def test_a_creation_without_a_marker_asks_for_nothing() -> None:
    [create] = [each for each in plan_of(PEOPLE).operations if each.id == "user:alice:create"]
    assert creation_request(create, ("Users",), {"userName": "alice"}, None).secrets == ()


def test_without_anybody_who_tells_passwords_no_marker_is_sent() -> None:
    [create] = [each for each in plan_of(TREE).operations if each.id == "user:alice:create"]
    with pytest.raises(PasswordError):
        creation_request(create, ("Users",), {"password": MARKER}, None)


@pytest.fixture
def make(make_place: Callable[..., Workplace]) -> Callable[..., Workplace]:
    """A place whose target wants passwords."""

    def made(passwords: Passwords) -> Workplace:
        place = make_place(PEOPLE, target=("passwords: {onCreate: random}",))
        place.passwords = passwords
        return place

    return made


def test_each_new_user_gets_a_password_once(make: Callable[..., Workplace]) -> None:
    passwords = Passwords({"alice": "Alice-1865", "bob": "Builder-2"})
    place = make(passwords)
    place.apply()
    assert sorted(passwords.told) == ["alice", "bob"]
    assert {each.body["userName"]: each.body["password"] for each in place.server.requests_of("POST", "/Users")} == {
        "alice": "Alice-1865",
        "bob": "Builder-2",
    }
    place.settled()
    assert not any("password" in each.applied for each in place.known.values())


def test_a_password_that_vanished_meanwhile_fails_its_user_alone(make: Callable[..., Workplace]) -> None:
    place = make(Passwords({"alice": "Alice-1865", "bob": "Builder-2"}))
    planned = place.plan()
    place.passwords = Passwords({"bob": "Builder-2"})
    applied = place.apply(planned)
    assert results(applied)["user:alice:create"] == "failed"
    assert results(applied)["user:bob:create"] == "done"
    assert applied.error is None
    assert set(place.users()) == {"bob"}


def test_what_a_creation_did_not_keep_is_written_without_the_password(make: Callable[..., Workplace]) -> None:
    place = make(Passwords({"alice": "Alice-1865", "bob": "Builder-2"}))
    place.server.inject(On("POST", "/Users"), drop_attributes("title", "password"))
    place.apply()
    assert place.users()["alice"]["title"] == "Boss"
    assert all("password" not in str(each.body) for each in place.server.writes if each.method != "POST")
    place.settled()


def test_a_refused_creation_sends_its_password_nowhere_else(make: Callable[..., Workplace]) -> None:
    place = make(Passwords({"alice": "Alice-1865", "bob": "Builder-2"}))
    place.server.inject(On("POST", "/Users"), answer(409, "taken", "uniqueness"))
    place.apply()
    bodies = [str(each.body) for each in place.server.writes if (each.method, each.path) != ("POST", "/Users")]
    assert not any("Alice-1865" in each or "$secret" in each for each in bodies)
    assert operation(place.plan(), "user:alice:create").changes[-1].after == MARKER
