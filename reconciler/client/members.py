"""Groups whose listing leaves out members: each is read by its id."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Any

from reconciler.client.workers import in_order
from reconciler.core.requests import AnsweredError
from reconciler.core.resources import Listing, LiveResource
from reconciler.scim.lookup import elements_of, get_ignoring_case

SAMPLE = 3

GetGroup = Callable[[str], Coroutine[Any, Any, LiveResource | None]]
Found = dict[str, LiveResource | None]
"""What single reads brought, by id; None where the group is gone."""


def has_members(group: LiveResource) -> bool:
    """Whether any member is shown: none, null and an empty list may each mean that members are left out."""
    return bool(_count(group))


async def each_read(listing: Listing, get: GetGroup, width: int) -> Listing:
    """The listing with every group as it reads singly. A group that is gone by then leaves it incomplete."""
    return _as_read(listing, await _read(listing.resources, get, width))


async def with_members(listing: Listing, get: GetGroup, width: int) -> Listing:
    """The listing with the members of every group.

    The largest group and up to three that show no members are read singly. Where the largest has more members than the
    listing showed, all groups are read; where one of the others has any, all that showed none are. A group that is
    gone by then, or a sample that cannot be read, leaves the listing incomplete.
    """
    groups = listing.resources
    showing = [each for each in groups if has_members(each)]
    silent = [each for each in groups if not has_members(each)]
    largest = [max(showing, key=_count)] if showing else []
    try:
        sample = await _read([*largest, *silent[:SAMPLE]], get, width)
    except AnsweredError as error:
        if error.status == 401:
            raise
        return _incomplete(listing, f"whether groups are listed with all members cannot be told: {error}")
    shortened = any(_shows_more(each, sample) for each in largest)
    hidden = any(_shows_more(each, sample) for each in silent[:SAMPLE])
    if not shortened and not hidden:
        return listing
    open_ones = [each for each in (groups if shortened else silent) if each.id not in sample]
    return _as_read(listing, sample | await _read(open_ones, get, width))


def _as_read(listing: Listing, found: Found) -> Listing:
    groups = listing.resources
    read = [found.get(each.id, each) for each in groups]
    present = tuple(each for each in read if each is not None)
    whole = replace(listing, resources=present)
    if len(present) == len(groups):
        return whole
    return _incomplete(whole, f"{len(groups) - len(present)} groups were gone when their members were read")


def _count(group: LiveResource) -> int:
    return len(elements_of(get_ignoring_case(group.document, "members")))


def _shows_more(listed: LiveResource, sample: Found) -> bool:
    read = sample[listed.id]
    return read is not None and _count(read) > _count(listed)


def _incomplete(listing: Listing, problem: str) -> Listing:
    said = f"{listing.problem}; {problem}" if listing.problem else problem
    return replace(listing, complete=False, problem=said)


async def _read(groups: Sequence[LiveResource], get: GetGroup, width: int) -> Found:
    ids = [each.id for each in groups]
    async with aclosing(in_order(ids, get, width)) as found:
        return dict(zip(ids, [each async for each in found], strict=True))
