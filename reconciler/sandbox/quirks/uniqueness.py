"""Values that no two resources of a kind share."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.platforms.profile import AttributeProfile
from reconciler.sandbox.directory import Rule, Write, texts
from reconciler.sandbox.exchange import Refusal, Row
from reconciler.scim.attributes import COMMON_ATTRIBUTES


def unique_values(kind: str, attributes: Mapping[str, AttributeProfile], status: int) -> Rule:
    """Refuses a value that another one has."""
    unique = {path: _is_exact(path, own) for path, own in attributes.items() if own.unique}

    def check(write: Write) -> Row:
        for path, exact in unique.items() if write.kind == kind else ():
            if write.changes(path) and _is_taken(write, path, exact=exact):
                raise Refusal(status, f"Refused to create a new, duplicate resource: {path}", "uniqueness")
        return write.after

    return check


def _is_taken(write: Write, path: str, *, exact: bool) -> bool:
    own = write.before["id"] if write.before is not None else None
    holders = (write.directory.holders(write.kind, path, each, exact=exact) for each in texts(write.after, path))
    return any(each["id"] != own for found in holders for each in found)


def _is_exact(path: str, own: AttributeProfile) -> bool:
    """Where the profile says nothing, as RFC 7643 §3.1 has it for externalId, and §4 for what users are known by."""
    common = COMMON_ATTRIBUTES.get(path.lower())
    return own.case == "exact" or (own.case is None and common is not None and common.case_exact)
