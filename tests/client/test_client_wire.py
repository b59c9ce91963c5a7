from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from reconciler.client.redaction import Secrets
from reconciler.client.requests import Call
from reconciler.client.responses import MAX_BODY
from reconciler.client.wire import ConnectionFault, Wire
from reconciler.core.endpoint import OAuth2
from reconciler.core.requests import InDoubtError, Request
from reconciler.core.resources import Kind
from reconciler.errors import EndpointError

POST = Request("POST", ("Users",), {"userName": "a"})


def get(directory: Any) -> Any:
    return directory.get(Kind.USER, "a")


def send(directory: Any) -> Any:
    return directory.send(POST)


def redirecting(location: str, status: int = 307, first: str = "/scim/v2/Users/a") -> Any:
    def answer(asked: Any) -> Any:
        if asked.path == first:
            return status, None, {"location": location}
        return 200, {"id": "a", "at": asked.path, "token": asked.token}

    return answer


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("location", ["/elsewhere/a", "https://scim.example/elsewhere/a", "../../../elsewhere/a"])
def test_a_read_follows_a_redirect_to_the_same_origin(fake: Any, status: int, location: str) -> None:
    document = fake(redirecting(location, status)).run(get).document
    assert (document["at"], document["token"]) == ("/elsewhere/a", "sesame-1")


@pytest.mark.parametrize(
    ("location", "place"),
    [
        ("https://evil.example/Users/a", "the host evil.example"),
        ("//evil.example/Users/a", "the host evil.example"),
        ("http://scim.example/scim/v2/Users/b?c=d", "http://scim.example/scim/v2/Users/b"),
        ("https://scim.example:8443/scim/v2/Users/b", "https://scim.example:8443/scim/v2/Users/b"),
        ("https://ann:pw@scim.example/Users/a", "https://scim.example/Users/a"),
    ],
)
@pytest.mark.parametrize("write", [False, True])
def test_a_redirect_to_another_origin_is_an_error_that_names_it(
    fake: Any, location: str, place: str, write: bool
) -> None:
    server = fake(redirecting(location, first="/scim/v2/Users" if write else "/scim/v2/Users/a"))
    error = server.failure(send if write else get)
    assert isinstance(error, EndpointError)
    assert f"a redirect to {place} that is not followed" in str(error)
    assert len(server.asked) == 1


@pytest.mark.parametrize("status", [307, 308])
@pytest.mark.parametrize("method", ["POST", "PATCH", "PUT", "DELETE"])
def test_a_write_follows_a_redirect_that_keeps_its_method(fake: Any, status: int, method: str) -> None:
    server = fake(redirecting("/scim/v2/Users/", status, "/scim/v2/Users"))
    answer = server.run(lambda directory: directory.send(Request(method, ("Users",), {"userName": "a"})))
    assert answer.status == 200
    assert [each.path for each in server.asked] == ["/scim/v2/Users", "/scim/v2/Users/"]
    for asked in server.asked:
        assert (asked.method, asked.json, asked.token) == (method, {"userName": "a"}, "sesame-1")


@pytest.mark.parametrize("status", [301, 302, 303])
def test_a_write_follows_no_redirect_that_may_change_its_method(fake: Any, status: int) -> None:
    server = fake(redirecting("/scim/v2/Users/", status, "/scim/v2/Users"))
    message = str(server.failure(send))
    assert "a redirect to https://scim.example/scim/v2/Users/ that is not followed" in message
    assert len(server.asked) == 1


def test_redirects_of_a_write_end_after_three(fake: Any) -> None:
    server = fake(lambda asked: (307, None, {"location": asked.path + "x"}))
    message = str(server.failure(send))
    assert "that is not followed" in message
    assert "to the host" not in message
    assert len(server.asked) == 4


@pytest.mark.parametrize("name", ["Content-Type", "content-type"])
def test_the_content_type_of_the_target_wins(fake: Any, name: str) -> None:
    server = fake(lambda _: (200, {"id": "a"}), headers={name: "application/json"})
    server.run(send)
    assert server.asked[0].headers["content-type"] == "application/json"


def test_a_redirect_without_a_place_to_go_is_an_error(fake: Any) -> None:
    assert "redirect to nowhere" in str(fake(redirecting("http://h:port/")).failure(get))


def test_redirects_end_after_three(fake: Any) -> None:
    server = fake(lambda asked: (302, None, {"location": asked.path + "x"}))
    assert "that is not followed" in str(server.failure(get))
    assert len(server.asked) == 4


def test_nothing_is_sent_to_a_host_that_is_not_allowed(fake: Any) -> None:
    server = fake(lambda _: (200, {"id": "a"}), hosts=frozenset({"other.example"}))
    for step in (get, lambda directory: directory.send(POST)):
        error = server.failure(step)
        assert str(error) == "nothing may be sent to scim.example: it is not in RECONCILER_HOSTS"
    assert not server.asked


@pytest.mark.parametrize("entry", ["scim.example", "SCIM.Example", " scim.example "])
def test_an_allowed_host_is_found_in_any_case(fake: Any, entry: str) -> None:
    assert fake(lambda _: (200, {"id": "a"}), hosts=frozenset({entry})).run(get).id == "a"


def test_an_allowed_host_may_name_its_port(fake: Any) -> None:
    settings = {"url": "https://scim.example:8443/v2", "hosts": frozenset({"scim.example:8443"})}
    assert fake(lambda _: (200, {"id": "a"}), **settings).run(get).id == "a"


def test_the_token_url_must_be_allowed_too(fake: Any) -> None:
    grant = OAuth2("https://login.example/token", "client", "secret-1")
    server = fake(lambda _: (200, {}), tokens=(), oauth2=grant, hosts=frozenset({"scim.example"}))
    assert "nothing may be sent to login.example" in str(server.failure(get))
    assert not server.asked


def test_a_body_without_end_is_refused(fake: Any) -> None:
    huge = b"x" * (MAX_BODY + 1)
    server = fake(lambda _: (200, huge))
    assert "more than 64 MiB" in str(server.failure(get))
    assert isinstance(server.failure(lambda directory: directory.send(POST)), InDoubtError)


def test_every_request_has_time_limits() -> None:
    seen = []

    async def note(request: Any) -> Any:
        seen.append(request.extensions["timeout"])
        return httpx.Response(200)

    wire = Wire(httpx.MockTransport(note), None, Secrets())
    asyncio.run(wire.carry(Call("GET", "https://h/")))
    assert seen == [{"connect": 10.0, "read": 60.0, "write": 60.0, "pool": 60.0}]


def test_a_fault_of_the_network_hides_secrets_and_keeps_no_chain() -> None:
    def fail(request: Any) -> None:
        raise httpx.ProxyError("proxy http://ann:hunter22@proxy refused")

    wire = Wire(httpx.MockTransport(fail), None, Secrets(["hunter22"]))
    with pytest.raises(ConnectionFault) as caught:
        asyncio.run(wire.carry(Call("POST", "https://h/")))
    assert caught.value.reason == "proxy http://ann:***@proxy refused"
    assert not caught.value.sent
    assert caught.value.__cause__ is None
