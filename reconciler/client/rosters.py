"""Who is in groups that show nobody: asked by filters, none of which is believed before it has left somebody out."""

from __future__ import annotations

from collections import defaultdict
from contextlib import aclosing
from dataclasses import dataclass, field
from itertools import product
from typing import TYPE_CHECKING, Any, Final, TypeVar

from reconciler.client.dialects import glance, list_all
from reconciler.client.failures import AnswerError
from reconciler.client.finding import equality_filter, filtered
from reconciler.client.paging import PlainPaging
from reconciler.client.rows import Rows
from reconciler.client.workers import in_order
from reconciler.core.resources import Roster
from reconciler.platforms.profile import ListingProfile, MemberReading

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Coroutine, Iterable, Sequence

    from reconciler.client.listing import Collection
    from reconciler.scim.provider import ProviderConfig

NOBODY: Final = "00000000-0000-0000-0000-000000000000"
"""An id that no endpoint gives out."""
WAY_REFUSED = frozenset({400, 405, 501})
MOST_PAIRS = 100_000
"""Beyond that, asking pair by pair takes hours."""

Item = TypeVar("Item")
Told = TypeVar("Told")

Found = dict[str, Roster]


class UntoldError(Exception):
    """A way of asking does not tell what was asked; never leaves this module."""


@dataclass(frozen=True, slots=True)
class FilterEndpoints:
    """What filters are put to, and how the endpoint pages."""

    users: Collection
    groups: Collection
    config: ProviderConfig
    listing: ListingProfile
    width: int
    seen: frozenset[str] = frozenset()
    """Ids of users who are known to exist."""


@dataclass(slots=True)
class RosterReader:
    """Reads memberships in the profile's ways. What was learnt of a way holds for the whole run."""

    ways: Sequence[MemberReading]
    proven: set[MemberReading] = field(default_factory=set)
    given_up: set[MemberReading] = field(default_factory=set)

    async def read(
        self, endpoints: FilterEndpoints, groups: Sequence[str], users: Sequence[str], whole: Container[str] = ()
    ) -> Found:
        """The groups that a way of asking told about; those of `whole` by what tells of strangers, where anything does.

        Raises `EndpointError` for a read that failed.
        """
        strict = [each for each in dict.fromkeys(groups) if each in whole]
        rest = [each for each in dict.fromkeys(groups) if each not in whole]
        found = await self._read(self._offered, endpoints, strict, users)
        return found | await self._read(self._cheapest(len(rest), len(users)), endpoints, rest, users)

    async def _read(
        self, ways: Sequence[MemberReading], endpoints: FilterEndpoints, groups: Sequence[str], users: Sequence[str]
    ) -> Found:
        found: Found = {}
        for way in ways:
            left = [each for each in groups if each not in found]
            if left and way not in self.given_up:
                found |= await self._try(way, endpoints, left, users)
        return found

    @property
    def _offered(self) -> list[MemberReading]:
        return [each for each in self.ways if each in READERS]

    def _cheapest(self, groups: int, users: int) -> list[MemberReading]:
        """The way that takes fewer requests first, of the two that tell alike who of the users is in."""
        ways = self._offered
        by_user, by_group = MemberReading.GROUPS_BY_USER, MemberReading.USERS_BY_GROUP
        if users < groups and by_user in ways and by_group in ways and ways.index(by_group) < ways.index(by_user):
            ways.remove(by_user)
            ways.insert(ways.index(by_group), by_user)
        return ways

    async def _try(
        self, way: MemberReading, endpoints: FilterEndpoints, groups: Sequence[str], users: Sequence[str]
    ) -> Found:
        try:
            if way not in self.proven:
                if not await _leaves_out(way, endpoints, groups, users):
                    await _prove(way, endpoints, groups[0])
                self.proven.add(way)
            return await READERS[way](endpoints, groups, users)
        except UntoldError:
            return {}
        except AnswerError as error:
            if error.status not in WAY_REFUSED:
                raise
        self.given_up.add(way)
        return {}


async def _leaves_out(
    way: MemberReading, endpoints: FilterEndpoints, groups: Sequence[str], users: Sequence[str]
) -> bool:
    """Whether a first answer leaves out somebody who is there: a filter that is ignored leaves out nobody.

    Of pairs, half of the filter may be ignored, which no such answer tells.
    """
    by_group = way is MemberReading.USERS_BY_GROUP
    everybody = endpoints.seen if by_group else frozenset(users[:1])
    if way is MemberReading.PAIRS or not everybody:
        return False
    sample = await READERS[way](endpoints, groups[:1] if by_group else groups, users[:1])
    return any(everybody - each.users for each in sample.values())


async def _prove(way: MemberReading, endpoints: FilterEndpoints, group: str) -> None:
    """Asks for an id that nobody has, where the first answer held everybody: what finds anything is no filter.

    Raises `AnswerError` where the filter is ignored.
    """
    collection = endpoints.users if way is MemberReading.USERS_BY_GROUP else endpoints.groups
    conditions = {
        MemberReading.USERS_BY_GROUP: by_group(NOBODY),
        MemberReading.GROUPS_BY_USER: by_user(NOBODY),
        MemberReading.PAIRS: by_pair(group, NOBODY),
    }
    try:
        page = await glance(filtered(collection, conditions[way]), endpoints.listing)
    except AnswerError as error:
        if error.status != 404:
            raise
        return
    if page.resources or page.total:
        raise AnswerError("the filter is ignored", 501)


def by_group(group: str) -> str:
    return equality_filter("groups.value", group)


def by_user(user: str) -> str:
    return equality_filter("members.value", user)


def by_pair(group: str, user: str) -> str:
    return f"{equality_filter('id', group)} and {equality_filter('members', user)}"


async def _users_by_group(endpoints: FilterEndpoints, groups: Sequence[str], _: Sequence[str]) -> Found:
    """All users of each group; groups that are gone by now, or whose users did not all come, are missing."""

    async def ask(group: str) -> frozenset[str] | None:
        try:
            return await _all_ids(endpoints, endpoints.users, by_group(group))
        except UntoldError:
            return None

    told = await _ask_each(groups, ask, endpoints.width)
    return {group: Roster(users, whole=True) for group, users in told if users is not None}


async def _groups_by_user(endpoints: FilterEndpoints, groups: Sequence[str], users: Sequence[str]) -> Found:
    async def ask(user: str) -> frozenset[str]:
        return await _all_ids(endpoints, endpoints.groups, by_user(user))

    told = await _ask_each(users, ask, endpoints.width)
    return _rosters(groups, ((group, user) for user, of_user in told for group in of_user or ()))


async def _pairs(endpoints: FilterEndpoints, groups: Sequence[str], users: Sequence[str]) -> Found:
    if len(groups) * len(users) > MOST_PAIRS:
        raise UntoldError

    async def ask(pair: tuple[str, str]) -> bool:
        return await _is_in(endpoints.groups, *pair)

    told = await _ask_each(product(groups, users), ask, endpoints.width)
    return _rosters(groups, (pair for pair, is_in in told if is_in))


READERS: Final = {
    MemberReading.USERS_BY_GROUP: _users_by_group,
    MemberReading.GROUPS_BY_USER: _groups_by_user,
    MemberReading.PAIRS: _pairs,
}


def _rosters(groups: Iterable[str], pairs: Iterable[tuple[str, str]]) -> Found:
    """A roster for every group that was asked about."""
    members: defaultdict[str, set[str]] = defaultdict(set)
    for group, user in pairs:
        members[group].add(user)
    return {each: Roster(frozenset(members[each]), whole=False) for each in groups}


async def _ask_each(
    items: Iterable[Item], ask: Callable[[Item], Coroutine[Any, Any, Told]], width: int
) -> list[tuple[Item, Told | None]]:
    """What was told of each; None where the endpoint knows no such id (404).

    Raises `UntoldError` where it knows none of them at all: then it is the filter that it does not know.
    """

    async def carefully(item: Item) -> tuple[Item, Told | None]:
        try:
            return item, await ask(item)
        except AnswerError as error:
            if error.status != 404:
                raise
            return item, None

    async with aclosing(in_order(items, carefully, width)) as answers:
        told = [each async for each in answers]
    if told and all(each is None for _, each in told):
        raise UntoldError
    return told


async def _all_ids(endpoints: FilterEndpoints, collection: Collection, condition: str) -> frozenset[str]:
    """The ids that a filter finds. Raises `UntoldError` where that may not be all of them."""
    listing = await list_all(filtered(collection, condition), endpoints.config, endpoints.listing, endpoints.width)
    if not listing.complete or listing.unreadable:
        raise UntoldError
    return frozenset(each.id for each in listing.resources)


async def _is_in(groups: Collection, group: str, user: str) -> bool:
    page = await filtered(groups, by_pair(group, user)).page(PlainPaging().first())
    rows = Rows(groups.kind)
    rows.take(page)
    found = {each.id for each in rows.resources}
    if rows.unreadable or not found <= {group}:
        raise UntoldError
    return bool(found)
