"""Who sees the members of a group, and the filters that tell of them where the group itself does not."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from reconciler.platforms.profile import MemberReading
from reconciler.sandbox.directory import Directory, member_ids
from reconciler.sandbox.exchange import Forward, Quirk, Refusal, Reply, Request, Row
from reconciler.sandbox.quirks.filters import equality, parsed_filter
from reconciler.scim.urns import LIST_RESPONSE


async def members_shown_singly(request: Request, forward: Forward) -> Reply:
    """Listings of groups leave `members` out."""
    reply = await forward(request)
    if request.kind != "Group" or not request.lists or reply.refused:
        return reply
    return replace(reply, body={**reply.body, "Resources": [_without_members(each) for each in reply.rows]})


async def members_never_shown(request: Request, forward: Forward) -> Reply:
    """Every group that is shown has an empty list of members, be there as many as there may."""
    reply = await forward(request)
    if request.kind != "Group" or reply.refused or not isinstance(reply.body, dict):
        return reply
    if request.lists:
        rows = [{**each, "members": []} for each in reply.rows]
        return replace(reply, body={**reply.body, "Resources": rows})
    return replace(reply, body={**reply.body, "members": []})


def _without_members(group: Row) -> Row:
    return {name: each for name, each in group.items() if name != "members"}


def membership_filters(readings: Collection[MemberReading], directory: Directory) -> Quirk:
    """Answers the filters that ask for memberships; an id that nobody has is 404."""

    async def answer(request: Request, forward: Forward) -> Reply:
        asked = equality(parsed_filter(request.query["filter"])) if "filter" in request.query else {}
        found = _found(request, set(asked), readings)
        if found is None:
            return await forward(request)
        reply = await forward(replace(request, query={}))
        ids = _ids(found, asked, directory)
        return replace(reply, body=_listed([each for each in reply.rows if each["id"] in ids]))

    return answer


_FILTERS: dict[tuple[str, frozenset[str]], MemberReading] = {
    ("User", frozenset({"groups.value"})): MemberReading.USERS_BY_GROUP,
    ("Group", frozenset({"members.value"})): MemberReading.GROUPS_BY_USER,
    ("Group", frozenset({"id", "members"})): MemberReading.PAIRS,
}


def _found(request: Request, names: Collection[str], readings: Collection[MemberReading]) -> MemberReading | None:
    found = _FILTERS.get((request.kind or "", frozenset(names))) if request.lists else None
    return found if found in readings else None


def _ids(reading: MemberReading, asked: Mapping[str, str], directory: Directory) -> Collection[str]:
    if reading is MemberReading.USERS_BY_GROUP:
        return member_ids(_existing(directory, "Group", asked["groups.value"]))
    user = str(_existing(directory, "User", asked.get("members.value") or asked["members"])["id"])
    groups = [each for each in directory.rows("Group") if user in member_ids(each)]
    own = {str(each["id"]) for each in groups}
    return own if reading is MemberReading.GROUPS_BY_USER else own & {asked["id"]}


def _existing(directory: Directory, kind: str, id_: str) -> Row:
    found = directory.get(kind, id_)
    if found is None:
        raise Refusal(404, f"{kind} {id_} does not exist")
    return found


def _listed(rows: list[Row]) -> Row:
    return {"schemas": [LIST_RESPONSE], "totalResults": len(rows), "Resources": rows}
