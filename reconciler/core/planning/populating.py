"""Who is on the target, or will be: what the pairs, the records and the neighbours say together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from reconciler.core.comparing.attributes import AttributeView
from reconciler.core.deciding.deltas import Population
from reconciler.core.deciding.matching import Pairs
from reconciler.core.deciding.neighbours import Neighbours
from reconciler.core.deciding.population import Presence, count_population
from reconciler.core.deciding.situations import Standing
from reconciler.core.mapping.wanted import Wanted
from reconciler.core.planning.drafts import PlanInput
from reconciler.core.planning.operations import adoption_problem
from reconciler.core.planning.permits import adoption_barred
from reconciler.core.resources import Kind, Ref

WantedByKind = Mapping[Kind, Sequence[Wanted]]
PairsByKind = Mapping[Kind, Pairs]


@dataclass(frozen=True, slots=True)
class Populating:
    """`neighbours` have settled who owns what."""

    given: PlanInput
    views: Mapping[Kind, AttributeView]
    neighbours: Mapping[Kind, Neighbours]

    def count(self, wanted: WantedByKind, pairs: PairsByKind, coming: frozenset[Ref]) -> Population:
        """`coming`: those who are there once the plan's creates are carried out."""
        everyone = [*wanted[Kind.USER], *wanted[Kind.GROUP]]
        groups = self.given.target.profile.groups
        presence = Presence(
            pairs=pairs,
            coming=coming,
            strangers=frozenset(self._strangers(everyone, pairs)),
            unseen=self._unseen(),
            nested_allowed=groups is not None and groups.members.nesting,
            others=self._others(pairs),
        )
        mine = [each for each in self.given.known if each.id not in self.neighbours[each.kind].elsewhere]
        return count_population(presence, everyone, self.given.listings, mine)

    def _strangers(self, everyone: Sequence[Wanted], pairs: PairsByKind) -> Iterator[str]:
        """Ids of objects that are paired and are not this target's to take."""
        for each in everyone:
            live = pairs[each.kind].live(each.key)
            if live is None or each.standing is not Standing.WANTED:
                continue
            matched = each.key in pairs[each.kind].matched
            if live.id in self.neighbours[each.kind].elsewhere or (matched and self._barred(each, pairs)):
                yield live.id

    def _barred(self, wanted: Wanted, pairs: PairsByKind) -> bool:
        live, view = pairs[wanted.kind].matched[wanted.key], self.views[wanted.kind]
        barred = adoption_barred(self.given.target, wanted.kind)
        return barred or bool(adoption_problem(wanted, live, self.given.target, view))

    def _unseen(self) -> frozenset[str]:
        seen = {(kind, each.id) for kind, side in self.given.listings.items() for each in side.resources}
        settled = seen | self.given.lookups.gone
        recorded = ((each.kind, each.id) for each in self.given.known)
        return frozenset(id for kind, id in recorded if (kind, id) not in settled)

    def _others(self, pairs: PairsByKind) -> dict[str, Ref]:
        """What another target owns, or is to take over, by id."""
        found: dict[str, Ref] = {}
        for kind, beside in self.neighbours.items():
            live = {each.id: each for each in self.given.listings[kind].resources} if beside.around.rivals else {}
            taken = pairs[kind].taken
            left = (each for each in beside.mine if each.owned and each.id in live and each.id not in taken)
            found |= {each.id: Ref(kind, each.key) for each in left if beside.heir(live[each.id], each) is not None}
            found |= {id: Ref(kind, each.key) for id, each in beside.elsewhere.items()}
        return found
