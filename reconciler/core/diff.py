"""What differs between the wanted values of a resource and its live document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from reconciler.core.attributes import ACTIVE, AttributeView, PathFacts, is_empty
from reconciler.core.elements import (
    Pairing,
    as_elements,
    comparable_sub,
    get_sub,
    merge_element,
    pair_elements,
    without_other_primaries,
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
    `emails[type eq "work"]`.
    """
    differences: list[Difference] = []
    for text, value in wanted.items():
        facts = view[text]
        live = facts.read(document)
        if same_value(facts, value, live):
            continue
        if facts.is_list:
            differences.extend(_diff_list(facts, value, as_elements(live), document, view))
        else:
            differences.append(Difference(text, live, None if is_empty(value) else value))
    return differences


def same_value(facts: PathFacts, value: Any, live: Any) -> bool:
    """Whether the target holds a wanted value at a path: sub-attributes of elements that are not named do not count."""
    if is_empty(value) and is_empty(live):
        return True
    if facts.is_list:
        return pair_elements(as_elements(value), as_elements(live), facts.attribute).in_sync
    if live is None and facts.text == ACTIVE:
        # RFC 7643 §4.1.1 leaves the meaning of `active` to the server; one that does not say so has active users.
        live = True
    return facts.comparable(value) == facts.comparable(live)


def _diff_list(
    facts: PathFacts, value: Any, live: list[Any], document: Mapping[str, Any], view: AttributeView
) -> list[Difference]:
    pairing = pair_elements(as_elements(value), live, facts.attribute)
    if facts.path.filter is None:
        return [Difference(facts.text, live or None, _merged(pairing, facts) or None)]
    if not live or not as_elements(value):
        return [Difference(facts.text, live or None, as_elements(value) or None)]
    if len(pairing.changed) == 1 and not (pairing.added or pairing.removed or pairing.equal):
        return _diff_element(facts, *pairing.changed[0])
    return [_rewrite_whole(facts, pairing, live, document, view)]


def _merged(pairing: Pairing, facts: PathFacts) -> list[Any]:
    """Live elements that stay first and in their order, so that a review shows only what moves."""
    kept = [merge_element(live, wanted, facts.attribute) for wanted, live in (*pairing.equal, *pairing.changed)]
    return [*kept, *pairing.added]


def _diff_element(facts: PathFacts, wanted: Mapping[str, Any], live: Mapping[str, Any]) -> list[Difference]:
    """The sub-attributes of the one element that a filter selects."""
    path = facts.path
    differences = []
    for name, value in wanted.items():
        before = get_sub(live, name)
        if comparable_sub(name, value, facts.attribute) != comparable_sub(name, before, facts.attribute):
            text = str(Path(path.urn, path.attribute, path.filter, name))
            differences.append(Difference(text, before, None if is_empty(value) else value))
    return differences


def _rewrite_whole(
    facts: PathFacts, pairing: Pairing, live: list[Any], document: Mapping[str, Any], view: AttributeView
) -> Difference:
    """Several elements match the filter: the whole attribute is written, with the elements that are not ours kept."""
    whole = view[str(Path(facts.path.urn, facts.path.attribute, None, None))]
    everything = as_elements(whole.read(document))
    ours = _merged(pairing, facts)
    others = [each for each in everything if not any(each is mine for mine in live)]
    primary = [each for each in ours if isinstance(each, Mapping) and get_sub(each, "primary")]
    return Difference(whole.text, everything, [*(without_other_primaries(others, primary) if primary else others), *ours])
