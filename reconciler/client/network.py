"""The real network: httpx's interface over aiohttp's connections, and what its failures mean."""

from __future__ import annotations

from urllib.request import getproxies, proxy_bypass

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport

LIMITS = httpx.Limits(max_connections=100, max_keepalive_connections=100, keepalive_expiry=15.0)

# Raised while a connection is being made, when no byte of the request has left.
BEFORE_SENDING = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.ClientHttpProxyError)
# The same in httpx's own words, for transports that are not aiohttp's.
BEFORE_SENDING_IN_HTTPX = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
)
FAILURES = (httpx.HTTPError, httpx.InvalidURL, aiohttp.ClientError, OSError)


def nothing_was_sent(error: BaseException) -> bool:
    """Whether a request certainly never reached the server.

    httpx-aiohttp maps a connection lost after sending to `ConnectTimeout` too; only the cause tells them
    apart.
    """
    cause = error.__cause__ or error
    if isinstance(cause, aiohttp.ClientError):
        return isinstance(cause, BEFORE_SENDING)
    return isinstance(error, BEFORE_SENDING_IN_HTTPX)


def distrusted(error: BaseException) -> bool:
    """Whether the server's certificate was refused, which no second attempt changes."""
    cause = error.__cause__ or error
    return isinstance(cause, aiohttp.ClientSSLError | aiohttp.ClientConnectorCertificateError)


class Network(httpx.AsyncBaseTransport):
    """One connection pool for each proxy that the environment asks for (HTTPS_PROXY, NO_PROXY), opened when
    needed.

    aiohttp's own `trust_env` is not used: it would read the environment and ~/.netrc anew for every request,
    and credentials found there would take the place of the target's.
    """

    def __init__(self) -> None:
        self._proxies = getproxies()
        self._pools: dict[str | None, AiohttpTransport] = {}
        self._routes: dict[tuple[str, str], AiohttpTransport] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        route = (request.url.scheme, request.url.host)
        pool = self._routes.get(route)
        if pool is None:
            pool = self._routes[route] = self._pool(self._proxy(*route))
        return await pool.handle_async_request(request)

    def _proxy(self, scheme: str, host: str) -> str | None:
        return None if proxy_bypass(host) else self._proxies.get(scheme) or self._proxies.get("all")

    def _pool(self, proxy: str | None) -> AiohttpTransport:
        if proxy not in self._pools:
            context = httpx.create_ssl_context()
            self._pools[proxy] = AiohttpTransport(
                verify=context,
                limits=LIMITS,
                proxy=httpx.Proxy(proxy) if proxy else None,
                client=lambda: aiohttp.ClientSession(
                    connector=aiohttp.TCPConnector(
                        limit=LIMITS.max_connections or 0,
                        keepalive_timeout=LIMITS.keepalive_expiry,
                        ssl=context,
                    ),
                    cookie_jar=aiohttp.DummyCookieJar(),
                ),
            )
        return self._pools[proxy]

    async def aclose(self) -> None:
        for pool in self._pools.values():
            await pool.aclose()
