"""What each situation leads to, and what stops it: every verdict that can occur."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from planning_kit import TODAY, draft_of, group, known, listing, rows_of, signs, target_text, unreadable, user

from reconciler.core.known import Learnt, Lesson, Origin
from reconciler.core.planning.drafts import Lookups
from reconciler.core.resources import Kind, Ref
from reconciler.core.vocabulary import Action, DropReason
from reconciler.platforms.profile import Profile
from reconciler.scim.provider import DEFAULT_DISCOVERY

ANN = [user("1", "ann")]
KNOWN = [known("ann", "1")]


def plan(text: str, users: Any = (), records: Any = (), *lines: str, groups: Any = (), **more: Any) -> Any:
    return draft_of({"p.yaml": text, "t.yaml": target_text(*lines)}, users, groups, records, **more)


def situations(draft: Any) -> Any:
    return {each.key or each.live.id: each.situation for each in draft.decisions}


def told(draft: Any) -> Any:
    """Operations, withheld and held rows."""
    return signs(draft.rows.operations), rows_of(draft.rows.withheld), rows_of(draft.rows.held)


def test_missing_is_created() -> None:
    draft = plan("users: {ann: {title: Boss}}")
    assert situations(draft) == {"ann": "missing"}
    [made] = draft.rows.operations
    assert made.action is Action.CREATE
    assert {each.path: each.after for each in made.changes} == {
        "userName": "ann",
        "externalId": "ann",
        "active": True,
        "title": "Boss",
    }
    assert made.precondition is None


def test_in_sync_is_nothing() -> None:
    assert told(plan("users: {ann: {}}", ANN, KNOWN)) == ([], set(), set())


def test_drifted_is_updated_and_a_rename_is_an_update() -> None:
    draft = plan("users: {ann: {userName: anna, title: Boss}}", ANN, KNOWN)
    assert situations(draft) == {"ann": "drifted"}
    [made] = draft.rows.operations
    assert (made.action, [each.path for each in made.changes]) == (Action.UPDATE, ["userName", "title"])
    assert made.precondition is not None
    assert made.precondition.id == "1"


def test_adoptable_is_adopted_then_updated() -> None:
    draft = plan("users: {ann: {title: Boss}}", ANN)
    assert situations(draft) == {"ann": "adoptable"}
    assert told(draft) == (["user:ann adopt", "user:ann update"], set(), set())


@pytest.mark.parametrize(
    ("rule", "external", "adopted"),
    [
        ("unclaimed", "ann", True),
        ("unclaimed", None, True),
        ("unclaimed", "", True),
        ("unclaimed", "else", False),
        ("matched", "else", True),
        ("never", "ann", False),
    ],
)
def test_adoption_follows_its_rule(rule: str, external: str | None, adopted: bool) -> None:
    draft = plan(
        "users: {ann: {title: Boss}}", [user("1", "ann", externalId=external)], (), f"ownership: {{adopt: {rule}}}"
    )
    operations, withheld, _ = told(draft)
    assert ("user:ann adopt" in operations) is adopted
    assert (withheld == {("ann", "adopt", "not_adopted")}) is not adopted
    assert bool(operations) is adopted


def test_an_adopted_account_is_never_enabled() -> None:
    draft = plan("users: {ann: {title: Boss}}", [user("1", "ann", active=False)])
    assert told(draft)[:2] == (["user:ann adopt", "user:ann update"], {("ann", "enable", "disabled_there")})
    assert [each.path for each in draft.rows.operations[1].changes] == ["title"]


def test_an_account_that_may_not_be_adopted_gets_no_access_and_loses_none() -> None:
    """It is somebody else's: it joins no group, is nobody's manager, and stays where it is."""
    text = """
users: {ann: {}, bob: {manager: ann}}
groups: {g: {members: [ann, bob]}, h: {members: [], membership: exact}}
"""
    live = [user("1", "ann", externalId="else"), user("2", "bob")]
    groups = [group("g1", "g"), group("h1", "h", "1", "2")]
    records = [known("bob", "2"), known("g", "g1", Kind.GROUP), known("h", "h1", Kind.GROUP)]
    draft = plan(text, live, records, groups=groups)
    changed = {each.key: [member.key for member in each.members] for each in draft.rows.operations if each.members}
    assert changed == {"g": ["user:bob"], "h": ["user:bob"]}
    assert not any("manager" in change.path for each in draft.rows.operations for change in each.changes)
    assert draft.drops.counts["members of group:g", DropReason.MEMBER_NOT_THERE] == 1


def test_relinked_is_adopted_again_once_the_old_id_is_confirmed_gone() -> None:
    records = [known("ann", "old")]
    draft = plan("users: {ann: {title: Boss}}", ANN, records)
    assert situations(draft) == {"ann": "relinked"}
    assert told(draft)[0] == ["user:ann adopt", "user:ann update"]


def test_lost_is_created_again() -> None:
    draft = plan("users: {ann: {}}", [], KNOWN)
    assert situations(draft) == {"ann": "lost"}
    assert told(draft) == (["user:ann create"], set(), set())


def test_gone_closes_the_record_and_sends_nothing() -> None:
    draft = plan("users: {}", [], KNOWN)
    assert situations(draft) == {"ann": "gone"}
    assert told(draft) == ([], set(), set())


@pytest.mark.parametrize(
    ("reaction", "operations", "withheld"),
    [
        ("disable", ["user:ann disable"], set()),
        ("delete", ["user:ann delete"], set()),
        ("keep", [], {("ann", None, "removed")}),
    ],
)
def test_removed_follows_the_lifecycle(reaction: str, operations: list[str], withheld: set) -> None:
    draft = plan("users: {}", ANN, KNOWN, f"lifecycle: {{onRemove: {reaction}}}")
    assert situations(draft) == {"ann": "removed"}
    assert told(draft) == (operations, withheld, set())


@pytest.mark.parametrize("key", ["ann", "anna"])
def test_left_scope_follows_the_lifecycle_also_for_somebody_renamed(key: str) -> None:
    earlier = "" if key == "ann" else "previously: [ann]"
    text = f"users: {{{key}: {{{earlier}}}}}\nscopes: {{s: {{users: {{include: []}}}}}}"
    draft = plan(text, ANN, KNOWN, "scope: s", "lifecycle: {onLeave: disable, onRemove: delete}")
    assert situations(draft) == {"ann": "left_scope"}
    assert told(draft) == (["user:ann disable"], set(), set())


def test_waiting_is_nothing() -> None:
    draft = plan("users: {}", [user("1", "ann", active=False)], KNOWN)
    assert situations(draft) == {"ann": "waiting"}
    assert told(draft) == ([], set(), set())
    assert [(each.key, each.id, each.action) for each in draft.waiting] == [("ann", "1", Action.DELETE)]


def test_somebody_whose_first_day_is_to_come_waits() -> None:
    draft = plan("users: {ann: {from: 2026-12-01}}")
    assert situations(draft) == {"ann": "waiting"}
    assert [(each.key, str(each.due), each.action) for each in draft.waiting] == [("ann", "2026-12-01", Action.CREATE)]


def test_somebody_past_the_last_day_is_disabled_and_not_created() -> None:
    text = "users: {ann: {until: 2026-11-20}}"
    assert told(plan(text))[0] == []
    assert told(plan(text, ANN, KNOWN))[0] == ["user:ann disable"]


@pytest.mark.parametrize("active", [True, False])
def test_retired_is_deleted(active: bool) -> None:
    draft = plan("users: {ann: {state: absent}}", [user("1", "ann", active=active)], KNOWN)
    assert situations(draft) == {"ann": "retired"}
    assert told(draft) == (["user:ann delete"], set(), set())


def test_foreign_is_counted_and_an_absent_entry_does_not_touch_it() -> None:
    draft = plan("users: {ann: {state: absent}}", [*ANN, user("2", "zed")])
    assert situations(draft) == {"ann": "foreign", "2": "foreign"}
    assert told(draft) == ([], {("ann", "delete", "not_owned")}, set())
    assert draft.foreign["users"] == 2


def test_owns_claims_live_objects() -> None:
    """They are ours without a record: nobody names them, so they are disabled, under a key of their own."""
    live = [user("1", "ann", externalId="E1"), user("2", "bob", externalId="X")]
    draft = plan(
        "users: {bob: {externalId: X}}",
        live,
        [known("bob", "2", externalId="X")],
        "ownership: {owns: {users: 'externalId sw \"E\"'}}",
    )
    assert signs(draft.rows.operations) == ["user:id:1 disable"]
    assert draft.rows.operations[0].name == "ann"


def test_a_stray_is_never_taken_for_the_key_that_its_name_is() -> None:
    live = [user("1", "bob", externalId="E1"), user("2", "robert", externalId="bob")]
    text = "users: {bob: {userName: robert, state: absent}}"
    draft = plan(
        text,
        live,
        [known("bob", "2", userName="robert")],
        "ownership: {owns: {users: 'externalId sw \"E\"'}}",
        "lifecycle: {onRemove: delete}",
    )
    assert {each.id for each in draft.rows.operations} == {"user:bob:delete", "user:id:1:delete"}


def test_disabled_there_is_not_enabled_but_otherwise_corrected() -> None:
    draft = plan("users: {ann: {title: Boss}}", [user("1", "ann", active=False)], KNOWN)
    assert situations(draft) == {"ann": "disabled_there"}
    assert told(draft) == (["user:ann update"], {("ann", "enable", "disabled_there")}, set())
    assert [each.path for each in draft.rows.operations[0].changes] == ["title"]


def test_disabled_there_is_enabled_where_reenable_is_always() -> None:
    draft = plan("users: {ann: {}}", [user("1", "ann", active=False)], KNOWN, "lifecycle: {reenable: always}")
    assert told(draft) == (["user:ann enable"], set(), set())


def test_returned_is_enabled_and_updated_in_one() -> None:
    draft = plan("users: {ann: {title: Boss}}", [user("1", "ann", active=False)], [known("ann", "1", active=False)])
    assert situations(draft) == {"ann": "returned"}
    assert told(draft) == (["user:ann enable"], set(), set())
    assert {each.path for each in draft.rows.operations[0].changes} == {"active", "title"}


def test_returned_is_not_enabled_where_reenable_is_never() -> None:
    live = [user("1", "ann", active=False)]
    draft = plan("users: {ann: {}}", live, [known("ann", "1", active=False)], "lifecycle: {reenable: never}")
    assert told(draft) == ([], {("ann", "enable", "returned")}, set())


def test_identity_changed_is_held() -> None:
    draft = plan("users: {ann: {userName: zoe, externalId: E9}}", ANN, KNOWN)
    assert situations(draft) == {"ann": "identity_changed"}
    assert told(draft) == ([], set(), {("ann", None, "identity_changed")})


def test_one_of_both_names_may_change_and_both_where_an_earlier_key_says_so() -> None:
    assert told(plan("users: {ann: {userName: zoe}}", ANN, KNOWN))[0] == ["user:ann update"]
    draft = plan("users: {zoe: {previously: [ann]}}", ANN, KNOWN)
    assert told(draft)[0] == ["user:zoe update"]


@pytest.mark.parametrize("row", [unreadable(Kind.USER, "1"), unreadable(Kind.USER, None, "Ann")])
def test_unreadable_is_held_where_it_may_be_a_wanted_one(row: Any) -> None:
    users = listing(Kind.USER, [user("2", "bob")], unreadable=(row,))
    records = KNOWN if row.id else []
    draft = plan("users: {ann: {}, bob: {}}\ngroups: {g: {members: [ann]}}", users, records, lookups=Lookups())
    assert situations(draft)["ann"] == "unreadable"
    operations, _, held = told(draft)
    assert held == {("ann", None, "unreadable")}
    assert operations == ["user:bob adopt", "group:g create"]
    assert draft.rows.operations[1].members == ()


def test_an_unreadable_record_of_a_leaver_is_held_and_unreadable_members_stay() -> None:
    users = listing(Kind.USER, [], unreadable=(unreadable(Kind.USER, "1"),))
    records = [*KNOWN, known("g", "g1", Kind.GROUP)]
    draft = plan("groups: {g: {members: [], membership: exact}}", users, records, groups=[group("g1", "g", "1")])
    assert told(draft) == ([], set(), {("ann", None, "unreadable")})


MANAGE = "manage: {{users: [{}], groups: [create, update, members, delete]}}"


@pytest.mark.parametrize(
    ("text", "live", "records", "manage", "row"),
    [
        ("users: {ann: {}}", [], [], "update", ("ann", "create", "unmanaged_operation")),
        ("users: {ann: {title: B}}", ANN, KNOWN, "create", ("ann", "update", "unmanaged_operation")),
        (
            "users: {ann: {}}",
            [user("1", "ann", active=False)],
            [known("ann", "1", active=False)],
            "create",
            ("ann", "enable", "unmanaged_operation"),
        ),
        ("users: {}", ANN, KNOWN, "create", ("ann", "disable", "unmanaged_operation")),
    ],
)
def test_what_manage_leaves_out_is_withheld(text: Any, live: Any, records: Any, manage: Any, row: Any) -> None:
    assert told(plan(text, live, records, MANAGE.format(manage))) == ([], {row}, set())


def test_nobody_waits_for_somebody_whose_create_is_withheld() -> None:
    text = "users: {ann: {}, bob: {manager: ann}}\ngroups: {g: {members: [ann, bob]}}"
    draft = plan(text, [user("2", "bob")], [known("bob", "2")], MANAGE.format("update"))
    assert signs(draft.rows.operations) == ["group:g create"]
    assert [each.key for each in draft.rows.operations[0].members] == ["user:bob"]


def test_a_disable_rides_alone_where_updates_are_not_managed() -> None:
    draft = plan("users: {ann: {state: disabled, title: Boss}}", ANN, KNOWN, MANAGE.format("disable"))
    assert told(draft) == (["user:ann disable"], {("ann", "update", "unmanaged_operation")}, set())
    assert [each.path for each in draft.rows.operations[0].changes] == ["active"]


def test_an_end_of_access_that_is_not_possible_falls_back_or_is_held() -> None:
    absent = "users: {ann: {state: absent}}"
    assert told(plan(absent, ANN, KNOWN, MANAGE.format("disable"))) == (
        ["user:ann disable"],
        {("ann", "delete", "unmanaged_operation")},
        set(),
    )
    for text in (absent, "users: {ann: {state: disabled}}", "users: {ann: {until: 2026-01-01}}"):
        operations, withheld, held = told(plan(text, ANN, KNOWN, MANAGE.format("create")))
        assert operations == []
        assert "disable" not in {action for _, action, _ in withheld}
        assert held == {("ann", "disable", "access_remains")}
    kept = plan(absent, ANN, KNOWN, MANAGE.format("create"), "lifecycle: {cannotDisable: keep}")
    assert told(kept)[2] == set()


def test_a_fall_back_that_is_reached_is_nothing_to_do() -> None:
    live = [user("1", "ann", active=False)]
    draft = plan("users: {ann: {state: absent}}", live, KNOWN, MANAGE.format("disable"))
    assert told(draft) == ([], {("ann", "delete", "unmanaged_operation")}, set())


def restricted(monkey_profile: dict, text: str, users: Any = (), records: Any = ()) -> Any:
    """A draft for a platform that can less than the generic one."""
    from planning_kit import catalog_of, given_of

    from reconciler.core.planning.planner import draft_plan

    given = given_of(catalog_of(text), users, (), records)
    profile = Profile.model_validate({**given.target.profile.model_dump(), **monkey_profile})
    return draft_plan(replace(given, target=replace(given.target, profile=profile)))


def test_nobody_inactive_is_created_where_the_platform_cannot_disable() -> None:
    from reconciler.platforms.registry import load_profile

    users = {**load_profile("generic").users.model_dump(), "can": ("create", "update", "enable", "delete")}
    text = "users: {ann: {state: disabled}, bob: {}}\ngroups: {g: {members: [ann, bob]}}"
    draft = restricted({"users": users}, text)
    assert told(draft)[:2] == (["user:bob create", "group:g create"], {("ann", "create", "blocked")})
    assert [each.key for each in draft.rows.operations[1].members] == ["user:bob"]


def test_a_platform_without_groups_gets_none() -> None:
    draft = restricted({"groups": None}, "users: {ann: {}}\ngroups: {g: {members: [ann]}}")
    assert told(draft)[0] == ["user:ann create"]


def test_an_endpoint_without_groups_gets_none_and_says_so_once() -> None:
    groups = listing(Kind.GROUP, complete=False, offered=False)
    draft = plan("users: {ann: {}}\ngroups: {g: {members: [ann]}, h: {}}", groups=groups)
    assert told(draft)[0] == ["user:ann create"]
    assert draft.drops.counts["groups", DropReason.NO_GROUPS] == 2


def test_an_immutable_attribute_is_blocked_once_it_is_set() -> None:
    schema = DEFAULT_DISCOVERY.schemas["User"]
    attributes = {**schema.attributes, "title": replace(schema.attributes["title"], mutability="immutable")}
    fixed = replace(schema, attributes=attributes)
    discovery = replace(DEFAULT_DISCOVERY, schemas={**DEFAULT_DISCOVERY.schemas, "User": fixed})
    text = "users: {ann: {title: Boss}}"
    draft = plan(text, [user("1", "ann", title="Intern")], KNOWN, discovery=discovery)
    assert told(draft) == ([], {("ann", "update", "blocked")}, set())
    assert told(plan(text, ANN, KNOWN, discovery=discovery))[0] == ["user:ann update"]


@pytest.mark.parametrize("path", ["userName", "externalId"])
def test_a_match_key_that_the_endpoint_does_not_keep_is_blocked_in_every_plan(path: str) -> None:
    learnt = [Learnt(Lesson.NOT_KEPT, Kind.USER, path, "", TODAY)]
    text = f"users: {{ann: {{{path}: new, title: Boss}}}}"
    draft = plan(text, ANN, KNOWN, learnt=learnt)
    assert told(draft) == (["user:ann update"], {("ann", "update", "blocked")}, set())
    assert [each.path for each in draft.rows.operations[0].changes] == ["title"]
    of_another = [replace(each, key="bob") for each in learnt]
    assert told(plan(text, ANN, KNOWN, learnt=of_another))[1] == set()


def test_whether_somebody_is_active_is_never_blocked_by_a_lesson() -> None:
    learnt = [Learnt(Lesson.NOT_KEPT, Kind.USER, "active", "", TODAY)]
    assert told(plan("users: {ann: {state: disabled}}", ANN, KNOWN, learnt=learnt))[0] == ["user:ann disable"]


PARTIAL = listing(Kind.USER, ANN, complete=False, problem="1 came, but totalResults says 9")


def test_nobody_who_vanished_is_touched_on_an_incomplete_listing() -> None:
    for line in ("onRemove: disable", "onRemove: delete"):
        draft = plan("users: {}", PARTIAL, KNOWN, f"lifecycle: {{{line}}}")
        operations, _, held = told(draft)
        assert operations == []
        assert {(key, reason) for key, _, reason in held} == {("ann", "unconfirmed")}


def test_a_declared_end_goes_through_on_an_incomplete_listing_once_the_object_was_read() -> None:
    read = Lookups(read=frozenset({(Kind.USER, "1")}))
    for text, sign in (("state: absent", "delete"), ("state: disabled", "disable"), ("until: 2026-01-01", "disable")):
        manifest = f"users: {{ann: {{{text}}}}}"
        assert told(plan(manifest, PARTIAL, KNOWN)) == ([], set(), {("ann", sign, "unconfirmed")})
        assert told(plan(manifest, PARTIAL, KNOWN, lookups=read)) == ([f"user:ann {sign}"], set(), set())


def test_nothing_is_created_on_an_incomplete_listing_before_it_was_searched_for() -> None:
    text = "users: {bob: {}}"
    assert told(plan(text, PARTIAL)) == ([], set(), {("bob", "create", "unconfirmed")})
    searched = Lookups(searched=frozenset({Ref(Kind.USER, "bob")}))
    assert told(plan(text, PARTIAL, lookups=searched))[0] == ["user:bob create"]


def test_no_member_goes_on_an_incomplete_listing_and_members_join_all_the_same() -> None:
    live = [user("1", "ann"), user("2", "bob")]
    records = [known("ann", "1"), known("bob", "2"), known("g", "g1", Kind.GROUP)]
    text = "users: {ann: {}, bob: {}}\ngroups: {g: {members: [ann]}}"
    users = listing(Kind.USER, live, complete=False)
    draft = plan(text, users, records, groups=[group("g1", "g", "2")])
    assert told(draft) == (["group:g add_members"], set(), {("g", "remove_members", "unconfirmed")})


def test_without_a_store_matched_objects_are_corrected_and_nobody_is_owned() -> None:
    live = [user("1", "ann"), user("2", "zed"), user("3", "off", active=False)]
    text = "users: {ann: {title: Boss}, off: {title: Boss}, zed: {state: absent}}"
    draft = plan(text, live, stateless=True)
    assert situations(draft) == {"ann": "drifted", "zed": "foreign", "off": "disabled_there"}
    operations, withheld, _ = told(draft)
    assert operations == ["user:ann update", "user:off update"]
    assert withheld == {("zed", "delete", "not_owned"), ("off", "enable", "disabled_there")}


def test_without_a_store_the_adoption_rule_still_holds_members_included() -> None:
    live = [user("1", "ann", externalId="else"), user("2", "bob")]
    groups = [group("g1", "g", externalId="else")]
    text = "users: {ann: {title: B}, bob: {}}\ngroups: {g: {members: [bob]}}"
    draft = plan(text, live, stateless=True, groups=groups)
    assert told(draft) == ([], {("ann", "update", "not_adopted"), ("g", "update", "not_adopted")}, set())


def test_groups_that_are_not_adopted_get_no_members() -> None:
    live, groups = [user("2", "bob")], [group("g1", "g", externalId="else")]
    draft = plan("users: {bob: {}}\ngroups: {g: {members: [bob]}}", live, [known("bob", "2")], groups=groups)
    assert told(draft) == ([], {("g", "adopt", "not_adopted")}, set())


@pytest.mark.parametrize(
    ("reaction", "operations"),
    [("keep", []), ("empty", ["group:g remove_members"]), ("delete", ["group:g delete"])],
)
def test_groups_out_of_the_manifests_follow_the_lifecycle(reaction: str, operations: list[str]) -> None:
    records = [known("ann", "1"), known("g", "g1", Kind.GROUP)]
    lines = [f"lifecycle: {{groups: {{onRemove: {reaction}}}}}"]
    draft = plan(
        "users: {ann: {}}", [user("1", "ann"), user("9", "zed")], records, *lines, groups=[group("g1", "g", "1", "9")]
    )
    assert signs(draft.rows.operations) == operations
    if reaction == "empty":
        assert [each.id for each in draft.rows.operations[0].members] == ["1"]
        assert draft.foreign["members"] == 1


def test_matched_records_are_known_and_not_owned() -> None:
    draft = plan("users: {}", ANN, [known("ann", "1", origin=Origin.MATCHED)])
    assert situations(draft) == {"ann": "foreign"}
