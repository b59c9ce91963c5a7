"""Which live object is which desired one: the recorded link first, then ordered match keys over all objects at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from reconciler.core.comparing.attributes import EXTERNAL_ID, USER_NAME, AttributeView, is_empty
from reconciler.core.deciding.situations import Standing
from reconciler.core.known import Known
from reconciler.core.mapping.wanted import Wanted
from reconciler.core.resources import Kind, LiveResource
from reconciler.scim.paths import Path


@dataclass(slots=True)
class Pairs:
    """The outcome. `linked` and `matched` map keys to live objects, `disputed` maps keys to the reason.

    `contested` holds the ids of live objects that a dispute is about: nothing is done to them.
    """

    linked: dict[str, LiveResource] = field(default_factory=dict)
    matched: dict[str, LiveResource] = field(default_factory=dict)
    disputed: dict[str, str] = field(default_factory=dict)
    contested: set[str] = field(default_factory=set)

    def live(self, key: str) -> LiveResource | None:
        return self.linked.get(key) or self.matched.get(key)

    @property
    def taken(self) -> dict[str, str]:
        """Live ids to the keys that they are paired with."""
        pairs = [*self.linked.items(), *self.matched.items()]
        return {live.id: key for key, live in pairs}


@dataclass(frozen=True, slots=True)
class Records:
    """What earlier runs recorded of one kind, by folded key: keys are unique without regard to case.

    `leaving`: ids of users that this plan deletes, which frees their names. `strangers`: ids of what other targets own
    under keys that nobody here goes by, and what people call that.
    """

    by_key: Mapping[str, Known]
    leaving: frozenset[str] = frozenset()
    strangers: Mapping[str, str] = field(default_factory=dict)

    def of(self, wanted: Wanted) -> Known | None:
        """The record under the object's key, else under one of its earlier keys."""
        keys = (wanted.key, *wanted.entry.previously)
        return next((found for key in keys if (found := self.by_key.get(key.casefold())) is not None), None)

    def beside(self, wanted: Iterable[Wanted]) -> list[Known]:
        """The records that no wanted object goes by."""
        used = {record.key for each in wanted if (record := self.of(each)) is not None}
        return [each for each in self.by_key.values() if each.key not in used]


def fold_records(known: Iterable[Known]) -> dict[str, Known]:
    """Records of one kind by folded key."""
    return {each.key.casefold(): each for each in known}


def match_resources(
    wanted: Sequence[Wanted],
    live: Sequence[LiveResource],
    records: Records,
    match: Sequence[str],
    view: AttributeView,
) -> Pairs:
    """Pairs wanted objects of one kind with live ones.

    What a stronger key paired is no candidate for a weaker one; the first key that finds anything decides, and more
    than one find is disputed. Empty values never match. Values derived from earlier keys are tried last.
    """
    return _Matching(wanted, live, records, view).run(match)


class _Matching:
    """`others` maps live ids to the keys that they are recorded under and that nobody wants here: such an object is
    matched by externalId alone, and keeps its name unless it is deleted.
    """

    def __init__(
        self, wanted: Sequence[Wanted], live: Sequence[LiveResource], records: Records, view: AttributeView
    ) -> None:
        self.wanted = {each.key: each for each in wanted}
        self.live = {each.id: each for each in live}
        self.records = records
        self.view = view
        self.pairs = Pairs()
        others = {**records.strangers, **{each.id: each.key for each in records.beside(wanted)}}
        self.others = {id: key for id, key in others.items() if id in self.live}

    def run(self, match: Sequence[str]) -> Pairs:
        self._link()
        for attribute in match:
            self._match_by(
                attribute, {each.key: match_values(each.values, attribute, self.view) for each in self._rest()}
            )
            self._hold_kept_names(attribute)
        for age in range(max((len(each.earlier) for each in self._rest()), default=0)):
            for attribute in match:
                aged = (each for each in self._rest() if age < len(each.earlier))
                values = {each.key: match_values(each.earlier[age], attribute, self.view) for each in aged}
                self._match_by(attribute, values)
        return self.pairs

    def _rest(self) -> list[Wanted]:
        paired = self.pairs
        settled = paired.linked.keys() | paired.matched.keys() | paired.disputed.keys()
        return [each for key, each in self.wanted.items() if key not in settled]

    def _link(self) -> None:
        for each in self.wanted.values():
            record = self.records.of(each)
            live = self.live.get(record.id) if record is not None else None
            if record is None or live is None:
                continue
            if still_itself(each, record, live, self.view):
                self.pairs.linked[each.key] = live
            else:
                reason = f"the recorded object {live.id} now bears another name and externalId"
                self._dispute(each.key, reason, [live.id])

    def _match_by(self, attribute: str, values: Mapping[str, list[Hashable]]) -> None:
        """One pass: `values` holds the comparable values of everybody who still looks for an object."""
        if not any(values.values()):
            return
        candidates = self._candidates(attribute, values)
        claims: dict[str, list[str]] = defaultdict(list)
        for key, found in candidates.items():
            for id in found:
                claims[id].append(key)
        for key, found in candidates.items():
            if len(found) > 1:
                self._dispute(key, f"several objects have this {attribute}: {', '.join(sorted(found))}", found)
                continue
            [id] = found
            rivals = sorted(other for other in claims[id] if other != key)
            if rivals or id in self.pairs.contested:
                others = f", as does {', '.join(rivals)}" if rivals else ""
                self._dispute(key, f"claims object {id} by {attribute}{others}", found)
            else:
                self.pairs.matched[key] = self.live[id]

    def _candidates(self, attribute: str, values: Mapping[str, list[Hashable]]) -> dict[str, list[str]]:
        """Ids of the objects that each key may mean; keys that mean none are left out."""
        taken = self.pairs.taken
        barred = taken.keys() if attribute == EXTERNAL_ID else taken.keys() | self.others.keys()
        index = index_live((each for id, each in self.live.items() if id not in barred), attribute, self.view)
        found = {
            key: list(dict.fromkeys(live.id for value in mine for live in index.get(value, ())))
            for key, mine in values.items()
        }
        return {key: ids for key, ids in found.items() if ids}

    def _dispute(self, key: str, reason: str, ids: Iterable[str]) -> None:
        self.pairs.disputed[key] = reason
        self.pairs.contested.update(ids)

    def _hold_kept_names(self, attribute: str) -> None:
        """An unmatched object whose name is borne by another key's object that keeps it cannot be created: held. Who is
        absent needs no name.
        """
        rest = [each for each in self._rest() if each.standing is not Standing.ABSENT]
        taken = {id: self.wanted[key] for id, key in self.pairs.taken.items()}
        left = {id: key for id, key in self.others.items() if id not in taken and id not in self.records.leaving}
        if not rest or not (taken or left):
            return
        index = index_live((self.live[id] for id in (*taken, *left)), attribute, self.view)
        for each in rest:
            for value in match_values(each.values, attribute, self.view):
                ids = (live.id for live in index.get(value, ()))
                keys = [
                    left[id] if id in left else taken[id].key
                    for id in ids
                    if id in left or self._keeps(taken[id], attribute, value)
                ]
                if keys:
                    self.pairs.disputed[each.key] = f"{attribute} held by {keys[0]}"

    def _keeps(self, holder: Wanted, attribute: str, value: Hashable) -> bool:
        """Whether the holder's object still bears the value once this plan is carried out."""
        if holder.standing is Standing.ABSENT and holder.kind is Kind.USER:
            return False
        mine = match_values(holder.values, attribute, self.view)
        return value in mine or not mine


def still_itself(wanted: Wanted | None, record: Known, live: LiveResource, view: AttributeView) -> bool:
    """A link holds while the object bears the name or externalId last applied or now wanted."""
    name = USER_NAME if record.kind is Kind.USER else "displayName"
    values = wanted.values if wanted is not None else {}
    told = False
    for path in (name, EXTERNAL_ID):
        facts = view[path]
        expected = {
            facts.comparable(value) for value in (record.applied.get(path), values.get(path)) if not is_empty(value)
        }
        if expected:
            told = True
            if facts.comparable(facts.read(live.document)) in expected:
                return True
    return not told


def match_values(values: Mapping[str, Any], path: str, view: AttributeView) -> list[Hashable]:
    """The comparable values of a match attribute among wanted values."""
    return [view[path].comparable(each) for each in values_at(values, path, view)]


def values_at(values: Mapping[str, Any], path: str, view: AttributeView) -> list[Any]:
    """The values of a match attribute among wanted values; empty ones never match."""
    facts = view[path]
    found = values.get(path)
    if found is None and facts.path.sub is not None:
        found = [each.get(facts.path.sub) for each in _wanted_elements(values, facts.path)]
    return [each for each in _as_list(found) if not is_empty(each)]


def _wanted_elements(values: Mapping[str, Any], path: Path) -> list[Mapping[str, Any]]:
    """The elements that a path with a sub-attribute looks into; without a filter, those of every type."""
    base = str(Path(path.urn, path.attribute, path.filter, None))
    found = [
        value for text, value in values.items() if text == base or (path.filter is None and text.startswith(f"{base}["))
    ]
    return [each for value in found if isinstance(value, list) for each in value if isinstance(each, Mapping)]


def index_live(live: Iterable[LiveResource], path: str, view: AttributeView) -> dict[Hashable, list[LiveResource]]:
    """Live objects by the comparable values that they hold at a path."""
    facts = view[path]
    index: dict[Hashable, list[LiveResource]] = defaultdict(list)
    for each in live:
        for value in _as_list(facts.read(each.document)):
            if not is_empty(value):
                index[facts.comparable(value)].append(each)
    return index


def _as_list(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
