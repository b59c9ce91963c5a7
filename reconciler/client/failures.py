"""Sentences for people: which URL, which status, what to check."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx

from reconciler.core.requests import AnsweredError
from reconciler.errors import EndpointError

if TYPE_CHECKING:
    from reconciler.client.responses import Reply
    from reconciler.scim.messages import ScimFault


class AnswerError(AnsweredError):
    """The endpoint answered, and the answer is of no use: an error status, or not what it should be."""

    def __init__(self, sentence: str, status: int, fault: ScimFault | None = None) -> None:
        self.fault = fault
        super().__init__(sentence, status)


REMEDIES = {
    401: "check the target's token: does its variable hold the right one, for this endpoint, and is it still valid?",
    403: "the endpoint knows the token and does not allow this: check its permissions and allowed networks",
    404: "is the base URL complete, such as …/scim/v2?",
    407: "the proxy asks for credentials: check HTTPS_PROXY",
    502: "the endpoint, or a gateway before it, is not well: try later",
    503: "the endpoint is not available: try later",
    504: "the endpoint, or a gateway before it, is not well: try later",
    429: "the endpoint limits the rate: try later, or lower the target's concurrency",
}


def shown(url: str) -> str:
    """A URL without its query, which may hold names of people or keys."""
    return url.partition("?")[0]


def refusal(method: str, reply: Reply, fault: ScimFault, hint: str = "") -> AnswerError:
    """For an error status. `hint` is what is known about the credentials, such as an expiry that has
    passed.
    """
    remedy = REMEDIES.get(reply.status, "")
    if hint and reply.status == 401:
        remedy = f"{remedy}; {hint}"
    ending = f" ({remedy})" if remedy else ""
    sentence = f"{method} {shown(reply.url)} answered {reply.status}: {fault.detail}{ending}"
    return AnswerError(sentence, reply.status, fault)


def not_scim(reply: Reply, problem: str) -> AnswerError:
    """For a success status with a body that is not the SCIM message it should be."""
    if "html" in reply.content_type or reply.body.lstrip()[:1] == b"<":
        problem = "a web page came instead of SCIM"
    remedy = "is the base URL complete, such as …/scim/v2?"
    return AnswerError(f"GET {shown(reply.url)} answered {reply.status}, but {problem} ({remedy})", reply.status)


def redirected(url: str, status: int, target: httpx.URL | None) -> AnswerError:
    """For a redirect that is not followed; `target` is None where its place cannot be read."""
    where = "nowhere" if target is None else f"the host {target.host}"
    if target is not None and target.host == httpx.URL(url).host:
        where = shown(str(target.copy_with(userinfo=b"", fragment=None)))
    return AnswerError(
        f"{shown(url)} answered {status}, a redirect to {where} that is not followed "
        "(is the base URL the final one, with https:// and the right host?)",
        status,
    )


def too_large(url: str, status: int) -> AnswerError:
    return AnswerError(f"{shown(url)} sent more than 64 MiB in one answer (a smaller page size may help)", status)


def unreachable(url: str, reason: str) -> EndpointError:
    remedy = "check the base URL, the network, and the proxy if there is one"
    return EndpointError(f"{shown(url)} cannot be reached: {reason} ({remedy})")


def lost(url: str, reason: str) -> EndpointError:
    return EndpointError(f"{shown(url)} broke off before it had answered: {reason}")


def forbidden_host(host: str) -> EndpointError:
    return EndpointError(f"nothing may be sent to {host}: it is not in RECONCILER_HOSTS")


def no_credentials(url: str) -> EndpointError:
    return EndpointError(f"every token for {shown(url)} is empty (check the target's token variable)")
