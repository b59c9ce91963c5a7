"""Groups that must not run out of people: who gains and who loses them, nested groups included."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from reconciler.core.deciding.decisions import Decision, name_of
from reconciler.core.desired.scopes import globs
from reconciler.core.manifests.safety import Safety
from reconciler.core.plan import AdminChange, Operation, Refusal
from reconciler.core.planning.drafts import Draft
from reconciler.core.planning.rows import label_of, object_name, together
from reconciler.core.resources import Kind
from reconciler.core.safety.crowds import Crowd
from reconciler.core.vocabulary import Action, By

MIN_ADMINS = "minAdmins"


@dataclass(frozen=True, slots=True)
class Admins:
    """`changes`: grants and losses of access by name; `refusals`: groups that would have too few people."""

    changes: tuple[AdminChange, ...] = ()
    refusals: tuple[Refusal, ...] = ()


def judge_admins(operations: Sequence[Operation], draft: Draft, safety: Safety, before: Crowd, after: Crowd) -> Admins:
    """What operations do to the target's `adminGroups`. A group that has too few already may only grow.

    `before` and `after` are the groups without and with the operations.
    """
    chosen = admin_groups(draft, safety)
    names = _names(draft) if chosen else {}
    changes, refusals = [], []
    for each in chosen:
        label = label_of(each)
        was, will = before.people(label) & before.active, after.people(label) & after.active
        if was != will:
            gained, lost = (_named(side, names) for side in (will - was, was - will))
            by = _by(operations, before.within((label,)) | after.within((label,)), was ^ will)
            changes.append(AdminChange(group=object_name(each), gained=gained, lost=lost, by=by))
        if each.live is not None and len(will) < min(safety.min_admins, len(was)):
            refusals.append(_refusal(each, len(was), len(will), safety, operations))
    return Admins(tuple(changes), tuple(refusals))


def admin_groups(draft: Draft, safety: Safety) -> list[Decision]:
    """The groups that matter, by key or name."""
    if not safety.admin_groups:
        return []
    named = globs(safety.admin_groups)
    return [each for each in draft.decisions if each.kind is Kind.GROUP and _is_named(each, named)]


def _named(people: Iterable[str], names: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(sorted(names.get(id, id.removeprefix("user:")) for id in people))


def _by(operations: Iterable[Operation], groups: Collection[str], people: Collection[str]) -> By:
    """Whose doing it is that a group gains or loses people: of what changes in it, and of what changes them."""
    return together(
        each.by
        for each in operations
        if (each.members and each.key in groups)
        or (each.kind is Kind.USER and each.action in _ACCESS and _id_of(each) in people)
    )


def _id_of(operation: Operation) -> str:
    return operation.precondition.id if operation.precondition is not None else f"user:{operation.key}"


def _is_named(decision: Decision, named: object) -> bool:
    matches = named if callable(named) else bool
    live, known = decision.live, decision.known
    names = [decision.key, object_name(decision), name_of(live) if live is not None else None]
    return any(matches(each) for each in (*names, *((known.key, known.name) if known is not None else ())) if each)


def _refusal(group: Decision, was: int, will: int, safety: Safety, operations: Iterable[Operation]) -> Refusal:
    name = object_name(group)
    people = "1 active person" if will == 1 else f"{will:,} active people"
    least = f"it must keep {safety.min_admins:,}, and no `allow` lifts that"
    detail = f"{name} would have {people} instead of {was:,}; {least}"
    ids = tuple(sorted(each.id for each in operations if each.action in _TAKING))
    return Refusal(name=MIN_ADMINS, kind=Kind.GROUP, detail=detail, operations=ids)


_ACCESS = frozenset((Action.CREATE, Action.ENABLE, Action.DISABLE, Action.DELETE))
_TAKING = frozenset((Action.DISABLE, Action.DELETE, Action.REMOVE_MEMBERS))


def _names(draft: Draft) -> Mapping[str, str]:
    return {each.live.id: each.key or name_of(each.live) for each in draft.decisions if each.live is not None}
