"""Groups whose listing leaves out their members: each is read by its id."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Any

from reconciler.client.workers import in_order
from reconciler.core.resources import Listing, LiveResource
from reconciler.scim.lookup import key_ignoring_case

SAMPLE = 3

GetGroup = Callable[[str], Coroutine[Any, Any, LiveResource | None]]


def has_members(group: LiveResource) -> bool:
    return key_ignoring_case(group.document, "members") is not None


async def with_members(listing: Listing, get: GetGroup, width: int) -> Listing:
    """The listing with the members of every group.

    Where no listed group has `members`, up to three are read singly; if one of them has any, all groups are.
    A group that is gone by then leaves the listing incomplete.
    """
    groups = listing.resources
    if not groups or any(has_members(each) for each in groups):
        return listing
    sample = await _read(groups[:SAMPLE], get, width)
    if not any(has_members(each) for each in sample if each is not None):
        return listing
    found = sample + await _read(groups[SAMPLE:], get, width)
    present = tuple(each for each in found if each is not None)
    if len(present) == len(groups):
        return replace(listing, resources=present)
    gone = f"{len(groups) - len(present)} groups were gone when their members were read"
    problem = f"{listing.problem}; {gone}" if listing.problem else gone
    return replace(listing, resources=present, complete=False, problem=problem)


async def _read(groups: Sequence[LiveResource], get: GetGroup, width: int) -> list[LiveResource | None]:
    async with aclosing(in_order([each.id for each in groups], get, width)) as found:
        return [each async for each in found]
