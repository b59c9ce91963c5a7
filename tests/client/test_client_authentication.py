from __future__ import annotations

import asyncio
from base64 import b64decode, urlsafe_b64encode
from dataclasses import replace
from datetime import date
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest

from reconciler.client.authentication import ClientCredentials, TokenError, lifetime
from reconciler.client.pacing import Timer
from reconciler.client.redaction import Secrets
from reconciler.client.requests import Call
from reconciler.client.retries import Persistence
from reconciler.client.wire import Wire
from reconciler.core.endpoint import BearerToken, OAuth2
from reconciler.core.requests import Request
from reconciler.core.resources import Kind
from reconciler.errors import EndpointError, ExitCode
from reconciler.platforms.registry import load_profile

GRANT = OAuth2("https://login.example/token", "client-1", "s3cr3t/+word", scope="/acs/scim")
POST = Request("POST", ("Users",), {"userName": "a"})


def get(directory: Any) -> Any:
    return directory.get(Kind.USER, "a")


def only(*accepted: Any) -> Any:
    def answer(asked: Any) -> Any:
        return (200, {"id": "a"}) if asked.token in accepted else (401, {"detail": f"bad {asked.token}"})

    return answer


# --- Static tokens
# ----------------------------------------------------------------------------------------------


def test_the_next_token_is_tried_and_remembered(fake: Any) -> None:
    server = fake(only("second-token"), tokens=(BearerToken("first-token"), BearerToken("second-token")))
    assert server.run(get, get, lambda directory: directory.send(POST)).status == 200
    assert [each.token for each in server.asked] == ["first-token", *["second-token"] * 3]


def test_a_token_that_was_refused_once_is_tried_again_later(fake: Any) -> None:
    """One document may be closed to every token; that must not cost the token that opens the rest."""

    def answer(asked: Any) -> Any:
        return (401, None) if asked.path.endswith("/closed") else only("first-token")(asked)

    server = fake(answer, tokens=(BearerToken("first-token"), BearerToken("second-token")))

    async def closed(directory: Any) -> None:
        with pytest.raises(EndpointError):
            await directory.get(Kind.USER, "closed")

    assert server.run(get, closed, get).id == "a"
    assert server.asked[-1].token == "first-token"


def test_tokens_whose_day_has_passed_come_last_and_are_named_when_nothing_works(fake: Any) -> None:
    tokens = (BearerToken("old-token", date(2026, 11, 20)), BearerToken("new-token", date(2026, 11, 21)))
    server = fake(only(), tokens=tokens)
    error = server.failure(get)
    assert [each.token for each in server.asked] == ["new-token", "old-token"]
    assert "a token of this target expired on 2026-11-20" in str(error)


def test_tokens_whose_own_claim_has_passed_come_last_too(fake: Any) -> None:
    claims = urlsafe_b64encode(b'{"exp": 1795132800}').decode().rstrip("=")  # 2026-11-20
    server = fake(only(), tokens=(BearerToken(f"e30.{claims}.c2ln"), BearerToken("opaque")))
    error = server.failure(get)
    assert [each.token[:3] for each in server.asked] == ["opa", "e30"]
    assert "a token of this target expired on 2026-11-20" in str(error)
    assert claims not in str(error)


def test_refused_credentials_say_where_and_what_to_do_but_never_the_token(fake: Any) -> None:
    error = fake(only(), tokens=(BearerToken("sesame-open"),)).failure(get)
    assert isinstance(error, EndpointError)
    assert error.exit_code is ExitCode.UNREACHABLE
    assert str(error) == (
        "GET https://scim.example/scim/v2/Users/a answered 401: bad *** (check the target's token: does its "
        "variable hold the right one, for this endpoint, and is it still valid?)"
    )
    assert "sesame" not in repr(error)


def test_a_refused_write_is_an_error_too(fake: Any) -> None:
    server = fake(only())
    assert "answered 401" in str(server.failure(lambda directory: directory.send(POST)))


def test_a_forbidden_write_is_an_error_only_while_nothing_was_ever_accepted(fake: Any) -> None:
    def answer(asked: Any) -> Any:
        return (403, {"detail": "not you"}) if asked.method == "POST" else (200, {"id": "a"})

    assert "check its permissions" in str(fake(answer).failure(lambda directory: directory.send(POST)))
    assert fake(answer).run(get, lambda directory: directory.send(POST)).fault.detail == "not you"


def test_a_newline_at_the_end_of_a_token_is_left_out(fake: Any) -> None:
    assert fake(only("sesame-1"), tokens=(BearerToken(" sesame-1\n"),)).run(get).id == "a"


@pytest.mark.parametrize("token", ["ses\name", "sésame", "ses\x00ame"])
def test_a_token_that_no_header_can_carry_is_told_without_showing_it(fake: Any, token: str) -> None:
    error = fake(only(), tokens=(BearerToken(token),)).failure(get)
    assert str(error) == "the value of the token holds characters that no HTTP header can carry"


def test_tokens_that_are_all_empty_are_an_error(fake: Any) -> None:
    server = fake(only(), tokens=(BearerToken(""), BearerToken(" ")))
    assert "every token" in str(server.failure(get))
    assert not server.asked


def test_without_tokens_no_authorization_is_sent(fake: Any) -> None:
    server = fake(lambda _: (200, {"id": "a"}), tokens=())
    server.run(get)
    assert "authorization" not in server.asked[0].headers


def test_an_authorization_among_the_headers_is_sent_as_it_is_and_hidden(fake: Any) -> None:
    server = fake(
        lambda asked: (401, {"detail": asked.headers["authorization"]}),
        tokens=(),
        headers={"authorization": "Api sesame"},
    )
    error = server.failure(get)
    assert server.asked[0].headers["authorization"] == "Api sesame"
    assert "sesame" not in str(error)


# --- OAuth2
# -----------------------------------------------------------------------------------------------------


class Login:
    """A token URL and an endpoint; `valid` holds the tokens that the endpoint accepts."""

    def __init__(self, **extra: Any) -> None:
        self.issued = []
        self.extra = extra
        self.valid = None

    def __call__(self, asked: Any) -> Any:
        if asked.host == "login.example":
            self.issued.append(f"access-{len(self.issued)}")
            return 200, {"access_token": self.issued[-1], "token_type": "Bearer", **self.extra}
        accepted = self.issued[-1:] if self.valid is None else self.valid
        return (200, {"id": "a"}) if asked.token in accepted else (401, {"detail": f"bad {asked.token}"})


def test_a_token_is_fetched_once_and_used_for_everything(fake: Any) -> None:
    login = Login(expires_in=3600)
    server = fake(login, tokens=(), oauth2=GRANT)
    server.run(get, get)
    assert server.calls == ["POST /token", "GET /Users/a", "GET /Users/a"]
    asked = server.asked[0]
    assert parse_qs(asked.body.decode()) == {"grant_type": ["client_credentials"], "scope": ["/acs/scim"]}
    assert b64decode(asked.headers["authorization"].removeprefix("Basic ")) == b"client-1:s3cr3t%2F%2Bword"
    assert asked.headers["content-type"] == "application/x-www-form-urlencoded"


def test_the_secret_can_go_into_the_body(fake: Any) -> None:
    grant = OAuth2("https://login.example/token", "client-1", "s3cr3t/+word", send="body")
    server = fake(Login(), tokens=(), oauth2=grant)
    server.run(get)
    form = parse_qs(server.asked[0].body.decode())
    assert (form["client_id"], form["client_secret"]) == (["client-1"], ["s3cr3t/+word"])
    assert "authorization" not in server.asked[0].headers


def test_headers_of_the_target_do_not_go_to_the_token_url(fake: Any) -> None:
    server = fake(Login(), tokens=(), oauth2=GRANT, headers={"X-Key": "tenant-key-1"})
    server.run(get)
    assert ["x-key" in each.headers for each in server.asked] == [False, True]


def test_a_refused_access_token_is_renewed_once(fake: Any) -> None:
    login = Login()
    server = fake(login, tokens=(), oauth2=GRANT)

    async def revoke(_: Any) -> None:
        login.valid = ["access-1"]

    assert server.run(get, revoke, get).id == "a"
    login.valid = []
    assert "check the client's scope" in str(server.failure(get))
    assert [each.token for each in server.asked if each.method == "GET"][-2:] == login.issued[-2:]


def test_everybody_waits_for_one_renewal(fake: Any) -> None:
    login = Login()
    server = fake(login, tokens=(), oauth2=GRANT)

    async def many(directory: Any) -> None:
        await asyncio.gather(*(get(directory) for _ in range(10)))

    async def revoke(_: Any) -> None:
        login.valid = ["access-1"]

    server.run(many, revoke, many)
    assert login.issued == ["access-0", "access-1"]


@pytest.mark.parametrize("expires_in", [600, "600"])
def test_a_token_is_renewed_a_minute_before_its_end(fake: Any, expires_in: Any) -> None:
    login = Login(expires_in=expires_in)
    server = fake(login)
    now = [0.0]

    async def course() -> Any:
        secrets = Secrets()
        wire = Wire(httpx.ASGITransport(app=server.app), None, secrets)
        credentials = ClientCredentials(GRANT, Persistence(wire, Timer(server.sleep)), secrets, lambda: now[0])
        values = []
        for moment in (0.0, 539.0, 541.0):
            now[0] = moment
            values.append(await credentials.authorization([]))
        return values

    assert asyncio.run(course()) == ["Bearer access-0", "Bearer access-0", "Bearer access-1"]


@pytest.mark.parametrize("expires_in", [2, 60, "90"])
def test_a_token_that_lives_shortly_is_used_for_more_than_one_request(fake: Any, expires_in: Any) -> None:
    login = Login(expires_in=expires_in)
    fake(login, tokens=(), oauth2=GRANT).run(get, get, get)
    assert login.issued == ["access-0"]


QUERY = replace(GRANT, parameters="query")


@pytest.mark.parametrize(("url", "before"), [("", {}), ("?v=1", {"v": ["1"]}), ("?v=1&", {"v": ["1"]}), ("?", {})])
def test_parameters_can_go_into_the_url_beside_those_that_it_has(fake: Any, url: str, before: Any) -> None:
    server = fake(Login(expires_in="3599"), tokens=(), oauth2=replace(QUERY, token_url=GRANT.token_url + url))
    assert server.run(get).id == "a"
    asked = server.asked[0]
    expected = {"grant_type": "client_credentials", "client_id": "client-1", "scope": "/acs/scim"}
    assert asked.query == {**expected, **{name: value for name, [value] in before.items()}}
    assert b64decode(asked.headers["authorization"].removeprefix("Basic ")) == b"client-1:s3cr3t%2F%2Bword"
    assert asked.body == b""


def test_a_secret_never_goes_into_the_url(fake: Any) -> None:
    server = fake(Login(), tokens=(), oauth2=replace(QUERY, send="body"))
    server.run(get)
    assert server.asked[0].query.keys() == {"grant_type", "client_id", "scope"}
    assert parse_qs(server.asked[0].body.decode()) == {"client_secret": ["s3cr3t/+word"]}


def test_no_query_of_a_token_url_is_shown(fake: Any) -> None:
    error = fake(lambda _: (401, None), tokens=(), oauth2=QUERY).failure(get)
    assert "client-1" not in str(error)
    assert "https://login.example/token answered 401" in str(error)


@pytest.mark.parametrize("status", [400, 401, 403, 404])
def test_a_wrong_secret_is_sent_once_and_nothing_after_it(fake: Any, status: int) -> None:
    refused = (status, {"error": "invalid_client", "error_description": "who is that"})
    server = fake(
        lambda asked: refused if asked.host == "login.example" else (200, {"id": "a"}), tokens=(), oauth2=QUERY
    )

    async def insist(directory: Any) -> list[str]:
        work = [get(directory) for _ in range(5)] + [directory.send(POST), directory.list(Kind.USER)]
        errors = await asyncio.gather(*work, return_exceptions=True)
        errors += await asyncio.gather(get(directory), directory.send(POST), return_exceptions=True)
        assert all(isinstance(each, EndpointError) for each in errors)
        return [str(each) for each in errors]

    [sentence] = {*server.run(insist)}
    assert sentence.startswith(f"the OAuth2 token URL https://login.example/token answered {status}: who is that")
    assert len(server.asked) == 1


@pytest.mark.parametrize("status", [400, 404, 501])
@pytest.mark.parametrize(
    "read",
    [
        get,
        lambda directory: directory.list(Kind.GROUP),
        lambda directory: directory.find(Kind.USER, "userName", "a"),
        lambda directory: directory.rosters(["g"], ["u"]),
        lambda directory: directory.discover(),
    ],
)
def test_a_refused_client_is_not_taken_for_an_answer_about_the_resource(fake: Any, read: Any, status: int) -> None:
    server = fake(lambda _: (status, None), tokens=(), oauth2=GRANT, profile=load_profile("aws-identity-center"))
    error = server.failure(read)
    assert type(error) is TokenError
    assert len(server.asked) == 1


def test_a_token_that_never_came_leaves_no_write_in_doubt(fake: Any) -> None:
    def answer(_: Any) -> Any:
        raise httpx.ReadError("reset")

    error = fake(answer, tokens=(), oauth2=GRANT).failure(lambda directory: directory.send(POST))
    assert type(error) is TokenError


def test_a_refused_renewal_ends_the_run_too(fake: Any) -> None:
    login = Login()
    state = {"open": True}

    def answer(asked: Any) -> Any:
        return login(asked) if asked.host != "login.example" or state["open"] else (401, None)

    server = fake(answer, tokens=(), oauth2=GRANT)

    async def revoke(_: Any) -> None:
        login.valid = []
        state["open"] = False

    async def twice(directory: Any) -> None:
        for _ in range(2):
            with pytest.raises(EndpointError, match="token URL"):
                await get(directory)

    server.run(get, revoke, twice)
    assert server.calls == ["POST /token", "GET /Users/a", "GET /Users/a", "POST /token", "GET /Users/a"]


def test_a_token_url_that_is_not_well_is_asked_again_by_the_next_request(fake: Any) -> None:
    login = Login()
    left = [(503, None)] * 6

    def answer(asked: Any) -> Any:
        return left.pop() if asked.host == "login.example" and left else login(asked)

    async def patiently(directory: Any) -> Any:
        with pytest.raises(EndpointError, match="answered 503"):
            await get(directory)
        return await get(directory)

    assert fake(answer, tokens=(), oauth2=GRANT).run(patiently).id == "a"


@pytest.mark.parametrize(
    ("said", "seconds"), [(600, 600.0), ("600", 600.0), (None, 3600.0), ("soon", 3600.0), (0, 3600.0), ("inf", 3600.0)]
)
def test_a_lifetime_that_is_not_said_is_an_hour(said: Any, seconds: float) -> None:
    assert lifetime(said) == seconds


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (
            (401, {"error": "invalid_client", "error_description": "no s3cr3t/+word"}),
            "answered 401: no *** (check clientId",
        ),
        ((200, {"token": "x"}), "gave no access_token"),
        ((200, b"<html>"), "gave no access_token"),
        ((200, {"access_token": 7}), "gave no access_token"),
        ((302, None, {"location": "https://evil.example/"}), "a redirect to the host evil.example"),
    ],
)
def test_a_token_url_that_gives_no_token_is_told(fake: Any, answer: Any, problem: str) -> None:
    error = fake(lambda _: answer, tokens=(), oauth2=GRANT).failure(get)
    assert isinstance(error, EndpointError)
    assert problem in str(error)
    assert "s3cr3t" not in str(error)


def test_a_token_url_that_stumbles_is_asked_again(fake: Any) -> None:
    login = Login()
    left = [httpx.ReadError("reset"), (503, None)]

    def answer(asked: Any) -> Any:
        if asked.host == "login.example" and left:
            following = left.pop(0)
            if isinstance(following, Exception):
                raise following
            return following
        return login(asked)

    assert fake(answer, tokens=(), oauth2=GRANT).run(get).id == "a"


def test_an_access_token_is_hidden_from_errors(fake: Any) -> None:
    login = Login()
    login.valid = []
    error = fake(login, tokens=(), oauth2=GRANT).failure(get)
    assert "access-" not in str(error)


def test_the_repr_of_a_token_call_shows_no_secret() -> None:
    assert "s3cr3t" not in repr(Call("POST", GRANT.token_url, {"Authorization": "s3cr3t"}, b"s3cr3t"))
