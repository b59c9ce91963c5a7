"""What a plan says of one object, row by row, and what its apply then asked of the server."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any

from workplace import Workplace

from reconciler.core.plan import Plan
from reconciler.core.vocabulary import Situation


def rows(plan: Plan) -> list[str]:
    """`user:ann update: drifted` for operations, with `held` or `withheld` before other rows.

    A reason that is not the situation follows it: `withheld user:ann delete: retired protected`.
    """
    sides = (("", plan.operations), ("withheld ", plan.withheld), ("held ", plan.held))
    return [f"{prefix}{_row(each)}" for prefix, side in sides for each in side]


def _row(each: Any) -> str:
    reason = "" if each.reason == each.situation else f" {each.reason}"
    return f"{each.kind}:{each.key or each.name} {each.action or 'nothing'}: {each.situation}{reason}"


def situation_of(place: Workplace, name: str) -> Situation:
    """The one situation of an object, by its key or, where it has none, by its id there."""
    decisions = place.plan().draft.decisions
    found = [each.situation for each in decisions if name in (each.key, each.live and each.live.id)]
    [only] = found
    return only


def apply_and_see(place: Workplace, **selected: Any) -> tuple[list[str], list[str]]:
    """The rows of a plan, and what its apply wrote, as `PATCH /Users/*`.

    Everything that it tried was done, and nothing of it is pending afterwards. `selected` is as for `Workplace.plan`.
    """
    planned = place.plan(**selected)
    place.server.log.clear()
    done = place.apply(planned)
    assert done.report.counts["done"] == len(done.report.outcomes), done.report.outcomes
    sent = [f"{each.method} {_pattern(each.path)}" for each in place.server.writes]
    assert place.plan(**selected).plan.operations == ()
    return rows(planned.plan), sent


def _pattern(path: str) -> str:
    return next((each for each in ("/Users/*", "/Groups/*") if fnmatchcase(path, each)), path)


def told(document: Any) -> list[str]:
    """The same rows of a plan as `plan --format json` prints it."""
    return rows(Plan.model_validate(document))
