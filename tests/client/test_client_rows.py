from __future__ import annotations

import pytest

from reconciler.client.paging import CursorPaging, IndexPaging, PageQuery, Paging
from reconciler.client.rows import MAX_PAGES, Rows
from reconciler.core.resources import Kind
from reconciler.scim.messages import ListPage


@pytest.mark.parametrize("paging", [IndexPaging(10), CursorPaging(10, set())], ids=lambda each: type(each).__name__)
def test_reading_ends_at_the_greatest_number_of_pages_and_says_so(paging: Paging) -> None:
    rows = Rows(Kind.USER)
    rows.pages = MAX_PAGES - 1
    page = ListPage([{"id": "a"}], total=7, next_cursor="c1" if isinstance(paging, CursorPaging) else None)
    assert paging.following(PageQuery(10), page, rows.take(page), rows) is None
    listing = rows.judge()
    assert not listing.complete
    assert "reading stopped at 1 rows on 100000 pages" in listing.problem


def test_every_reason_against_a_listing_is_given() -> None:
    rows = Rows(Kind.USER)
    rows.take(ListPage([{"id": "a"}, {"id": "b"}, {"id": "a"}], total=5))
    rows.take(ListPage([{"id": "c"}], total=4))
    assert rows.judge().problem == (
        "totalResults shrank from 5 to 4 while pages were read; 1 ids came more than once, such as a; "
        "3 came, but totalResults says 4"
    )
