"""Who can be a member of a group."""

from __future__ import annotations

from collections.abc import Collection

from reconciler.platforms.profile import MemberProfile
from reconciler.sandbox.directory import Rule, Write, member_ids
from reconciler.sandbox.exchange import Refusal, Row
from reconciler.scim.lookup import elements_of


def possible_members(members: MemberProfile) -> Rule:
    """Refuses ids that nobody has, groups where they cannot be nested, and too many changes at once."""
    kinds = ("User", "Group") if members.nesting else ("User",)

    def check(write: Write) -> Row:
        if write.kind != "Group":
            return write.after
        before, after = set(member_ids(write.before)), member_ids(write.after)
        _check_number(len(before.symmetric_difference(after)), members.largest_request)
        for each in after:
            if each not in before:
                _check_member(write, each, kinds)
        return {**write.after, "members": _once(write.after)} if after else write.after

    return check


def _check_number(changed: int, largest: int) -> None:
    if changed > largest:
        raise Refusal(400, f"Request is unparsable: at most {largest} members in a request")


def _check_member(write: Write, id_: str, kinds: Collection[str]) -> None:
    found = next((kind for kind in ("User", "Group") if write.directory.get(kind, id_) is not None), None)
    if found is None:
        raise Refusal(400, f"there is no member {id_}", "invalidValue")
    if found not in kinds:
        raise Refusal(400, f"{id_} is a group, and groups cannot be members", "invalidValue")


def _once(group: Row) -> list[Row]:
    """The members, each once: adding somebody who is in changes nothing (RFC 7644 §3.5.2.1)."""
    found: dict[str, Row] = {}
    for each in elements_of(group["members"]):
        found.setdefault(str(each.get("value")), each)
    return list(found.values())
