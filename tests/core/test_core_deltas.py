"""Members: who joins, who goes, who is left alone, and in which requests."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from planning_kit import catalog_of, draft_of, group, known, plan_of, rows_of, signs, target_text, unreadable, user

from reconciler.core.deciding.deltas import MemberDelta, Population, member_delta
from reconciler.core.known import Known
from reconciler.core.resources import Kind, Listing, LiveResource, Membership, Ref
from reconciler.core.vocabulary import Action, By, DropReason

IDS = st.sampled_from([f"{number}" for number in range(8)])


def people(
    known_ids: Any, *, groups: Any = (), contested: Any = (), aliases: Any = (), coming: Any = (), absent: Any = ()
) -> Population:
    refs = {id: Ref(Kind.USER, f"u{id}") for id in known_ids}
    return Population(
        ids={ref: id for id, ref in refs.items()},
        coming=frozenset(coming),
        absent=frozenset(absent),
        refs={id: ref for id, ref in refs.items() if id not in contested},
        group_ids=frozenset(groups),
        contested=frozenset(contested),
        aliases=dict(aliases),
    )


def lines(ids: Any) -> list[Membership]:
    return [Membership(Ref(Kind.USER, f"u{id}")) for id in ids]


@given(st.sets(IDS), st.sets(IDS), st.sets(IDS), st.sets(IDS), st.sets(IDS), st.booleans())
def test_nobody_is_forgotten_and_nobody_moves_twice(  # noqa: PLR0917  drawn
    known_ids: Any, there: Any, wanted: Any, groups: Any, contested: Any, exact: Any
) -> None:
    everyone = people(known_ids, groups=groups, contested=contested)
    delta = member_delta(lines(wanted), [{"value": each} for each in sorted(there)], everyone, exact=exact)
    joining, leaving = {each.id for each in delta.joining}, {each.id for each in delta.leaving}
    assert joining == (wanted & known_ids) - there
    assert {ref.key for ref, _ in delta.dropped} == {f"u{id}" for id in wanted - known_ids}
    staying = there & wanted & known_ids
    assert len(leaving) + delta.kept + len(staying) == len(there)
    assert leaving.isdisjoint(contested | staying)
    known_members = {id for id in there - staying if id in known_ids and id not in contested}
    assert known_members <= leaving
    if not exact:
        assert leaving == known_members
    else:
        assert {id for id in leaving - known_members if id in groups} == set()


@given(st.sets(IDS), st.sets(IDS), st.sets(IDS), st.booleans())
def test_a_delta_carried_out_leaves_none(known_ids: Any, there: Any, wanted: Any, exact: Any) -> None:
    everyone = people(known_ids)
    first = member_delta(lines(wanted), [{"value": each} for each in there], everyone, exact=exact)
    after = (there - {each.id for each in first.leaving}) | {each.id for each in first.joining}
    second = member_delta(lines(wanted), [{"value": each} for each in after], everyone, exact=exact)
    assert (second.joining, second.leaving) == ([], [])


def test_members_listed_by_name_are_who_they_are() -> None:
    everyone = people({"1", "2"}, aliases={"ann": "1", "bob": "2"})
    delta = member_delta(lines(["1"]), [{"value": "ANN"}, "bob", {"value": "ann"}], everyone, exact=False)
    assert [each.id for each in delta.leaving] == ["2"]
    assert delta.joining == []


def test_elements_without_an_id_are_left_alone() -> None:
    delta = member_delta([], [{"display": "x"}, {"value": None}, {"value": True}, 7], people({"7"}), exact=True)
    assert [each.id for each in delta.leaving] == ["7"]


def test_members_who_come_have_no_id_yet() -> None:
    everyone = people({"1"}, coming=[Ref(Kind.USER, "u2")], absent=[Ref(Kind.USER, "u3")])
    delta = member_delta(lines("1234"), [], everyone, exact=False)
    assert [(each.key, each.id) for each in delta.joining] == [("user:u1", "1"), ("user:u2", None)]
    assert delta.dropped == [
        (Ref(Kind.USER, "u3"), DropReason.MEMBER_ABSENT),
        (Ref(Kind.USER, "u4"), DropReason.MEMBER_NOT_THERE),
    ]
    assert delta == MemberDelta(delta.joining, [], 0, delta.dropped)


def plan(text: str, users: Any, groups: Any, records: Any, *more: str) -> Any:
    return draft_of({"p.yaml": text, "t.yaml": target_text(*more)}, users, groups, records)


def records_of(*keys: str, **applied: Any) -> list[Known]:
    users = [known(key, key) for key in keys]
    return [*users, known("g", "g1", Kind.GROUP, **applied)]


def members_of(draft: Any) -> dict[str, list[str | None]]:
    return {str(each.action): [one.key or one.id for one in each.members] for each in draft.rows.operations}


def test_who_brought_a_membership_about_is_told() -> None:
    live = [user("a"), user("b"), user("c"), user("d")]
    draft = plan(
        "users: {a: {}, b: {}, c: {}, d: {}}\ngroups: {g: {members: [a, b]}}",
        live,
        [group("g1", "g", "c", "d")],
        records_of("a", "b", "c", "d", members=["a", "c"]),
    )
    assert {str(each.action): each.by for each in draft.rows.operations} == {
        "add_members": By.BOTH,
        "remove_members": By.BOTH,
    }
    ours = plan("users: {a: {}}\ngroups: {g: {members: [a]}}", live, [group("g1", "g")], records_of("a", members=[]))
    theirs = plan(
        "users: {a: {}}\ngroups: {g: {members: [a]}}", live, [group("g1", "g")], records_of("a", members=["a"])
    )
    assert (ours.rows.operations[0].by, theirs.rows.operations[0].by) == (By.US, By.THEM)


def test_foreign_members_stay_and_are_counted_unless_the_group_is_exact() -> None:
    text = "users: {a: {}}\ngroups: {g: {members: [a]%s}}"
    live, groups = (
        [user("a"), user("z")],
        [group("g1", "g", "a", "z", "g9"), group("g9", "foreign", externalId=None)],
    )
    managed = plan(text % "", live, groups, records_of("a"))
    assert members_of(managed) == {}
    assert managed.foreign["members"] == 2
    exact = plan(text % ", membership: exact", live, groups, records_of("a"))
    assert members_of(exact) == {"remove_members": ["z"]}
    by_target = plan(text % "", live, groups, records_of("a"), "ownership: {members: exact}")
    assert members_of(by_target) == {"remove_members": ["z"]}


def test_members_that_are_not_managed_are_not_touched() -> None:
    draft = plan("users: {a: {}}\ngroups: {g: {}}", [user("a")], [group("g1", "g", "a")], records_of("a"))
    assert members_of(draft) == {}


def test_unreadable_members_are_never_removed() -> None:
    users = Listing(Kind.USER, (LiveResource(Kind.USER, "a", user("a")),), (unreadable(Kind.USER, "u9"),))
    text = "users: {a: {}}\ngroups: {g: {members: [a], membership: exact}}"
    assert members_of(plan(text, users, [group("g1", "g", "a", "u9")], records_of("a"))) == {}


def test_a_disputed_account_stays_where_it_is() -> None:
    live = [user("1", "ann", externalId=None), user("2", "ANN", externalId=None)]
    text = "users: {ann: {}}\ngroups: {g: {members: [], membership: exact}}"
    assert members_of(plan(text, live, [group("g1", "g", "1", "2")], records_of())) == {}


def test_nested_groups_come_after_those_created_beside_them() -> None:
    text = "users: {a: {}}\ngroups: {g: {members: [a, {group: h}]}, h: {members: [a]}}"
    draft = plan(text, [], [], [])
    assert signs(draft.rows.operations) == ["user:a create", "group:g create", "group:h create", "group:g add_members"]
    assert [one.key for one in draft.rows.operations[1].members] == ["user:a"]
    assert [one.key for one in draft.rows.operations[3].members] == ["group:h"]


def test_a_nested_group_that_is_not_there_is_flattened() -> None:
    text = (
        "users: {a: {}}\ngroups: {g: {members: [{group: h}]}, h: {members: [a]}}\nscopes: {s: {groups: {include: [g]}}}"
    )
    draft = plan(text, [], [], [], "scope: s")
    assert [one.key for one in draft.rows.operations[-1].members] == ["user:a"]


def test_many_members_are_cut_into_requests_of_the_platforms_size() -> None:
    keys = [f"u{number:04}" for number in range(1201)]
    text = f"users: {{{', '.join(f'{key}: {{}}' for key in keys)}}}\ngroups: {{g: {{members: [{', '.join(keys)}]}}}}"
    live = [user(key) for key in keys]
    catalog = catalog_of(text)
    created = plan_of(catalog, live, [], [known(key, key) for key in keys])
    assert [(each.id, len(each.members)) for each in created.operations] == [
        ("group:g:create", 500),
        ("group:g:add_members", 500),
        ("group:g:add_members:2", 201),
    ]
    removed = draft_of(
        catalog_of(text.replace(f"members: [{', '.join(keys)}]", "members: []")),
        live,
        [group("g1", "g", *keys)],
        [*(known(key, key) for key in keys), known("g", "g1", Kind.GROUP)],
    )
    assert [len(each.members) for each in removed.rows.operations] == [500, 500, 201]
    assert {each.action for each in removed.rows.operations} == {Action.REMOVE_MEMBERS}


def test_members_are_withheld_where_manage_leaves_them_out() -> None:
    draft = plan(
        "users: {a: {}}\ngroups: {g: {members: [a]}}",
        [user("a")],
        [group("g1", "g")],
        records_of("a"),
        "manage: {groups: [create]}",
    )
    assert rows_of(draft.rows.withheld) == {("g", "add_members", "unmanaged_operation")}
    assert members_of(draft) == {}


def test_a_group_in_dispute_keeps_its_members() -> None:
    groups = [group("g1", "g", externalId=None), group("g2", "G", externalId=None)]
    draft = plan("users: {a: {}}\ngroups: {g: {members: [a]}}", [user("a")], groups, [known("a", "a")])
    assert signs(draft.rows.operations) == []


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sets(st.sampled_from("abcde")), min_size=1, max_size=3), st.sets(st.sampled_from("abcdez")))
def test_operations_hold_exactly_the_difference(wanted: Any, there: Any) -> None:
    groups = "".join(f"  g{place}: {{members: [{', '.join(sorted(each))}]}}\n" for place, each in enumerate(wanted))
    text = f"users: {{a: {{}}, b: {{}}, c: {{}}, d: {{}}, e: {{}}}}\ngroups:\n{groups}"
    live = [user(key) for key in "abcdez"]
    records = [known(key, key) for key in "abcde"]
    live_groups = [group("id0", "g0", *sorted(there))]
    draft = draft_of(text, live, live_groups, [*records, known("g0", "id0", Kind.GROUP)])
    joins = {
        one.id
        for each in draft.rows.operations
        if each.key == "g0" and each.action is Action.ADD_MEMBERS
        for one in each.members
    }
    leaves = {one.id for each in draft.rows.operations if each.action is Action.REMOVE_MEMBERS for one in each.members}
    assert (joins, leaves) == (wanted[0] - there, (there - wanted[0]) - {"z"})
    assert set(draft.members["g0"]) == wanted[0]
