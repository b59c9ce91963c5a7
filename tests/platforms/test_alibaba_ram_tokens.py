"""Alibaba Cloud RAM: OAuth client credentials, renewed during a run; passing faults in the middle of look-ups."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from branches import Branch, branch
from house import House
from platforms.test_alibaba_ram import RAM
from servers.faults import On, answer, answer_nothing, slow_down

from reconciler.errors import EndpointError
from reconciler.sandbox import SandboxOptions, SandboxStore, create_platform, running_sandbox
from reconciler.sandbox.platform import PlatformApplication

CROWD = "users:\n" + "".join(f"  u{number:02}: {{displayName: U {number}}}\n" for number in range(20))
REVOKED_AFTER = (1, 7, 20, 45)


def token_requests(place: Branch | PlatformApplication) -> list[Any]:
    vendor = place.vendor if isinstance(place, Branch) else place
    return [each for each in vendor.log if each.request.path == vendor.token_path]


def revoke_after(place: Branch, count: int) -> None:
    """Ends every token once, after so many requests."""
    left = iter(range(count))

    def ends(_: object) -> bool:
        if next(left, None) == count - 1:
            place.vendor.desk.expire()
        return False

    place.server.inject(On(when=ends), answer_nothing(500))


def test_a_token_is_asked_for_as_the_vendor_wants_it_and_once(tmp_path: Path) -> None:
    ram = branch(tmp_path, RAM, CROWD)
    ram.plan()
    [exchange] = token_requests(ram)
    request = exchange.request
    assert (request.method, request.path) == ("POST", "/v1/token")
    assert request.query == {"grant_type": "client_credentials", "client_id": "sandbox", "scope": "/acs/scim"}
    assert not request.body
    assert b64decode(request.headers["authorization"].removeprefix("Basic ")) == b"sandbox:sandbox-secret"
    assert exchange.reply.body["expires_in"] == "3599"


def test_a_token_is_renewed_during_a_run_before_it_ends(tmp_path: Path) -> None:
    """A token of two seconds is renewed after one; the sandbox's own clock stands still, so that none ends early."""
    ram = branch(tmp_path, RAM, CROWD, token_seconds=2, clock=lambda: 0.0)
    ram.server.inject(On("GET", "/Users"), slow_down(0.15))
    ram.apply()
    used = {each.request.headers["authorization"] for each in ram.vendor.log if each.request.kind == "User"}
    assert len(used) == len(token_requests(ram)) >= 2
    assert ram.refused == []
    assert len(ram.users()) == 20


@pytest.mark.parametrize("count", REVOKED_AFTER)
def test_a_token_that_is_revoked_during_a_run_is_replaced(tmp_path: Path, count: int) -> None:
    ram = branch(tmp_path, RAM, CROWD)
    revoke_after(ram, count)
    assert ram.apply().report.counts["done"] == 20
    assert {each.status for each in ram.vendor.refused} <= {401}
    assert len(token_requests(ram)) <= 3
    ram.vendor.clear_log()
    ram.converged()


def test_tokens_that_never_hold_end_the_run_and_are_not_asked_for_without_end(tmp_path: Path) -> None:
    ram = branch(tmp_path, RAM, CROWD, token_seconds=0)
    with pytest.raises(EndpointError) as raised:
        ram.plan()
    assert "401" in str(raised.value)
    assert len(token_requests(ram)) <= 2 * ram.concurrency + 1


PASSING: dict[str, Callable[[Branch], None]] = {
    "429": lambda ram: ram.server.inject(On("GET", "/Users", skip=5, times=4), answer(429, retry_after="7")),
    "503": lambda ram: ram.server.inject(On("GET", "/Users", skip=5, times=4), answer(503, retry_after="1")),
    "503 without a word": lambda ram: ram.server.inject(On("GET", "/Users", skip=9, times=2), answer_nothing(503)),
    "429 of the token URL": lambda ram: ram.server.inject(On("POST", "/v1/token", times=2), answer(429)),
    "503 of a write": lambda ram: ram.server.inject(
        On("POST", "/Users", skip=3, times=2), answer(503, retry_after="0")
    ),
}


@pytest.mark.parametrize("fault", PASSING)
def test_what_passes_is_waited_for(tmp_path: Path, fault: str) -> None:
    ram = branch(tmp_path, RAM, CROWD)
    PASSING[fault](ram)
    assert ram.apply().report.counts["done"] == 20
    assert len(ram.users()) == 20
    ram.converged()


@pytest.mark.parametrize("status", [429, 503])
def test_look_ups_that_fail_for_good_create_nobody(tmp_path: Path, status: int) -> None:
    """An object whose look-up brought nothing but errors may be there: it is held, the others go on."""
    ram = branch(tmp_path, RAM, CROWD)
    ram.server.inject(On("GET", "/Users", when=lambda each: "u07" in each.query.get("filter", "")), answer(status))
    planned = ram.plan()
    assert [(each.key, str(each.reason)) for each in planned.plan.held] == [("u07", "unconfirmed")]
    assert len(planned.plan.operations) == 19
    assert "a look-up was answered with an error" in planned.plan.notes[0]
    ram.apply(planned)
    assert len(ram.users()) == 19


# Over real HTTP, by the real commands

TARGET = """
    targets:
      ram:
        platform: alibaba-ram
        url: ${RAM_URL}
        auth: {oauth2: {clientId: "${RAM_ID}", clientSecret: "${RAM_SECRET}", tokenUrl: "${RAM_TOKEN_URL}"}}
"""
PEOPLE = """
    users:
      Ann.Lee: {displayName: Ann Lee}
      bob.ray: {displayName: Bob Ray}
      cy.day: {displayName: Cy Day}
    groups:
      eng: {displayName: Engineering, members: [Ann.Lee]}
"""


@pytest.fixture
def vendor() -> Iterator[PlatformApplication]:
    with SandboxStore() as store:
        yield create_platform(store, RAM, options=SandboxOptions(client_id="4711", client_secret="s3cret"))


@pytest.fixture
def house(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, vendor: PlatformApplication
) -> Iterator[House]:
    with running_sandbox(vendor) as url:
        monkeypatch.setenv("RAM_URL", url)
        monkeypatch.setenv("RAM_TOKEN_URL", f"{url}{vendor.token_path}")
        monkeypatch.setenv("RAM_ID", "4711")
        monkeypatch.setenv("RAM_SECRET", "s3cret")
        made = House(tmp_path, capsys)
        made.write("targets.yaml", TARGET)
        made.write("people.yaml", PEOPLE)
        yield made


def test_over_real_http(house: House, vendor: PlatformApplication) -> None:
    assert house.run("validate").code == 0
    checked = house.run("check")
    assert checked.code == 0, checked.out + checked.err
    file = str(house.root / "plan.json")
    assert house.run("plan", "--exit-code").code == 2
    assert house.run("plan", "--out", file).code == 0
    applied = house.run("apply", file, "--yes")
    assert applied.code == 0, applied.out + applied.err
    house.settled()
    assert house.run("drift").code == 0
    explained = house.run("explain", "user:Ann.Lee")
    assert explained.code == 0
    assert '"ann lee"' in explained.out
    house.replace("people.yaml", "bob.ray: {", "bob.ray: {state: disabled, ")
    assert house.run("plan").code == 0
    held = house.run("plan", "--exit-code")
    assert (held.code, "cannot disable anybody" in held.out) == (5, True)
    house.write("targets.yaml", TARGET + "        lifecycle: {cannotDisable: keep}\n")
    house.settled()
    assert vendor.refused == []


def test_a_wrong_secret_is_one_clear_sentence(
    house: House, vendor: PlatformApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAM_SECRET", "another")
    for command in (["check"], ["plan"], ["apply", "--yes"], ["drift"]):
        vendor.clear_log()
        ran = house.run(*command)
        assert ran.code == 6, ran.out + ran.err
        assert len(token_requests(vendor)) == 1
        told = ran.out + ran.err
        assert told.count("answered 401") == 1, told
        assert "check clientId, clientSecret, scope" in told
        assert "another" not in told
        assert [each.request.path for each in vendor.log if each.request.kind == "User"] == []
