"""Ends of access that no request to the account itself can bring about: its memberships end instead."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from reconciler.core.deciding.decisions import Decision, is_active
from reconciler.core.deciding.matching import Pairs, Records
from reconciler.core.deciding.situations import Standing
from reconciler.core.mapping.wanted import Wanted
from reconciler.core.planning.permits import Permits
from reconciler.core.resources import Kind, Ref
from reconciler.core.vocabulary import Action, Situation, Verdict


@dataclass(frozen=True, slots=True)
class Endings:
    """Finds the users whose declared end of access falls back on their memberships.

    `refused`: keys of users whom the platform lately refused to delete.
    """

    permits: Permits
    refused: Mapping[str, str]

    def find(self, wanted: Iterable[Wanted], pairs: Pairs, records: Records, ours: Collection[Ref]) -> frozenset[str]:
        """Keys of users who are `ours` and should have no access, and can be neither deleted nor disabled.

        None where memberships cannot be ended either. Without any managed group there is nothing to fall back on.
        """
        target = self.permits.target
        if target.profile.groups is None or target.refuses(Kind.GROUP, Action.REMOVE_MEMBERS) is not None:
            return frozenset()
        mine = (each for each in wanted if each.ref in ours or each.key in pairs.linked)
        return frozenset(each.key for each in mine if self._falls_back(each, pairs, records))

    def _falls_back(self, wanted: Wanted, pairs: Pairs, records: Records) -> bool:
        live = pairs.live(wanted.key)
        ending = wanted.standing is Standing.ABSENT or (wanted.standing is Standing.WANTED and not wanted.active)
        if live is None or not ending or not is_active(live):
            return False
        decision = Decision(Kind.USER, wanted.key, Situation.DRIFTED, wanted, live, records.of(wanted))
        if self.permits.verdict(decision, Action.DISABLE) in (None, Verdict.PROTECTED):
            return False
        if wanted.standing is Standing.WANTED:
            return True
        return wanted.key in self.refused or self.permits.verdict(decision, Action.DELETE) is not None
