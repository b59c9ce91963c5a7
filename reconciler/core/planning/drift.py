"""A plan read as a statement about the target: what differs there, and by whose doing."""

from __future__ import annotations

from reconciler.core.manifests.safety import Safety
from reconciler.core.plan import Plan
from reconciler.core.planning.drafts import Draft
from reconciler.core.safety.effects import tell_effects
from reconciler.core.vocabulary import Action, By, Situation


def differs(plan: Plan) -> bool:
    """Whether anything differs; adoptions alone do not, an account that somebody disabled there does."""
    if any(each.action is not Action.ADOPT for each in plan.operations):
        return True
    return any(each.situation is Situation.DISABLED_THERE for each in plan.withheld)


def only_theirs(plan: Plan, draft: Draft, safety: Safety) -> Plan:
    """The plan without what only the manifests brought about."""
    theirs = tuple(each for each in plan.operations if each.by is not By.US)
    withheld = tuple(each for each in plan.withheld if each.situation is Situation.DISABLED_THERE)
    effects = tell_effects(theirs, draft, safety)
    told = {"operations": theirs, "withheld": withheld, "summary": effects.summary, "admins": effects.admins}
    return plan.model_copy(update=told).sealed()
