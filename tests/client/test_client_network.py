"""Over real sockets: what aiohttp does with a request, and what its failures mean."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
import time
from contextlib import contextmanager
from typing import Any

import aiohttp
import httpx
import pytest
import uvicorn

from reconciler.client.directory import open_directory
from reconciler.client.network import Network, distrusted, nothing_was_sent
from reconciler.client.pacing import Timer
from reconciler.core.endpoint import BearerToken, Endpoint
from reconciler.core.requests import InDoubtError, Request
from reconciler.core.resources import Kind
from reconciler.errors import EndpointError

POST = Request("POST", ("Users",), {"userName": "é"})
ODD_ID = "a/b?c#d%20e f@g:h+é;=&'\"\\..%2F"


@contextmanager
def serving(app: Any) -> Any:
    """uvicorn in a thread on a free port of 127.0.0.1; gives the base URL."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        app, interface="asgi3", log_level="error", lifespan="off", ws="none", timeout_graceful_shutdown=2
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        while not server.started:
            time.sleep(0.01)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/scim/v2"
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


def talk(url: str, *steps: Any, **settings: Any) -> Any:
    """Runs steps on a directory over the real network."""

    async def no_sleep(_: Any) -> None:
        await asyncio.sleep(0)

    async def course() -> Any:
        endpoint = Endpoint(url, tokens=(BearerToken("sesame-1"),), **settings)
        from datetime import date

        directory = open_directory(endpoint, timer=Timer(no_sleep), today=date(2026, 11, 21))
        try:
            return [await step(directory) for step in steps]
        finally:
            await directory.close()

    return asyncio.run(course())


def test_a_whole_course_over_a_real_socket(fake: Any, kit: Any) -> None:
    rows = kit.users(950)

    def answer(asked: Any) -> Any:
        if asked.method == "GET" and asked.path == "/scim/v2/Users":
            if "filter" in asked.query:
                return kit.page([each for each in rows if f'"{each["userName"]}"' in asked.query["filter"]], asked)
            return kit.page(rows, asked)
        if asked.method == "GET":
            return 200, {"id": asked.path.removeprefix("/scim/v2/Users/")}
        return (201, asked.json) if asked.method == "POST" else (204, None)

    server = fake(answer)
    with serving(server.app) as url:
        listing, odd, found, created, deleted = talk(
            url,
            lambda directory: directory.list(Kind.USER),
            lambda directory: directory.get(Kind.USER, ODD_ID),
            lambda directory: directory.find(Kind.USER, "userName", "user7"),
            lambda directory: directory.send(POST),
            lambda directory: directory.send(Request("DELETE", ("Users", ODD_ID), version='W/"1"')),
        )
    assert listing.complete
    assert len(listing.resources) == 950
    assert odd.id == ODD_ID
    assert [each.id for each in found] == ["u7"]
    assert created.document == {"userName": "é"}
    assert deleted.status == 204
    assert server.asked[-1].headers["if-match"] == 'W/"1"'
    assert {each.token for each in server.asked} == {"sesame-1"}


def test_an_odd_id_stays_one_segment_on_the_wire(fake: Any) -> None:
    server = fake(lambda _: (200, {"id": "x"}))
    with serving(server.app) as url:
        talk(url, lambda directory: directory.get(Kind.USER, ODD_ID))
    assert server.asked[0].path == f"/scim/v2/Users/{ODD_ID}"
    assert server.asked[0].raw_path.count("/") == 4


def test_cookies_are_not_kept(fake: Any) -> None:
    server = fake(lambda _: (200, {"id": "a"}, {"set-cookie": "session=1; Path=/"}))
    with serving(server.app) as url:
        talk(url, *[lambda directory: directory.get(Kind.USER, "a")] * 2)
    assert "cookie" not in server.asked[1].headers


@contextmanager
def raw_server(behave: Any, certificate: Any = None) -> Any:
    """A socket that `behave(connection)` is called with for each connection, in a thread."""
    listener = socket.create_server(("127.0.0.1", 0))
    accepted = []

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            accepted.append(connection)
            with connection:
                behave(connection)

    thread = threading.Thread(target=accept)
    thread.start()
    try:
        yield f"127.0.0.1:{listener.getsockname()[1]}/v2", accepted
    finally:
        # Closing alone does not wake a thread that waits in accept().
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def read_request(connection: socket.socket) -> Any:
    received = b""
    while b"\r\n\r\n" not in received:
        received += connection.recv(65536)
    return received


def test_a_post_whose_connection_drops_after_sending_is_in_doubt_and_not_sent_again() -> None:
    with raw_server(read_request) as (place, accepted):
        with pytest.raises(InDoubtError):
            talk(f"http://{place}", lambda directory: directory.send(POST))
        assert len(accepted) == 1


def test_a_post_whose_answer_breaks_off_is_in_doubt() -> None:
    def behave(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(b"HTTP/1.1 201 Created\r\nContent-Length: 100\r\n\r\n{")

    with raw_server(behave) as (place, accepted):
        with pytest.raises(InDoubtError):
            talk(f"http://{place}", lambda directory: directory.send(POST))
        assert len(accepted) == 1


@pytest.mark.parametrize("garbage", [b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.1 abc\r\n\r\n", b"\x00\x01"])
def test_an_answer_that_is_no_http_is_an_error(garbage: bytes) -> None:
    def behave(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(garbage)

    with raw_server(behave) as (place, _), pytest.raises(EndpointError):
        talk(f"http://{place}", lambda directory: directory.get(Kind.USER, "a"))


def test_a_port_where_nobody_listens_is_unreachable_and_nothing_is_in_doubt() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(EndpointError, match="cannot be reached") as caught:
        talk(f"http://127.0.0.1:{port}/v2", lambda directory: directory.send(POST))
    assert not isinstance(caught.value, InDoubtError)


def test_a_server_that_does_not_speak_tls_is_unreachable() -> None:
    def behave(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with raw_server(behave) as (place, _), pytest.raises(EndpointError, match="cannot be reached"):
        talk(f"https://{place}", lambda directory: directory.send(POST))


def chained(error: Any, cause: Any) -> Any:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "unsent"),
    [
        (chained(httpx.ConnectTimeout(""), aiohttp.ServerDisconnectedError()), False),
        (chained(httpx.ConnectTimeout(""), aiohttp.ClientOSError(104, "reset")), False),
        (chained(httpx.TimeoutException(""), aiohttp.ConnectionTimeoutError()), True),
        (chained(httpx.ReadTimeout(""), aiohttp.SocketTimeoutError()), False),
        (aiohttp.ClientPayloadError(), False),
        (httpx.ConnectError(""), True),
        (httpx.PoolTimeout(""), True),
        (httpx.ReadTimeout(""), False),
        (httpx.WriteError(""), False),
        (OSError(), False),
    ],
    ids=repr,
)
def test_only_failures_before_sending_leave_no_doubt(error: Any, unsent: bool) -> None:
    assert nothing_was_sent(error) is unsent


def test_a_refused_certificate_is_final() -> None:
    certificate = aiohttp.ClientConnectorCertificateError(None, ssl.CertificateError("self-signed"))
    assert distrusted(chained(httpx.ConnectError(""), certificate))
    assert not distrusted(httpx.ConnectError(""))


def test_the_proxy_of_the_environment_is_used_and_no_proxy_respected(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def behave(connection: socket.socket) -> None:
        asked.append(read_request(connection))
        connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 10\r\nConnection: close\r\n\r\n{"id":"a"}')

    with raw_server(behave) as (place, _):
        monkeypatch.setenv("http_proxy", f"http://{place.removesuffix('/v2')}")
        monkeypatch.setenv("no_proxy", "direct.invalid")
        talk("http://scim.invalid/v2", lambda directory: directory.get(Kind.USER, "a"))
        with pytest.raises(EndpointError, match="cannot be reached"):
            talk("http://direct.invalid/v2", lambda directory: directory.get(Kind.USER, "a"))
    assert [each.split(b"\r\n")[0] for each in asked] == [b"GET http://scim.invalid/v2/Users/a HTTP/1.1"]


def test_a_network_that_was_never_used_closes() -> None:
    asyncio.run(Network().aclose())
