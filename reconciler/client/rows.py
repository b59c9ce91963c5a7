"""Gathering the rows of a listing and judging whether they are the whole truth. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from reconciler.client.requests import addressable
from reconciler.core.resources import Kind, Listing, LiveResource, Unreadable
from reconciler.scim.lookup import get_ignoring_case

if TYPE_CHECKING:
    from reconciler.scim.messages import ListPage

MAX_ROWS = 1_000_000
MAX_PAGES = 100_000


def read_row(kind: Kind, row: Any) -> LiveResource | Unreadable:
    """One row of a listing. Ids that are integers become text."""
    if not isinstance(row, dict):
        return Unreadable(kind, f"a row is {type(row).__name__}, not an object")
    id_ = row.get("id") or get_ignoring_case(row, "id")
    if isinstance(id_, int) and not isinstance(id_, bool):
        id_ = str(id_)
    if isinstance(id_, str) and addressable(id_):
        return LiveResource(kind, id_, row)
    problem = "it has no id" if id_ in (None, "") else f"its id cannot be used: {str(id_)[:100]!r}"
    return Unreadable(kind, problem, id_ if isinstance(id_, str) and id_ else None, _name_of(row))


def _name_of(row: dict[str, Any]) -> str | None:
    names = (get_ignoring_case(row, each) for each in ("userName", "displayName", "externalId"))
    return next((each for each in names if isinstance(each, str) and each), None)


class Rows:
    """The rows of all pages so far.

    `received` counts rows as they were sent, `count` the different ones; `total` is the last `totalResults`
    given. `end_was_said`: the endpoint itself said that the last page was the last (RFC 9865 §2.1: no
    `nextCursor`). Without `totals`, `totalResults` need not be there, and may be the size of a page.
    """

    def __init__(self, kind: Kind, *, totals: bool = True) -> None:
        self.kind = kind
        self.totals = totals
        self.resources: list[LiveResource] = []
        self.unreadable: list[Unreadable] = []
        self.received = 0
        self.pages = 0
        self.largest_page = 0
        self.total: int | None = None
        self.end_was_said = False
        self.problems: list[str] = []
        self._seen: set[str | bytes] = set()
        self._last: str | bytes | None = None
        self._repeated: set[str | bytes] = set()

    @property
    def count(self) -> int:
        return len(self._seen)

    @property
    def full(self) -> bool:
        """Whether no further page may be asked for."""
        return self.count >= MAX_ROWS or self.pages >= MAX_PAGES

    def take(self, page: ListPage) -> int:
        """Adds a page. Returns how many of its rows were new."""
        before = self.count
        border = self._last
        repeated: list[str | bytes] = []
        for place, row in enumerate(page.resources):
            identity = self._add(row)
            # Servers that count from 0 send the last row of a page again as the first of the next.
            if identity is not None and not (place == 0 and identity == border):
                repeated.append(identity)
        new = self.count - before
        if new or not self.pages:
            # A page that brings nothing new ends the listing; neither its rows nor its total count any more.
            self._repeated.update(repeated)
            self._note_total(page.total)
        self.pages += 1
        self.received += len(page.resources)
        self.largest_page = max(self.largest_page, len(page.resources))
        return new

    def _add(self, row: Any) -> str | bytes | None:
        """Keeps a new row; gives the identity of one that came before."""
        read = read_row(self.kind, row)
        identity = read.id if isinstance(read, LiveResource) else orjson.dumps(row)
        self._last = identity
        if identity in self._seen:
            return identity
        self._seen.add(identity)
        if isinstance(read, LiveResource):
            self.resources.append(read)
        else:
            self.unreadable.append(read)
        return None

    def _note_total(self, total: int | None) -> None:
        if total is None:
            return
        if self.totals and self.total is not None and total < self.total:
            self.problems.append(f"totalResults shrank from {self.total} to {total} while pages were read")
        self.total = total

    def judge(self) -> Listing:
        """The listing, complete only where nothing speaks against it."""
        problems = [*self.problems, *self._contradictions()]
        return Listing(
            self.kind,
            tuple(self.resources),
            tuple(self.unreadable),
            complete=not problems,
            problem="; ".join(problems),
            total=self.total,
            pages=self.pages,
        )

    def _contradictions(self) -> list[str]:
        found = []
        if self._repeated:
            example = min(str(each) for each in self._repeated)
            found.append(f"{len(self._repeated)} ids came more than once, such as {example[:100]}")
        if self.total is not None and (self.count < self.total or (self.totals and self.count > self.total)):
            found.append(f"{self.count} came, but totalResults says {self.total}")
        if self.totals and self.total is None and not self.end_was_said:
            found.append("nothing says how many there are (no totalResults)")
        if self.full:
            found.append(f"reading stopped at {self.count} rows on {self.pages} pages")
        return found
