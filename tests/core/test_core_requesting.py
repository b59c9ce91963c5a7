from __future__ import annotations

from typing import Any

import pytest
from scim_worlds import VIEW

from reconciler.core.comparing.attributes import AttributeView
from reconciler.core.plan import Change, Member, Operation, Precondition
from reconciler.core.planning.requesting import Forms, as_planned, create_body, member_ids, plan_request
from reconciler.core.requests import Request
from reconciler.core.resources import Kind
from reconciler.core.vocabulary import Action, Situation
from reconciler.platforms.profile import MemberRemoval, Shape
from reconciler.scim.schemas import RFC_GROUP, RFC_USER
from reconciler.scim.urns import PATCH_OP

PLAIN = Forms(Shape.PATCH, MemberRemoval.FILTER)
GROUPS = AttributeView(RFC_GROUP)
TITLE = Change(path="title", before="a", after="b")
ANN, BOB, OPS = Member(key="user:ann", id="1"), Member(key="user:bob"), Member(key="group:ops", id="9")


def operation(action: Action, kind: Kind = Kind.USER, id: str | None = "7", **more: Any) -> Operation:
    return Operation(
        id=f"{kind}:x:{action}",
        kind=kind,
        key="x",
        action=action,
        situation=Situation.DRIFTED,
        reason=Situation.DRIFTED,
        precondition=Precondition(id=id, digest="") if id is not None else None,
        **more,
    )


def requested(each: Operation, shape: Shape = Shape.PATCH, document: dict[str, Any] | None = None) -> Request:
    view = VIEW if each.kind is Kind.USER else GROUPS
    removal = MemberRemoval.PUT if shape is Shape.PUT else MemberRemoval.FILTER
    request = plan_request(each, document or {}, Forms(shape, removal), view, ("v2", "Things"))
    assert request is not None
    return request


def patch(*operations: dict[str, Any]) -> dict[str, Any]:
    return {"schemas": [PATCH_OP], "Operations": list(operations)}


def test_an_adoption_sends_nothing() -> None:
    assert plan_request(operation(Action.ADOPT), {}, PLAIN, VIEW, ("Users",)) is None


def test_a_create_posts_the_whole_resource_with_its_members() -> None:
    changes = (Change(path="displayName", after="Ops"),)
    request = requested(operation(Action.CREATE, Kind.GROUP, None, changes=changes, members=(ANN, BOB, OPS)))
    assert request == Request(
        "POST",
        ("v2", "Things"),
        {
            "schemas": [RFC_GROUP.urn],
            "displayName": "Ops",
            "members": [{"value": "1"}, {"value": {"$ref": "user:bob"}}, {"value": "9", "type": "Group"}],
        },
    )
    user = operation(Action.CREATE, id=None, changes=(Change(path="userName", after="x"),))
    assert create_body(user, VIEW) == {"schemas": [RFC_USER.urn], "userName": "x"}


def test_a_delete_names_the_object_and_nothing_more() -> None:
    assert requested(operation(Action.DELETE)) == Request("DELETE", ("v2", "Things", "7"))


@pytest.mark.parametrize("action", [Action.UPDATE, Action.ENABLE, Action.DISABLE])
@pytest.mark.parametrize(
    ("shape", "method", "body"),
    [
        (Shape.PATCH, "PATCH", patch({"op": "replace", "path": "title", "value": "b"})),
        (Shape.PATCH_WITHOUT_PATH, "PATCH", patch({"op": "replace", "value": {"title": "b"}})),
        (Shape.PUT, "PUT", {"schemas": [RFC_USER.urn], "title": "b", "id": "7"}),
    ],
)
def test_an_update_has_the_form_of_its_shape(action: Action, shape: Shape, method: str, body: dict[str, Any]) -> None:
    request = requested(operation(action, changes=(TITLE,)), shape, {"title": "a", "id": "7", "meta": {}})
    assert request == Request(method, ("v2", "Things", "7"), body)


def test_an_object_that_the_plan_creates_first_is_there_by_its_key() -> None:
    request = requested(operation(Action.UPDATE, id=None, changes=(TITLE,)))
    assert request.path == ("v2", "Things", "{user:x}")
    assert as_planned(request).path == "/v2/Things/{user:x}"


def test_members_join_by_patch_or_by_put() -> None:
    joining = operation(Action.ADD_MEMBERS, Kind.GROUP, members=(ANN, BOB, OPS))
    elements = [{"value": "1"}, {"value": {"$ref": "user:bob"}}, {"value": "9", "type": "Group"}]
    assert requested(joining).body == patch({"op": "add", "path": "members", "value": elements})
    there = {"id": "7", "members": [{"value": "1", "display": "Ann"}]}
    put = requested(joining, Shape.PUT, there)
    assert (put.method, put.body) == ("PUT", {"id": "7", "members": [*there["members"], *elements[1:]]})


def test_members_leave_by_patch_or_by_put() -> None:
    leaving = operation(Action.REMOVE_MEMBERS, Kind.GROUP, members=(ANN,))
    assert requested(leaving).body == patch({"op": "remove", "path": 'members[value eq "1"]'})
    put = requested(leaving, Shape.PUT, {"id": "7", "members": [{"value": "1"}, {"value": "2"}]})
    assert (put.method, put.body) == ("PUT", {"id": "7", "members": [{"value": "2"}]})


def test_members_leave_in_the_form_that_the_platform_takes() -> None:
    leaving = operation(Action.REMOVE_MEMBERS, Kind.GROUP, members=(ANN,))
    request = plan_request(leaving, {}, Forms(Shape.PATCH, MemberRemoval.VALUES), GROUPS, ("Groups",))
    assert request is not None
    assert request.body == patch({"op": "remove", "path": "members", "value": [{"value": "1"}]})


def test_ids_of_members_are_markers_until_they_are_known() -> None:
    assert member_ids((ANN, BOB)) == ["1", {"$ref": "user:bob"}]


def test_a_planned_request_shows_what_is_sent() -> None:
    planned = as_planned(Request("PUT", ("Users", "a/b"), {"x": 1}))
    assert (planned.method, planned.path, planned.body) == ("PUT", "/Users/a/b", {"x": 1})
