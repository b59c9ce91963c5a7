"""One endpoint under several targets: each object has one owning target, and is handed over by rule."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from reconciler.core.comparing.attributes import EXTERNAL_ID, AttributeView, is_empty
from reconciler.core.comparing.elements import as_elements
from reconciler.core.deciding.matching import Pairs, match_values
from reconciler.core.deciding.situations import Standing
from reconciler.core.known import Holding, Known, Origin
from reconciler.core.mapping.wanted import Wanted
from reconciler.core.resources import Kind, LiveResource


@dataclass(frozen=True, slots=True)
class Rival:
    """Another target of the manifests on the same endpoint: what it desires there, and what it matches by."""

    name: str
    match: Mapping[Kind, Sequence[str]]
    wanted: Mapping[Kind, Sequence[Wanted]]


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """What else is at work on an endpoint.

    `holdings`: what other targets own there. `emergencies`: target and folded key of users who are kept inactive: they
    are not handed over before somebody releases them.
    """

    holdings: Sequence[Holding] = ()
    rivals: Sequence[Rival] = ()
    emergencies: frozenset[tuple[str, str]] = frozenset()


ALONE = Neighbourhood()

_Rank = tuple[int, bool, str]
_DESIRES, _STILL_OWNS, _LETS_GO = range(3)


@dataclass(slots=True)
class Neighbours:
    """Judges the objects of one kind for the target `name`. `mine`: its own records.

    Filled by `settle`: `elsewhere`, live and recorded ids that another target owns, and `surrendered`, what other
    targets still have on record of objects that are this target's.
    """

    kind: Kind
    name: str
    around: Neighbourhood
    view: AttributeView
    mine: Iterable[Known]
    elsewhere: dict[str, Holding] = field(init=False, default_factory=dict)
    surrendered: dict[str, list[Holding]] = field(init=False, default_factory=dict)
    _held: dict[str, list[Holding]] = field(init=False)
    _by_key: dict[tuple[str, str], Holding] = field(init=False, default_factory=dict)
    _desired: dict[str, dict[str, Wanted]] = field(init=False, default_factory=dict)
    _values: dict[tuple[str, Hashable], list[tuple[Rival, Wanted]]] = field(init=False)

    def __post_init__(self) -> None:
        self._held, self._values = defaultdict(list), defaultdict(list)
        for each in self.around.holdings:
            if each.kind is self.kind:
                self._held[each.id].append(each)
                self._by_key[each.target, each.key.casefold()] = each
        for rival in self.around.rivals:
            wanted = rival.wanted[self.kind]
            self._desired[rival.name] = {key: one for one in wanted for key in names_of(one)}
            for one in wanted:
                for attribute in rival.match[self.kind]:
                    for value in match_values(one.values, attribute, self.view):
                        self._values[attribute, value].append((rival, one))

    def strangers(self, wanted: Iterable[Wanted]) -> dict[str, str]:
        """Ids of what other targets own under keys that nobody here goes by, with what people call that."""
        ours = {key for each in wanted for key in names_of(each)}
        held = ((id, each) for id, holdings in self._held.items() for each in holdings)
        return {id: f"{each.key} of target {each.target}" for id, each in held if each.key.casefold() not in ours}

    def settle(self, wanted: Iterable[Wanted], pairs: Pairs) -> None:
        """Finds the one owner of every object that other targets have on record."""
        standings = {each.key: each.standing for each in wanted}
        desired = {id for id, key in pairs.taken.items() if standings.get(key) is Standing.WANTED}
        owned = {each.id: each for each in self.mine if each.owned}
        for id, holdings in self._held.items():
            best = min(holdings, key=self._rank)
            strongest, record = self._rank(best), owned.get(id)
            if record is not None:
                rank = _DESIRES if id in desired else _LETS_GO
                keeps = (rank, record.origin is not Origin.CREATED, self.name) < strongest
            else:
                keeps = id in desired and strongest[0] is _LETS_GO
            if keeps:
                self.surrendered[id] = holdings
            else:
                self.elsewhere[id] = best

    def heir(self, live: LiveResource, record: Known | None) -> str | None:
        """Another target that desires a live object of ours, and has no other one for that key."""
        for attribute in {name for rival in self.around.rivals for name in rival.match[self.kind]}:
            facts = self.view[attribute]
            for value in _filled(facts.read(live.document)):
                for rival, wanted in self._values.get((attribute, facts.comparable(value)), ()):
                    same = attribute == EXTERNAL_ID or record is None or record.key.casefold() in names_of(wanted)
                    if same and self._links(rival, wanted) in (None, live.id):
                        return rival.name
        return None

    def sharers(self, wanted: Wanted) -> list[tuple[str, str]]:
        """Targets that desire the same object, with the keys that it has there."""
        attributes = {name for rival in self.around.rivals for name in rival.match[self.kind]}
        values = ((name, value) for name in attributes for value in match_values(wanted.values, name, self.view))
        found = (pair for each in values for pair in self._values.get(each, ()))
        return sorted({(rival.name, other.key) for rival, other in found})

    def holder(self, wanted: Wanted, record: Known | None) -> Holding | None:
        """The other target that has a desired object on record which is not to be seen on the endpoint."""
        if record is not None:
            return self.elsewhere.get(record.id)
        held = (self._by_key.get((target, key.casefold())) for target, key in self.sharers(wanted))
        return next((each for each in held if each is not None), None)

    def _links(self, rival: Rival, wanted: Wanted) -> str | None:
        """The id that a rival has on record for what it desires."""
        held = (self._by_key.get((rival.name, key)) for key in names_of(wanted))
        return next((each.id for each in held if each is not None), None)

    def _rank(self, holding: Holding) -> _Rank:
        """Who desires it comes first; then whose target nothing tells of, then who created it."""
        key = holding.key.casefold()
        desired = self._desired.get(holding.target)
        if desired is None or (holding.target, key) in self.around.emergencies:
            wish = _STILL_OWNS
        else:
            wish = _DESIRES if key in desired else _LETS_GO
        return wish, holding.origin is not Origin.CREATED, holding.target


def names_of(wanted: Wanted) -> tuple[str, ...]:
    """The folded keys that an object goes by: its own, then its earlier ones."""
    return tuple(each.casefold() for each in (wanted.key, *wanted.entry.previously))


def _filled(value: object) -> Iterator[Hashable]:
    return (each for each in as_elements(value) if not is_empty(each))
