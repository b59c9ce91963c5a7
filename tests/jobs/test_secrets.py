"""No secret in anything that a command says, saves or remembers, however it ends and however loud it is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from places import Place
from secrecy import spellings
from servers.conformance import TOKEN
from servers.faults import On
from servers.faulty import Fault, FaultyServer, Forward, Reply, Request

from reconciler.cli.endings import ending
from reconciler.sandbox import SandboxStore, create_app, running_sandbox

BEARER = "bearer-Zq7/+secret=value"
CLIENT_SECRET = "client-Wv4+secret/value"  # the odd characters look different in a form and in a header
HEADER = "header-Kt9-secret-value"
ACCESS = "access-Pm2-secret-value"
SECRETS = (BEARER, CLIENT_SECRET, HEADER, ACCESS, TOKEN)

PEOPLE = "users: {alice: {title: Boss}, bob: {}}\ngroups: {ops: {displayName: Ops, members: [alice]}}\n"
BY_TOKEN = """
    targets:
      there:
        platform: generic
        url: ${URL_THERE}
        auth: {bearer: "${TOKEN_THERE}"}
        headers: {X-Tenant-Key: "${HEADER_THERE}"}
"""
BY_GRANT = """
    targets:
      there:
        platform: generic
        url: ${URL_THERE}
        headers: {X-Tenant-Key: "${HEADER_THERE}"}
        auth: {oauth2: {tokenUrl: "${TOKEN_URL}", clientId: me, clientSecret: "${SECRET_THERE}", send: %s}}
"""
PLAN = ("plan", "--out", "plan.json")
APPLY = ("apply", "--yes", "--report", "report.json")
EVERY_COMMAND = (
    PLAN,
    ("plan", "--format", "json"),
    ("check",),
    ("drift", "--format", "markdown"),
    ("explain", "user:alice"),
    APPLY,
    ("apply", "--yes", "--format", "json"),
    ("show", "plan.json"),
    ("targets", "--format", "json"),
    ("validate",),
)


def assert_kept(root: Path, *said: str) -> None:
    """Neither in what was said nor in any file but the manifests' own, which hold no secrets anyway."""
    shown = [text.encode() for text in said]
    saved = [file.read_bytes() for file in root.rglob("*") if file.is_file()]
    for secret in SECRETS:
        for spelling in spellings(secret):
            assert not any(spelling in each for each in (*shown, *saved)), f"{secret} was given away"


@pytest.fixture
def place(place: Place, monkeypatch: pytest.MonkeyPatch) -> Place:
    place.house.write("people.yaml", PEOPLE)
    place.house.write("targets.yaml", BY_TOKEN)
    for name, value in {"TOKEN_THERE": BEARER, "HEADER_THERE": HEADER, "SECRET_THERE": CLIENT_SECRET}.items():
        monkeypatch.setenv(name, value)
    return place


def run_all(place: Place, commands: Sequence[tuple[str, ...]]) -> list[int]:
    """The exit codes of the commands, run as loud as they get."""
    codes = []
    for command in commands:
        arguments = [str(place.house.root / each) if each.endswith(".json") else each for each in command]
        ran = place.house.run("-vv", *arguments)
        assert_kept(place.house.root, ran.out, ran.err)
        codes.append(ran.code)
    return codes


async def echo_500(request: Request, _forward: Forward) -> Reply:
    """What a debugging server says: everything it was sent, in the answer."""
    body = {"detail": f"cannot handle {dict(request.headers)}", "status": "500"}
    return Reply(500, body, {"Location": request.headers.get("authorization", "")})


async def echo_401_as_a_page(request: Request, _forward: Forward) -> Reply:
    return Reply(401, f"<html><body><pre>{dict(request.headers)}</pre></body></html>", {"Content-Type": "text/html"})


def test_where_everything_goes_well(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    with SandboxStore() as store:
        server = FaultyServer(create_app(store, BEARER))
        with running_sandbox(server) as url:
            monkeypatch.setenv("URL_THERE", url)
            assert run_all(place, EVERY_COMMAND) == [0, 0, 0, 2, 0, 0, 0, 0, 0, 0]
    sent = {(each.headers["authorization"], each.headers["x-tenant-key"]) for each in server.requests}
    assert sent == {(f"Bearer {BEARER}", HEADER)}


def test_where_the_token_is_refused(place: Place) -> None:
    assert set(run_all(place, EVERY_COMMAND[:6])) == {6}


@pytest.mark.parametrize("fault", [echo_500, echo_401_as_a_page], ids=lambda each: each.__name__)
def test_where_the_server_echoes_what_it_was_sent(place: Place, fault: Fault) -> None:
    place.faults.inject(On(), fault)
    assert run_all(place, [APPLY]) == [6]


def test_where_writes_are_echoed_into_outcomes_and_reports(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN_THERE", TOKEN)
    place.faults.inject(On("POST"), echo_500)
    assert run_all(place, [APPLY, ("apply", "--yes", "--format", "json")]) == [5, 5]
    assert "***" in (place.house.root / "report.json").read_text()


def test_where_nothing_listens(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("URL_THERE", "http://127.0.0.1:1/v2")
    assert run_all(place, [PLAN, APPLY]) == [6, 6]


def test_where_the_secret_cannot_be_sent_at_all(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN_THERE", f"{BEARER}\u2013x")
    assert run_all(place, [("check",)]) == [6]
    assert "holds characters that no HTTP header can carry" in place.house.run("check").err
    assert place.faults.requests == []


def test_where_a_secret_stands_in_the_url(place: Place) -> None:
    place.house.write("targets.yaml", BY_TOKEN.replace("${URL_THERE}", "https://me:${SECRET_THERE}@scim.example/v2"))
    assert 0 not in run_all(place, [PLAN, APPLY, ("check",)])


def test_a_traceback_names_no_secret(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    """Something that nobody foresaw, with the secrets in the message of its error."""
    unforeseen = ValueError(f"Bearer {CLIENT_SECRET} / {BEARER}")
    assert ending(unforeseen, ["-v", "plan"]) == 1
    said = capsys.readouterr().err
    assert "ValueError: " in said
    assert_kept(place.house.root, said)


class TokenServer:
    """Gives ACCESS to whoever knows the client's secret; else echoes what it was sent, as a page."""

    def __init__(self, *, gives: bool) -> None:
        self._gives = gives

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        form = (await receive()).get("body", b"").decode()
        sent = {name.decode(): value.decode() for name, value in scope["headers"]}
        text = f'{{"access_token": "{ACCESS}"}}' if self._gives else f"<html>{sent} {form}</html>"
        kind = b"application/json" if self._gives else b"text/html"
        status = 200 if self._gives else 400
        headers = [(b"content-type", kind), (b"content-length", str(len(text.encode())).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": text.encode()})


@pytest.mark.parametrize("send", ["basic", "body"])
@pytest.mark.parametrize("gives", [True, False], ids=["granted", "refused"])
def test_where_the_token_comes_from_a_token_url(
    place: Place, monkeypatch: pytest.MonkeyPatch, send: str, gives: bool
) -> None:
    place.house.write("targets.yaml", BY_GRANT % send)
    place.faults.inject(On(), echo_500)
    with running_sandbox(TokenServer(gives=gives)) as url:
        monkeypatch.setenv("TOKEN_URL", f"{url}/token")
        assert run_all(place, [APPLY]) == [6]
    presented = {each.headers.get("authorization") for each in place.faults.requests}
    assert presented == ({f"Bearer {ACCESS}"} if gives else set())
