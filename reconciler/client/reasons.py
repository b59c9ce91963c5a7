"""What a failure of the network means, in words of a person who has to do something about it."""

from __future__ import annotations

import errno
import ssl

import aiohttp

from reconciler.client.requests import TIMEOUTS

CONNECTING = {
    errno.ECONNREFUSED: "nothing listens on {place} (connection refused)",
    errno.EHOSTUNREACH: "there is no route to {place}",
    errno.ENETUNREACH: "there is no network that leads to {place}",
    errno.ETIMEDOUT: "{place} did not answer",
    errno.ECONNRESET: "{place} broke the connection off",
}
"""By the error number of a connection that did not come about."""

UNDER_WAY: tuple[tuple[type[BaseException], str], ...] = (
    (aiohttp.ConnectionTimeoutError, f"no connection within {TIMEOUTS['connect']:.0f} seconds"),
    (aiohttp.SocketTimeoutError, f"no answer within {TIMEOUTS['read']:.0f} seconds"),
    (aiohttp.ServerDisconnectedError, "the connection was closed without an answer"),
    (aiohttp.ClientPayloadError, "the answer broke off"),
)


def reason_of(error: BaseException) -> str:
    """One clause. What nobody foresaw is said in the library's words, or by the name of its class."""
    cause = error.__cause__ or error
    if isinstance(cause, aiohttp.ClientConnectorCertificateError):
        return f"the certificate of {cause.host} is not trusted: {_words_of(cause.certificate_error)}"
    if isinstance(cause, aiohttp.ClientConnectorError):
        return _unconnected(cause)
    if isinstance(cause, aiohttp.ClientHttpProxyError):
        return f"the proxy answered {cause.status} {cause.message}".rstrip()
    for kind, words in UNDER_WAY:
        if isinstance(cause, kind):
            return words
    if isinstance(cause, OSError) and cause.strerror:
        return cause.strerror.lower()
    return str(error) or type(cause).__name__


def _unconnected(error: aiohttp.ClientConnectorError) -> str:
    place = f"{error.host}:{error.port}"
    if isinstance(error, aiohttp.ClientProxyConnectionError):
        return f"the proxy {place} cannot be reached"
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return f"the name {error.host} does not resolve to an address"
    cause = error.os_error
    if isinstance(cause, ssl.SSLError):
        if cause.reason == "WRONG_VERSION_NUMBER":
            return f"{place} does not speak TLS; should the URL begin with http://, or is it another port?"
        return f"no agreement with {place} on TLS: {_words_of(cause)}"
    words = CONNECTING.get(cause.errno or 0)
    return words.format(place=place) if words else f"no connection to {place}: {_words_of(cause)}"


def _words_of(error: BaseException) -> str:
    """Without the number and the place in somebody's C code."""
    if isinstance(error, ssl.SSLCertVerificationError) and error.verify_message:
        return error.verify_message
    if isinstance(error, ssl.SSLError) and error.reason:
        return error.reason.replace("_", " ").lower()
    return (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
