"""What is remembered of each object after an apply."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from reconciler.core.comparing.attributes import ACTIVE, MEMBERS
from reconciler.core.deciding.decisions import Decision, name_of
from reconciler.core.deciding.references import encode_references, markers_in, resolve_markers
from reconciler.core.deciding.situations import Standing
from reconciler.core.known import Known, Origin
from reconciler.core.mapping.fitting import NEVER_LEFT_OUT
from reconciler.core.mapping.rules import Sync
from reconciler.core.mapping.targets import Target
from reconciler.core.plan import Operation
from reconciler.core.planning.drafts import Draft
from reconciler.core.planning.passwords import without_password
from reconciler.core.planning.rows import label_of
from reconciler.core.resources import Kind
from reconciler.core.vocabulary import Action, Situation


@dataclass(frozen=True, slots=True)
class Effect:
    """What one operation brought about. A create with an `id` brought its object about, whatever else failed.

    `not_kept`: paths that the endpoint accepted and did not keep. `incomplete`: some members did not get in.
    """

    operation: Operation
    done: bool
    id: str | None = None
    not_kept: frozenset[str] = frozenset()
    incomplete: bool = False

    @property
    def created(self) -> bool:
        return self.operation.action is Action.CREATE and self.id is not None


@dataclass(slots=True)
class Ledger:
    """Effects by object, and the ids that creates brought about."""

    draft: Draft
    target: Target
    today: date
    effects: dict[tuple[Kind, str], list[Effect]] = field(default_factory=lambda: defaultdict(list))
    ids: dict[str, str] = field(default_factory=dict)

    def add(self, effect: Effect) -> None:
        operation = effect.operation
        self.effects[operation.kind, operation.key].append(effect)
        if effect.id is not None:
            self.ids[f"{operation.kind}:{operation.key}"] = effect.id

    def closed(self, decision: Decision) -> bool:
        """Whether the record of an object ends: it is gone, was deleted, or is another target's by now."""
        if decision.holder is not None and decision.wanted is None:
            return decision.known is not None
        if decision.situation is Situation.GONE:
            return decision.known is not None and decision.confirmed_gone
        effects = self.effects.get((decision.kind, label_of(decision)), ())
        return any(each.done and each.operation.action is Action.DELETE for each in effects)

    def record(self, decision: Decision) -> Known | None:
        """The record as it should be now; None where there is nothing to remember, or nothing to change."""
        if decision.holder is not None:
            return None
        effects = self.effects.get((decision.kind, label_of(decision)), ())
        actions = {each.operation.action for each in effects if each.done}
        if decision.wanted is None or decision.wanted.standing is not Standing.WANTED:
            return self._undesired(decision, effects)
        known = decision.known
        if any(each.created for each in effects):
            origin, id = Origin.CREATED, self.ids[str(decision.wanted.ref)]
        elif Action.ADOPT in actions and decision.live is not None:
            origin, id = Origin.ADOPTED, decision.live.id
        elif known is not None and decision.live is not None and known.id == decision.live.id:
            origin, id = known.origin, known.id
        else:
            return None
        applied = self._applied(decision, list(effects), known)
        record = Known(decision.kind, decision.wanted.key, id, origin, applied, decision.wanted.name, self.today)
        return None if record == known else record

    def _undesired(self, decision: Decision, effects: Iterable[Effect]) -> Known | None:
        """An object that leaves keeps its record until it is gone: since when, that we disabled it, who is in it."""
        known = decision.known
        if known is None:
            return self._made_again(decision, effects)
        done = [each.operation for each in effects if each.done]
        if decision.undeclared and known.gone_since is None:
            known = replace(known, gone_since=self.today)
        left = {one.id for each in done if each.action is Action.REMOVE_MEMBERS for one in each.members}
        if left and MEMBERS in known.applied:
            staying = [id for id in known.applied[MEMBERS] if id not in left]
            known = replace(known, applied={**known.applied, MEMBERS: staying})
        written = {
            change.path: change.after
            for each in done
            for change in each.changes
            if change.path == ACTIVE or change.path in known.applied
        }
        if Action.DISABLE in {each.action for each in done}:
            written[ACTIVE] = False
        if not written:
            return None if known is decision.known else known
        return replace(
            known,
            applied={**known.applied, **written},
            name=name_of(decision.live) if decision.live else known.name,
        )

    def _made_again(self, decision: Decision, effects: Iterable[Effect]) -> Known | None:
        """What an undone deletion created is ours as it was before."""
        made = next((each for each in effects if each.created), None)
        if made is None or made.id is None:
            return None
        written = without_password(made.operation).changes
        applied = {each.path: each.after for each in written if not markers_in(each.after)}
        return Known(decision.kind, made.operation.key, made.id, Origin.CREATED, applied, made.operation.name)

    def _applied(self, decision: Decision, effects: list[Effect], known: Known | None) -> dict[str, Any]:
        wanted = decision.wanted
        before: Mapping[str, Any] = known.applied if known is not None else {}
        if wanted is None:
            return dict(before)
        view = self.draft.views[decision.kind]
        open_bases = _open_bases(decision, effects, view)
        not_kept = frozenset().union(*(each.not_kept for each in effects))
        applied: dict[str, Any] = {}
        for path, value in wanted.values.items():
            base = view[path].base
            unkept = path in not_kept or base in not_kept
            if unkept or (base in open_bases and self.target.rules[decision.kind].sync_of(path) is Sync.ALWAYS):
                if path in before and (not unkept or path in NEVER_LEFT_OUT[decision.kind]):
                    applied[path] = before[path]
                continue
            encoded = encode_references(value)
            if all(marker in self.ids for marker in markers_in(encoded)):
                applied[path] = resolve_markers(encoded, self.ids)
        if decision.kind is Kind.GROUP and wanted.memberships is not None:
            members = self._members(wanted.key, effects, before)
            if members is not None:
                applied[MEMBERS] = members
        return applied

    def _members(self, key: str, effects: list[Effect], before: Mapping[str, Any]) -> list[str] | None:
        """Ids of the members that are ours, once everything about the group went through; else what was recorded."""
        if not all((each.done or each.created) and not each.incomplete for each in effects):
            recorded = before.get(MEMBERS)
            return list(recorded) if recorded is not None else None
        joins = (each for each in effects if each.operation.action is not Action.REMOVE_MEMBERS)
        joined = (one.id or self.ids.get(one.key or "") for each in joins for one in each.operation.members)
        return sorted({*self.draft.members.get(key, ()), *(id for id in joined if id is not None)})


def _open_bases(decision: Decision, effects: list[Effect], view: Any) -> set[str]:
    """Attributes that differed and were not brought in line; in an emergency also `active`, unless this run changed it:
    who was disabled by others stays theirs.
    """
    done = {change.path for each in effects if each.done for change in each.operation.changes}
    if any(each.created for each in effects):
        failed = [
            change.path for each in effects if not (each.done or each.created) for change in each.operation.changes
        ]
        return {view[path].base for path in failed}
    theirs = {ACTIVE} if decision.emergency is not None and ACTIVE not in done else set()
    return theirs | {view[each.path].base for each in decision.changes if each.path not in done}
