"""Groups that are no longer wanted and kept all the same: the people that they still grant something to."""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.core.plan import Row
from reconciler.core.planning.departures import KEPT
from reconciler.core.planning.drafts import Draft
from reconciler.core.resources import Kind
from reconciler.core.safety.crowds import Crowd

NAMED = 10
"""So many people are named in one row."""


def with_grants(rows: Iterable[Row], draft: Draft) -> list[Row]:
    """The rows, those of kept groups with who is in them, by key where they are known."""
    found = list(rows)
    if not any(map(_is_kept_group, found)):
        return found
    crowd = Crowd.as_it_is(draft)
    labels = {each.live.id: label for label, each in crowd.decisions.items() if each.live is not None}
    return [
        each.model_copy(update={"detail": f"{KEPT}; {_grants(crowd, labels[each.id], draft)}"})
        if _is_kept_group(each) and each.id in labels
        else each
        for each in found
    ]


def _is_kept_group(row: Row) -> bool:
    return row.kind is Kind.GROUP and row.detail == KEPT


def _grants(crowd: Crowd, group: str, draft: Draft) -> str:
    """Of those who are inactive nobody has anything of it."""
    people = sorted(_name(id, draft) for id in crowd.people(group) & crowd.active)
    if not people:
        return "nobody active is known to be in it"
    more = f", and {len(people) - NAMED:,} more" if len(people) > NAMED else ""
    counted = "1 person" if len(people) == 1 else f"{len(people):,} people"
    return f"what it grants it still grants to {counted}: {', '.join(people[:NAMED])}{more}"


def _name(id: str, draft: Draft) -> str:
    ref = draft.people.refs.get(id)
    return ref.key if ref is not None else f"id {id}"
