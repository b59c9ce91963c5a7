"""Which live object is which desired one: the recorded link first, then ordered match keys over all objects at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from reconciler.core.attributes import EXTERNAL_ID, USER_NAME, AttributeView, is_empty
from reconciler.core.known import Known
from reconciler.core.resources import Kind, LiveResource
from reconciler.core.wanted import Wanted
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
    by: dict[str, str] = field(default_factory=dict)
    """The match attribute that found each matched key's object."""

    def live(self, key: str) -> LiveResource | None:
        return self.linked.get(key) or self.matched.get(key)

    @property
    def taken(self) -> dict[str, str]:
        """Live ids to the keys that they are paired with."""
        pairs = [*self.linked.items(), *self.matched.items()]
        return {live.id: key for key, live in pairs}


def match_resources(
    wanted: Sequence[Wanted],
    live: Sequence[LiveResource],
    known: Mapping[str, Known],
    match: Sequence[str],
    view: AttributeView,
) -> Pairs:
    """Pairs wanted objects of one kind with live ones.

    What a stronger key paired is no candidate for a weaker one; the first key that finds anything decides, and more
    than one find is disputed. Empty values never match. Values derived from earlier keys are tried last.
    """
    pairs = Pairs()
    by_id = {each.id: each for each in live}
    _link(wanted, by_id, known, view, pairs)
    rest = [each for each in wanted if each.key not in pairs.linked and each.key not in pairs.disputed]
    passes = [(attribute, None) for attribute in match] + [
        (attribute, age) for age in range(max((len(w.earlier) for w in rest), default=0)) for attribute in match
    ]
    keys_of = {each.key: each for each in wanted}
    for attribute, age in passes:
        if not rest:
            break
        _match_by(attribute, age, rest, live, view, pairs)
        _hold_kept_names(attribute, age, rest, live, view, pairs, keys_of)
        rest = [each for each in rest if each.key not in pairs.matched and each.key not in pairs.disputed]
    return pairs


def _link(
    wanted: Iterable[Wanted],
    by_id: Mapping[str, LiveResource],
    known: Mapping[str, Known],
    view: AttributeView,
    pairs: Pairs,
) -> None:
    for each in wanted:
        record = known.get(each.key) or next((known[k] for k in each.entry.previously if k in known), None)
        live = by_id.get(record.id) if record is not None else None
        if record is None or live is None:
            continue
        if still_itself(each, record, live, view):
            pairs.linked[each.key] = live
        else:
            pairs.disputed[each.key] = f"the recorded object {live.id} now bears another name and externalId"
            pairs.contested.add(live.id)


def still_itself(wanted: Wanted, record: Known, live: LiveResource, view: AttributeView) -> bool:
    """A link holds while the object bears the name or externalId last applied or now wanted."""
    name = USER_NAME if wanted.kind is Kind.USER else "displayName"
    told = False
    for path in (name, EXTERNAL_ID):
        facts = view[path]
        expected = {
            facts.comparable(value)
            for value in (record.applied.get(path), wanted.values.get(path))
            if not is_empty(value)
        }
        if expected:
            told = True
            if facts.comparable(facts.read(live.document)) in expected:
                return True
    return not told


def match_values(values: Mapping[str, Any], path: str, view: AttributeView) -> list[Hashable]:
    """The comparable values of a match attribute among wanted values; empty ones never match."""
    facts = view[path]
    found = values.get(path)
    if found is None and facts.path.sub is not None:
        found = [each.get(facts.path.sub) for each in _wanted_elements(values, facts.path)]
    return [facts.comparable(each) for each in _as_list(found) if not is_empty(each)]


def _wanted_elements(values: Mapping[str, Any], path: Path) -> list[Mapping[str, Any]]:
    """The elements that a path with a sub-attribute looks into; without a filter, those of every type."""
    base = str(Path(path.urn, path.attribute, path.filter, None))
    found = [
        value
        for text, value in values.items()
        if text == base or (path.filter is None and text.startswith(f"{base}["))
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


def _values_at(each: Wanted, attribute: str, age: int | None, view: AttributeView) -> list[Hashable]:
    if age is None:
        return match_values(each.values, attribute, view)
    return match_values(each.earlier[age], attribute, view) if age < len(each.earlier) else []


def _match_by(
    attribute: str,
    age: int | None,
    rest: Sequence[Wanted],
    live: Sequence[LiveResource],
    view: AttributeView,
    pairs: Pairs,
) -> None:
    taken = set(pairs.taken)
    index = index_live((each for each in live if each.id not in taken), attribute, view)
    claims: dict[str, list[Wanted]] = defaultdict(list)
    candidates: dict[str, dict[str, LiveResource]] = {}
    for each in rest:
        found = {l.id: l for value in _values_at(each, attribute, age, view) for l in index.get(value, ())}
        candidates[each.key] = found
        for id in found:
            claims[id].append(each)
    for each in rest:
        found = candidates[each.key]
        if len(found) > 1:
            _dispute(each, f"several objects have this {attribute}: {', '.join(sorted(found))}", found, pairs)
        elif found:
            [(id, resource)] = found.items()
            rivals = [other.key for other in claims[id] if other.key != each.key]
            if rivals or id in pairs.contested:
                others = f", as does {', '.join(sorted(rivals))}" if rivals else ""
                _dispute(each, f"claims object {id} by {attribute}{others}", found, pairs)
            else:
                pairs.matched[each.key] = resource
                pairs.by[each.key] = attribute


def _dispute(each: Wanted, reason: str, found: Iterable[str], pairs: Pairs) -> None:
    pairs.disputed[each.key] = reason
    pairs.contested.update(found)


def _hold_kept_names(
    attribute: str,
    age: int | None,
    rest: Sequence[Wanted],
    live: Sequence[LiveResource],
    view: AttributeView,
    pairs: Pairs,
    wanted: Mapping[str, Wanted],
) -> None:
    """An unmatched object whose name is borne by another key's object that keeps it cannot be created: held."""
    taken = pairs.taken
    open_rest = [w for w in rest if w.key not in pairs.matched and w.key not in pairs.disputed]
    if not open_rest or not taken or age is not None:
        return
    index = index_live((each for each in live if each.id in taken), attribute, view)
    for each in open_rest:
        for value in match_values(each.values, attribute, view):
            for holder in index.get(value, ()):
                key = taken[holder.id]
                if value in match_values(wanted[key].values, attribute, view):
                    pairs.disputed[each.key] = f"{attribute} held by {key}"
