"""Failures of the network, in words that say what to look at."""

from __future__ import annotations

import asyncio
import socket
import ssl
from datetime import date
from typing import Any

import aiohttp
import httpx
import pytest

from reconciler.client.directory import open_directory
from reconciler.client.pacing import Timer
from reconciler.client.reasons import reason_of
from reconciler.core.endpoint import BearerToken, Endpoint
from reconciler.core.resources import Kind
from reconciler.errors import EndpointError


def said_by(url: str) -> str:
    """What a person reads when a directory at `url` is read."""

    async def no_sleep(_: Any) -> None:
        await asyncio.sleep(0)

    async def course() -> None:
        endpoint = Endpoint(url, tokens=(BearerToken("sesame-1"),))
        directory = open_directory(endpoint, timer=Timer(no_sleep), today=date(2026, 11, 21))
        try:
            await directory.list(Kind.USER)
        finally:
            await directory.close()

    with pytest.raises(EndpointError) as caught:
        asyncio.run(course())
    return str(caught.value)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_port_where_nobody_listens(host: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    said = said_by(f"http://{host}:{port}/v2")
    assert f"{host}:{port}/v2/Users cannot be reached: nothing listens on {host}:{port} (connection refused)" in said
    assert "ssl:default" not in said


def test_a_name_that_is_no_host() -> None:
    said = said_by("https://scim.invalid/v2")
    assert "cannot be reached: the name scim.invalid does not resolve to an address (check the base URL" in said


def chained(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


class Key:
    """What aiohttp knows of the place that it did not reach."""

    host, port, ssl, is_ssl = "scim.example", 443, True, True


KEY: Any = Key()
SELF_SIGNED = ssl.SSLCertVerificationError(1, "[SSL: CERTIFICATE_VERIFY_FAILED] ... (_ssl.c:1006)")
SELF_SIGNED.verify_message = "self-signed certificate"
NO_TLS = ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER] wrong version number (_ssl.c:1006)")
NO_TLS.reason = "WRONG_VERSION_NUMBER"
NO_AGREEMENT = ssl.SSLError(1, "[SSL: NO_PROTOCOLS_AVAILABLE] (_ssl.c:1006)")
NO_AGREEMENT.reason = "NO_PROTOCOLS_AVAILABLE"


@pytest.mark.parametrize(
    ("cause", "said"),
    [
        (
            aiohttp.ClientConnectorCertificateError(KEY, SELF_SIGNED),
            "the certificate of scim.example is not trusted: self-signed certificate",
        ),
        (
            aiohttp.ClientConnectorSSLError(KEY, NO_TLS),
            "scim.example:443 does not speak TLS; should the URL begin with http://, or is it another port?",
        ),
        (
            aiohttp.ClientConnectorSSLError(KEY, NO_AGREEMENT),
            "no agreement with scim.example:443 on TLS: no protocols available",
        ),
        (aiohttp.ClientConnectorError(KEY, OSError(113, "x")), "there is no route to scim.example:443"),
        (aiohttp.ClientConnectorError(KEY, OSError(5, "odd")), "no connection to scim.example:443: odd"),
        (aiohttp.ClientConnectorError(KEY, OSError("odd")), "no connection to scim.example:443: odd"),
        (aiohttp.ClientProxyConnectionError(KEY, OSError(111, "x")), "the proxy scim.example:443 cannot be reached"),
        (aiohttp.ConnectionTimeoutError(), "no connection within 10 seconds"),
        (aiohttp.SocketTimeoutError(), "no answer within 60 seconds"),
        (aiohttp.ServerDisconnectedError(), "the connection was closed without an answer"),
        (aiohttp.ClientOSError(104, "Connection reset by peer"), "connection reset by peer"),
        (aiohttp.ClientPayloadError("transfer-encoding …"), "the answer broke off"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_aiohttp_says_is_said_for_people(cause: Any, said: str) -> None:
    assert reason_of(chained(httpx.ConnectError(str(cause)), cause)) == said


def test_what_nobody_foresaw_is_said_as_it_came() -> None:
    assert reason_of(httpx.RemoteProtocolError("illegal status line")) == "illegal status line"
    assert reason_of(httpx.ReadError("")) == "ReadError"


def test_a_proxy_says_why_it_refuses() -> None:
    request: Any = None
    refusal = aiohttp.ClientHttpProxyError(request, (), status=407, message="Proxy Authentication Required")
    assert reason_of(chained(httpx.ProxyError("x"), refusal)) == "the proxy answered 407 Proxy Authentication Required"
