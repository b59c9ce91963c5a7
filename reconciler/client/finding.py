"""Looking up by a filter, without believing the filter."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from unicodedata import normalize

import orjson

from reconciler.client.failures import AnswerError
from reconciler.client.paging import IndexPaging, Paging, PlainPaging
from reconciler.client.rows import Rows
from reconciler.core.requests import FilterNotOfferedError
from reconciler.core.resources import Kind
from reconciler.scim.lookup import elements_of
from reconciler.scim.paths import parse_path, read_value

if TYPE_CHECKING:
    from reconciler.client.listing import Collection
    from reconciler.core.resources import LiveResource
    from reconciler.platforms.profile import FilterProfile, ListingProfile, Profile
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


def filtered(collection: Collection, condition: str) -> Collection:
    """The collection with a filter that goes along with every page."""
    return replace(collection, parameters={"filter": condition})


def offers(filters: FilterProfile, kind: Kind, attribute: str) -> bool:
    """Whether the platform looks resources up by this attribute."""
    names = filters.users if kind is Kind.USER else filters.groups
    return names is None or attribute.lower() in {each.lower() for each in names}


async def find_by(collection: Collection, attribute: str, value: str, profile: Profile) -> tuple[LiveResource, ...]:
    """The rows that do bear the value, from at most five pages.

    Raises `FilterNotOfferedError` where the platform offers no such filter, when the endpoint refuses it, and when the
    value is not among what was read and more may be there: that says nothing about the rest.
    """
    if not offers(profile.filters, collection.kind, attribute):
        raise FilterNotOfferedError(f"this platform does not look {collection.kind}s up by {attribute}")
    path = parse_path(attribute)
    collection = filtered(collection, equality_filter(attribute, value))
    indexed = profile.listing.paging == "index"
    paging: Paging = IndexPaging(profile.listing.page_size) if indexed else PlainPaging()
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
    if not found and not (ended and _told(rows, profile.listing)):
        raise FilterNotOfferedError(
            f"the filter is ignored: none of {rows.count} rows bears the {attribute} that was asked for"
        )
    return found


def _told(rows: Rows, listing: ListingProfile) -> bool:
    """Whether rows of which none is the right one are all that there are, and not the beginning of everything."""
    if rows.total is not None and rows.count < rows.total:
        return False
    if listing.paging == "index" or not rows.count:
        return True
    cut_off = listing.paging == "none" or (listing.cap is not None and rows.count >= listing.cap)
    return rows.total == rows.count and not cut_off
