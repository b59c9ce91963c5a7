"""In which forms, and how many at a time, members of a group are changed by PATCH (RFC 7644 §3.5.2)."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from typing import Any

from reconciler.platforms.profile import MemberProfile, MemberRemoval
from reconciler.sandbox.exchange import Forward, Quirk, Refusal, Reply, Request, Row
from reconciler.scim.lookup import elements_of, get_ignoring_case
from reconciler.scim.paths import Path, PathError, parse_path


def member_changes(members: MemberProfile) -> Quirk:
    """Refuses the forms that the platform does not have, and more members than a request may have."""

    async def check(request: Request, forward: Forward) -> Reply:
        if request.kind != "Group" or request.id is None:
            return await forward(request)
        named = sum(len(_values(each)) for each in request.operations)
        if named > members.largest_request:
            raise Refusal(400, f"Request is unparsable: at most {members.largest_request} members in a request")
        translated = [each for one in request.operations for each in _checked(one, members.removals)]
        return await forward(request.with_operations(translated) if request.operations else request)

    return check


def _checked(operation: Row, removals: Collection[MemberRemoval]) -> Iterator[Row]:
    """The operation in the form that scim2-server knows."""
    op, path = str(operation.get("op")).lower(), _path(operation)
    if op == "replace" and _names_members(operation, path) and MemberRemoval.REPLACE not in removals:
        raise Refusal(400, "Replacing group memberships is not supported.")
    if op != "remove" or path is None or path.attribute.lower() != "members":
        yield operation
    elif path.filter is not None:
        _require(MemberRemoval.FILTER, removals)
        yield operation
    elif not _values(operation):
        raise Refusal(400, "Removing all group memberships is not supported.")
    else:
        _require(MemberRemoval.VALUES, removals)
        for each in _values(operation):
            yield {"op": "remove", "path": f"members[value eq {json.dumps(each)}]"}


def _require(removal: MemberRemoval, removals: Collection[MemberRemoval]) -> None:
    if removal not in removals:
        raise Refusal(400, "members cannot be removed in this form", "invalidPath")


def _path(operation: Row) -> Path | None:
    try:
        return parse_path(str(operation["path"])) if operation.get("path") else None
    except PathError as error:
        raise Refusal(400, f"no path: {error}", "invalidPath") from None


def _names_members(operation: Row, path: Path | None) -> bool:
    if path is not None:
        return path.attribute.lower() == "members"
    value = operation.get("value")
    return isinstance(value, dict) and get_ignoring_case(value, "members") is not None


def _values(operation: Row) -> list[str]:
    """The ids of members that an operation names."""
    path, value = _path(operation), operation.get("value")
    if not _names_members(operation, path):
        return []
    if path is None:
        value = get_ignoring_case(operation["value"], "members")
    elif path.filter is not None:
        return [str(path.filter)]
    return [_id(each) for each in elements_of(value)]


def _id(member: Any) -> str:
    return str(get_ignoring_case(member, "value")) if isinstance(member, dict) else str(member)
