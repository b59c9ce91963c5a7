"""Carrying out many writes in one request, ahead of their operations: each then finds its answer waiting.

Only what the endpoint says to have done counts. Whatever failed, or was not told of, goes its ordinary way afterwards,
so that every operation ends as it would have ended alone.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from reconciler.core.plan import Operation
from reconciler.core.planning.authorship import bears_name
from reconciler.core.planning.bulk import Preparer, Terms, Write, gather, pages_to_see, pays
from reconciler.core.requests import Answer, InDoubtError, Request
from reconciler.core.resources import Kind, Listing, LiveResource, Roster
from reconciler.core.vocabulary import Action
from reconciler.errors import EndpointError
from reconciler.scim.bulk import ENDPOINT, BulkResult, bulk_body, read_bulk
from reconciler.scim.lookup import get_ignoring_case
from reconciler.scim.provider import Discovery
from reconciler.workflow.locations import last_segment
from reconciler.workflow.ports import Directory

FIRST_SIZE = 100
QUICK = timedelta(seconds=5)
SLOW = timedelta(seconds=20)
TOO_LARGE = 413
UNCERTAIN = frozenset((500, 502, 504))
"""Answers that leave open what was done."""

Place = tuple[str, str]
"""An operation's id and the method of its request."""

_carrying: ContextVar[str] = ContextVar("operation", default="")


@contextmanager
def _carried_out(operation: Operation) -> Iterator[None]:
    token = _carrying.set(operation.id)
    try:
        yield
    finally:
        _carrying.reset(token)


@dataclass(slots=True)
class Ahead:
    """A directory whose `send` gives the answer that came ahead, the first time that an operation asks for it."""

    directory: Directory
    answers: dict[Place, Answer | InDoubtError] = field(default_factory=dict)
    carried: set[str] = field(default_factory=set)
    """Ids of the operations of which anything was sent ahead."""

    async def send(self, request: Request) -> Answer:
        found = self.answers.pop((_carrying.get(), request.method), None)
        if isinstance(found, InDoubtError):
            raise found
        return found if found is not None else await self.directory.send(request)

    async def discover(self) -> Discovery:
        return await self.directory.discover()

    async def list(self, kind: Kind) -> Listing:
        return await self.directory.list(kind)

    async def get(self, kind: Kind, id: str) -> LiveResource | None:
        return await self.directory.get(kind, id)

    async def find(self, kind: Kind, attribute: str, value: str) -> tuple[LiveResource, ...]:
        return await self.directory.find(kind, attribute, value)

    async def rosters(
        self, groups: Sequence[str], users: Sequence[str], whole: Container[str] = ()
    ) -> Mapping[str, Roster]:
        return await self.directory.rosters(groups, users, whole)

    async def peek(self, kind: Kind) -> int | None:
        return await self.directory.peek(kind)

    async def me(self) -> LiveResource | None:
        return await self.directory.me()

    @property
    def requests_sent(self) -> int:
        return self.directory.requests_sent

    async def close(self) -> None:
        await self.directory.close()


@dataclass(slots=True)
class Bulk:
    """`terms` None: there is no /Bulk, or no more. `listings` tell how large the target was before.

    `most` operations go into a request: few at first, more while the endpoint is quick, since whatever does not come
    to an answer is in doubt as a whole. `ended`: nothing more is to be sent.
    """

    ahead: Ahead
    preparer: Preparer
    terms: Terms | None
    listings: Mapping[Kind, Listing]
    now: Callable[[], datetime]
    ended: Callable[[], bool]
    most: int = FIRST_SIZE

    def carried(self, operation: Operation) -> bool:
        """Whether it was sent ahead: it then ends as it was answered, whatever happened since."""
        return operation.id in self.ahead.carried

    def carrying(self, operation: Operation) -> AbstractContextManager[None]:
        """What is sent inside belongs to an operation."""
        return _carried_out(operation) if self.carried(operation) else nullcontext()

    def together(self, steps: Sequence[Sequence[Operation]]) -> list[Operation]:
        """What may go ahead now: a step, and those after it where one request has room for all of them."""
        if self.terms is None or not steps:
            return []
        first, *others = ([each for each in step if not self.carried(each)] for step in steps)
        found = list(first)
        for step in others:
            brings = all(each.action in (Action.CREATE, Action.UPDATE) for each in (*found, *step))
            if not brings or len(found) + len(step) > self.terms.operations:
                break
            found += step
        return found

    async def send(self, operations: Sequence[Operation], ids: Mapping[str, str]) -> None:
        """Sends ahead what pays. Never raises for what the endpoint answers."""
        known, left, sent, told = dict(ids), list(operations), list[Write](), dict[str, BulkResult]()
        while left and self.terms is not None and not self.ended():
            terms = replace(self.terms, operations=min(self.most, self.terms.operations))
            writes, rest = gather(left, known, self.preparer, terms)
            if not pays(writes, self.listings):
                break
            results = await self._timed(writes)
            if results is None:
                continue
            known |= self._created(writes, results)
            told |= results
            sent += [each for each in writes if each.operation.id in results]
            left = rest
        await self._look(sent, told)

    def _created(self, writes: Sequence[Write], results: Mapping[str, BulkResult]) -> dict[str, str]:
        """Ids of what was created, by `user:KEY`, for others to refer to; only of what is seen to bear its name.

        Whoever was told a wrong id would otherwise become a member, or a manager, in another's place.
        """
        found = {}
        for each in writes:
            operation, result = each.operation, results.get(each.operation.id)
            if operation.action is not Action.CREATE or result is None or not result.succeeded or not result.response:
                continue
            live = LiveResource(operation.kind, created_id(result), result.response)
            values = {change.path: change.after for change in operation.changes}
            if live.id and bears_name(values, live, self.preparer.views[operation.kind]):
                found[each.ref] = live.id
        return found

    async def _timed(self, writes: Sequence[Write]) -> dict[str, BulkResult] | None:
        began = self.now()
        results = await self._send(writes)
        took = self.now() - began
        if results and took < QUICK:
            self.most = max(self.most, 2 * len(writes))
        elif took > SLOW or results == {}:
            self.most = max(2, len(writes) // 2)
        return results

    async def _send(self, writes: Sequence[Write]) -> dict[str, BulkResult] | None:
        """What became of the writes, by operation; None where none of them was carried out."""
        operations = [each.as_bulk(number) for number, each in enumerate(writes)]
        try:
            answer = await self.ahead.directory.send(Request("POST", ENDPOINT, bulk_body(operations)))
        except InDoubtError as error:
            self._note(writes, {}, str(error))
            return {}
        except EndpointError:
            self.terms = None
            return None
        if answer.status in UNCERTAIN:
            self._note(writes, {}, f"POST /Bulk was answered {answer.status}")
            return {}
        if not answer.succeeded:
            self._refused(answer.status, len(writes))
            return None
        told = read_bulk(answer.document, operations, last_segment)
        results = {
            each.operation.id: told[sent.bulk_id]
            for each, sent in zip(writes, operations, strict=True)
            if sent.bulk_id in told
        }
        self._note(writes, results, "the answer to POST /Bulk does not tell what became of it")
        return results

    def _refused(self, status: int, size: int) -> None:
        """RFC 7644 §3.7.4: 413 for more than the endpoint takes. Any other refusal ends the use of /Bulk."""
        fits = self.terms is not None and status == TOO_LARGE and size > 3
        self.terms = Terms(size // 2, self.terms.size) if fits and self.terms is not None else None

    def _note(self, writes: Sequence[Write], results: Mapping[str, BulkResult], open_: str) -> None:
        for each in writes:
            id, method = each.operation.id, each.request.method
            result = results.get(id)
            if result is None or result.status in UNCERTAIN:
                self.ahead.answers[id, method] = InDoubtError(f"{method} {each.ref} went with others: {open_}")
            elif result.succeeded:
                self.ahead.answers[id, method] = Answer(result.status, result.response, None, None, result.location)
            else:
                continue
            self.ahead.carried.add(id)

    async def _look(self, writes: Sequence[Write], results: Mapping[str, BulkResult]) -> None:
        """Reads what was written and not shown, where a listing takes fewer requests than they are."""
        unseen: dict[Kind, dict[str, Place]] = {kind: {} for kind in Kind}
        for each in writes:
            place = (each.operation.id, each.request.method)
            answer = self.ahead.answers.get(place)
            id = created_id(results[place[0]]) if each.request.method == "POST" else each.request.path[-1]
            if isinstance(answer, Answer) and not answer.document and each.request.method != "DELETE" and id:
                unseen[each.operation.kind][id] = place
        counts = {kind: len(places) for kind, places in unseen.items()}
        for kind, places in unseen.items():
            if len(places) > pages_to_see(kind, counts, self.listings):
                await self._list(kind, places)

    async def _list(self, kind: Kind, places: Mapping[str, Place]) -> None:
        """What a listing does not show, each operation looks for itself."""
        try:
            listing = await self.ahead.directory.list(kind)
        except EndpointError:
            return
        for live in listing.resources:
            answer = self.ahead.answers.get(places[live.id]) if live.id in places else None
            if isinstance(answer, Answer):
                self.ahead.answers[places[live.id]] = replace(answer, document=live.document)


def created_id(result: BulkResult) -> str:
    """As the resource itself says, else as its address does; "" where neither tells."""
    said = get_ignoring_case(result.response or {}, "id")
    return said if isinstance(said, str) and said else last_segment(result.location)
