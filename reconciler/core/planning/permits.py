"""What a target may receive: by its platform, by `manage`, and by the vendor's policy towards users of before."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.core.deciding.decisions import Decision
from reconciler.core.known import Origin
from reconciler.core.mapping.targets import Target
from reconciler.core.planning.protection import Protection
from reconciler.core.planning.rows import RowMaker
from reconciler.core.resources import Kind
from reconciler.core.vocabulary import Action, Verdict

WHY = {
    Verdict.BLOCKED: "the platform cannot do it",
    Verdict.UNMANAGED_OPERATION: "`manage` leaves it out",
    Verdict.PROTECTED: "`safety.protect` or `safety.self` covers it",
    Verdict.POLICY: "it was there before, and the platform is not known to support {what} such users "
    "(`capabilities: {{{name}: true}}` says that it does)",
}
UNKNOWN = "the platform is not known to {action} {kind}s (`capabilities: {{{kind}.{action}: true}}` says that it does)"
_CHANGING = frozenset((Action.UPDATE, Action.ENABLE, Action.DISABLE, Action.DELETE))


@dataclass(frozen=True, slots=True)
class Permits:
    """Judges the actions of one kind; what may not be done becomes a row."""

    kind: Kind
    target: Target
    out: RowMaker
    protection: Protection

    def verdict(self, decision: Decision, action: Action) -> Verdict | None:
        """Why an action may not be done to an object; None where it may."""
        if self.protection.forbids(decision, action):
            return Verdict.PROTECTED
        if action is Action.ADOPT:
            return Verdict.POLICY if adoption_barred(self.target, self.kind) else None
        found = self.target.refuses(self.kind, action)
        if found is not None or self.kind is not Kind.USER:
            return found
        changing = action in _CHANGING and not self.target.profile.users.policy.modify
        return Verdict.POLICY if changing and not _born_here(decision) else None

    def permitted(self, decision: Decision, action: Action) -> bool:
        """Whether the target may receive the action; a row says so where it may not."""
        found = self.verdict(decision, action)
        if found is not None:
            self.refuse(decision, action, found)
        return found is None

    def refuse(self, decision: Decision, action: Action, verdict: Verdict) -> None:
        unknown = self.unknown(action) if verdict is Verdict.BLOCKED else ""
        self.out.withhold(decision, action, verdict, unknown or why(action, verdict))

    def unknown(self, action: Action) -> str:
        """How to lift what is blocked because nobody says whether the platform can do it; "" where it is known."""
        profile = self.target.profile
        side = profile.users if self.kind is Kind.USER else profile.groups
        if side is None or action not in side.undocumented:
            return ""
        return UNKNOWN.format(action=action, kind=self.kind)


def adoption_barred(target: Target, kind: Kind) -> bool:
    """Whether the vendor's policy leaves users alone that were there before."""
    return kind is Kind.USER and not target.profile.users.policy.associate


def why(action: Action, verdict: Verdict) -> str:
    """The reason of a refusal, in words."""
    adopting = action is Action.ADOPT
    return WHY[verdict].format(
        what="adopting" if adopting else "changing", name="user.associate" if adopting else "user.modify"
    )


def _born_here(decision: Decision) -> bool:
    return decision.known is not None and decision.known.origin is Origin.CREATED
