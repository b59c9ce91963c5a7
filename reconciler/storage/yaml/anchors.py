"""Anchors and aliases, bounded so that a short file cannot stand for a large document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from reconciler.storage.yaml import limits

if TYPE_CHECKING:
    from reconciler.storage.yaml.places import FaultLog


class Anchored(NamedTuple):
    """A node that aliases may repeat; `nodes` and `height` (levels) count the aliases inside it expanded."""

    value: Any
    nodes: int
    height: int


NOTHING = Anchored(None, 0, 0)


class Anchors:
    def __init__(self, log: FaultLog) -> None:
        self._log = log
        self._named: dict[str, Anchored | None] = {}  # None: begun and not yet ended
        self._uses = 0
        self._repeated = 0

    def begin(self, name: str) -> None:
        self._named[name] = None

    def end(self, name: str, anchored: Anchored) -> None:
        self._named[name] = anchored

    def use(self, event: Any) -> Anchored:
        """What an alias event stands for, `NOTHING` after a fault. Raises `ReadingStopped` past the limits."""
        self._uses += 1
        if self._uses > limits.ALIASES:
            problem = f"more than {limits.ALIASES:,} aliases in this file"
            self._log.stop("yaml-aliases", problem, "write the values out, or use `defaults`", event)
        anchored = self._named.get(event.anchor, NOTHING)
        if anchored is None or anchored is NOTHING:
            return self._refuse(event, anchored)
        self._repeated += anchored.nodes
        if self._repeated > limits.ALIASED_NODES:
            problem = f"the aliases of this file repeat more than {limits.ALIASED_NODES:,} values"
            self._log.stop("yaml-aliases", problem, "write the values out, or use `defaults`", event)
        return anchored

    def _refuse(self, event: Any, anchored: Anchored | None) -> Anchored:
        name = event.anchor
        problem, remedy = f"no &{name} comes before *{name}", f"quote a text; an alias needs &{name} above it"
        if anchored is None:
            problem, remedy = f"*{name} stands inside what &{name} names", "write the value out"
        self._log.fault("yaml-aliases", problem, remedy, event)
        return NOTHING
