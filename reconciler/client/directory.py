"""One SCIM endpoint as the workflow sees it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from reconciler.client import discovery, failures
from reconciler.client.dialects import glance, list_all
from reconciler.client.failures import AnswerError
from reconciler.client.finding import equality_filter, filtered, find_by
from reconciler.client.listing import Collection
from reconciler.client.members import each_read, has_members, with_members
from reconciler.client.numbers import WholeNumbers
from reconciler.client.pacing import REAL_TIME, Timer
from reconciler.client.requests import segments_of
from reconciler.client.responses import to_answer
from reconciler.client.rosters import NOBODY, FilterEndpoints, RosterReader
from reconciler.client.rows import read_row
from reconciler.client.transport import Transport, open_transport
from reconciler.core.events import NO_LISTENERS, Listeners
from reconciler.core.resources import Kind, Listing, LiveResource, Roster, Unreadable
from reconciler.errors import EndpointError
from reconciler.platforms.profile import MemberReading
from reconciler.scim.provider import DEFAULT_DISCOVERY, Discovery

if TYPE_CHECKING:
    from collections.abc import Container, Sequence
    from datetime import date

    import httpx

    from reconciler.core.endpoint import Endpoint
    from reconciler.core.requests import Answer, Request

NAMES: Final = {Kind.USER: "User", Kind.GROUP: "Group"}
NAMED_BY: Final = {Kind.USER: "userName", Kind.GROUP: "displayName"}


class ScimDirectory:
    """Reads and writes one endpoint. Every method raises `EndpointError` when it cannot be reached."""

    def __init__(self, endpoint: Endpoint, transport: Transport) -> None:
        self._endpoint = endpoint
        self._transport = transport
        self._profile = endpoint.profile
        self._discovery = DEFAULT_DISCOVERY
        groups = endpoint.profile.groups
        self._member_readings = () if groups is None else groups.members.read
        self._rosters = RosterReader(self._member_readings)
        self._whole = WholeNumbers(endpoint.profile.users.attributes)
        self._width = max(1, endpoint.concurrency)
        self._seen: set[str] = set()

    async def discover(self) -> Discovery:
        """What the endpoint says of itself, with defaults for what it does not say.

        Where no discovery document can be read, one user is asked for: raises `EndpointError` when that
        fails too.
        """
        self._discovery = await discovery.discover(self._transport, self._profile.documents)
        if not self._discovery.announced:
            await self.peek(Kind.USER)
        return self._discovery

    async def list(self, kind: Kind) -> Listing:
        """Every resource of a kind. Raises `EndpointError` when a page cannot be had, however many came
        before it.

        A platform without groups, and an endpoint that has none (404, 501), give a listing that is empty and not
        complete.
        """
        if kind is Kind.GROUP and self._profile.groups is None:
            return Listing(kind, (), complete=False, problem="this platform has no groups", offered=False)
        try:
            listing = await list_all(self._collection(kind), self._discovery.config, self._profile.listing, self._width)
        except AnswerError as error:
            if kind is Kind.GROUP and error.status in {404, 501}:
                problem = f"the endpoint has no {self._discovery.endpoints[NAMES[kind]]} ({error.status})"
                return Listing(kind, (), complete=False, problem=problem, offered=False)
            raise
        if kind is Kind.USER:
            self._seen.update(each.id for each in listing.resources)
            return replace(listing, resources=tuple(map(self._whole, listing.resources)))
        if kind is Kind.GROUP and MemberReading.SINGLE in self._member_readings:
            return await each_read(listing, self._get_group, self._width)
        if kind is Kind.GROUP and MemberReading.SHOWN in self._member_readings:
            return await with_members(listing, self._get_group, self._width)
        return listing

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
        return self._whole(read) if kind is Kind.USER else read

    async def find(self, kind: Kind, attribute: str, value: str) -> tuple[LiveResource, ...]:
        """Resources that bear the value, without regard to case, whatever the filter returned.

        Raises `FilterNotOfferedError` (an `EndpointError`) where only a listing can tell. Groups come with the members
        that a group of this platform shows.
        """
        found = await find_by(self._collection(kind), attribute, value, self._profile)
        readings = self._member_readings
        if kind is Kind.USER:
            return tuple(map(self._whole, found))
        if not {MemberReading.SHOWN, MemberReading.SINGLE} & {*readings}:
            return found
        singly = MemberReading.SINGLE in readings
        whole = [each if has_members(each) and not singly else await self._get_group(each.id) for each in found]
        return tuple(each for each in whole if each is not None)

    async def rosters(
        self, groups: Sequence[str], users: Sequence[str], whole: Container[str] = ()
    ) -> dict[str, Roster]:
        """Who is in some groups, on platforms that only filters tell; see `workflow.ports.Directory`.

        Empty where groups show their members, and where nothing tells. A read that fails raises `EndpointError`.
        """
        if {MemberReading.SHOWN, MemberReading.SINGLE} & {*self._member_readings}:
            return {}
        asked = FilterEndpoints(
            self._collection(Kind.USER),
            self._collection(Kind.GROUP),
            self._discovery.config,
            self._profile.listing,
            self._width,
            frozenset(self._seen),
        )
        return await self._rosters.read(asked, groups, users, whole)

    async def send(self, request: Request) -> Answer:
        """Carries out one write.

        Every status becomes an `Answer`, but 401, and 403 while the endpoint has accepted nothing yet, which
        raise `EndpointError`. Raises `InDoubtError` when the write was sent and not answered. An answer of
        500, 502 or 504 to POST and PATCH leaves open, too, whether the write was carried out.
        """
        for secret in request.secrets:
            self._transport.secrets.add(secret)
        reply = await self._transport.write(request)
        if reply.status == 401 or (reply.status == 403 and not self._transport.welcomed):
            raise self._transport.refusal(request.method, reply)
        answer = to_answer(reply, self._transport.secrets)
        if request.method == "POST" and answer.succeeded and request.path == self._segments(Kind.USER):
            self._seen.add(str((answer.document or {}).get("id")))
        return answer

    async def me(self) -> LiveResource | None:
        """The account that the credentials belong to (RFC 7644 §3.11); None whatever else the endpoint answers.

        Many have no `/Me`, and platforms that document none are not asked.
        """
        if not self._profile.me:
            return None
        try:
            read = read_row(Kind.USER, await self._transport.read(("Me",), patience=2))
        except EndpointError:
            return None
        return None if isinstance(read, Unreadable) else read

    async def peek(self, kind: Kind) -> int | None:
        """Reads one resource where the platform can be asked for so few, which proves that the kind can be read.

        Gives how many there are, if the endpoint says. Where nothing can be listed, nobody is looked up.
        """
        listing = self._profile.listing
        if listing.paging == "none":
            await glance(filtered(self._collection(kind), equality_filter(NAMED_BY[kind], NOBODY)), listing)
            return None
        page = await glance(self._collection(kind), listing)
        return page.total if listing.totals else None

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
    timer: Timer = REAL_TIME,
    today: date,
    listeners: Listeners = NO_LISTENERS,
) -> ScimDirectory:
    """A directory over the real network, or over the transport given. Nothing is sent yet; close it after
    use.

    Raises `EndpointError` where the endpoint's URL or one of its secrets cannot be sent. `today` decides
    which tokens have expired.
    """
    return ScimDirectory(endpoint, open_transport(endpoint, transport, today, timer, listeners))
