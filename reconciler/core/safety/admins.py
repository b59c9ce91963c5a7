"""Groups that must not run out of people: who gains and who loses them, nested groups included."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from reconciler.core.comparing.attributes import ACTIVE
from reconciler.core.deciding.decisions import Decision, is_active, name_of
from reconciler.core.desired.scopes import globs
from reconciler.core.manifests.safety import Safety
from reconciler.core.plan import AdminChange, Operation, Refusal
from reconciler.core.planning.drafts import Draft
from reconciler.core.planning.rows import label_of, object_name
from reconciler.core.resources import Kind
from reconciler.core.vocabulary import Action
from reconciler.scim.values import read_boolean

MIN_ADMINS = "minAdmins"


@dataclass(frozen=True, slots=True)
class Admins:
    """`changes`: grants and losses of access by name; `refusals`: groups that would have too few people."""

    changes: tuple[AdminChange, ...] = ()
    refusals: tuple[Refusal, ...] = ()


def judge_admins(operations: Sequence[Operation], draft: Draft, safety: Safety) -> Admins:
    """What operations do to the target's `adminGroups`. A group that has too few already may only grow."""
    if not safety.admin_groups:
        return Admins()
    named = globs(safety.admin_groups)
    chosen = [each for each in draft.decisions if each.kind is Kind.GROUP and _is_named(each, named)]
    before, after = _Crowd(draft), _Crowd(draft, operations)
    changes, refusals = [], []
    for each in chosen:
        was, will = before.of(label_of(each)), after.of(label_of(each))
        if was != will:
            names = _names(draft)
            gained, lost = (tuple(sorted(names.get(one, one) for one in side)) for side in (will - was, was - will))
            changes.append(AdminChange(group=object_name(each), gained=gained, lost=lost))
        if each.live is not None and len(will) < min(safety.min_admins, len(was)):
            refusals.append(_refusal(each, len(was), len(will), safety, operations))
    return Admins(tuple(changes), tuple(refusals))


def _is_named(decision: Decision, named: object) -> bool:
    matches = named if callable(named) else bool
    return any(matches(each) for each in (decision.key, object_name(decision)) if each)


def _refusal(group: Decision, was: int, will: int, safety: Safety, operations: Iterable[Operation]) -> Refusal:
    name = object_name(group)
    detail = f"{name} would have {will:,} active people instead of {was:,}; it must keep {safety.min_admins:,}"
    ids = tuple(sorted(each.id for each in operations if each.action in _TAKING))
    return Refusal(name=MIN_ADMINS, kind=Kind.GROUP, detail=detail, operations=ids)


_TAKING = frozenset((Action.DISABLE, Action.DELETE, Action.REMOVE_MEMBERS))


def _names(draft: Draft) -> Mapping[str, str]:
    return {each.live.id: each.key or name_of(each.live) for each in draft.decisions if each.live is not None}


@dataclass(slots=True)
class _Crowd:
    """Who is actively in which group, as it is or as operations leave it; people yet to come go by `user:KEY`."""

    draft: Draft
    operations: Sequence[Operation] = ()
    members: dict[str, set[str]] = field(default_factory=dict)
    groups: dict[str, str] = field(default_factory=dict)
    active: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        for each in self.draft.decisions:
            if each.kind is Kind.USER and each.live is not None and is_active(each.live):
                self.active.add(each.live.id)
            if each.kind is Kind.GROUP:
                self.members[label_of(each)] = self.draft.members_of(each)
                if each.live is not None:
                    self.groups[each.live.id] = label_of(each)
        for operation in self.operations:
            self._carry_out(operation)

    def of(self, group: str, seen: frozenset[str] = frozenset()) -> frozenset[str]:
        """Active people in a group, through nested groups."""
        found: set[str] = set()
        for member in self.members.get(group, ()):
            nested = self.groups.get(member) or (member.removeprefix("group:") if member.startswith("group:") else None)
            if nested is None:
                found |= {member} & self.active
            elif nested not in seen:
                found |= self.of(nested, seen | {group})
        return frozenset(found)

    def _carry_out(self, operation: Operation) -> None:
        id = operation.precondition.id if operation.precondition is not None else f"{operation.kind}:{operation.key}"
        if operation.kind is Kind.GROUP:
            self._change_group(operation)
        elif operation.action in (Action.DISABLE, Action.DELETE):
            self.active.discard(id)
        elif operation.action is Action.ENABLE or (operation.action is Action.CREATE and _comes_active(operation)):
            self.active.add(id)

    def _change_group(self, operation: Operation) -> None:
        members = self.members.setdefault(operation.key, set())
        named = {each.id or each.key or "" for each in operation.members}
        if operation.action is Action.DELETE:
            members.clear()
        elif operation.action is Action.REMOVE_MEMBERS:
            members -= named
        else:
            members |= named


def _comes_active(operation: Operation) -> bool:
    values = [each.after for each in operation.changes if each.path == ACTIVE]
    return not values or read_boolean(values[0]) is not False
