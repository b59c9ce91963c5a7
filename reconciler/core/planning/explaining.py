"""Where every value of one object comes from, and what becomes of it on a target."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.core.deciding.decisions import Decision
from reconciler.core.deciding.references import encode_references
from reconciler.core.desired.catalog import Catalog
from reconciler.core.mapping.mapped import is_absent
from reconciler.core.mapping.platform_values import LeftOut, PlatformFitter
from reconciler.core.mapping.rules import Rules
from reconciler.core.mapping.sourcing import source_of
from reconciler.core.mapping.targets import Target
from reconciler.core.mapping.wanted import Wanted
from reconciler.core.plan import Operation, Plan, Row
from reconciler.core.planning.drafts import Draft
from reconciler.core.resources import DesiredGroup, DesiredUser, Kind, Ref


@dataclass(frozen=True, slots=True)
class ExplainedValue:
    """One attribute path. `left_out` says why the target cannot hold it; `differs` whether live is otherwise."""

    path: str
    wanted: Any
    live: Any
    source: str | None
    rule: str | None
    sync: str
    left_out: str | None
    differs: bool


@dataclass(frozen=True, slots=True)
class ExplainedMember:
    """A membership line: who, where it is written, whether it is in force today."""

    other: str
    source: str | None
    in_force: bool


@dataclass(frozen=True, slots=True)
class Explanation:
    """`declared`: where the entry stands; `in_scope` None for an object that the manifests do not know.

    `operations`, `rows`: what the plan holds about the object.
    """

    ref: Ref
    target: str
    declared: str | None
    state: str
    scope: str | None
    in_scope: bool | None
    situation: str | None
    id: str | None
    values: tuple[ExplainedValue, ...]
    members: tuple[ExplainedMember, ...]
    operations: tuple[Operation, ...]
    rows: tuple[Row, ...]

    def as_json(self) -> dict[str, Any]:
        return {
            "format": "reconciler.explanation/1",
            "object": str(self.ref),
            "target": self.target,
            "declared": self.declared,
            "state": self.state,
            "scope": self.scope,
            "inScope": self.in_scope,
            "situation": self.situation,
            "id": self.id,
            "values": [
                {
                    "path": each.path,
                    "wanted": each.wanted,
                    "live": each.live,
                    "source": each.source,
                    "rule": each.rule,
                    "sync": each.sync,
                    "leftOut": each.left_out,
                    "differs": each.differs,
                }
                for each in self.values
            ],
            "members": [{"who": m.other, "source": m.source, "inForce": m.in_force} for m in self.members],
            "operations": [each.model_dump(mode="json") for each in self.operations],
            "rows": [each.model_dump(mode="json") for each in self.rows],
        }


def explain(ref: Ref, target: Target, catalog: Catalog, draft: Draft, plan: Plan) -> Explanation:
    """Puts together what a plan's makings tell of one object. `ref` is known to the manifests or to the store."""
    entries: dict[str, DesiredUser] | dict[str, DesiredGroup] = (
        catalog.desired.users if ref.kind is Kind.USER else catalog.desired.groups
    )
    entry = entries.get(ref.key)
    decision = next((each for each in draft.decisions if (each.kind, each.key) == ref), None)
    scoped = catalog.scoped(target)
    keys = scoped.users if ref.kind is Kind.USER else scoped.groups
    live = decision.live if decision is not None else None
    known = decision.known if decision is not None else None
    return Explanation(
        ref=ref,
        target=target.name,
        declared=str(entry.mark) if entry is not None else None,
        state=_state(entry, catalog),
        scope=target.scope.name or None,
        in_scope=ref.key in keys if entry is not None else None,
        situation=str(decision.situation) if decision is not None else None,
        id=live.id if live is not None else known.id if known is not None else None,
        values=_values(entry, target, catalog, draft, decision) if entry is not None else (),
        members=tuple(_members(ref, catalog)),
        operations=tuple(each for each in plan.operations if (each.kind, each.key) == ref),
        rows=tuple(each for each in (*plan.held, *plan.withheld) if (each.kind, each.key) == ref),
    )


def _state(entry: DesiredUser | DesiredGroup | None, catalog: Catalog) -> str:
    if entry is None:
        return "not in the manifests"
    if is_absent(entry):
        return "absent"
    if isinstance(entry, DesiredGroup):
        return "present"
    return "active" if entry.is_active(catalog.today) else "inactive"


def _values(
    entry: DesiredUser | DesiredGroup, target: Target, catalog: Catalog, draft: Draft, decision: Decision | None
) -> tuple[ExplainedValue, ...]:
    wanted = catalog.mapped_entry(target, entry)
    left = PlatformFitter.of(target, wanted.kind).fit(wanted)
    witness = _Witness(wanted, target.rules[wanted.kind], draft, decision)
    return (*(witness.explain(path) for path in wanted.values), *map(witness.explain_left, left))


@dataclass(frozen=True, slots=True)
class _Witness:
    """What is known of one object's values: as mapped, by which rules, and what was decided about them."""

    wanted: Wanted
    rules: Rules
    draft: Draft
    decision: Decision | None

    def explain(self, path: str) -> ExplainedValue:
        rule = self.rules.origin_of(path)
        live = self.decision.live if self.decision is not None else None
        source = source_of(self.wanted, rule)
        left_out = self._left_out(path)
        return ExplainedValue(
            path=path,
            wanted=encode_references(self._kept.get(path, self.wanted.values[path])),
            live=self.draft.views[self.wanted.kind][path].read(live.document) if live is not None else None,
            source=str(source) if source is not None else None,
            rule=rule.origin if rule is not None else None,
            sync=str(self.rules.sync_of(path)),
            left_out=left_out,
            differs=left_out is None and (live is None or self._changes(path)),
        )

    def explain_left(self, left: LeftOut) -> ExplainedValue:
        """A value that the platform takes from nobody."""
        rule = self.rules.origin_of(left.path)
        live = self.decision.live if self.decision is not None else None
        source = source_of(self.wanted, rule)
        return ExplainedValue(
            path=left.path,
            wanted=encode_references(left.value),
            live=self.draft.views[self.wanted.kind][left.path].read(live.document) if live is not None else None,
            source=str(source) if source is not None else None,
            rule=rule.origin if rule is not None else None,
            sync=str(self.rules.sync_of(left.path)),
            left_out=str(left.reason),
            differs=False,
        )

    @property
    def _kept(self) -> Mapping[str, Any]:
        """What fitting kept; everything where nobody fitted the object."""
        fitted = self.decision.wanted if self.decision is not None else None
        return fitted.values if fitted is not None else self.wanted.values

    def _left_out(self, path: str) -> str | None:
        if path in self._kept:
            return None
        return next((str(why) for (what, why) in self.draft.drops.counts if what == path), None)

    def _changes(self, path: str) -> bool:
        changes = self.decision.changes if self.decision is not None else []
        return any(_about(each.path, path) for each in changes)


def _about(changed: str, path: str) -> bool:
    return changed == path or changed.startswith((f"{path}.", f"{path}["))


def _members(ref: Ref, catalog: Catalog) -> Iterable[ExplainedMember]:
    """A group's lines, or the lines that make a user a member of groups."""
    today = catalog.today
    for key, group in catalog.desired.groups.items():
        in_force = {line.member for line in catalog.memberships.direct.get(key) or ()}
        lines = [*(group.memberships or ()), *(catalog.memberships.direct.get(key) or ())]
        seen: set[object] = set()
        for line in lines:
            mine = Ref(Kind.GROUP, key) == ref or line.member == ref
            if not mine or (line.member, line.mark) in seen:
                continue
            seen.add((line.member, line.mark))
            other = str(line.member) if Ref(Kind.GROUP, key) == ref else f"group:{key}"
            active = line.days.cover(today) and line.member in in_force
            yield ExplainedMember(other, str(line.mark) if line.mark else None, active)
