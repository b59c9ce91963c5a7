"""The closed sets of words of plans and reports, said for people: one phrase for every member."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.core.report import Result
from reconciler.core.resources import Kind
from reconciler.core.vocabulary import Action, By, DropReason, Situation, Verdict
from reconciler.render.counting import counted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.core.plan import Reason

SITUATIONS: Mapping[Situation, str] = {
    Situation.UNREADABLE: "cannot be understood as the endpoint sent it",
    Situation.DISPUTED: "several objects fit, and only one can be it",
    Situation.IDENTITY_CHANGED: "userName and externalId both changed; change one at a time",
    Situation.WAITING: "its day has not come",
    Situation.GONE: "gone from the manifests and from the target",
    Situation.RELINKED: "its id is gone, one other object fits",
    Situation.LOST: "vanished from the target, created again",
    Situation.RETIRED: "declared absent, or its time after removal has passed",
    Situation.REMOVED: "no longer in the manifests",
    Situation.LEFT_SCOPE: "no longer in the scope of this target",
    Situation.FOREIGN: "on the target, and none of ours",
    Situation.MISSING: "new in the manifests",
    Situation.ADOPTABLE: "already on the target, becomes ours",
    Situation.DISABLED_THERE: "disabled on the target, and not by us",
    Situation.RETURNED: "disabled by us earlier, wanted again",
    Situation.DRIFTED: "differs from the manifests",
    Situation.IN_SYNC: "as the manifests want it",
}

UNDONE = "put back to what it was before the run"

VERDICTS: Mapping[Verdict, str] = {
    Verdict.PROTECTED: "protected by safety.protect",
    Verdict.BLOCKED: "the platform cannot do this",
    Verdict.POLICY: "the platform's policy leaves existing users alone",
    Verdict.UNMANAGED_OPERATION: "not among the operations of `manage`",
    Verdict.NOT_ADOPTED: "the object exists already, and `adopt` does not allow taking it over",
    Verdict.NOT_OWNED: "not owned by this target",
    Verdict.OWNED_ELSEWHERE: "owned by another target",
    Verdict.EMERGENCY: "disabled in an emergency, until it is released",
    Verdict.NOT_SELECTED: "left out by --only, --exclude or --due",
    Verdict.UNCONFIRMED: "the listing was not complete, so its absence is not confirmed",
    Verdict.SET_ASIDE: "failed before, tried again later",
    Verdict.NAME_CYCLE: "several objects want each other's names",
    Verdict.TAKEN_OVER: "the endpoint answered a creation with an older object",
    Verdict.ACCESS_REMAINS: "access should end, and nothing that ends it is possible",
}

ACTIONS: Mapping[Action, str] = {
    Action.CREATE: "create",
    Action.ADOPT: "adopt",
    Action.UPDATE: "update",
    Action.ENABLE: "enable",
    Action.DISABLE: "disable",
    Action.DELETE: "delete",
    Action.ADD_MEMBERS: "add members",
    Action.REMOVE_MEMBERS: "remove members",
}

LABELS: Mapping[By, str] = {By.BOTH: "both", By.THEM: "they changed", By.US: "we changed"}
"""Who brought a difference about, in the order in which drift is shown."""

DROP_REASONS: Mapping[DropReason, str] = {
    DropReason.NOT_IN_SCHEMA: "the endpoint's schema does not have it",
    DropReason.READ_ONLY: "the endpoint does not let it be written",
    DropReason.NOT_KEPT: "the endpoint accepted it earlier and did not keep it",
    DropReason.TYPE_NOT_TAKEN: "the platform takes no values of this type",
    DropReason.ONE_VALUE_ONLY: "the platform takes one value, and another one was chosen",
    DropReason.NO_GROUPS: "the platform has no groups",
    DropReason.NO_NESTING: "the platform has no groups within groups",
    DropReason.MEMBER_NOT_THERE: "the member is not on the target",
    DropReason.MEMBER_ABSENT: "the member is declared absent",
    DropReason.REFERENCE_NOT_THERE: "whom it names is not on the target",
}

RESULTS: Mapping[Result, str] = {
    Result.DONE: "done",
    Result.ALREADY: "already so",
    Result.FAILED: "failed",
    Result.SKIPPED: "not tried, because something that it depends on failed",
    Result.NOT_SENT: "not sent, because the run was stopped",
    Result.IN_DOUBT: "sent, and the answer was lost; the next run finds out",
}

_PLURALS: Mapping[Kind, str] = {Kind.USER: "users", Kind.GROUP: "groups"}


def reason_phrase(reason: Reason) -> str:
    """Why an operation is planned, or a row withheld or held."""
    return VERDICTS[reason] if isinstance(reason, Verdict) else SITUATIONS[reason]


def section_title(kind: Kind, action: Action) -> str:
    """The heading above the operations of one kind and action.

    >>> section_title(Kind.GROUP, Action.ADD_MEMBERS)
    'Groups to add members to'
    """
    ending = {Action.ADD_MEMBERS: " to", Action.REMOVE_MEMBERS: " from"}.get(action, "")
    return f"{_PLURALS[kind].capitalize()} to {ACTIONS[action]}{ending}"


def duration(seconds: float) -> str:
    """A length of time to the precision that a person needs.

    >>> duration(0.4), duration(75), duration(7000)
    ('1 second', '75 seconds', '1 h 57 min')
    """
    if seconds < 120:
        return counted(max(1, round(seconds)), "second")
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60} min"
