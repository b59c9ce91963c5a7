"""What a refusal is about: the form of a request, how much it carries, or what it asks for."""

from __future__ import annotations

from reconciler.core.requests import Answer
from reconciler.core.resources import Kind

SHAPE_REFUSALS = frozenset((400, 403, 405, 406, 415, 422, 501))
"""Answers that may mean the form of a request and not what it asks for."""

TOO_MUCH = frozenset((400, 413, 422))
"""Answers that may mean that a request carries too many members."""

NOT_THERE = frozenset((404, 410))

VALUE_FAULTS = frozenset(("mutability", "uniqueness", "invalidvalue"))
"""RFC 7644 §3.12: these tell of a value, which is the same in every shape."""


def refuses_shape(method: str, answer: Answer, kind: Kind = Kind.GROUP) -> bool:
    """Whether another shape may go through.

    404 to PATCH counts, for an object that is there: some servers route no PATCH. So does 500 for users, which no
    shape can rob of their memberships.
    """
    if is_about_value(answer):
        return False
    if answer.status == 500:
        return kind is Kind.USER
    return answer.status in SHAPE_REFUSALS or (method == "PATCH" and answer.status in NOT_THERE)


def is_about_value(answer: Answer) -> bool:
    fault = answer.fault
    return fault is not None and (fault.scim_type or "").casefold() in VALUE_FAULTS


def refuses_members(answer: Answer) -> bool:
    """Whether a group that was refused with its members may be created without them."""
    kind = (answer.fault.scim_type or "").casefold() if answer.fault is not None else ""
    return answer.status in TOO_MUCH | {501} and kind not in ("mutability", "uniqueness")
