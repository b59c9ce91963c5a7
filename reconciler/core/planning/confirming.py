"""How far the reading of a target can be trusted, object by object."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.core.deciding.decisions import Decision

INCOMPLETE = "the listing was not complete"


@dataclass(frozen=True, slots=True)
class Confirmation:
    """How far the reading of one kind can be trusted.

    `complete`: the listing is the whole truth. `searched`: keys of wanted objects that were looked up by their match
    keys; `read`: ids of objects that were read on their own. `singly`: no listing can ever be complete there, so that
    an object's own look-up takes its place.
    """

    complete: bool
    searched: frozenset[str] = frozenset()
    read: frozenset[str] = frozenset()
    singly: bool = False

    def absent(self, decision: Decision) -> bool:
        """Whether it is certain that the wanted object is not on the target."""
        if decision.known is not None and not decision.confirmed_gone:
            return False
        return self.complete or decision.key in self.searched

    def end(self, decision: Decision) -> bool:
        """Whether a declared end of access may be carried out on what was read of the object."""
        return self.complete or (decision.live is not None and decision.live.id in self.read)

    def departure(self, decision: Decision) -> bool:
        """Whether somebody who merely vanished from the manifests may be treated as one who left."""
        return self.complete or (self.singly and self.end(decision))
