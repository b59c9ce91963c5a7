"""What a plan tells beside its operations: values that are let go of, and members of whom nobody can tell."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from reconciler.core.comparing.attributes import MEMBERS, AttributeView
from reconciler.core.deciding.decisions import Decision
from reconciler.core.deciding.situations import Standing
from reconciler.core.plan import Released
from reconciler.core.resources import Kind, Roster

_ACCESS = (MEMBERS, "roles", "entitlements")


def released_by(decision: Decision, view: AttributeView, dropped: frozenset[str]) -> list[Released]:
    """Attributes that were applied and are no longer named; what the target cannot hold (`dropped`) is no release."""
    wanted, known = decision.wanted, decision.known
    if wanted is None or known is None or decision.live is None or wanted.standing is not Standing.WANTED:
        return []
    managed = {view[path].base for path in wanted.values}
    gone = [
        path
        for path in known.applied
        if path not in wanted.values and path != MEMBERS and path not in dropped and not _covered(path, managed, view)
    ]
    if MEMBERS in known.applied and decision.kind is Kind.GROUP and wanted.memberships is None:
        gone.append(MEMBERS)
    return [
        Released(kind=decision.kind, key=wanted.key, path=path, value=view[path].read(decision.live.document))
        for path in sorted(gone, key=lambda each: (not each.startswith(_ACCESS), each))
    ]


def _covered(path: str, managed: set[str], view: AttributeView) -> bool:
    """Whether a list that is now managed in another form still decides over the elements of this one."""
    facts = view[path]
    return facts.is_list and facts.base in managed


def member_notes(unread: Collection[str], exact: Iterable[str], rosters: Mapping[str, Roster]) -> list[str]:
    """What nobody can tell about members.

    `unread`: groups of which nothing tells who is in them; `exact`: groups that are to have nobody but their declared
    members; `rosters`: what filters told of groups.
    """
    notes = []
    if unread:
        notes.append(
            f"the platform does not show the members of {_groups(len(unread))}: what changed here since the last apply "
            "is sent, and nobody else is touched"
        )
    partly = sum(each in rosters and not rosters[each].whole for each in exact)
    if partly:
        notes.append(
            f"the endpoint does not tell of strangers in {_groups(partly)} whose membership is exact: they stay"
        )
    return notes


def _groups(number: int) -> str:
    return "1 group" if number == 1 else f"{number} groups"
