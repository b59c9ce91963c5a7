"""Values that no two objects may share (RFC 7643 §7, `uniqueness`): who bears them, who takes them, who frees them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from reconciler.core.comparing.attributes import USER_NAME, AttributeView, PathFacts, base_of
from reconciler.core.comparing.elements import as_elements, get_sub
from reconciler.core.plan import Change, Operation
from reconciler.core.resources import Kind, Listing, LiveResource
from reconciler.core.vocabulary import Action
from reconciler.scim.schemas import Attribute

NOT_UNIQUE = "none"


class Claim(NamedTuple):
    """One value of a unique attribute, in the form in which the target compares it."""

    kind: Kind
    attribute: str
    value: Hashable


@dataclass(slots=True)
class Register:
    """The unique values of a target. `listings`: what is live now, as far as it was read."""

    views: Mapping[Kind, AttributeView]
    listings: Mapping[Kind, Listing]
    holders: dict[Claim, LiveResource] = field(init=False, default_factory=dict)
    _unique: dict[Kind, dict[str, PathFacts]] = field(init=False)
    _borne: dict[tuple[Kind, str], set[Claim]] = field(init=False)

    def __post_init__(self) -> None:
        self._unique = {kind: dict(_unique_attributes(kind, view)) for kind, view in self.views.items()}
        self._borne = defaultdict(set)
        for kind, listing in self.listings.items():
            for name, facts in self._unique[kind].items():
                read = self.views[kind][name].read
                for each in listing.resources:
                    self._enter(each, {Claim(kind, name, value) for value in _comparable(read(each.document), facts)})

    def taken(self, operation: Operation) -> set[Claim]:
        """What an operation gives to an object that does not have it yet."""
        before, after = self._changed(operation)
        return after - before

    def freed(self, operation: Operation) -> set[Claim]:
        """What an operation takes from the object that bears it."""
        if operation.action is Action.CREATE:
            return set()
        if operation.action is not Action.DELETE:
            before, after = self._changed(operation)
            return before - after
        own = operation.precondition.id if operation.precondition is not None else ""
        borne = self._borne.get((operation.kind, own), set())
        if borne or operation.kind is not Kind.USER:
            return borne
        return {Claim(Kind.USER, USER_NAME, self.views[Kind.USER][USER_NAME].comparable(operation.name))}

    def attribute_of(self, kind: Kind, change: Change) -> str:
        """The whole attribute that a change is about."""
        return base_of(self.views[kind][change.path].path)

    def _enter(self, live: LiveResource, claims: Iterable[Claim]) -> None:
        for claim in claims:
            self.holders.setdefault(claim, live)
            self._borne[live.kind, live.id].add(claim)

    def _changed(self, operation: Operation) -> tuple[set[Claim], set[Claim]]:
        kind = operation.kind
        before: set[Claim] = set()
        after: set[Claim] = set()
        for change in operation.changes if kind in self._unique else ():
            name = self.attribute_of(kind, change)
            facts = self._unique[kind].get(name)
            if facts is None or self.views[kind][change.path].path.sub not in (None, "value"):
                continue
            before |= {Claim(kind, name, value) for value in _comparable(change.before, facts)}
            after |= {Claim(kind, name, value) for value in _comparable(change.after, facts)}
        return before, after


def _unique_attributes(kind: Kind, view: AttributeView) -> Iterator[tuple[str, PathFacts]]:
    """Each writable attribute whose values are unique, and how one value of it is compared."""
    found = {each.name for each in view.schema.attributes.values() if _is_unique(each)}
    if kind is Kind.USER:
        found.add(USER_NAME)
    for name in sorted(found):
        attribute = view[name].attribute
        complex_one = attribute is not None and attribute.type == "complex"
        yield name, view[f"{name}.value" if complex_one else name]


def _is_unique(attribute: Attribute) -> bool:
    if attribute.mutability == "readOnly":
        return False
    value = attribute.sub_attributes.get("value")
    return attribute.uniqueness != NOT_UNIQUE or (value is not None and value.uniqueness != NOT_UNIQUE)


def _comparable(value: Any, facts: PathFacts) -> Iterator[Hashable]:
    """The values that something holds, elements by their `value`."""
    for each in as_elements(value):
        found = get_sub(each, "value")
        if isinstance(found, str) and found:
            yield facts.comparable(found)
