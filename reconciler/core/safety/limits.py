"""Whether what a plan would do is more than its target lets through."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from reconciler.core.deciding.situations import Standing
from reconciler.core.manifests.safety import Allow, Limit, Safety
from reconciler.core.plan import LimitUse, Operation, Plan, Refusal, operations_digest
from reconciler.core.planning.drafts import Draft
from reconciler.core.resources import Kind
from reconciler.core.safety.emptied import EMPTIED, coming_of, describe
from reconciler.core.safety.measuring import Count, Measure, is_managed, measure
from reconciler.core.vocabulary import Action
from reconciler.errors import RefusedError

FEW = 4
"""Fewer than so many are never half of anything."""

ALLOWED_FOR = timedelta(days=7)
"""How long the line holds that a refusal prints ready to paste."""

_FIELDS = {each: "".join(f"_{c.lower()}" if c.isupper() else c for c in each.value) for each in Measure}
_DONE = {
    Measure.CREATE: "created",
    Measure.UPDATE: "updated",
    Measure.RENAME: "renamed",
    Measure.ENABLE: "enabled",
    Measure.DISABLE: "disabled or deleted",
    Measure.DELETE: "deleted",
    Measure.LOST: "created again, because they are gone from the target",
    Measure.DUE: "changed because of a date",
}


@dataclass(frozen=True, slots=True)
class Judgement:
    """`uses`: every limit that something counts against; `refusals`: those that are exceeded; `notes`: what of the
    target's `allow` does not lift them.
    """

    uses: tuple[LimitUse, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    notes: tuple[str, ...] = ()


def judge(operations: Sequence[Operation], draft: Draft, safety: Safety, today: date) -> Judgement:
    """Judges the operations of one plan against the whole target."""
    allow = in_force(safety.allow, operations, today)
    counts = measure(operations, draft)
    uses = [_use(each, safety, allow) for each in counts]
    over = [_over(count, use) for count, use in zip(counts, uses, strict=True) if _exceeds(use)]
    absolute = [*_absolute(operations, draft), *_emptied(operations, draft)]
    refusals = [*over, *(each for each in absolute if not _is_lifted(each, allow))]
    raised: dict[str, int] = {}
    for each in counts:
        if _exceeds(_use(each, safety, None)):
            raised[each.measure] = max(each.number, raised.get(each.measure, 0))
    line = _line(raised, absolute, today)
    idle = idle_allowance(safety.allow, operations, today) if refusals else None
    told = tuple(each.model_copy(update={"allow": line}) for each in refusals)
    return Judgement(tuple(uses), told, (idle,) if idle is not None else ())


def idle_allowance(allow: Allow | None, operations: Sequence[Operation], today: date) -> str | None:
    """Why the target's `allow` lifts nothing; None where there is none, or where it is in force."""
    if allow is None or in_force(allow, operations, today) is not None:
        return None
    if today > allow.until:
        return f"`safety.allow` ended on {allow.until}: it lifts nothing any more"
    present = operations_digest(tuple(operations))
    return f"`safety.allow` is pinned to other operations: it lifts nothing; those of this plan are sha256:{present}"


def _exceeds(use: LimitUse) -> bool:
    return use.ceiling is not None and use.number > use.ceiling


def in_force(allow: Allow | None, operations: Sequence[Operation], today: date) -> Allow | None:
    """The target's `allow` where its day has not passed and it means these operations."""
    if allow is None or today > allow.until:
        return None
    if allow.operations is not None and allow.operations != f"sha256:{operations_digest(tuple(operations))}":
        return None
    return allow


def ceiling(limit: Limit, of: int, *, adopted: bool = False) -> int | None:
    """The greatest number that passes; None where nothing limits."""
    least = 0 if adopted else limit.at_least
    share = int(of * limit.percent / 100) if limit.percent is not None else None
    given = [each for each in (least, share) if each is not None]
    relative = max(given) if limit.percent is not None or limit.at_least is not None else None
    found = [each for each in (relative, limit.at_most) if each is not None]
    return min(found) if found else None


def _use(count: Count, safety: Safety, allow: Allow | None) -> LimitUse:
    limit: Limit = getattr(safety.limits, _FIELDS[count.measure])
    found = ceiling(limit, count.of, adopted=count.adopted)
    raised: int | None = getattr(allow.limits, _FIELDS[count.measure]) if allow is not None else None
    if found is not None and raised is not None:
        found = max(found, raised)
    return LimitUse(
        name=count.measure, kind=count.kind, group=count.group, number=count.number, of=count.of, ceiling=found
    )


def _over(count: Count, use: LimitUse) -> Refusal:
    whole = f"{count.number:,} of {count.of:,}"
    if count.measure is Measure.REMOVE_MEMBERS_PER_GROUP:
        what = f"{whole} members would be removed from group {count.group}"
    elif count.measure is Measure.REMOVE_MEMBERS:
        what = f"{whole} members would be removed from groups"
    else:
        what = f"{whole} {count.kind}s would be {_DONE[count.measure]}"
    return Refusal(
        name=count.measure,
        kind=count.kind,
        detail=f"{what}; at most {use.ceiling or 0:,} may be",
        operations=tuple(sorted(count.operations)),
    )


def _line(raised: Mapping[str, int], absolute: Iterable[Refusal], today: date) -> str:
    """What a reviewer adds to the target to let the whole plan through, what is let through already included.

    One line for all: a target has room for one `safety` and one `allow`.
    """
    numbers = [f"{name}: {number}" for name, number in raised.items()]
    names = dict.fromkeys(f"{each.name}: true" for each in absolute)
    limits = ", ".join([*numbers, *names])
    return f"safety: {{allow: {{limits: {{{limits}}}, until: {today + ALLOWED_FOR}, reason: …}}}}"


def _is_lifted(refusal: Refusal, allow: Allow | None) -> bool:
    return allow is not None and bool(getattr(allow.limits, refusal.name))


def _absolute(operations: Sequence[Operation], draft: Draft) -> Iterable[Refusal]:
    """What is refused however high the limits are, unless it is lifted by its name."""
    for kind in Kind:
        managed = sum(is_managed(each) for each in draft.decisions if each.kind is kind)
        ending = [each for each in operations if each.kind is kind and each.action in (Action.DISABLE, Action.DELETE)]
        ids = tuple(sorted(each.id for each in ending))
        if len(ending) >= FEW and 2 * len(ending) >= managed:
            what = f"{len(ending):,} of {managed:,} {kind}s would be disabled or deleted: that is half or more"
            yield Refusal(name="half", kind=kind, detail=what, operations=ids)
        if ending and _nobody_wanted(draft, kind):
            what = f"no {kind}s are desired on this target at all, and {managed:,} are managed"
            yield Refusal(name="nobody", kind=kind, detail=what, operations=ids)


def _emptied(operations: Sequence[Operation], draft: Draft) -> Iterable[Refusal]:
    """Scopes and rules that have come to select nobody, where anything would come of it."""
    for each in draft.emptied:
        ids = coming_of(each, operations)
        if ids:
            yield Refusal(name=EMPTIED, kind=each.kind, detail=describe(each), operations=ids)


def _nobody_wanted(draft: Draft, kind: Kind) -> bool:
    mine = (each.wanted for each in draft.decisions if each.kind is kind)
    return not any(wanted is not None and wanted.standing is Standing.WANTED for wanted in mine)


def check_refusals(plan: Plan) -> None:
    """Raises `RefusedError` with every limit that a plan exceeds."""
    if plan.refused:
        said = "; ".join(f"{each.name}: {each.detail}" for each in plan.refused)
        raise RefusedError(f"target {plan.target}: refused by a limit, nothing was sent: {said}")
