"""Looking for the object that a creation was to bring about."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from reconciler.core.comparing.attributes import AttributeView
from reconciler.core.plan import Operation
from reconciler.core.planning.authorship import NAMES, bears_name
from reconciler.core.requests import FilterNotOfferedError
from reconciler.core.resources import Kind, LiveResource
from reconciler.workflow.ports import Directory

MOST_LISTINGS = 16
"""Where no filter tells, everything is listed; so often in one run, because that may take minutes."""


@dataclass(slots=True)
class Searching:
    """`match`: the attributes by which objects are matched, of each kind."""

    directory: Directory
    match: Mapping[Kind, Sequence[str]]
    views: Mapping[Kind, AttributeView]
    listings: int = 0

    async def look_up(self, operation: Operation) -> list[LiveResource]:
        """Objects that bear one of the operation's match values, as far as filters are offered."""
        for attribute, value in _keys(operation, self.match[operation.kind]):
            try:
                found = await self.directory.find(operation.kind, attribute, value)
            except FilterNotOfferedError:
                continue
            if found:
                return list(found)
        return []

    async def search(self, operation: Operation) -> list[LiveResource]:
        """The same, for certain: nothing is returned only where nothing is there.

        Raises `EndpointError` where that cannot be told.
        """
        unanswered = ""
        told = False
        name = NAMES[operation.kind]
        for attribute, value in _keys(operation, dict.fromkeys((*self.match[operation.kind], name))):
            try:
                found = await self.directory.find(operation.kind, attribute, value)
            except FilterNotOfferedError as error:
                unanswered = str(error)
                continue
            if found:
                return list(found)
            told = told or attribute == name
        return [] if told else await self._list(operation, unanswered)

    async def _list(self, operation: Operation, unanswered: str) -> list[LiveResource]:
        self.listings += 1
        if self.listings > MOST_LISTINGS:
            raise FilterNotOfferedError(unanswered or "nothing can be looked up")
        listing = await self.directory.list(operation.kind)
        values = {each.path: each.after for each in operation.changes}
        view = self.views[operation.kind]
        found = [each for each in listing.resources if bears_name(values, each, view)]
        if not found and not listing.complete:
            raise FilterNotOfferedError(listing.problem or unanswered)
        return found


def _keys(operation: Operation, attributes: Sequence[str] | Mapping[str, None]) -> Iterator[tuple[str, str]]:
    """The match values that the operation itself writes."""
    values = {each.path: each.after for each in operation.changes}
    for attribute in attributes:
        value = values.get(attribute)
        if isinstance(value, str) and value:
            yield attribute, value
