"""The requests of an operation, as they will be sent first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from reconciler.core.comparing.attributes import MEMBERS, AttributeView
from reconciler.core.deciding.references import REFERENCE
from reconciler.core.plan import Member, Operation, PlannedRequest
from reconciler.core.planning.bodies import (
    add_members_body,
    assemble,
    member_element,
    put_members_body,
    remove_members_body,
    update_body,
)
from reconciler.core.requests import Request
from reconciler.core.resources import Kind
from reconciler.core.vocabulary import Action
from reconciler.platforms.profile import MemberRemoval, Shape

COLLECTIONS = {Kind.USER: "User", Kind.GROUP: "Group"}


def collections_of(endpoints: Mapping[str, str]) -> dict[Kind, tuple[str, ...]]:
    """Where each kind's resources live, as path segments below the base URL."""
    return {kind: tuple(filter(None, endpoints[COLLECTIONS[kind]].split("/"))) for kind in Kind}


def create_body(operation: Operation, view: AttributeView) -> dict[str, Any]:
    """The new resource, members included; what waits for an id bears its marker."""
    body = assemble(((each.path, each.after) for each in operation.changes), view)
    if operation.members:
        body[MEMBERS] = [member_element(each) for each in operation.members]
    return body


def member_ids(members: tuple[Member, ...]) -> list[Any]:
    """Ids, or markers for those that a create of the same plan brings about."""
    return [each.id if each.id is not None else {REFERENCE: each.key} for each in members]


class Forms(NamedTuple):
    """The forms that requests of one kind take first. `removal`: that in which members are removed."""

    update: Shape
    removal: MemberRemoval


def plan_request(
    operation: Operation,
    document: Mapping[str, Any],
    forms: Forms,
    view: AttributeView,
    collection: tuple[str, ...],
) -> Request | None:
    """The first request of an operation; None for an adoption, which sends nothing.

    `document` is the live object as last read, {} for a create. `{user:KEY}` in the path stands for the id of an
    object that this plan creates first.
    """
    if operation.action is Action.CREATE:
        return Request("POST", collection, create_body(operation, view))
    if operation.action is Action.ADOPT:
        return None
    own = operation.precondition.id if operation.precondition is not None else f"{{{operation.kind}:{operation.key}}}"
    path = (*collection, own)
    if operation.action is Action.DELETE:
        return Request("DELETE", path)
    if operation.action is Action.REMOVE_MEMBERS:
        method = "PUT" if forms.removal is MemberRemoval.PUT else "PATCH"
        return Request(method, path, remove_members_body(member_ids(operation.members), forms.removal, document))
    method = "PUT" if forms.update is Shape.PUT else "PATCH"
    make = _add if operation.action is Action.ADD_MEMBERS else _update
    return Request(method, path, make(operation, document, forms.update, view))


def _update(operation: Operation, document: Mapping[str, Any], shape: Shape, view: AttributeView) -> dict[str, Any]:
    return update_body(operation.changes, shape, document, view)


def _add(operation: Operation, document: Mapping[str, Any], shape: Shape, _: AttributeView) -> dict[str, Any]:
    elements = [member_element(each) for each in operation.members]
    return put_members_body(document, elements) if shape is Shape.PUT else add_members_body(elements)


def as_planned(request: Request) -> PlannedRequest:
    return PlannedRequest(method=request.method, path="/" + "/".join(request.path), body=request.body)
