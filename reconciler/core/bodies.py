"""Request bodies from planned changes: a whole resource to create, PATCH operations, a merged document to put."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from reconciler.core.attributes import MEMBERS, AttributeView, is_empty
from reconciler.core.plan import Change, Member
from reconciler.core.references import REFERENCE
from reconciler.platforms.profile import MemberRemoval, Shape
from reconciler.scim.patching import PatchOperation, apply_patch, patch_body, without_paths
from reconciler.scim.schemas import ResourceSchema

SERVER_OWNED = ("meta", "groups")
"""Attributes that the server keeps itself and that some servers refuse in a PUT (RFC 7643 §3.1, §4.1.2)."""


def assemble(values: Iterable[tuple[str, Any]], view: AttributeView) -> dict[str, Any]:
    """A new resource from attribute paths and values, with the `schemas` that it uses (RFC 7644 §3.3)."""
    document: dict[str, Any] = {}
    extensions: list[str] = []
    for text, value in values:
        facts = view[text]
        holder = document
        if facts.path.urn is not None and facts.path.urn.casefold() != view.schema.urn.casefold():
            holder = document.setdefault(facts.path.urn, {})
            extensions.append(facts.path.urn)
        if facts.is_list:
            holder.setdefault(facts.path.attribute, []).extend(value)
        elif facts.path.sub is not None:
            holder.setdefault(facts.path.attribute, {})[facts.path.sub] = value
        else:
            holder[facts.path.attribute] = value
    return {"schemas": [view.schema.urn, *dict.fromkeys(extensions)], **document}


def patch_operation(change: Change, view: AttributeView) -> PatchOperation:
    """The one PATCH operation that makes a change (RFC 7644 §3.5.2)."""
    facts = view[change.path]
    if is_empty(change.after):
        return {"op": "remove", "path": change.path}
    if facts.is_list and facts.path.filter is not None:
        prefix = f"{facts.path.urn}:" if facts.path.urn else ""
        return {"op": "add", "path": f"{prefix}{facts.path.attribute}", "value": change.after}
    if is_empty(change.before):
        return {"op": "add", "path": change.path, "value": change.after}
    if facts.is_list and all(each in change.after for each in change.before):
        joined = [each for each in change.after if each not in change.before]
        return {"op": "add", "path": change.path, "value": joined}
    return {"op": "replace", "path": change.path, "value": change.after}


def update_body(
    changes: Sequence[Change], shape: Shape, document: Mapping[str, Any], view: AttributeView
) -> dict[str, Any]:
    """The body of an update in one of its shapes; `document` is the resource as it was last read."""
    operations = [patch_operation(each, view) for each in changes]
    if shape is Shape.PATCH:
        return patch_body(operations)
    if shape is Shape.PATCH_WITHOUT_PATH:
        return patch_body(without_paths(operations, dict(document), view.schema))
    return replacement(apply_patch(dict(document), operations, view.schema), view.schema)


def replacement(document: Mapping[str, Any], schema: ResourceSchema) -> dict[str, Any]:
    """What a PUT sends: everything that was read, so that a server which clears what it does not receive clears nothing.

    RFC 7644 §3.5.1: "readOnly: Any values provided SHALL be ignored"; what only the server writes is left out all the
    same, because some servers refuse it.
    """
    body = {name: value for name, value in document.items() if name not in SERVER_OWNED}
    declared = [each for each in body.get("schemas") or [] if isinstance(each, str)]
    used = [each.urn for each in schema.extensions.values() if each.urn in body]
    body["schemas"] = list(dict.fromkeys([*(declared or [schema.urn]), *used]))
    return body


def member_element(member: Member) -> dict[str, Any]:
    """One element of `members` (RFC 7643 §4.2); somebody without an id yet is there by a marker."""
    value: Any = member.id if member.id is not None else {REFERENCE: member.key}
    return {"value": value, "type": "Group"} if (member.key or "").startswith("group:") else {"value": value}


def add_members_body(elements: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """One `add` with every new member."""
    return patch_body([{"op": "add", "path": MEMBERS, "value": list(elements)}])


def remove_members_body(ids: Sequence[str], removal: MemberRemoval, document: Mapping[str, Any]) -> dict[str, Any]:
    """A removal of members in one of its shapes. `document` is the group as last read; FILTER and VALUES ignore it."""
    if removal is MemberRemoval.FILTER:
        return patch_body([{"op": "remove", "path": f'{MEMBERS}[value eq "{_escape(each)}"]'} for each in ids])
    if removal is MemberRemoval.VALUES:
        return patch_body([{"op": "remove", "path": MEMBERS, "value": [{"value": each} for each in ids]}])
    gone = set(ids)
    staying = [each for each in document.get(MEMBERS) or [] if member_id(each) not in gone]
    if removal is MemberRemoval.REPLACE:
        return patch_body([{"op": "replace", "path": MEMBERS, "value": staying}])
    return {**{name: value for name, value in document.items() if name not in SERVER_OWNED}, MEMBERS: staying}


def put_members_body(document: Mapping[str, Any], joining: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The whole group with members added, for servers without PATCH."""
    present = list(document.get(MEMBERS) or [])
    there = {member_id(each) for each in present}
    added = [each for each in joining if member_id(each) is None or member_id(each) not in there]
    return {**{name: value for name, value in document.items() if name not in SERVER_OWNED}, MEMBERS: present + added}


def member_id(member: Any) -> str | None:
    """The id in one element of `members`, also where a server lists bare ids; None where there is none."""
    value = member.get("value") if isinstance(member, Mapping) else member
    if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
        return None
    return str(value)


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
