"""What a target's lifecycle makes of owned objects that are no longer desired."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from reconciler.core.deciding.situations import Reaction, Standing
from reconciler.core.known import Known
from reconciler.core.mapping.targets import Target
from reconciler.core.resources import Kind
from reconciler.core.vocabulary import Action


def reactions_of(target: Target, kind: Kind) -> dict[Standing, Reaction]:
    """What happens by where an object stands in the manifests."""
    lifecycle = target.settings.lifecycle
    side = lifecycle if kind is Kind.USER else lifecycle.groups
    return {
        Standing.OUT_OF_SCOPE: Reaction(side.on_leave.value),
        Standing.UNDECLARED: Reaction(side.on_remove.value),
        Standing.WANTED: Reaction.KEEP,
        Standing.ABSENT: Reaction.DELETE,
    }


def standing_of(record: Known, declared: frozenset[str]) -> Standing:
    """Where a recorded object stands that is not wanted. `declared`: folded keys of the manifests, earlier ones too."""
    return Standing.OUT_OF_SCOPE if record.key.casefold() in declared else Standing.UNDECLARED


def leaving_ids(
    records: Iterable[Known], declared: frozenset[str], target: Target, reactions: Mapping[Standing, Reaction]
) -> frozenset[str]:
    """Ids of the users among some unwanted records that a plan on a complete listing deletes."""
    if target.refuses(Kind.USER, Action.DELETE) is not None:
        return frozenset()
    return frozenset(
        each.id for each in records if each.owned and reactions[standing_of(each, declared)] is Reaction.DELETE
    )
