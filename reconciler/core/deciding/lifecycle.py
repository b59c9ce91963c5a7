"""What a target's lifecycle makes of owned objects that are no longer desired."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from reconciler.core.deciding.situations import Reaction, Standing
from reconciler.core.known import Known, Origin
from reconciler.core.manifests.choices import CannotDisable
from reconciler.core.mapping.targets import Target
from reconciler.core.resources import Kind
from reconciler.core.vocabulary import Action, Verdict


@dataclass(frozen=True, slots=True)
class DeletionTerm:
    """When those who were taken out of the manifests are deleted: `after` so many days, None never.

    `adopted`: also who was adopted and not created. `active_too`: also who is active, since nobody can be disabled
    there.
    """

    today: date
    after: int | None = None
    adopted: bool = False
    active_too: bool = False

    def day(self, known: Known | None) -> date | None:
        """The day on which a recorded object that is not in the manifests is due; None for never.

        Days run from the apply that first saw the key gone; as long as there was none, from today.
        """
        if self.after is None or known is None or not known.owned:
            return None
        if known.origin is not Origin.CREATED and not self.adopted:
            return None
        return (known.gone_since or self.today) + timedelta(days=self.after)

    def is_due(self, known: Known, *, active: bool) -> bool:
        """Whether the day has come, for an object that is active or not."""
        day = self.day(known)
        if day is None or known.gone_since is None or (active and not self.active_too):
            return False
        return day <= self.today


def term_of(target: Target, kind: Kind, today: date) -> DeletionTerm:
    """The term of a target's users; groups have none."""
    lifecycle = target.settings.lifecycle
    if kind is not Kind.USER:
        return DeletionTerm(today)
    never_inactive = target.refuses(kind, Action.DISABLE) is Verdict.BLOCKED
    active_too = never_inactive and lifecycle.cannot_disable is CannotDisable.DELETE
    return DeletionTerm(today, lifecycle.delete_after, lifecycle.delete_adopted, active_too)


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
