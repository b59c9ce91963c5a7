"""What deciding leads to, gathered: operations, and the rows that are withheld or held beside them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from reconciler.core.comparing.attributes import ACTIVE, AttributeView
from reconciler.core.deciding.decisions import Decision, name_of
from reconciler.core.plan import Change, Operation, Precondition, Row
from reconciler.core.resources import Kind, LiveResource, Ref
from reconciler.core.vocabulary import Action, By, Situation, Verdict
from reconciler.scim.values import digest


@dataclass(slots=True)
class Rows:
    """What comes out of all decisions."""

    operations: list[Operation] = field(default_factory=list)
    withheld: list[Row] = field(default_factory=list)
    held: list[Row] = field(default_factory=list)
    stopped: set[Ref] = field(default_factory=set)
    """Objects whose create or adoption was withheld or held."""
    proposed: Sequence[Operation] = ()
    """Everything that would be done if nothing had failed before and every order were possible."""
    set_aside: Sequence[Operation] = ()
    """What of that is not tried again yet."""
    creates: dict[Ref, int] = field(default_factory=dict)
    """Where in `operations` each create stands."""


@dataclass(frozen=True, slots=True)
class RowMaker:
    """Writes the operations and rows of one kind."""

    kind: Kind
    view: AttributeView
    rows: Rows

    def add(self, decision: Decision, action: Action, changes: Sequence[Change], suffix: str = "") -> None:
        label = label_of(decision)
        if action is Action.CREATE:
            self.rows.creates[Ref(self.kind, label)] = len(self.rows.operations)
        self.rows.operations.append(
            Operation(
                id=":".join(filter(None, (self.kind, label, action, suffix))),
                kind=self.kind,
                key=label,
                name=name_of(decision.live) if action is Action.DELETE and decision.live else object_name(decision),
                action=action,
                situation=decision.situation,
                reason=Verdict.EMERGENCY if self._is_emergency(decision, action) else decision.situation,
                by=By.THEM if decision.situation is Situation.LOST else together(each.by for each in changes),
                changes=tuple(changes),
                precondition=self.precondition(decision),
            )
        )

    def disables(self, key: str) -> bool:
        """Whether one of the last operations, of which one object has two at most, disables the user with a key."""
        last = self.rows.operations[-2:]
        return any(each.action is Action.DISABLE and (each.kind, each.key) == (self.kind, key) for each in last)

    def _is_emergency(self, decision: Decision, action: Action) -> bool:
        return action is Action.DISABLE and decision.emergency is not None

    def precondition(self, decision: Decision) -> Precondition | None:
        live = decision.live
        if live is None:
            return None
        paths = decision.wanted.values if decision.wanted is not None else (ACTIVE,)
        meta = live.document.get("meta")
        version = meta.get("version") if isinstance(meta, dict) else None
        return Precondition(
            id=live.id,
            version=version if isinstance(version, str) else None,
            digest=live_digest(live, sorted(paths), self.view),
        )

    def withhold(self, decision: Decision, action: Action | None, reason: Verdict | Situation, detail: str) -> None:
        self.note_stop(decision, action)
        self.rows.withheld.append(self._row(decision, action, reason, detail))

    def hold(self, decision: Decision, action: Action | None, reason: Verdict | Situation, detail: str) -> None:
        self.note_stop(decision, action)
        self.rows.held.append(self._row(decision, action, reason, detail))

    def note_stop(self, decision: Decision, action: Action | None) -> None:
        """Remembers an object that does not come, or is not ours to write to."""
        if action in (Action.CREATE, Action.ADOPT):
            self.rows.stopped.add(Ref(self.kind, label_of(decision)))

    def _row(self, decision: Decision, action: Action | None, reason: Verdict | Situation, detail: str) -> Row:
        live = decision.live
        return Row(
            kind=self.kind,
            key=decision.key,
            name=object_name(decision),
            id=live.id if live is not None else decision.known.id if decision.known is not None else None,
            action=action,
            situation=decision.situation,
            reason=reason,
            detail=detail,
            by=_by(decision, reason),
        )


def _by(decision: Decision, reason: Verdict | Situation) -> By | None:
    """Whose doing it is that something differs; None where nothing is known to."""
    if reason is Situation.DISABLED_THERE or decision.situation is Situation.LOST:
        return By.THEM
    return together(each.by for each in decision.changes) if decision.changes else None


def label_of(decision: Decision) -> str:
    """The key; for an object that the manifests do not know its id, in a form that no key can have."""
    if decision.key is not None:
        return decision.key
    return f"id:{decision.live.id}" if decision.live is not None else ""


def object_name(decision: Decision) -> str:
    if decision.wanted is not None:
        return decision.wanted.name
    if decision.live is not None:
        return name_of(decision.live)
    return decision.known.name if decision.known is not None else ""


def live_digest(live: LiveResource, paths: Iterable[str], view: AttributeView) -> str:
    """Over the live values at some paths, free of order and of what the schema ignores."""
    return digest({path: view[path].comparable(view[path].read(live.document)) for path in paths})


def together(sides: Iterable[By]) -> By:
    """Whose doing an operation is, from whose doing each of its changes is."""
    found = set(sides)
    return By.BOTH if len(found) > 1 else next(iter(found), By.US)
