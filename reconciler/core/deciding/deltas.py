"""Members of a group: who joins, who goes, who is left alone."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any

from reconciler.core.desired.memberships import Memberships
from reconciler.core.plan import Member
from reconciler.core.planning.bodies import member_id
from reconciler.core.resources import DesiredGroup, Kind, Membership, Ref
from reconciler.core.vocabulary import DropReason


@dataclass(slots=True)
class MemberDelta:
    """`joining` and `leaving` as plans show them, `kept` how many live members nobody declared stay.

    `dropped` are declared members that are not on the target, with the reason.
    """

    joining: list[Member] = field(default_factory=list)
    leaving: list[Member] = field(default_factory=list)
    kept: int = 0
    dropped: list[tuple[Ref, DropReason]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Population:
    """Who is on the target, by key and by id.

    `ids`: live objects by reference; `coming`: references that this plan creates; `absent`: declared as absent;
    `refs`: live ids to references, `removable` those that the manifests or the records know; `aliases`: what some
    servers list in place of an id, such as a userName; `others`: what another target on the endpoint owns or takes
    over, by id; `put`: ids of those whom earlier applies put into the group at hand.
    """

    ids: Mapping[Ref, str]
    coming: frozenset[Ref]
    absent: frozenset[Ref]
    refs: Mapping[str, Ref]
    group_ids: frozenset[str]
    contested: frozenset[str]
    aliases: Mapping[str, str]
    nested_allowed: bool = True
    others: Mapping[str, Ref] = field(default_factory=dict)
    put: Collection[str] = ()

    def known_as(self, id: str) -> Ref | None:
        """Whom an id is known as here. What is another target's is so only in a group that it was `put` into here."""
        return self.refs.get(id) or (self.others.get(id) if id in self.put else None)

    def id_of(self, member: Any) -> str | None:
        """The id that one element of `members` means."""
        value = member_id(member)
        if value is None or value in self.refs:
            return value
        return self.aliases.get(value.casefold(), value)


def nesting(memberships: Memberships, people: Population) -> dict[str, bool]:
    """Nested groups by key, today's and others', and whether the target can hold each as a member; the others are
    flattened.
    """
    written = chain(memberships.direct.values(), memberships.lines.values())
    nested = {line.member for lines in written for line in lines or () if line.member.kind is Kind.GROUP}
    return {ref.key: people.nested_allowed and (ref in people.ids or ref in people.coming) for ref in nested}


def _with_sources(leaving: Iterable[Member], group: DesiredGroup) -> list[Member]:
    """Leaving members with the line that no longer names them: their own, outside its days, or `members` itself."""
    lines = {str(line.member): line.mark for line in group.memberships or ()}
    return [
        each.model_copy(update={"source": str(lines.get(each.key or "") or group.sources.of("members"))})
        for each in leaving
    ]


def member_delta(
    declared: list[Membership],
    live_members: list[Any],
    people: Population,
    group: DesiredGroup | None = None,
    *,
    exact: bool,
) -> MemberDelta:
    """Compares declared members with live ones.

    A live member that nobody declared goes only where the manifests or the records know it, or under `exact`;
    unreadable ids, disputed objects and foreign nested groups never go.
    """
    delta = MemberDelta()
    there = dict.fromkeys(found for each in live_members if (found := people.id_of(each)) is not None)
    named = {line.member for line in declared} if people.others else ()
    staying = {id for id, ref in people.others.items() if ref in named}
    for line in declared:
        ref = line.member
        id = people.ids.get(ref)
        if id is not None:
            staying.add(id)
        if id is None and ref not in people.coming:
            reason = DropReason.MEMBER_ABSENT if ref in people.absent else DropReason.MEMBER_NOT_THERE
            delta.dropped.append((ref, reason))
        elif id is None or id not in there:
            delta.joining.append(Member(key=str(ref), id=id, source=str(line.mark) if line.mark else None))
    for id in there:
        if id in staying:
            continue
        ref_of = people.known_as(id)
        foreign_group = id in people.group_ids and ref_of is None
        if ref_of is not None or (exact and not foreign_group and id not in people.contested):
            delta.leaving.append(Member(key=str(ref_of) if ref_of else None, id=id))
        else:
            delta.kept += 1
    if group is not None and delta.leaving:
        delta.leaving = _with_sources(delta.leaving, group)
    return delta


def members_afterwards(
    deltas: Mapping[str, MemberDelta],
    there: Mapping[str, list[Any]],
    people: Population,
    put: Mapping[str, Collection[str]],
) -> dict[str, tuple[str, ...]]:
    """For each managed group the ids that are ours in it once joins and leaves are done; coming ones have none yet.

    `there`: the members that each has now; `put`: ids of those whom earlier applies put there.
    """
    afterwards = {}
    for key, delta in deltas.items():
        present = {found for member in there[key] if (found := people.id_of(member)) is not None}
        leaving = {member.id for member in delta.leaving}
        joining = {member.id for member in delta.joining if member.id is not None}
        here = replace(people, put=put[key])
        ours = {id for id in present - leaving if here.known_as(id) is not None}
        afterwards[key] = tuple(sorted(ours | joining))
    return afterwards
