"""Who is in a group, as its endpoint shows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reconciler.core.comparing.attributes import MEMBERS
from reconciler.core.comparing.elements import as_elements
from reconciler.core.plan import Operation
from reconciler.core.planning.bodies import member_id
from reconciler.core.planning.enrolment import READABLE
from reconciler.core.planning.recording import Effect
from reconciler.core.report import Result
from reconciler.core.requests import Answer, Request
from reconciler.core.resources import Kind
from reconciler.platforms.profile import MemberReading
from reconciler.workflow.settling import Look
from reconciler.workflow.writing import Done, Writer


@dataclass(slots=True)
class Rosters:
    """Reads and writes one group's members. `aliases` are ids by what some servers list in their place."""

    writer: Writer
    aliases: Mapping[str, str]

    async def send(self, method: str, id: str, body: dict[str, Any], look: Look) -> Answer:
        """The answer to a write; where it was lost, what looking shows."""
        request = Request(method, (*self.writer.collections[Kind.GROUP], id), body)
        preconditions = self.writer.preconditions
        answer = await preconditions.send(request, look)
        # A list that is written whole was made from a group that has changed since: it is not sent again.
        while method == "PATCH" and await preconditions.may_try_again(Kind.GROUP, id, request, answer):
            answer = await preconditions.send(request, look)
        return answer

    async def joined(self, id: str, ids: Sequence[str]) -> Answer | None:
        """Whether everybody of some is in the group, for certain; see `settling.Look`."""
        there = await self._certainly_there(id, ids)
        return Answer(200) if there is not None and there.issuperset(ids) else None

    async def left(self, id: str, ids: Sequence[str]) -> Answer | None:
        """Whether nobody of some is in the group, for certain; see `settling.Look`."""
        there = await self._certainly_there(id, ids)
        return Answer(200) if there is not None and there.isdisjoint(ids) else None

    async def _certainly_there(self, id: str, ids: Sequence[str]) -> frozenset[str] | None:
        """None where nothing tells."""
        if not self.visible:
            return await self._told(id, ids)
        return frozenset(self.resolved(await self.document(id) or {}))

    async def document(self, id: str) -> Mapping[str, Any] | None:
        """The group as it reads now; None where it is gone."""
        live = await self.writer.directory.get(Kind.GROUP, id)
        return live.document if live is not None else None

    @property
    def visible(self) -> bool:
        """Whether groups themselves show their members here."""
        return not READABLE.isdisjoint(self._ways)

    async def absent(self, id: str, ids: Sequence[str], answered: Mapping[str, Any] | None) -> list[str]:
        """Those of some users who are not in the group, as far as it can be told: what nothing tells is believed."""
        if self.visible:
            there = self.resolved(await self.shown(id, answered))
            return [each for each in ids if each not in there]
        told = await self._told(id, ids)
        return [each for each in ids if told is not None and each not in told]

    async def present(self, id: str, ids: Sequence[str]) -> list[str]:
        """Those of some users who are in a group that does not show its members, as far as it can be told."""
        there = await self._told(id, ids) or frozenset()
        return [each for each in ids if each in there]

    async def _told(self, id: str, ids: Sequence[str]) -> frozenset[str] | None:
        """Who is in the group by the platform's filters; None where it has none."""
        if not self._ways:
            return None
        found = (await self.writer.directory.rosters([id], ids)).get(id)
        return found.users if found is not None else None

    @property
    def _ways(self) -> tuple[MemberReading, ...]:
        groups = self.writer.lessons.profile.groups
        return groups.members.read if groups is not None else ()

    async def shown(self, id: str, answered: Mapping[str, Any] | None) -> Mapping[str, Any]:
        """The group with its members as the answer shows it, else as it reads now."""
        return answered if answered is not None and MEMBERS in answered else await self.document(id) or {}

    def listed(self, document: Mapping[str, Any]) -> list[str]:
        """Members as the endpoint spells them."""
        elements = as_elements(self.writer.views[Kind.GROUP][MEMBERS].read(document))
        return [found for each in elements if (found := member_id(each)) is not None]

    def resolved(self, document: Mapping[str, Any]) -> set[str]:
        """Members as ids, and as whatever else the endpoint lists in their place."""
        listed = self.listed(document)
        return {*listed, *(self.own_id(each) for each in listed)}

    def own_id(self, listed: str) -> str:
        return self.aliases.get(listed.casefold(), listed)

    def spelled(self, ids: Sequence[str], document: Mapping[str, Any]) -> list[str]:
        """The ids in the endpoint's own spelling, where it lists members by name."""
        own = {self.own_id(each): each for each in self.listed(document) if each not in ids}
        return [own.get(each, each) for each in ids]

    def failed(self, operation: Operation, id: str, detail: str, status: int | None = None) -> Done:
        return Done(Result.FAILED, Effect(operation, False, id), detail, status)
