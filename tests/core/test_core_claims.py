"""Values that no two objects may share: who bears, takes and frees them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from planning_kit import group, listing, user

from reconciler.core.comparing.attributes import AttributeView
from reconciler.core.plan import Change, Operation, Precondition
from reconciler.core.planning.claims import Claim, Register
from reconciler.core.resources import Kind
from reconciler.core.vocabulary import Action, Situation
from reconciler.platforms.registry import load_profile
from reconciler.platforms.schemas import platform_schemas

SCHEMAS = platform_schemas(load_profile("aws-identity-center"))
AWS = {Kind.USER: AttributeView(SCHEMAS["User"]), Kind.GROUP: AttributeView(SCHEMAS["Group"])}


def mail(value: str) -> list[dict[str, Any]]:
    return [{"value": value, "type": "work", "primary": True}]


def made(kind: Kind, action: Action, *changes: Change, id: str = "1", name: str = "") -> Operation:
    row = Situation.DRIFTED
    there = Precondition(id=id, digest="")
    return Operation(
        id=f"{kind}:{id}:{action}",
        kind=kind,
        key=id,
        name=name,
        action=action,
        situation=row,
        reason=row,
        changes=changes,
        precondition=there,
    )


def told(claims: set[Claim]) -> set[tuple[str, str]]:
    return {(each.attribute, str(each.value)) for each in claims}


def register(*rows: Any, groups: Any = ()) -> Register:
    return Register(AWS, {Kind.USER: listing(Kind.USER, rows), Kind.GROUP: listing(Kind.GROUP, groups)})


def test_everybody_bears_the_values_that_nobody_else_may_have() -> None:
    found = register(user("1", "Ann", emails=mail("Ann@x.example"), title="Boss"), groups=[group("9", "Ops")])
    assert {(each.kind, each.attribute, live.id) for each, live in found.holders.items()} == {
        (Kind.USER, "userName", "1"),
        (Kind.USER, "externalId", "1"),
        (Kind.USER, "emails", "1"),
        (Kind.GROUP, "displayName", "9"),
        (Kind.GROUP, "externalId", "9"),
    }


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("emails", mail("a@x.example"), mail("b@x.example")),
        ('emails[type eq "work"].value', "a@x.example", "b@x.example"),
        ("emails.value", "a@x.example", "b@x.example"),
    ],
)
def test_a_change_frees_what_was_and_takes_what_comes(path: str, before: Any, after: Any) -> None:
    change = made(Kind.USER, Action.UPDATE, Change(path=path, before=before, after=after))
    found = register()
    assert told(found.freed(change)) == {("emails", "a@x.example")}
    assert told(found.taken(change)) == {("emails", "b@x.example")}


@pytest.mark.parametrize(
    "change",
    [
        Change(path="emails", before=mail("a@x.example"), after=[{"value": "A@x.example", "type": "home"}]),
        Change(path='emails[type eq "work"].primary', before=False, after=True),
        Change(path="title", before="a", after="b"),
        Change(path="userName", before="ann", after="Ann"),
    ],
)
def test_what_stays_the_same_or_may_be_shared_is_no_claim(change: Change) -> None:
    found, operation = register(), made(Kind.USER, Action.UPDATE, change)
    assert (found.freed(operation), found.taken(operation)) == (set(), set())


def test_a_delete_frees_everything_that_is_borne() -> None:
    found = register(user("1", "ann", emails=mail("a@x.example")), groups=[group("9", "Ops")])
    assert told(found.freed(made(Kind.USER, Action.DELETE))) == {
        ("userName", "ann"),
        ("externalId", "ann"),
        ("emails", "a@x.example"),
    }
    assert told(found.freed(made(Kind.GROUP, Action.DELETE, id="9"))) == {("displayName", "ops"), ("externalId", "Ops")}
    assert told(found.freed(made(Kind.USER, Action.DELETE, id="unlisted", name="Bob"))) == {("userName", "bob")}


@given(st.lists(st.sampled_from("abcd"), max_size=4), st.lists(st.sampled_from("abcd"), max_size=4))
def test_nothing_is_freed_and_taken_by_the_same_operation(before: list[str], after: list[str]) -> None:
    sides = [[each for one in side for each in mail(f"{one}@x.example")] for side in (before, after)]
    operation = made(Kind.USER, Action.UPDATE, Change(path="emails", before=sides[0], after=sides[1]))
    found = register()
    assert not found.freed(operation) & found.taken(operation)
    assert len(found.taken(operation)) == len({*after} - {*before})
