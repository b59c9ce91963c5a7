"""Looking up by a filter, without believing the filter."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from unicodedata import normalize

import orjson

from reconciler.client.failures import AnswerError
from reconciler.client.paging import IndexPaging
from reconciler.client.rows import Rows
from reconciler.core.requests import FilterNotOfferedError
from reconciler.scim.lookup import elements_of
from reconciler.scim.paths import parse_path, read_value

if TYPE_CHECKING:
    from reconciler.client.listing import Collection
    from reconciler.core.resources import LiveResource
    from reconciler.scim.filters.ast import Path

MAX_PAGES = 5
# 404 and 405: some servers have no route for a collection with a query.
FILTER_REFUSED = frozenset({400, 404, 405, 500, 501})


def equality_filter(attribute: str, value: str) -> str:
    r"""RFC 7644 §3.4.2.2; the value is a JSON string.

    >>> print(equality_filter("userName", 'a"b'))
    userName eq "a\"b"
    """
    return f"{attribute} eq {orjson.dumps(value).decode()}"


def bears(resource: LiveResource, path: Path, value: str) -> bool:
    """Whether the resource holds the value, without regard to case; one of several values is enough."""
    wanted = _folded(value)
    return any(_folded(str(each)) == wanted for each in elements_of(read_value(resource.document, path)))


def _folded(text: str) -> str:
    return normalize("NFC", normalize("NFC", text).casefold())


async def find_by(collection: Collection, attribute: str, value: str, page_size: int) -> tuple[LiveResource, ...]:
    """The rows that do bear the value, from at most five pages.

    Raises `FilterNotOfferedError` when the endpoint refuses the filter, and when the value is not among what was
    read and more was promised: that says nothing about the rest.
    """
    path = parse_path(attribute)
    collection = replace(collection, parameters={"filter": equality_filter(attribute, value)})
    paging = IndexPaging(page_size)
    rows = Rows(collection.kind)
    try:
        query, page = await collection.first_page(paging.first())
    except AnswerError as error:
        if error.status not in FILTER_REFUSED:
            raise
        raise FilterNotOfferedError(f"the filter was refused: {error}") from None
    following = paging.following(query, page, rows.take(page), rows)
    while following is not None and not following.beyond and rows.pages < MAX_PAGES:
        page = await collection.page(following)
        following = paging.following(following, page, rows.take(page), rows)
    found = tuple(each for each in rows.resources if bears(each, path, value))
    ended = following is None or following.beyond
    cut_short = rows.total is not None and rows.count < rows.total
    if not found and (cut_short or not ended):
        raise FilterNotOfferedError(
            f"the filter is ignored: none of {rows.count} rows bears the {attribute} that was asked for"
        )
    return found
