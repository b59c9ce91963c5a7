"""What a plan says in sentences rather than rows."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from reconciler.core.vocabulary import Action, By, Situation
from reconciler.render.counting import counted
from reconciler.render.neutral import clip, phrase_value
from reconciler.render.phrases import ACTIONS, DROP_REASONS, LABELS, duration

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date

    from reconciler.core.plan import (
        AdminChange,
        Dropped,
        Plan,
        ReadProof,
        Refusal,
        Released,
        StateSummary,
        Waiting,
    )

_GIVING_ACCESS = ("members", "groups", "roles", "entitlements")
_MEMBERSHIPS = (Action.ADD_MEMBERS, Action.REMOVE_MEMBERS)
_FUTURE = {
    Action.CREATE: "created",
    Action.ADOPT: "adopted",
    Action.UPDATE: "updated",
    Action.ENABLE: "enabled",
    Action.DISABLE: "disabled",
    Action.DELETE: "deleted",
    Action.ADD_MEMBERS: "added to",
    Action.REMOVE_MEMBERS: "removed from",
}
_ENDING = {"deleted": "deletes", "disabled": "disables"}
_BEGINNING = {"enabled": "enables", "created": "creates"}
_ADMIN = {"gained": "gives admin to", "lost": "takes admin from"}
_THROUGH = " through nested groups"
_GROUPS_NAMED = 5
_NAMED = 10
"""So many people are named in one sentence."""
_MEMBERS = {Action.CREATE: "add", Action.ADD_MEMBERS: "add", Action.REMOVE_MEMBERS: "remove"}


def state(known: StateSummary) -> str:
    """What the state store knows of the target; without it nobody can be recognised as a leaver."""
    if not known.known and not known.owned:
        return "state: EMPTY, leavers cannot be recognised"
    return f"state: {known.owned:,} owned, {known.known:,} known"


def read(proofs: Mapping[str, ReadProof]) -> str:
    received = ", ".join(_received(kind, proof) for kind, proof in proofs.items())
    return f"read: {received}" if received else ""


def _received(kind: str, proof: ReadProof) -> str:
    singly = "" if not proof.singly else " (not listed: looked up one by one)"
    return counted(proof.received, kind.removesuffix("s")) + singly


def read_problems(proofs: Mapping[str, ReadProof]) -> tuple[str, ...]:
    """One sentence for each listing that is not the whole truth."""
    return tuple(f"{_kinds(kind)}: {what}" for kind, proof in proofs.items() for what in _problems(proof))


def _problems(proof: ReadProof) -> Iterator[str]:
    if not proof.complete and not proof.singly:
        yield f"the listing is not complete: {proof.problem or 'no reason known'}"
    if proof.unreadable:
        yield f"{counted(proof.unreadable, 'row')} cannot be understood"


def _kinds(kind: str) -> str:
    return kind if kind.endswith("s") else f"{kind}s"


def refused(row: Refusal) -> str:
    """A limit that is exceeded."""
    return f"{row.name}: {row.detail}"


def ways_out(rows: Sequence[Refusal]) -> tuple[str, ...]:
    """The line, once for all limits, that a reviewer may add to the target to let the plan through."""
    return tuple(dict.fromkeys(each.allow for each in rows if each.allow))


def admin_change(change: AdminChange) -> str:
    """Who gains and who loses access through a group that matters."""
    parts = [f"gives access to {', '.join(change.gained)}"] if change.gained else []
    parts += [f"takes it from {', '.join(change.lost)}"] if change.lost else []
    by = "" if change.by is By.US else f" ({LABELS[change.by]})"
    return f"{change.group}: {' and '.join(parts)}{by}"


def dropped(drop: Dropped) -> str:
    more = ", …" if drop.count > len(drop.examples) else ""
    examples = f" ({', '.join(drop.examples)}{more})" if drop.examples else ""
    return f"{drop.what}: left out {_times(drop.count)}, {DROP_REASONS[drop.reason]}{examples}"


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count:,} times"


def released(rows: Iterable[Released]) -> tuple[str, ...]:
    """Values that stay on the target unmanaged, those that give access first."""
    ordered = sorted(rows, key=lambda row: not row.path.lower().startswith(_GIVING_ACCESS))
    return tuple(
        f"{row.kind} {row.key}: {row.path} is no longer managed, {clip(phrase_value(row.value), 200)} stays"
        for row in ordered
    )


def waiting(rows: Iterable[Waiting], today: date | None) -> tuple[str, ...]:
    """What will happen on which day, day by day; who is inactive and never deleted only as a number."""
    days: dict[tuple[date, Action, str], list[Waiting]] = {}
    undated = 0
    for row in rows:
        if row.due is None:
            undated += 1
        else:
            days.setdefault((row.due, row.action, row.key if row.members else row.kind), []).append(row)
    told = [_on_a_day(due, found, today) for (due, _, _), found in sorted(days.items())]
    if undated:
        verb = "is" if undated == 1 else "are"
        told.append(f"{counted(undated, 'user')} {verb} inactive and not wanted here; no day is set for a deletion")
    return tuple(told)


def _on_a_day(due: date, rows: Sequence[Waiting], today: date | None) -> str:
    row = rows[0]
    who = [member for each in rows for member in each.members] or [each.key for each in rows]
    number = counted(len(who), "member" if row.members else row.kind)
    what = _FUTURE[row.action] + (f" {row.key}" if row.members else "")
    ahead = f" (in {counted((due - today).days, 'day')})" if today is not None and due > today else ""
    more = f", and {len(who) - _NAMED:,} more" if len(who) > _NAMED else ""
    return f"{number} will be {what} on {due}{ahead}: {', '.join(who[:_NAMED])}{more}"


def foreign(counts: Mapping[str, int]) -> str:
    what = " and ".join(counted(number, kind.removesuffix("s")) for kind, number in counts.items() if number)
    return f"on the target and none of ours: {what}" if what else ""


def estimate(plan: Plan) -> str:
    if not plan.requests:
        return ""
    return f"{counted(plan.requests, 'request')}, about {duration(plan.estimated_seconds)}"


def plan_summary(plan: Plan) -> str:
    """`Plan: 2 to create, 1 to update, 3 members to add; 4 people affected.`, and what most updates come of."""
    done = Counter(str(each.action) for each in plan.operations if each.action not in _MEMBERSHIPS)
    parts = [f"{done[action]:,} to {ACTIONS[action]}" for action in Action if done[action]]
    moved: Counter[str] = Counter()
    for each in plan.operations:
        moved[_MEMBERS.get(each.action, "")] += len(each.members)
    parts += [f"{counted(moved[verb], 'member')} to {verb}" for verb in ("add", "remove") if moved[verb]]
    if not parts:
        return f"Plan: nothing to do.{_set_apart(plan)}"
    people = counted(plan.summary.get("people", 0), "person", "people")
    return f"Plan: {', '.join(parts)}; {people} affected.{_causes(plan.summary)}{_set_apart(plan)}"


def _causes(summary: Mapping[str, Any]) -> str:
    """` Mapping rule generic.users.title (manifests/_defaults.yaml:3): 9,812 users.`"""
    told = [
        f"mapping rule {each['rule']}{' (' + each['place'] + ')' if each['place'] else ''}: "
        f"{counted(each['number'], each['kind'])}"
        for each in summary.get("causes", ())
    ]
    return f" M{', '.join(told)[1:]}." if told else ""


def effect(summary: Mapping[str, Any]) -> str:
    """`Effect: disables 2 people, removes 14 members from prod-admins, gives admin to 1.`"""
    access, admins = summary.get("access", {}), summary.get("admins", {})
    parts = [_to_people(access, name, verb) for name, verb in _ENDING.items()]
    parts += _moves(summary, "lost", "removes", "from")
    parts += _moves(summary, "gained", "adds", "to")
    parts += [_to_people(access, name, verb) for name, verb in _BEGINNING.items()]
    parts += [f"{what} {admins[name]:,}" for name, what in _ADMIN.items() if admins.get(name)]
    told = ", ".join(filter(None, parts))
    return f"Effect: {told}." if told else ""


def _to_people(access: Mapping[str, int], name: str, verb: str) -> str:
    number = access.get(name, 0)
    return f"{verb} {counted(number, 'person', 'people')}" if number else ""


def _moves(summary: Mapping[str, Any], side: str, verb: str, where: str) -> list[str]:
    """Group by group, the most important first."""
    rows = [each for each in summary.get("groups", ()) if each[side]]
    told = [
        f"{verb} {counted(each[side], 'member')} {where} {each['group']}{_THROUGH if each['nested'] else ''}"
        for each in rows[:_GROUPS_NAMED]
    ]
    left = len(rows) - _GROUPS_NAMED
    return [*told, f"and {where} {counted(left, 'more group')}"] if left > 0 else told


def drift_summary(plan: Plan) -> str:
    """`Drift: 3 differ: 1 on both sides, 2 by their change.`"""
    count = Counter(each.by for each in plan.operations if each.action is not Action.ADOPT)
    count[By.THEM] += sum(row.situation is Situation.DISABLED_THERE for row in plan.withheld)
    if not count.total():
        return f"Drift: none.{_set_apart(plan)}"
    words = {By.BOTH: "on both sides", By.THEM: "by their change", By.US: "by our change"}
    parts = ", ".join(f"{count[by]:,} {words[by]}" for by in words if count[by])
    verb = "differs" if count.total() == 1 else "differ"
    return f"Drift: {count.total():,} {verb}: {parts}.{_set_apart(plan)}"


def _set_apart(plan: Plan) -> str:
    parts = [f"{len(rows):,} {word}" for rows, word in ((plan.held, "held"), (plan.withheld, "withheld")) if rows]
    return f" {', '.join(parts).capitalize()}." if parts else ""
