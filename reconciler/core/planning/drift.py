"""A plan read as a statement about the target: what differs there, and by whose doing."""

from __future__ import annotations

from reconciler.core.plan import Plan
from reconciler.core.vocabulary import Action, By, Situation


def differs(plan: Plan) -> bool:
    """Whether anything differs; adoptions alone do not, an account that somebody disabled there does."""
    if any(each.action is not Action.ADOPT for each in plan.operations):
        return True
    return any(each.situation is Situation.DISABLED_THERE for each in plan.withheld)


def only_theirs(plan: Plan) -> Plan:
    """The plan without what only the manifests brought about."""
    theirs = tuple(each for each in plan.operations if each.by is not By.US)
    withheld = tuple(each for each in plan.withheld if each.situation is Situation.DISABLED_THERE)
    return plan.model_copy(update={"operations": theirs, "withheld": withheld}).sealed()
