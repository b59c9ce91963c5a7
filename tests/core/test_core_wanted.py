"""What one target should hold for one key."""

from __future__ import annotations

from typing import Any

import pytest
from catalog_trees import TARGET, mapped

from reconciler.core.mapping.wanted import Wanted
from reconciler.core.resources import Kind, Ref

FOUND = mapped("users: {ann: {userName: Ann@x, externalId: E1}}\ngroups: {ops: {displayName: Operations}}\n" + TARGET)


def wanted(kind: Kind, key: str, **values: Any) -> Wanted:
    found = FOUND[kind, key]
    return Wanted(kind, key, found.standing, found.entry, {**found.values, **values})


def test_an_object_is_called_by_its_name_on_the_target() -> None:
    assert wanted(Kind.USER, "ann").name == "Ann@x"
    assert wanted(Kind.GROUP, "ops").name == "Operations"
    assert wanted(Kind.USER, "ann", userName=None).name == "ann"


@pytest.mark.parametrize(("active", "expected"), [(True, True), (False, False), (None, True)])
def test_access_is_wanted_unless_active_is_false(active: Any, expected: Any) -> None:
    assert wanted(Kind.USER, "ann", active=active).active is expected


def test_identity_is_the_name_and_the_external_id() -> None:
    assert wanted(Kind.USER, "ann").identity == ("Ann@x", "E1")
    assert wanted(Kind.GROUP, "ops").identity == ("Operations", "ops")
    assert wanted(Kind.GROUP, "ops").ref == Ref(Kind.GROUP, "ops")
