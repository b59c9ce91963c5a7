"""What a plan does to people, in numbers: the plan's own summary."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from reconciler.core.manifests.safety import Safety
from reconciler.core.plan import AdminChange, Operation, Refusal
from reconciler.core.planning.drafts import Draft
from reconciler.core.planning.rows import label_of
from reconciler.core.resources import Kind
from reconciler.core.safety.admins import admin_groups, judge_admins
from reconciler.core.safety.causes import find_causes
from reconciler.core.safety.crowds import Crowd
from reconciler.core.safety.shifts import Shifts, find_shifts
from reconciler.core.vocabulary import Action

MOST_GROUPS = 100
"""So many groups are listed: those that matter first, then those that lose most."""

_ACCESS = {
    Action.CREATE: "created",
    Action.ENABLE: "enabled",
    Action.DISABLE: "disabled",
    Action.DELETE: "deleted",
}


@dataclass(frozen=True, slots=True)
class Effects:
    """`admins`: grants and losses in groups that matter, by name; `refusals`: those of them that would run out."""

    summary: dict[str, Any]
    admins: tuple[AdminChange, ...] = ()
    refusals: tuple[Refusal, ...] = ()


def tell_effects(operations: Sequence[Operation], draft: Draft, safety: Safety) -> Effects:
    """What operations of a draft do to people."""
    before = Crowd.as_it_is(draft)
    after = before.after(operations)
    judged = judge_admins(operations, draft, safety, before, after)
    moved = find_shifts(before, after)
    first = {label_of(each) for each in admin_groups(draft, safety)}
    groups = sorted(moved.groups, key=lambda each: (each.group not in first, -each.lost, -each.gained, each.group))
    summary = {
        **_counts(operations),
        "people": len(_people(operations, moved, draft)),
        "access": _access(operations),
        "groups": [
            {"group": each.group, "gained": each.gained, "lost": each.lost, "nested": each.indirect}
            for each in groups[:MOST_GROUPS]
        ],
        "groupsAffected": len(groups),
        "admins": {
            "gained": len({who for each in judged.changes for who in each.gained}),
            "lost": len({who for each in judged.changes for who in each.lost}),
        },
        "causes": [asdict(each) for each in find_causes(operations)],
    }
    return Effects(summary, judged.changes, judged.refusals)


def _counts(operations: Iterable[Operation]) -> dict[str, Any]:
    """Per kind and action, and members added and removed."""
    counts: Mapping[Kind, Counter[str]] = {kind: Counter() for kind in Kind}
    members: Counter[str] = Counter()
    for each in operations:
        counts[each.kind][each.action] += 1
        joins = each.action in (Action.CREATE, Action.ADD_MEMBERS)
        members["added" if joins else "removed"] += len(each.members)
    return {
        **{str(kind): dict(sorted(counter.items())) for kind, counter in counts.items()},
        "members": {"added": members["added"], "removed": members["removed"]},
    }


def _access(operations: Iterable[Operation]) -> dict[str, int]:
    """How many people come, go, and get or lose their access."""
    done = Counter(each.action for each in operations if each.kind is Kind.USER)
    return {name: done[action] for action, name in _ACCESS.items()}


def _people(operations: Iterable[Operation], moved: Shifts, draft: Draft) -> set[str]:
    """Users that are written, and users who gain or lose a membership, each once."""
    found = {str(draft.people.refs.get(id, id)) for id in moved.people}
    for each in operations:
        if each.kind is Kind.USER and each.action is not Action.ADOPT:
            found.add(f"user:{each.key}")
        found.update(m.key or m.id or "" for m in each.members if not (m.key or "").startswith("group:"))
    return found
