"""Who is in each group now, however the platform tells, and who joins and leaves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from reconciler.core.comparing.attributes import MEMBERS, AttributeView
from reconciler.core.comparing.elements import Element, as_elements
from reconciler.core.deciding.decisions import Decision
from reconciler.core.deciding.deltas import MemberDelta, Population, member_delta, members_afterwards, nesting
from reconciler.core.deciding.matching import Pairs, Records
from reconciler.core.deciding.situations import Standing
from reconciler.core.desired.memberships import Memberships
from reconciler.core.known import Known
from reconciler.core.manifests.choices import Members
from reconciler.core.mapping.fitting import Drops
from reconciler.core.mapping.targets import Target
from reconciler.core.mapping.wanted import Wanted
from reconciler.core.resources import DesiredGroup, Kind, LiveResource, Roster
from reconciler.platforms.profile import MemberReading

READABLE = frozenset((MemberReading.SHOWN, MemberReading.SINGLE))
"""Ways in which a group itself shows its members."""
FILTERS = frozenset(MemberReading) - READABLE
"""Ways in which only a filter tells."""


@dataclass(frozen=True, slots=True)
class Enrolment:
    """The members of groups: as the groups show them, as filters told them, else as they were last applied.

    `rosters`: by group id, what filters told. `gone`: ids of users who were looked up and do not exist any more.
    Filled as groups are met: `unread`, ids of those of which nothing tells, `exact`, of those that are to have nobody
    but their declared members, and `sizes`, how many members each has.
    """

    target: Target
    view: AttributeView
    memberships: Memberships
    rosters: Mapping[str, Roster]
    drops: Drops
    gone: frozenset[str] = frozenset()
    unread: set[str] = field(default_factory=set)
    exact: set[str] = field(default_factory=set)
    sizes: dict[str, int] = field(default_factory=dict)

    def deltas(
        self,
        wanted: Sequence[Wanted],
        pairs: Pairs,
        records: Records,
        people: Population,
        ended: frozenset[str] = frozenset(),
    ) -> dict[str, MemberDelta]:
        """For each managed group who joins, who goes and who is left alone. `ended`: keys of users who are to go."""
        nested = nesting(self.memberships, people)
        found = {}
        for each in wanted:
            if each.memberships is None or each.standing is not Standing.WANTED:
                continue
            live = pairs.live(each.key)
            there = self._there(live, records.of(each))
            lines = self.memberships.flat(each.key, nested=nested)
            declared = [line for line in lines if line.member.kind is not Kind.USER or line.member.key not in ended]
            group = each.entry if isinstance(each.entry, DesiredGroup) else None
            exact = self._is_exact(group) and self._is_whole(live)
            if live is not None and self._is_exact(group):
                self.exact.add(live.id)
            here = replace(people, put=_applied(live, records.of(each)))
            delta = found[each.key] = member_delta(declared, there, here, group, exact=exact)
            for ref, reason in delta.dropped:
                self.drops.add(f"members of {each.ref}", reason, str(ref))
        return found

    def emptying(self, decision: Decision, people: Population) -> MemberDelta | None:
        """Of an owned group that is no longer desired and whose lifecycle says `empty`."""
        if decision.live is None:
            return None
        here = replace(people, put=_applied(decision.live, decision.known))
        return member_delta([], self._there(decision.live, decision.known), here, exact=False)

    def afterwards(
        self,
        deltas: Mapping[str, MemberDelta],
        wanted: Iterable[Wanted],
        pairs: Pairs,
        records: Records,
        people: Population,
    ) -> dict[str, tuple[str, ...]]:
        """Ids that are ours in each managed group once joins and leaves are done; coming ones have none yet."""
        there = {each.key: self._there(pairs.live(each.key), records.of(each)) for each in wanted if each.key in deltas}
        put = {each.key: _applied(pairs.live(each.key), records.of(each)) for each in wanted if each.key in deltas}
        return members_afterwards(deltas, there, people, put)

    def ids(self, decision: Decision, people: Population) -> set[str]:
        """Ids of the members that a group has now."""
        elements = self._elements(decision.live, decision.known)
        return {found for each in elements if (found := people.id_of(each)) is not None}

    def rolls(self, groups: Iterable[Decision], people: Population) -> dict[str, set[str]]:
        """Ids of the members that each live group has now, by its id."""
        unread = set(self.unread)
        found = {each.live.id: self.ids(each, people) for each in groups if each.live is not None}
        # Groups that are only looked at here are none of the plan's questions.
        self.unread.intersection_update(unread)
        return found

    @property
    def _is_shown(self) -> bool:
        groups = self.target.profile.groups
        return groups is None or not READABLE.isdisjoint(groups.members.read)

    def _there(self, live: LiveResource | None, known: Known | None) -> list[Element]:
        elements = self._elements(live, known)
        if live is not None:
            self.sizes[live.id] = len(elements)
        return elements

    def _elements(self, live: LiveResource | None, known: Known | None) -> list[Element]:
        """Elements of `members`. What nobody can read is not empty: what was applied there still holds, but for those
        who are gone: whoever is deleted leaves every group.
        """
        if live is None:
            return []
        if self._is_shown:
            return as_elements(self.view[MEMBERS].read(live.document))
        roster = self.rosters.get(live.id)
        if roster is not None:
            return [{"value": id} for id in sorted(roster.users)]
        self.unread.add(live.id)
        return [{"value": id} for id in _applied(live, known) if id not in self.gone]

    def _is_whole(self, live: LiveResource | None) -> bool:
        """Whether everybody in the group is known, so that somebody whom nobody named can be seen at all."""
        if live is None or self._is_shown:
            return True
        roster = self.rosters.get(live.id)
        return roster is not None and roster.whole

    def _is_exact(self, group: DesiredGroup | None) -> bool:
        by_default = self.target.settings.ownership.members is Members.EXACT
        return by_default or (group is not None and group.exact)


def _applied(live: LiveResource | None, known: Known | None) -> list[str]:
    """Ids of those whom earlier applies put into a group."""
    if live is None or known is None or known.id != live.id:
        return []
    return list(known.applied.get(MEMBERS) or ())


def users_that_matter(people: Population, members: Iterable[Sequence[str]]) -> list[str]:
    """Ids of the users who should be in some group or were put there."""
    live = {id for ref, id in people.ids.items() if ref.kind is Kind.USER}
    return sorted(live.union(*members))
