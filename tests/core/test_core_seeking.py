"""By what a user is looked up where nothing is listed, and what tells that it is somebody else."""

from __future__ import annotations

from dataclasses import replace

from planning_kit import catalog_of, known, target_of, target_text, user

from reconciler.core.comparing.attributes import AttributeView
from reconciler.core.known import Known
from reconciler.core.planning.seeking import Sought, claimed_elsewhere, look_ups, recorded_elsewhere, seek
from reconciler.core.resources import Kind, LiveResource

TEXT = "users: {Alice: {userName: ann}, alicia: {previously: [ally]}, bob: {}}\n"


def sought(key: str, *records: Known, text: str = TEXT, lines: tuple[str, ...] = ()) -> tuple[Sought, AttributeView]:
    catalog = catalog_of({"people.yaml": text, "targets.yaml": target_text(*lines)})
    target = target_of(catalog)
    return seek(key, catalog, target, records), AttributeView(target.schemas()["User"])


def keys(key: str, *records: Known, lines: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    catalog = catalog_of({"people.yaml": TEXT, "targets.yaml": target_text(*lines)})
    found, view = sought(key, *records, lines=lines)
    return look_ups(found, target_of(catalog), view)


def live(id: str, name: str, **values: object) -> LiveResource:
    return LiveResource(Kind.USER, id, user(id, name, **values))


def test_the_surest_comes_first_and_what_was_recorded_last() -> None:
    assert keys("alice") == [("externalId", "Alice"), ("userName", "ann")]
    assert keys("alice", known("ALICE", "1", userName="annie", externalId="a-1")) == [
        ("externalId", "Alice"),
        ("userName", "ann"),
        ("externalId", "a-1"),
        ("userName", "annie"),
    ]


def test_earlier_keys_count_on_both_sides() -> None:
    for key in ("alicia", "ALLY"):
        found, _ = sought(key, known("ally", "1"), known("bob", "2"), known("ops", "3", kind=Kind.GROUP))
        assert found.wanted is not None
        assert found.wanted.key == "alicia"
        assert found.record is not None
        assert found.record.id == "1"
        assert found.others == {"2": "bob"}
    assert ("externalId", "ally") in keys("alicia")


def test_a_user_of_the_records_alone_and_nobody_at_all() -> None:
    assert keys("zoe", known("Zoe", "9")) == [("externalId", "Zoe"), ("userName", "Zoe")]
    assert keys("zoe") == []


def test_what_the_platform_has_no_filter_for_is_not_asked() -> None:
    catalog = catalog_of({"people.yaml": TEXT, "targets.yaml": target_text()})
    found, view = sought("alice")
    target = target_of(catalog)
    filters = target.profile.filters.model_copy(update={"users": ("userName",)})
    profile = target.profile.model_copy(update={"filters": filters})
    assert look_ups(found, replace(target, profile=profile), view) == [("userName", "ann")]


def test_a_record_holds_while_one_of_its_names_does() -> None:
    found, view = sought("alice", known("Alice", "1"))
    assert recorded_elsewhere(found, live("1", "somebody", externalId="Alice"), view) == ""
    assert recorded_elsewhere(found, live("1", "ann", externalId="x"), view) == ""
    assert recorded_elsewhere(found, live("1", "somebody", externalId="x"), view).startswith(
        "object 1, which is recorded"
    )


def test_what_is_claimed_by_others_is_theirs() -> None:
    target = target_of(catalog_of({"people.yaml": TEXT, "targets.yaml": target_text()}))
    found, view = sought("alice", known("bob", "2"))
    assert claimed_elsewhere(found, live("1", "ann", externalId=None), target, view) == ""
    assert claimed_elsewhere(found, live("1", "ann", externalId="Alice"), target, view) == ""
    assert "claimed by another externalId, 'x'" in claimed_elsewhere(
        found, live("1", "ann", externalId="x"), target, view
    )
    assert claimed_elsewhere(found, live("2", "ann"), target, view) == "object 2 is recorded as user:bob"
