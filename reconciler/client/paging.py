"""Which page comes next, decided from the last answer alone (RFC 7644 §3.4.2.4; RFC 9865). Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from reconciler.client.rows import MAX_ROWS, Rows

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.scim.messages import ListPage
    from reconciler.scim.provider import ProviderConfig


@dataclass(frozen=True, slots=True)
class PageQuery:
    """One page to ask for. `start` counts from 1; an empty `cursor` asks for the first page by cursor.

    `beyond`: every row that was promised has come; this looks whether more follow.
    """

    count: int | None
    start: int | None = None
    cursor: str | None = None
    beyond: bool = False

    def parameters(self) -> dict[str, str]:
        named = {"startIndex": self.start, "cursor": self.cursor, "count": self.count}
        return {name: str(value) for name, value in named.items() if value is not None}


class Paging(Protocol):
    def first(self) -> PageQuery: ...

    def following(self, last: PageQuery, page: ListPage, new: int, rows: Rows) -> PageQuery | None:
        """The query after a page that is already in `rows` and brought `new` new rows; None at the end."""


@dataclass(frozen=True, slots=True)
class IndexPaging:
    count: int | None

    def first(self) -> PageQuery:
        return PageQuery(self.count, start=1)

    def following(self, last: PageQuery, page: ListPage, new: int, rows: Rows) -> PageQuery | None:
        if not page.resources or rows.full:
            return None
        if not new:
            # Behind the last row stands the first page again: nothing but its total says that it was not cut.
            if last.beyond and rows.pages == 2 and last.count == rows.largest_page:
                rows.problems.append("startIndex is ignored, and the one page that comes is full")
            return None
        if page.next_cursor is not None and rows.pages == 1:
            return PageQuery(last.count, cursor=page.next_cursor)
        promised = rows.total is not None and rows.count >= rows.total
        if promised and self._ended_in_style(last, page, rows):
            return None
        # By rows received: itemsPerPage is wrong on some servers, and a page may be smaller than asked for.
        return PageQuery(last.count, start=rows.received + 1, beyond=promised)

    @staticmethod
    def _ended_in_style(last: PageQuery, page: ListPage, rows: Rows) -> bool:
        """Whether `totalResults` is to be believed without looking behind it.

        Some servers report the size of the page as the total. A total above the page size that is reached by
        a smaller last page is no such figure, nor is one with a page larger than was asked for.
        """
        size = len(page.resources)
        if rows.count != rows.total:
            return False
        return size < rows.largest_page or (last.count is not None and size > last.count)


@dataclass(slots=True)
class CursorPaging:
    """For one listing: it remembers the cursors that were used."""

    count: int | None
    used: set[str]

    def first(self) -> PageQuery:
        return PageQuery(self.count, cursor="")

    def following(self, last: PageQuery, page: ListPage, new: int, rows: Rows) -> PageQuery | None:
        cursor = page.next_cursor
        if cursor is None:
            rows.end_was_said = True
            return None
        if cursor in self.used:
            rows.problems.append("a cursor came back a second time")
            return None
        if page.resources and not new:
            rows.problems.append("another cursor brought the same rows again")
            return None
        if rows.full:
            return None
        self.used.add(cursor)
        return PageQuery(last.count, cursor=cursor)


class PlainPaging:
    """One request without any parameter of paging. Further pages only where the answer itself names a cursor."""

    def first(self) -> PageQuery:
        return PageQuery(None)

    def following(self, last: PageQuery, page: ListPage, new: int, rows: Rows) -> PageQuery | None:  # noqa: ARG002
        ended = page.next_cursor is None or rows.full or (page.resources and not new)
        return None if ended else PageQuery(None, cursor=page.next_cursor)


def page_count(config: ProviderConfig, page_size: int) -> int:
    """Rows to ask for in one page: no more than the endpoint says that it gives."""
    limits = (page_size, config.max_results, config.max_page_size)
    return min(each for each in limits if each is not None)


def choose_paging(config: ProviderConfig, page_size: int) -> Paging:
    """Cursors only where the endpoint offers them and says that it has no index paging: they cannot be
    parallel.
    """
    count = page_count(config, page_size)
    if config.cursor_paging and config.index_paging is False:
        return CursorPaging(count, set())
    return IndexPaging(count)


def pages_ahead(first: PageQuery, page: ListPage) -> Iterable[PageQuery]:
    """The pages that `totalResults` promises after the first one, as if every page were as large as that."""
    size = len(page.resources)
    if first.start is None or page.next_cursor is not None or not size or page.total is None:
        return ()
    starts = range(1 + size, min(page.total, MAX_ROWS) + 1, size)
    return (replace(first, start=each) for each in starts)


def as_promised(query: PageQuery, page: ListPage, first: ListPage) -> bool:
    """Whether a page fetched ahead is as large as it had to be for the one after it to begin where it was
    asked.
    """
    size = len(first.resources)
    remaining = (first.total or 0) - (query.start or 1) + 1
    return len(page.resources) == min(size, remaining)
