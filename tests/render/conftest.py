"""Plans made by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from reconciler.core.plan import (
    Change,
    Dropped,
    Member,
    Operation,
    Plan,
    PlannedEndpoint,
    PlannedRequest,
    Precondition,
    ReadProof,
    Released,
    Row,
    StateSummary,
    Waiting,
)
from reconciler.core.resources import Kind
from reconciler.core.vocabulary import Action, By, DropReason, Situation, Verdict


def make_plan(**parts: Any) -> Plan:
    defaults: dict[str, Any] = {
        "tool": "0.1.0",
        "created": datetime(2026, 11, 21, 22, 10, tzinfo=UTC),
        "target": "idaas",
        "platform": "generic",
        "endpoint": PlannedEndpoint(url="https://scim.example.com/v2", fingerprint="0123456789abcdef"),
        "manifests": "ab" * 32,
        "state": StateSummary(lineage="7d1c", owned=1420, known=1502),
    }
    return Plan(**(defaults | parts)).sealed()


@pytest.fixture
def quiet_plan() -> Plan:
    """Nothing is to be done, and the state store knows nothing."""
    return make_plan(state=StateSummary(lineage="none", owned=0, known=0))


@pytest.fixture
def rich_plan() -> Plan:
    """A plan with something of everything."""
    return make_plan(
        selection=("--only user:*",),
        read={
            "user": ReadProof(received=1502, total=1510, pages=16, complete=False, problem="pages ended early"),
            "group": ReadProof(received=40, total=40, pages=1, complete=True, unreadable=2),
        },
        operations=(*_user_operations(), *_group_operations()),
        withheld=_withheld(),
        held=_held(),
        dropped=(
            Dropped(what="nickName", reason=DropReason.NOT_IN_SCHEMA, count=12, examples=("user:ann", "user:bob")),
            Dropped(what="members of group:ops", reason=DropReason.MEMBER_ABSENT, count=1, examples=("user:eve",)),
        ),
        released=(
            Released(kind=Kind.USER, key="ann", path="timezone", value="Asia/Shanghai"),
            Released(kind=Kind.USER, key="ann", path="roles", value=[{"value": "admin"}]),
        ),
        day=date(2026, 11, 21),
        waiting=_waiting(),
        foreign={"user": 12, "group": 1},
        notes=("the endpoint announces no PATCH; whole resources are replaced",),
        requests=9,
        estimatedSeconds=4.2,
        summary=_summary(),
    )


def _summary() -> dict[str, Any]:
    return {
        "people": 30,
        "access": {"created": 1, "enabled": 0, "disabled": 1, "deleted": 0},
        "groups": [
            {"group": "ops", "gained": 26, "lost": 2, "nested": False},
            {"group": "prod-admins", "gained": 0, "lost": 14, "nested": True},
        ],
        "admins": {"gained": 0, "lost": 14},
    }


def _waiting() -> tuple[Waiting, ...]:
    soon, later = date(2026, 11, 24), date(2026, 12, 21)
    return (
        *(Waiting(kind=Kind.USER, key=key, id=key, action=Action.DELETE, due=later) for key in ("xi", "yan", "zoe")),
        *(Waiting(kind=Kind.USER, key=f"new{n:02}", action=Action.CREATE, due=soon) for n in range(12)),
        Waiting(kind=Kind.USER, key="lee", id="78", action=Action.DISABLE, due=date(2026, 11, 22)),
        Waiting(
            kind=Kind.GROUP, key="ops", id="5", action=Action.REMOVE_MEMBERS, due=soon, members=("user:lee", "user:may")
        ),
        *(Waiting(kind=Kind.USER, key=key, id=key, action=Action.DELETE) for key in ("old", "older")),
    )


def _user_operations() -> tuple[Operation, ...]:
    return (
        Operation(
            id="user:kim:disable",
            kind=Kind.USER,
            key="kim",
            name="kim@example.com",
            action=Action.DISABLE,
            situation=Situation.REMOVED,
            reason=Situation.REMOVED,
            changes=(Change(path="active", before=True, after=False),),
            precondition=Precondition(id="31", digest="0" * 64),
        ),
        _update_of_ann(),
        Operation(
            id="user:bob.chen:create",
            kind=Kind.USER,
            key="bob.chen",
            name="bob@example.com",
            action=Action.CREATE,
            situation=Situation.MISSING,
            reason=Situation.MISSING,
            changes=(
                Change(path="emails", after=[{"value": "bob@example.com"}], source="manifests/_defaults.yaml:3"),
                Change(path="userName", after="bob@example.com", source="manifests/users.yaml:7"),
                Change(path="externalId", after="bob.chen", rule="generic.users.externalId"),
            ),
        ),
        Operation(
            id="user:old.friend:adopt",
            kind=Kind.USER,
            key="old.friend",
            name="friend@example.com",
            action=Action.ADOPT,
            situation=Situation.ADOPTABLE,
            reason=Situation.ADOPTABLE,
            precondition=Precondition(id="12", digest="0" * 64),
        ),
    )


def _update_of_ann() -> Operation:
    """One change of every shape: a value, elements, parts of a complex value, a reference, a cleared one."""
    urn = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
    return Operation(
        id="user:ann:update",
        kind=Kind.USER,
        key="ann",
        name="ann@example.com",
        action=Action.UPDATE,
        situation=Situation.DRIFTED,
        reason=Situation.DRIFTED,
        by=By.BOTH,
        changes=(
            Change(
                path="title",
                before="Intern",
                after="Engineer",
                source="manifests/users/ann.yaml:7",
                by=By.BOTH,
            ),
            Change(
                path="emails",
                before=[
                    {"value": "old@example.com", "type": "work"},
                    {"value": "a@home.example", "type": "home"},
                ],
                after=[
                    {"value": "ann@example.com", "type": "work"},
                    {"value": "a@home.example", "type": "home"},
                ],
                source="manifests/users/ann.yaml:9",
                by=By.US,
            ),
            Change(
                path=f"{urn}:manager.value",
                before="9067",
                after={"$ref": "user:bob.chen"},
                source="manifests/users/ann.yaml:11",
                by=By.THEM,
            ),
            Change(
                path="urn:example:custom:User:address",
                before={"city": "Bonn", "geo": {"lat": 50.7}},
                after={"city": "Köln", "geo": {"lat": 50.9}, "zip": "50667"},
                rule="generic.users.address",
                by=By.THEM,
            ),
            Change(path="nickName", before="Annie", source="manifests/users/ann.yaml:12", by=By.BOTH),
        ),
        requests=(
            PlannedRequest(
                method="PATCH",
                path="/Users/9067",
                body={
                    "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
                    "Operations": [
                        {"op": "replace", "path": "title", "value": "Engineer"},
                        {"op": "replace", "path": 'emails[type eq "work"].value', "value": "ann@example.com"},
                        {
                            "op": "replace",
                            "value": {"nickName": None, "emails": [{"value": "ann@example.com"}]},
                        },
                    ],
                },
            ),
        ),
        precondition=Precondition(id="9067", version='W/"3"', digest="0" * 64),
    )


def _group_operations() -> tuple[Operation, ...]:
    joiners = tuple(Member(key=f"user:new{number:02}", id=str(number)) for number in range(25))
    return (
        Operation(
            id="group:ops:add_members",
            kind=Kind.GROUP,
            key="ops",
            name="Operations",
            action=Action.ADD_MEMBERS,
            situation=Situation.DRIFTED,
            reason=Situation.DRIFTED,
            members=(Member(key="user:alice", source="manifests/groups.yaml:12"), *joiners),
        ),
        Operation(
            id="group:ops:remove_members",
            kind=Kind.GROUP,
            key="ops",
            name="Operations",
            action=Action.REMOVE_MEMBERS,
            situation=Situation.DRIFTED,
            reason=Situation.DRIFTED,
            by=By.THEM,
            members=(Member(key="user:kim", id="31"), Member(id="99")),
        ),
    )


def _withheld() -> tuple[Row, ...]:
    return (
        Row(
            kind=Kind.USER,
            key="break-glass-1",
            action=Action.DISABLE,
            situation=Situation.LEFT_SCOPE,
            reason=Verdict.PROTECTED,
            detail="break-glass*",
        ),
        Row(
            kind=Kind.USER,
            key="carol",
            name="carol@example.com",
            id="17",
            action=Action.ENABLE,
            situation=Situation.DISABLED_THERE,
            reason=Situation.DISABLED_THERE,
        ),
    )


def _held() -> tuple[Row, ...]:
    return (
        Row(
            kind=Kind.USER,
            key="dave",
            action=Action.UPDATE,
            situation=Situation.DISPUTED,
            reason=Situation.DISPUTED,
            detail="ids 4 and 5 both bear the userName",
        ),
        Row(kind=Kind.GROUP, name="???", id="g9", situation=Situation.UNREADABLE, reason=Situation.UNREADABLE),
    )
