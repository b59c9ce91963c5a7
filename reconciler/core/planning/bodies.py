"""Request bodies from planned changes: a whole resource to create, PATCH operations, a merged document to put."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from reconciler.core.comparing.attributes import MEMBERS, AttributeView, is_empty
from reconciler.core.comparing.elements import as_elements, get_sub, is_primary, merge_element, without_primary
from reconciler.core.deciding.references import REFERENCE, markers_as_text, markers_in, text_as_markers
from reconciler.core.plan import Change, Member
from reconciler.platforms.profile import MemberRemoval, Shape
from reconciler.scim.lookup import get_ignoring_case, key_ignoring_case
from reconciler.scim.patching import PatchOperation, apply_patch, patch_body, without_paths
from reconciler.scim.schemas import ResourceSchema

SERVER_OWNED = ("meta", "groups")
"""Attributes that the server keeps itself and that some servers refuse in a PUT (RFC 7643 §3.1, §4.1.2)."""

SCHEMAS = "schemas"


def assemble(values: Iterable[tuple[str, Any]], view: AttributeView) -> dict[str, Any]:
    """A new resource from attribute paths and values, with the `schemas` that it uses (RFC 7644 §3.3).

    Empty values are left out: a new resource has nothing to clear.
    """
    document: dict[str, Any] = {}
    extensions: list[str] = []
    for text, value in values:
        facts = view[text]
        path = facts.path
        if is_empty(value):
            continue
        holder = document
        if path.urn is not None and path.urn.casefold() != view.schema.urn.casefold():
            holder = document.setdefault(path.urn, {})
            extensions.append(path.urn)
        if facts.is_list:
            elements = [merge_element({}, each, facts.attribute) for each in as_elements(value)]
            holder.setdefault(path.attribute, []).extend(elements)
        elif path.sub is not None:
            holder.setdefault(path.attribute, {})[path.sub] = value
        else:
            holder[path.attribute] = value
    return {"schemas": [view.schema.urn, *dict.fromkeys(extensions)], **document}


def patch_operation(change: Change, view: AttributeView) -> PatchOperation:
    """The one PATCH operation that makes a change (RFC 7644 §3.5.2)."""
    facts = view[change.path]
    if is_empty(change.after):
        return {"op": "remove", "path": change.path}
    if facts.is_list and facts.selects is not None:
        return {"op": "add", "path": facts.base, "value": change.after}
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
    here = [_as_done_here(each, view) for each in markers_as_text(operations)]
    if shape is Shape.PATCH_WITHOUT_PATH:
        written = without_paths(here, document, view.unguarded)
        body = patch_body([{**each, "value": _with_single_primaries(each["value"])} for each in written])
    else:
        body = _with_single_primaries(replacement(apply_patch(document, here, view.unguarded), view.schema))
    return dict(text_as_markers(body)) if markers_in(operations) else body


def _with_single_primaries(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Some endpoints hold several primary values of an attribute, and refuse to be sent them (RFC 7643 §2.4)."""
    result = dict(attributes)
    for name, value in attributes.items():
        if isinstance(value, list):
            result[name] = without_primary(value, next(filter(is_primary, value), None))
        elif isinstance(value, Mapping) and name.lower().startswith("urn:"):
            result[name] = _with_single_primaries(value)
    return result


def _as_done_here(operation: PatchOperation, view: AttributeView) -> PatchOperation:
    """The operation for a document that may have changed since: a filtered element that is gone is made again."""
    if operation["op"] == "replace" and view[operation["path"]].selects is not None:
        return {**operation, "op": "add"}
    return operation


def replacement(document: Mapping[str, Any], schema: ResourceSchema) -> dict[str, Any]:
    """What a PUT sends: all that was read, so that a server which clears what it does not receive clears nothing.

    RFC 7644 §3.5.1: "readOnly: Any values provided SHALL be ignored"; what only the server writes is left out all the
    same, because some servers refuse it.
    """
    body = _without_server_owned(document)
    declared = [each for each in as_elements(get_ignoring_case(body, SCHEMAS)) if isinstance(each, str)]
    used = [each.urn for each in schema.extensions.values() if get_ignoring_case(body, each.urn)]
    named = {each.lower() for each in declared}
    missing = [each for each in used if each.lower() not in named]
    body[key_ignoring_case(body, SCHEMAS) or SCHEMAS] = [*(declared or [schema.urn]), *missing]
    return body


def _without_server_owned(document: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name.lower() not in SERVER_OWNED}


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
    staying = [each for each in _members_of(document) if member_id(each) not in gone]
    if removal is MemberRemoval.REPLACE:
        return patch_body([{"op": "replace", "path": MEMBERS, "value": staying}])
    return _with_members(document, staying)


def put_members_body(document: Mapping[str, Any], joining: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The whole group with members added, for servers without PATCH."""
    present = _members_of(document)
    there = {member_id(each) for each in present}
    added = [each for each in joining if member_id(each) is None or member_id(each) not in there]
    return _with_members(document, [*present, *added])


def lists_members(document: Mapping[str, Any]) -> bool:
    """Whether a group shows its members, each by an id: only then may its whole list be written."""
    listed = get_ignoring_case(document, MEMBERS)
    elements = listed if isinstance(listed, list) else [listed]
    return all(member_id(each) is not None for each in elements)


def _members_of(document: Mapping[str, Any]) -> list[Any]:
    return as_elements(get_ignoring_case(document, MEMBERS))


def _with_members(document: Mapping[str, Any], members: list[Any]) -> dict[str, Any]:
    body = _without_server_owned(document)
    body[key_ignoring_case(body, MEMBERS) or MEMBERS] = members
    return body


def member_id(member: Any) -> str | None:
    """The id in one element of `members`, also where a server lists bare ids; None where there is none."""
    # Groups hold hundreds of thousands of members, nearly all of this shape: what any spelling costs adds up.
    if type(member) is dict and type(usual := member.get("value")) is str and usual:
        return usual
    value = get_sub(member, "value")
    if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
        return None
    return str(value)


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
