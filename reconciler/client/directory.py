"""One SCIM endpoint as the workflow sees it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from reconciler.client import discovery, failures
from reconciler.client.failures import AnswerError
from reconciler.client.finding import find_by
from reconciler.client.listing import Collection, list_all
from reconciler.client.members import has_members, with_members
from reconciler.client.paging import PageQuery
from reconciler.client.requests import segments_of
from reconciler.client.responses import to_answer
from reconciler.client.rows import read_row
from reconciler.client.transport import Transport, open_transport
from reconciler.core.resources import Kind, Listing, LiveResource, Roster, Unreadable
from reconciler.scim.provider import DEFAULT_DISCOVERY, Discovery

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    import httpx

    from reconciler.client.retries import Sleep
    from reconciler.core.endpoint import Endpoint
    from reconciler.core.requests import Answer, Request

NAMES: Final = {Kind.USER: "User", Kind.GROUP: "Group"}


class ScimDirectory:
    """Reads and writes one endpoint. Every method raises `EndpointError` when it cannot be reached."""

    def __init__(self, endpoint: Endpoint, transport: Transport) -> None:
        self._endpoint = endpoint
        self._transport = transport
        self._discovery = DEFAULT_DISCOVERY

    async def discover(self) -> Discovery:
        """What the endpoint says of itself, with defaults for what it does not say.

        Where no discovery document can be read, one user is asked for: raises `EndpointError` when that
        fails too.
        """
        self._discovery = await discovery.discover(self._transport)
        if not self._discovery.announced:
            await self._collection(Kind.USER).first_page(PageQuery(count=1))
        return self._discovery

    async def list(self, kind: Kind) -> Listing:
        """Every resource of a kind. Raises `EndpointError` when a page cannot be had, however many came
        before it.

        An endpoint that has no groups (404, 501) gives a listing that is empty and not complete.
        """
        width = max(1, self._endpoint.concurrency)
        size = self._endpoint.profile.listing.page_size
        try:
            listing = await list_all(self._collection(kind), self._discovery.config, size, width)
        except AnswerError as error:
            if kind is Kind.GROUP and error.status in {404, 501}:
                problem = f"the endpoint has no {self._discovery.endpoints[NAMES[kind]]} ({error.status})"
                return Listing(kind, (), complete=False, problem=problem, offered=False)
            raise
        return await with_members(listing, self._get_group, width) if kind is Kind.GROUP else listing

    async def get(self, kind: Kind, id: str) -> LiveResource | None:
        """One resource; None only where the endpoint says that it does not exist (404, 410)."""
        segments = (*self._segments(kind), id)
        try:
            body = await self._transport.read(segments)
        except AnswerError as error:
            if error.status in {404, 410}:
                return None
            raise
        read = read_row(kind, body)
        if isinstance(read, Unreadable):
            url = failures.shown(self._transport.base.url(segments))
            raise AnswerError(f"GET {url} answered something that is no {NAMES[kind]}: {read.problem}", 200)
        return read

    async def find(self, kind: Kind, attribute: str, value: str) -> tuple[LiveResource, ...]:
        """Resources that bear the value, without regard to case, whatever the filter returned.

        Raises `FilterNotOfferedError` (an `EndpointError`) where only a listing can tell.
        """
        found = await find_by(self._collection(kind), attribute, value, self._endpoint.profile.listing.page_size)
        if kind is Kind.USER:
            return found
        whole = [each if has_members(each) else await self._get_group(each.id) for each in found]
        return tuple(each for each in whole if each is not None)

    async def rosters(self, groups: Sequence[str], users: Sequence[str]) -> dict[str, Roster]:
        """Who is in some groups, on platforms that only filters tell; see `workflow.ports.Directory`."""
        return {}

    async def send(self, request: Request) -> Answer:
        """Carries out one write.

        Every status becomes an `Answer`, but 401, and 403 while the endpoint has accepted nothing yet, which
        raise `EndpointError`. Raises `InDoubtError` when the write was sent and not answered. An answer of
        500, 502 or 504 to POST and PATCH leaves open, too, whether the write was carried out.
        """
        reply = await self._transport.write(request)
        if reply.status == 401 or (reply.status == 403 and not self._transport.welcomed):
            raise self._transport.refusal(request.method, reply)
        return to_answer(reply, self._transport.secrets)

    async def peek(self, kind: Kind) -> int | None:
        """Reads one resource at most, which proves that the kind can be read; how many there are, if it says."""
        _, page = await self._collection(kind).first_page(PageQuery(count=1))
        return page.total

    @property
    def requests_sent(self) -> int:
        """How many requests went out so far, reads and repetitions included."""
        return self._transport.sent

    async def close(self) -> None:
        await self._transport.close()

    def _segments(self, kind: Kind) -> tuple[str, ...]:
        return segments_of(self._discovery.endpoints[NAMES[kind]])

    def _collection(self, kind: Kind) -> Collection:
        return Collection(self._transport, kind, self._segments(kind))

    async def _get_group(self, id_: str) -> LiveResource | None:
        return await self.get(Kind.GROUP, id_)


def open_directory(
    endpoint: Endpoint,
    *,
    transport: httpx.AsyncBaseTransport | None = None,
    sleep: Sleep = asyncio.sleep,
    today: date,
) -> ScimDirectory:
    """A directory over the real network, or over the transport given. Nothing is sent yet; close it after
    use.

    Raises `EndpointError` where the endpoint's URL or one of its secrets cannot be sent. `today` decides
    which tokens have expired.
    """
    return ScimDirectory(endpoint, open_transport(endpoint, transport, sleep, today))
