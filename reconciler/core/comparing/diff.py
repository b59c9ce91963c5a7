"""What differs between the wanted values of a resource and its live document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from reconciler.core.comparing.attributes import ACTIVE, AttributeView, PathFacts, is_empty
from reconciler.core.comparing.elements import (
    Element,
    as_elements,
    can_be_created,
    get_sub,
    is_primary,
    merge_pairing,
    pair_elements,
    same_sub,
    satisfies,
    without_primary,
)
from reconciler.scim.paths import Path


class Difference(NamedTuple):
    """`after` None clears. For a multi-valued attribute both are lists of elements."""

    path: str
    before: Any
    after: Any


def diff_values(wanted: Mapping[str, Any], document: Mapping[str, Any], view: AttributeView) -> list[Difference]:
    """The differences that remain to be made, in the order of `wanted`; empty when every managed value is equal.

    `wanted` maps attribute paths to values: a scalar, a list of elements for `emails`, the elements that match for
    `emails[type eq "work"]`. What a plain read does not show is never different.
    """
    differences: list[Difference] = []
    crowded: list[str] = []
    for text, value in wanted.items():
        facts = view[text]
        live = facts.read(document)
        if value == live or same_value(facts, value, live) or (is_empty(live) and not facts.reported):
            continue
        if not facts.is_list:
            differences.append(Difference(text, live, None if is_empty(value) else value))
        elif facts.selects is None:
            differences.append(_diff_whole(facts, as_elements(value), as_elements(live)))
        elif is_crowded(value, live):
            crowded.append(facts.base)
        else:
            differences.extend(_diff_selected(facts, as_elements(value), as_elements(live)))
    return _rewritten(differences, crowded, wanted, document, view) if crowded else differences


def same_value(facts: PathFacts, value: Any, live: Any) -> bool:
    """Whether the target holds a wanted value at a path: sub-attributes of elements that are not named do not count."""
    if is_empty(value) and is_empty(live):
        return True
    if facts.is_list:
        elements, there = as_elements(value), as_elements(live)
        if facts.selects is not None and elements and not there:
            return not any(can_be_created(each, facts.attribute) for each in elements)
        return pair_elements(elements, there, facts.attribute).in_sync
    if isinstance(value, Mapping):
        return satisfies(live if isinstance(live, Mapping) else {"value": live}, value, facts.attribute)
    if live is None and facts.text == ACTIVE:
        # RFC 7643 §4.1.1 leaves the meaning of `active` to the server; one that does not say so has active users.
        live = True
    return facts.comparable(value) == facts.comparable(live)


def is_crowded(value: Any, live: Any) -> bool:
    """Whether a filter selects several elements, or is to: no operation on its path changes just one of them."""
    return max(len(as_elements(value)), len(as_elements(live))) > 1 and not is_empty(value) and not is_empty(live)


def _diff_whole(facts: PathFacts, wanted: list[Element], live: list[Element]) -> Difference:
    merged = merge_pairing(pair_elements(wanted, live, facts.attribute), facts.attribute)
    return Difference(facts.text, live or None, merged or None)


def _diff_selected(facts: PathFacts, wanted: list[Element], live: list[Element]) -> list[Difference]:
    """A filtered path where at most one element is wanted or there, or nothing on one of the sides."""
    if wanted and live:
        return _diff_element(facts, wanted[0], live[0])
    return [_diff_whole(facts, [each for each in wanted if can_be_created(each, facts.attribute)], live)]


def _diff_element(facts: PathFacts, wanted: Element, live: Element) -> list[Difference]:
    """The sub-attributes of the one element that a filter selects."""
    path = facts.path
    named = wanted.items() if isinstance(wanted, Mapping) else [("value", wanted)]
    return [
        Difference(
            str(Path(path.urn, path.attribute, path.filter, name)),
            get_sub(live, name),
            None if is_empty(value) else value,
        )
        for name, value in named
        if not same_sub(name, value, get_sub(live, name), facts.attribute)
    ]


def _rewritten(
    differences: list[Difference],
    crowded: list[str],
    wanted: Mapping[str, Any],
    document: Mapping[str, Any],
    view: AttributeView,
) -> list[Difference]:
    """The differences with crowded attributes written whole, the elements that are not ours kept.

    Every filter on such an attribute is laid over it at once: single changes beside it would be overwritten.
    """
    kept = [each for each in differences if view[each.path].base not in crowded]
    for base in dict.fromkeys(crowded):
        before = as_elements(view[base].read(document))
        after = [each for each in before if isinstance(each, Mapping | str | int)]
        for text, value in wanted.items():
            facts = view[text]
            if facts.selects is not None and facts.base == base:
                after = _overlaid(after, facts, as_elements(value))
        primary = next(filter(is_primary, after), None)
        kept.append(Difference(base, before, without_primary(after, primary) or None))
    return kept


def _overlaid(elements: list[Element], facts: PathFacts, wanted: list[Element]) -> list[Element]:
    """The elements with those that a filter selects brought in line."""
    selects = facts.selects or bool
    mine = [each for each in elements if selects(each)]
    others = [each for each in elements if not selects(each)]
    possible = [each for each in wanted if mine or can_be_created(each, facts.attribute)]
    ours = merge_pairing(pair_elements(possible, mine, facts.attribute), facts.attribute)
    return [*(without_primary(others, None) if any(map(is_primary, possible)) else others), *ours]
